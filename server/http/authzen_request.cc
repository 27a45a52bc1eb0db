#include "http/authzen_request.h"

#include <algorithm>
#include <utility>

#include "access/strict_json.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::http {
namespace {

namespace json = boost::json;

absl::Status Unreadable(std::string_view field, std::string_view what) {
  return InvalidArgument("REQUEST_UNREADABLE", field, what,
                         "see docs/authzen.md, or the Authorization API 1.0");
}

const json::value* Member(const json::object& object, std::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size()));
}

absl::StatusOr<const json::object*> ObjectOf(const json::object& object, std::string_view name,
                                             std::string_view field) {
  const json::value* const value = Member(object, name);
  if (value == nullptr) return Unreadable(field, "this is missing");
  if (!value->is_object()) return Unreadable(field, "this should be an object");
  return &value->get_object();
}

absl::StatusOr<std::string_view> TextOf(const json::object& object, std::string_view name,
                                        std::string_view field) {
  const json::value* const value = Member(object, name);
  if (value == nullptr) return Unreadable(field, "this is missing");
  if (!value->is_string()) return Unreadable(field, "this should be a text");
  if (value->get_string().empty()) return Unreadable(field, "this is empty");
  return access::TextOf(value->get_string());
}

absl::StatusOr<const json::object*> PropertiesOf(const json::object& object,
                                                 std::string_view field) {
  if (Member(object, "properties") == nullptr) return nullptr;
  return ObjectOf(object, "properties", StrCat(field, ".properties"));
}

absl::StatusOr<AuthzenEntity> ReadEntity(const json::object& request, std::string_view name,
                                         bool open) {
  AuthzenEntity entity;
  WHENCE_ASSIGN_OR_RETURN(const json::object* const object, ObjectOf(request, name, name));
  WHENCE_ASSIGN_OR_RETURN(entity.type, TextOf(*object, "type", StrCat(name, ".type")));
  if (!open) {
    WHENCE_ASSIGN_OR_RETURN(entity.id, TextOf(*object, "id", StrCat(name, ".id")));
  }
  WHENCE_ASSIGN_OR_RETURN(entity.properties, PropertiesOf(*object, name));
  return entity;
}

absl::StatusOr<AuthzenSemantic> ReadSemantic(const json::object& request) {
  if (Member(request, "options") == nullptr) return AuthzenSemantic::kExecuteAll;
  WHENCE_ASSIGN_OR_RETURN(const json::object* const options,
                          ObjectOf(request, "options", "options"));
  if (Member(*options, "evaluations_semantic") == nullptr) return AuthzenSemantic::kExecuteAll;
  constexpr std::string_view kField = "options.evaluations_semantic";
  WHENCE_ASSIGN_OR_RETURN(const std::string_view text,
                          TextOf(*options, "evaluations_semantic", kField));
  if (text == "execute_all") return AuthzenSemantic::kExecuteAll;
  if (text == "deny_on_first_deny") return AuthzenSemantic::kDenyOnFirstDeny;
  if (text == "permit_on_first_permit") return AuthzenSemantic::kPermitOnFirstPermit;
  return Unreadable(kField, "this is none of the three semantics");
}

// The object that says it: an item, or the whole request in its place.
const json::object& Sayer(const json::object& request, const json::object* whole,
                          std::string_view name) {
  const bool silent = Member(request, name) == nullptr;
  return silent && whole != nullptr ? *whole : request;
}

absl::StatusOr<AuthzenEvaluation> ReadEvaluation(const json::object& request, AuthzenAsk ask,
                                                 const json::object* whole) {
  AuthzenEvaluation evaluation;
  WHENCE_ASSIGN_OR_RETURN(evaluation.subject, ReadEntity(Sayer(request, whole, "subject"),
                                                         "subject", ask == AuthzenAsk::kSubject));
  if (ask != AuthzenAsk::kAction) {
    WHENCE_ASSIGN_OR_RETURN(const json::object* const action,
                            ObjectOf(Sayer(request, whole, "action"), "action", "action"));
    WHENCE_ASSIGN_OR_RETURN(evaluation.action, TextOf(*action, "name", "action.name"));
    WHENCE_RETURN_IF_ERROR(PropertiesOf(*action, "action").status());
  }
  WHENCE_ASSIGN_OR_RETURN(
      evaluation.resource,
      ReadEntity(Sayer(request, whole, "resource"), "resource", ask == AuthzenAsk::kResource));
  const json::value* const context = Member(Sayer(request, whole, "context"), "context");
  if (context != nullptr && !context->is_object()) {
    return Unreadable("context", "this should be an object");
  }
  return evaluation;
}

}  // namespace

absl::StatusOr<AuthzenEvaluation> ReadAuthzenEvaluation(const json::object& request,
                                                        AuthzenAsk ask) {
  return ReadEvaluation(request, ask, nullptr);
}

absl::StatusOr<std::optional<AuthzenEvaluations>> ReadAuthzenEvaluations(
    const json::object& request) {
  const json::value* const list = Member(request, "evaluations");
  if (list == nullptr) return std::nullopt;
  if (!list->is_array()) return Unreadable("evaluations", "this should be an array");
  if (list->get_array().empty()) return std::nullopt;
  if (list->get_array().size() > kMaxAuthzenEvaluations) {
    return InvalidArgument("TOO_MANY_ITEMS", "evaluations",
                           StrCat("over ", kMaxAuthzenEvaluations, " evaluations"),
                           "ask for less at a time");
  }
  AuthzenEvaluations evaluations;
  WHENCE_ASSIGN_OR_RETURN(evaluations.semantic, ReadSemantic(request));
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return Unreadable("evaluations", "an item is no object");
    evaluations.items.push_back(
        ReadEvaluation(item.get_object(), AuthzenAsk::kEvaluation, &request));
  }
  return evaluations;
}

absl::StatusOr<AuthzenPage> ReadAuthzenPage(const json::object& request) {
  AuthzenPage page{.limit = kDefaultPageSize};
  if (Member(request, "page") == nullptr) return page;
  WHENCE_ASSIGN_OR_RETURN(const json::object* const asked, ObjectOf(request, "page", "page"));
  if (const json::value* const token = Member(*asked, "token")) {
    if (!token->is_string()) return Unreadable("page.token", "this should be a text");
    page.token = access::TextOf(token->get_string());
  }
  if (const json::value* const limit = Member(*asked, "limit")) {
    const bool fits = limit->is_int64() && limit->get_int64() >= 0;
    if (!fits) return Unreadable("page.limit", "this should be a whole number from 0");
    const int64_t most = std::min<int64_t>(limit->get_int64(), kMaxPageSize);
    if (most > 0) page.limit = static_cast<int32_t>(most);
  }
  return page;
}

}  // namespace whence::http
