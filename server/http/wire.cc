#include "http/wire.h"

#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "google/protobuf/util/json_util.h"
#include "http/json_writer.h"
#include "service/rpc_status.h"

namespace whence::http {
namespace {

// By the number of google.rpc's code.
constexpr std::array<int, 17> kHttpStatus = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                             400, 409, 400, 501, 500, 503, 500, 401};

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < kHttpStatus.size() ? kHttpStatus[index] : 500;
}

std::string NameOf(absl::StatusCode code) { return absl::StatusCodeToString(code); }

Response ErrorResponse(const absl::Status& status, int http_status) {
  const google::rpc::Status wire = service::ToRpcStatus(status);
  Response response{.status = http_status == 0 ? HttpStatusOf(status.code()) : http_status};
  JsonWriter json;
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").Number(response.status);
  json.Member("status", NameOf(status.code()));
  json.Member("message", wire.message());
  json.Key("details").BeginArray();
  for (const google::protobuf::Any& detail : wire.details()) {
    std::string text;
    if (google::protobuf::util::MessageToJsonString(detail, &text).ok()) json.Raw(text);
  }
  json.EndArray().EndObject().EndObject();
  response.body = json.Take();
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    response.headers.push_back({.name = "www-authenticate", .value = "Bearer"});
  }
  const std::map<std::string, std::string> facts = GetErrorDetail(status).metadata;
  absl::Duration delay;
  if (const auto found = facts.find("retry_delay");
      found != facts.end() && absl::ParseDuration(found->second, &delay)) {
    const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1)));
    response.headers.push_back({.name = "retry-after", .value = std::to_string(seconds)});
  }
  return response;
}

Response JsonResponse(std::string json) { return {.body = std::move(json)}; }

bool DecodeUrl(std::string_view text, bool plus_is_space, std::string* decoded) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  decoded->clear();
  decoded->reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      *decoded += ' ';
    } else if (text[i] != '%') {
      *decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      *decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

}  // namespace whence::http
