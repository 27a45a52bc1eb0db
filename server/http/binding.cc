#include "http/binding.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "google/protobuf/util/json_util.h"
#include "http/field_text.h"
#include "http/wire.h"

namespace whence::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxQuotedBytes = 300;  // of what Protobuf says of a body

// The message that holds the field of a path, made where it is not there.
std::pair<Message*, const FieldDescriptor*> Reach(Message* message, std::string_view path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = FindField(message->GetDescriptor(), path.substr(0, dot));
  if (field == nullptr || dot == std::string_view::npos) return {message, field};
  return Reach(message->GetReflection()->MutableMessage(message, field), path.substr(dot + 1));
}

}  // namespace

absl::Status CheckContentType(const Request& request) {
  const std::string* type = request.Find("content-type");
  if (type == nullptr) return absl::OkStatus();
  const std::string media = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(absl::string_view(*type).substr(0, type->find(';'))));
  if (media == "application/json") return absl::OkStatus();
  return InvalidArgument("CONTENT_TYPE_UNSUPPORTED", "",
                         StrCat("the body is ", QuoteForMessage(*type)), "send application/json");
}

namespace {

absl::Status ReadBody(const Request& request, std::string_view body, Message* message) {
  if (body.empty()) {
    if (request.body.empty()) return absl::OkStatus();
    return InvalidArgument("REQUEST_UNREADABLE", "", "this call takes no body",
                           "put its fields into the query");
  }
  if (request.body.empty()) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(CheckContentType(request));
  Message* into = message;
  if (body != "*") {
    const FieldDescriptor* field = FindField(message->GetDescriptor(), body);
    WHENCE_ASSERT(field != nullptr);
    into = message->GetReflection()->MutableMessage(message, field);
  }
  const auto status = google::protobuf::util::JsonStringToMessage(request.body, into);
  if (status.ok()) return absl::OkStatus();
  const std::string_view why(status.message().data(), status.message().size());
  return InvalidArgument("REQUEST_UNREADABLE", "",
                         StrCat("the body is no ", into->GetDescriptor()->name(),
                                " in JSON: ", QuoteForMessage(why, kMaxQuotedBytes)),
                         "see /openapi.json for its fields");
}

absl::Status SetPathValues(const PathValues& path, Message* message) {
  for (const auto& [name, value] : path) {
    const auto [holder, field] = Reach(message, name);
    WHENCE_ASSERT(field != nullptr);
    std::string_view expected;
    if (!SetFieldFromText(holder, field, value, &expected)) {
      return InvalidArgument("URL_MALFORMED", name,
                             StrCat(QuoteForMessage(value), " in the path is not ", expected),
                             "see /openapi.json for what the path takes");
    }
  }
  return absl::OkStatus();
}

absl::Status UnknownParameter(std::string_view name, std::string_view why) {
  return InvalidArgument("QUERY_PARAMETER_UNKNOWN", "",
                         StrCat("the parameter ", QuoteForMessage(name), " ", why),
                         "see /openapi.json for the parameters of this call");
}

// The path of a field as the proto spells it, so that two spellings of one are seen to be the same.
std::string ProtoPath(const Descriptor* descriptor, std::string_view path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = FindField(descriptor, path.substr(0, dot));
  WHENCE_ASSERT(field != nullptr);
  if (dot == std::string_view::npos) return field->name();
  return StrCat(field->name(), ".", ProtoPath(field->message_type(), path.substr(dot + 1)));
}

// Purpose: takes one parameter after the other. Ownership: borrows the message. Thread-safety:
// none.
class QueryBinder {
 public:
  QueryBinder(std::string_view body, const PathValues& path, Message* message) : message_(message) {
    for (const auto& [name, value] : path) taken_.emplace(name);
    body_ = body;
  }

  absl::Status Take(const std::string& name, const std::string& value) {
    const FieldDescriptor* found = FindField(message_->GetDescriptor(), name);
    if (found == nullptr || found->is_map()) {
      return UnknownParameter(name, "is no field of this call's request");
    }
    const std::string path = ProtoPath(message_->GetDescriptor(), name);
    const bool in_body =
        body_ == "*" || path == body_ || (!body_.empty() && path.starts_with(StrCat(body_, ".")));
    if (in_body) return UnknownParameter(name, "belongs into the body");
    if (!taken_.insert(path).second && !found->is_repeated()) {
      return UnknownParameter(name, "was given already");
    }
    const auto [holder, field] = Reach(message_, path);
    std::string_view expected;
    if (SetFieldFromText(holder, field, value, &expected)) return absl::OkStatus();
    return InvalidArgument("QUERY_PARAMETER_MALFORMED", path,
                           StrCat(QuoteForMessage(value), " is not ", expected),
                           "see /openapi.json for the parameters of this call");
  }

 private:
  Message* const message_;
  std::string_view body_;
  std::set<std::string> taken_;
};

absl::Status ReadQuery(const Request& request, QueryBinder* binder) {
  if (request.query.empty()) return absl::OkStatus();
  const std::vector<std::string> pairs = absl::StrSplit(request.query, '&', absl::SkipEmpty());
  if (pairs.size() > kMaxQueryParameters) {
    return InvalidArgument("QUERY_TOO_LONG", "",
                           StrCat("the query has over ", kMaxQueryParameters, " parameters"),
                           "ask for less at a time");
  }
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    std::string name;
    std::string value;
    const std::string_view encoded = equals == std::string::npos
                                         ? std::string_view()
                                         : std::string_view(pair).substr(equals + 1);
    if (!DecodeUrl(std::string_view(pair).substr(0, equals), true, &name) ||
        !DecodeUrl(encoded, true, &value)) {
      return InvalidArgument(
          "URL_MALFORMED", "",
          StrCat("the query has a broken percent-encoding: ", QuoteForMessage(pair)),
          "encode each byte as % and two hexadecimal digits, a percent sign as %25");
    }
    WHENCE_RETURN_IF_ERROR(binder->Take(name, value));
  }
  return absl::OkStatus();
}

// Where an etag goes: into the request, or into the resource that is its body.
std::pair<Message*, const FieldDescriptor*> EtagOf(std::string_view body, Message* message) {
  if (!body.empty() && body != "*") {
    const FieldDescriptor* resource = FindField(message->GetDescriptor(), body);
    if (const auto* etag = resource->message_type()->FindFieldByName("etag")) {
      return {message->GetReflection()->MutableMessage(message, resource), etag};
    }
  }
  return {message, message->GetDescriptor()->FindFieldByName("etag")};
}

absl::Status ReadIfMatch(const Request& request, std::string_view body, Message* message) {
  const std::string* header = request.Find("if-match");
  if (header == nullptr || *header == "*") return absl::OkStatus();
  const auto [holder, etag] = EtagOf(body, message);
  const bool quoted = header->size() > 2 && header->front() == '"' && header->back() == '"';
  if (etag == nullptr || !quoted || !IsPrintableAscii(*header)) {
    return InvalidArgument("HEADER_MALFORMED", "if-match",
                           etag == nullptr ? "this call has no etag to match"
                                           : "that is not one etag in double quotes",
                           "send the header etag of an answer as it was");
  }
  holder->GetReflection()->SetString(holder, etag, header->substr(1, header->size() - 2));
  return absl::OkStatus();
}

}  // namespace

const FieldDescriptor* FindField(const Descriptor* message, std::string_view path) {
  const size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  const FieldDescriptor* field = message->FindFieldByName(name);
  if (field == nullptr) field = message->FindFieldByCamelcaseName(name);
  if (field == nullptr || dot == std::string_view::npos) return field;
  if (field->is_repeated() || field->message_type() == nullptr) return nullptr;
  return FindField(field->message_type(), path.substr(dot + 1));
}

absl::Status BindRequest(const Request& request, std::string_view body, const PathValues& path,
                         Message* message) {
  WHENCE_RETURN_IF_ERROR(ReadBody(request, body, message));
  WHENCE_RETURN_IF_ERROR(SetPathValues(path, message));
  QueryBinder binder(body, path, message);
  WHENCE_RETURN_IF_ERROR(ReadQuery(request, &binder));
  return ReadIfMatch(request, body, message);
}

}  // namespace whence::http
