#include "http/authzen_question.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "access/strict_json.h"
#include "base/error.h"
#include "base/name.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::http {
namespace {

namespace json = boost::json;

absl::Status Unknown(std::string_view what, std::string_view word) {
  return NotFound("AUTHZEN_WORD_UNKNOWN", StrCat("there is no ", what, " ", QuoteForMessage(word)),
                  "use Whence's own words, or give the file of --authzen a line for it");
}

v1::Securable At(const AuthzenPlace& place, std::string_view id) {
  v1::Securable securable;
  if (place.metastore) {
    securable.set_type(v1::SECURABLE_TYPE_METASTORE);
  } else if (place.id && place.parts.empty()) {
    securable.set_name(std::string(id));
  } else {
    std::vector<std::string> parts = place.parts;
    if (place.id) parts.emplace_back(id);
    securable.set_name(FormatName(parts));
  }
  return securable;
}

const json::value* Member(const json::object* object, std::string_view name) {
  if (object == nullptr) return nullptr;
  return object->if_contains(json::string_view(name.data(), name.size()));
}

// With Whence's own words: what of the table is asked for.
void ReadOwnProperties(const AuthzenEntity& resource, AuthzenQuestion* question) {
  if (const json::value* const row = Member(resource.properties, "row")) {
    question->rows = true;
    question->row = row->if_object();
  }
  const json::value* const columns = Member(resource.properties, "columns");
  if (columns == nullptr) return;
  const json::array* const list = columns->if_array();
  if (list == nullptr) {
    question->unknown = InvalidArgument("REQUEST_UNREADABLE", "resource.properties.columns",
                                        "this should be an array of texts", "");
    return;
  }
  for (const json::value& column : *list) {
    const json::string* const name = column.if_string();
    question->request.add_columns(name == nullptr ? "" : std::string(access::TextOf(*name)));
  }
}

// A property as text; nothing when it is none, or one that has no text of its own.
std::optional<std::string> TextOf(const json::value& value) {
  if (const json::string* const text = value.if_string()) {
    return std::string(access::TextOf(*text));
  }
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  return std::nullopt;
}

// The value of a column: names are compared as engines do. Nothing when two are called so.
std::optional<std::string> ColumnOf(const json::object* row, std::string_view column) {
  if (row == nullptr) return std::nullopt;
  const json::value* found = nullptr;
  for (const json::key_value_pair& member : *row) {
    const absl::string_view name(member.key().data(), member.key().size());
    if (!absl::EqualsIgnoreCase(name, ToAbsl(column))) continue;
    if (found != nullptr) return std::nullopt;
    found = &member.value();
  }
  return found == nullptr ? std::nullopt : TextOf(*found);
}

bool Shows(const v1::RowFilter& filter, std::string_view principal, const json::object* row) {
  // What an engine would have to compute cannot be looked at here: it shows nothing.
  if (filter.conditions().empty()) return false;
  absl::StatusOr<std::vector<access::RowCondition>> conditions =
      access::ParseRowConditions(filter.conditions(), "conditions");
  if (!conditions.ok()) return false;
  access::RowFilter compiled;
  compiled.conditions = *std::move(conditions);
  const std::string_view caller = principal.substr(principal.find(':') + 1);
  return access::ShowsRow(compiled, caller,
                          [row](std::string_view column) { return ColumnOf(row, column); });
}

// Whether row filters hold for what was asked: for who reads, so SELECT, and on assets of other
// kinds what reads those.
bool KnowsRows(const v1::Decision& why) {
  if (why.privilege() == access::PrivilegeName(access::Privilege::kSelect)) return true;
  const bool asset = why.securable().type() > v1::SECURABLE_TYPE_ASSET;
  return asset && (why.privilege() == access::PrivilegeName(access::Privilege::kExecute) ||
                   why.privilege() == access::PrivilegeName(access::Privilege::kReadVolume));
}

// The status code of HTTP that is next to what could not be asked.
int StatusOf(const v1::Decision& why) {
  if (why.error() == "PERMISSION_DENIED") return 403;
  return why.error().ends_with("_NOT_FOUND") || why.error() == "AUTHZEN_WORD_UNKNOWN" ? 404 : 400;
}

std::string_view OutcomeOf(const v1::Decision& why) {
  constexpr std::string_view kPrefix = "ACCESS_OUTCOME_";
  std::string_view name = v1::AccessOutcome_Name(why.outcome());
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return name;
}

void WriteWhyNot(const AuthzenAnswer& answer, JsonWriter* json) {
  const v1::Decision& why = answer.why;
  if (!why.error().empty()) {
    json->Key("error").BeginObject().Key("status").Number(StatusOf(why));
    json->Member("reason", why.error()).Member("message", why.reason()).EndObject();
  } else if (!answer.hidden_by.empty()) {
    json->Member("reason", StrCat("policy ", answer.hidden_by, " does not show this row to ",
                                  why.principal()));
  } else {
    json->Member("reason", why.reason());
  }
  if (why.error().empty()) json->Member("outcome", OutcomeOf(why));
}

void WriteObligations(const v1::Decision& why, JsonWriter* json) {
  if (!why.filters().empty()) {
    json->Key("filters").BeginArray();
    for (const v1::DecidedFilter& filter : why.filters()) {
      json->BeginObject().Member("policy", filter.policy());
      json->Member("conditions", filter.filter().conditions()).EndObject();
    }
    json->EndArray();
  }
  if (why.masks().empty()) return;
  json->Key("masks").BeginArray();
  for (const v1::ColumnMask& mask : why.masks()) {
    json->BeginObject().Member("column", mask.column()).Member("mask", mask.mask().type());
    json->Member("policy", mask.policy()).EndObject();
  }
  json->EndArray();
}

}  // namespace

v1::SecurableType AuthzenType(std::string_view word) {
  v1::SecurableType type = v1::SECURABLE_TYPE_UNSPECIFIED;
  const std::string name = "SECURABLE_TYPE_" + absl::AsciiStrToUpper(ToAbsl(word));
  v1::SecurableType_Parse(name, &type);
  return type;
}

AuthzenQuestion TranslateAuthzen(const AuthzenMapping& mapping, const AuthzenEntity& resource,
                                 std::string_view action) {
  AuthzenQuestion question;
  if (const auto type = mapping.resources.find(resource.type); type != mapping.resources.end()) {
    const auto found = type->second.find(action);
    if (found == type->second.end()) {
      question.unknown = Unknown("action", action);
      return question;
    }
    *question.request.mutable_securable() = At(found->second.place, resource.id);
    question.request.set_privilege(std::string(access::PrivilegeName(found->second.privilege)));
    question.rows = found->second.rows;
    question.row = resource.properties;
    return question;
  }
  const v1::SecurableType type = AuthzenType(resource.type);
  const absl::StatusOr<access::Privilege> privilege = access::ParsePrivilege(action, "action.name");
  if (type == v1::SECURABLE_TYPE_UNSPECIFIED) {
    question.unknown = Unknown("type of resource", resource.type);
  } else if (!privilege.ok()) {
    question.unknown = Unknown("action", action);
  } else {
    question.request.mutable_securable()->set_type(type);
    if (type != v1::SECURABLE_TYPE_METASTORE) {
      question.request.mutable_securable()->set_name(std::string(resource.id));
    }
    question.request.set_privilege(std::string(access::PrivilegeName(*privilege)));
    ReadOwnProperties(resource, &question);
  }
  return question;
}

AuthzenAnswer AnswerAuthzen(const AuthzenQuestion& question, v1::Decision decision) {
  const bool allowed = decision.allowed();
  AuthzenAnswer answer{.decision = allowed, .why = std::move(decision)};
  if (!answer.decision || !question.rows) return answer;
  if (!KnowsRows(answer.why)) {
    return RefuseAuthzen(InvalidArgument(
        "PRIVILEGE_NOT_APPLICABLE", "",
        StrCat(answer.why.privilege(), " is had on all rows or none: row filters are for reading"),
        "ask for SELECT or EXECUTE, or not about a row"));
  }
  for (const v1::DecidedFilter& filter : answer.why.filters()) {
    if (Shows(filter.filter(), answer.why.principal(), question.row)) continue;
    answer.decision = false;
    answer.hidden_by = filter.policy();
    answer.why.set_outcome(v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
    return answer;
  }
  answer.why.clear_filters();  // they are done with
  return answer;
}

AuthzenAnswer RefuseAuthzen(const absl::Status& why) {
  AuthzenAnswer answer;
  answer.why.set_error(GetErrorDetail(why).reason);
  answer.why.set_reason(std::string(ToStd(why.message())));
  return answer;
}

void WriteAuthzen(const AuthzenAnswer& answer, JsonWriter* json) {
  const v1::Decision& why = answer.why;
  json->BeginObject().Key("decision").Bool(answer.decision);
  json->Key("context").BeginObject();
  if (answer.decision) {
    WriteObligations(why, json);
  } else {
    WriteWhyNot(answer, json);
  }
  if (!why.policies().empty()) {
    json->Key("policies").BeginArray();
    for (const std::string& policy : why.policies()) json->String(policy);
    json->EndArray();
  }
  if (why.position() > 0) json->Key("position").Number(why.position());
  json->EndObject().EndObject();
}

}  // namespace whence::http
