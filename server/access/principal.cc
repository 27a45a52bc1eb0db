#include "access/principal.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "access/index_change.h"
#include "access/principal_rows.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/closest_name.h"
#include "catalog/securable.h"
#include "ledger/row_hash.h"

namespace whence::access {
namespace {

using catalog::kNow;

constexpr sql::Query kGetByName{
    "SELECT " WHENCE_PRINCIPAL_COLUMNS
    " FROM principal p"
    " JOIN principal_state s ON s.principal_id = p.id"
    " WHERE p.name = ?1 AND s.valid_from <= ?2 AND s.valid_to > ?2 AND s.deleted = 0"
    " ORDER BY p.id DESC LIMIT 1"};

constexpr sql::Query kGetById{"SELECT " WHENCE_PRINCIPAL_COLUMNS
                              " FROM principal p"
                              " JOIN principal_state s ON s.principal_id = p.id"
                              " WHERE p.id = ?1 AND s.valid_from <= ?2 AND s.valid_to > ?2"};

constexpr sql::Query kListAfter{
    "SELECT " WHENCE_PRINCIPAL_COLUMNS
    " FROM principal p"
    " JOIN principal_state s ON s.principal_id = p.id"
    " WHERE p.name > ?1 AND s.valid_from <= ?2 AND s.valid_to > ?2 AND s.deleted = 0"
    " ORDER BY p.name LIMIT ?3"};

constexpr sql::Query kNamesFrom{
    "SELECT p.name FROM principal p JOIN principal_state s ON s.principal_id = p.id"
    " WHERE p.name >= ?1 AND s.valid_from <= ?2 AND s.valid_to > ?2 AND s.deleted = 0"
    " ORDER BY p.name LIMIT ?3"};

constexpr sql::Query kNamesBefore{
    "SELECT p.name FROM principal p JOIN principal_state s ON s.principal_id = p.id"
    " WHERE p.name < ?1 AND s.valid_from <= ?2 AND s.valid_to > ?2 AND s.deleted = 0"
    " ORDER BY p.name DESC LIMIT ?3"};

constexpr sql::Query kInsertPrincipal{
    "INSERT INTO principal (id, kind, name, creator, create_time_us, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};

constexpr sql::Query kInsertState{
    "INSERT INTO principal_state (principal_id, valid_from, valid_to, display_name, emails,"
    " external_id, active, deleted, max_calls_per_second, updater, update_time_us,"
    " max_request_bytes_per_second)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"};

constexpr sql::Query kCloseState{
    "UPDATE principal_state SET valid_to = ?3 WHERE principal_id = ?1 AND valid_from = ?2"};

constexpr sql::Query kEraseState{
    "DELETE FROM principal_state WHERE principal_id = ?1 AND valid_from = ?2"};

struct Prefix {
  std::string_view text;
  PrincipalKind kind;
};
constexpr Prefix kPrefixes[] = {{"user:", PrincipalKind::kUser},
                                {"svc:", PrincipalKind::kService},
                                {"group:", PrincipalKind::kGroup}};

absl::Status Malformed(std::string_view name, std::string_view field, std::string_view why) {
  return InvalidArgument("PRINCIPAL_MALFORMED", field,
                         StrCat(QuoteForMessage(name), " is no principal: ", why),
                         "write user:<name>, svc:<name> or group:<name>");
}

bool BeginsOrEndsWithSpace(std::string_view text) {
  bool space = false;
  bool first = true;
  while (std::optional<char32_t> c = TakeCodePoint(text)) {
    space = IsSpaceCodePoint(*c);
    if (first && space) return true;
    first = false;
  }
  return space;
}

absl::StatusOr<std::optional<Principal>> FindPrincipal(sql::Connection& connection, Position as_of,
                                                       std::string_view name) {
  sql::Rows rows = connection.Run(kGetByName, name, as_of);
  if (rows.Next()) return internal::ReadPrincipal(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

std::string_view NotErased(std::string_view text) {
  return ledger::IsErasedMark(text) ? std::string_view() : text;
}

absl::Status ValidateFields(std::string_view display_name, const std::vector<std::string>& emails,
                            std::string_view external_id) {
  WHENCE_RETURN_IF_ERROR(ValidateText(display_name, "display_name", kMaxPrincipalBytes, false));
  WHENCE_RETURN_IF_ERROR(ValidateText(external_id, "external_id", kMaxPrincipalBytes, false));
  if (emails.size() > kMaxEmails) {
    return InvalidArgument("TOO_MANY_EMAILS", "emails",
                           absl::StrCat(emails.size(), " addresses; at most ", kMaxEmails, " may"),
                           "keep those that are in use");
  }
  for (size_t i = 0; i < emails.size(); ++i) {
    const std::string field = absl::StrCat("emails[", i, "]");
    if (emails[i].empty()) {
      return InvalidArgument("EMAIL_EMPTY", field, "an empty address", "leave it out");
    }
    WHENCE_RETURN_IF_ERROR(ValidateText(emails[i], field, kMaxPrincipalBytes, false));
  }
  return absl::OkStatus();
}

}  // namespace

namespace internal {

Principal ReadPrincipal(sql::Rows& rows) {
  Principal principal;
  principal.id = rows.Int64(0);
  principal.kind = static_cast<PrincipalKind>(rows.Int(1));
  principal.name = std::string(rows.Text(2));
  principal.creator = std::string(rows.Text(3));
  principal.create_time = rows.Time(4);
  principal.position = rows.Int64(5);
  principal.display_name = std::string(NotErased(rows.Text(6)));
  if (const std::string_view emails = NotErased(rows.Text(7)); !emails.empty()) {
    principal.emails = absl::StrSplit(ToAbsl(emails), '\n');
  }
  principal.external_id = std::string(NotErased(rows.Text(8)));
  principal.active = rows.Bool(9);
  principal.deleted = rows.Bool(10);
  principal.max_calls_per_second = rows.Int64(11);
  principal.updater = std::string(rows.Text(12));
  principal.update_time = rows.Time(13);
  principal.max_request_bytes_per_second = rows.Int64(14);
  return principal;
}

absl::Status InsertPrincipal(sql::Connection& connection, const Principal& principal) {
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertPrincipal, principal.id, principal.kind,
                                            principal.name, principal.creator,
                                            principal.create_time, principal.position));
  return InsertPrincipalState(connection, principal);
}

absl::Status InsertPrincipalState(sql::Connection& connection, const Principal& state) {
  return connection.Execute(kInsertState, state.id, state.position, kForever, state.display_name,
                            absl::StrJoin(state.emails, "\n"), state.external_id, state.active,
                            state.deleted, state.max_calls_per_second, state.updater,
                            state.update_time, state.max_request_bytes_per_second);
}

// A second change in one mutation takes the place of the first: in between there was no position.
absl::StatusOr<Principal> WritePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                         const Principal& current, Principal next) {
  WHENCE_ASSERT(current.position <= change.position);
  next.position = change.position;
  next.updater = std::string(change.actor);
  next.update_time = change.time;
  sql::Connection& connection = context.connection();
  if (current.position == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kEraseState, current.id, current.position));
  } else {
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kCloseState, current.id, current.position, change.position));
  }
  WHENCE_RETURN_IF_ERROR(InsertPrincipalState(connection, next));
  NoteIndexChange(context, change.position, [next](StateEdit& edit) { edit.SetPrincipal(next); });
  return next;
}

}  // namespace internal

std::string Principal::Etag() const { return absl::StrCat(position); }

absl::StatusOr<PrincipalKind> ParsePrincipalName(std::string_view name, std::string_view field) {
  for (const Prefix& prefix : kPrefixes) {
    if (!name.starts_with(prefix.text)) continue;
    const std::string_view rest = name.substr(prefix.text.size());
    if (rest.empty()) return Malformed(name, field, "there is nothing after the colon");
    if (name.size() > kMaxPrincipalBytes) {
      return Malformed(
          name, field,
          absl::StrCat("it has ", name.size(), " bytes, more than ", kMaxPrincipalBytes));
    }
    if (!IsValidUtf8(rest)) return Malformed(name, field, "it is not UTF-8");
    if (HasControlCharacters(rest)) return Malformed(name, field, "it has a control character");
    if (BeginsOrEndsWithSpace(rest)) return Malformed(name, field, "a space stands at an end");
    return prefix.kind;
  }
  return Malformed(name, field, "it does not say what kind it is");
}

absl::StatusOr<Principal> GetPrincipal(sql::Connection& connection, Position as_of,
                                       std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Principal> found, FindPrincipal(connection, as_of, name));
  if (found.has_value()) return *std::move(found);
  WHENCE_ASSIGN_OR_RETURN(
      const std::optional<std::string> closest,
      catalog::ClosestName(name, connection.Run(kNamesFrom, name, as_of, kHintNamesPerSide),
                           connection.Run(kNamesBefore, name, as_of, kHintNamesPerSide)));
  return NotFound("PRINCIPAL_NOT_FOUND", StrCat("no principal ", QuoteForMessage(name)),
                  closest.has_value() ? StrCat(*closest, " exists; see 'whence principal list'")
                                      : std::string("see 'whence principal list'"));
}

absl::StatusOr<Principal> GetPrincipalById(sql::Connection& connection, Position as_of,
                                           PrincipalId id) {
  sql::Rows rows = connection.Run(kGetById, id, as_of);
  if (rows.Next()) return internal::ReadPrincipal(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("PRINCIPAL_NOT_FOUND", absl::StrCat("no principal has the id ", id),
                  "see 'whence principal list'");
}

absl::StatusOr<std::vector<Principal>> ListPrincipals(sql::Connection& connection, Position as_of,
                                                      std::string_view after, int limit) {
  std::vector<Principal> principals;
  sql::Rows rows = connection.Run(kListAfter, after, as_of, limit);
  while (rows.Next()) principals.push_back(internal::ReadPrincipal(rows));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return principals;
}

absl::StatusOr<Principal> CreatePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const NewPrincipal& wanted) {
  WHENCE_ASSIGN_OR_RETURN(const PrincipalKind kind, ParsePrincipalName(wanted.name, "name"));
  WHENCE_RETURN_IF_ERROR(ValidateFields(wanted.display_name, wanted.emails, wanted.external_id));
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Principal> taken,
                          FindPrincipal(connection, kNow, wanted.name));
  if (taken.has_value()) {
    return AlreadyExists("PRINCIPAL_ALREADY_EXISTS", StrCat(wanted.name, " exists already"),
                         StrCat("see 'whence principal get ", wanted.name, "'"));
  }
  Principal principal;
  principal.id = context.Next(sql::Counter::kPrincipalId);
  principal.kind = kind;
  principal.name = wanted.name;
  principal.display_name = wanted.display_name;
  principal.emails = wanted.emails;
  principal.external_id = wanted.external_id;
  principal.max_calls_per_second = wanted.max_calls_per_second;
  principal.max_request_bytes_per_second = wanted.max_request_bytes_per_second;
  principal.creator = principal.updater = std::string(change.actor);
  principal.create_time = principal.update_time = change.time;
  principal.position = change.position;
  WHENCE_RETURN_IF_ERROR(internal::InsertPrincipal(connection, principal));
  NoteIndexChange(context, change.position,
                  [principal](StateEdit& edit) { edit.SetPrincipal(principal); });
  return principal;
}

absl::StatusOr<Principal> UpdatePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const Principal& wanted) {
  WHENCE_RETURN_IF_ERROR(ValidateFields(wanted.display_name, wanted.emails, wanted.external_id));
  WHENCE_ASSIGN_OR_RETURN(const Principal current,
                          GetPrincipalById(context.connection(), kNow, wanted.id));
  WHENCE_ASSERT(!current.deleted);
  Principal next = current;
  next.display_name = wanted.display_name;
  next.emails = wanted.emails;
  next.external_id = wanted.external_id;
  next.active = wanted.active;
  next.max_calls_per_second = wanted.max_calls_per_second;
  next.max_request_bytes_per_second = wanted.max_request_bytes_per_second;
  if (next == current) return current;
  return internal::WritePrincipal(context, change, current, std::move(next));
}

}  // namespace whence::access
