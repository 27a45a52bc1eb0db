#include "access/token.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "access/index_change.h"
#include "access/token_format.h"
#include "access/token_rows.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"

// Of `token t` joined with its `token_use u`.
#define WHENCE_TOKEN_COLUMNS                                                           \
  "t.id, t.principal_id, t.hint, t.comment, t.read_only, t.creator, t.create_time_us," \
  " t.expire_time_us, t.position, t.revoke_time_us, u.last_used_us"

namespace whence::access {
namespace {

constexpr sql::Query kGet{"SELECT " WHENCE_TOKEN_COLUMNS
                          " FROM token t LEFT JOIN token_use u ON u.token_id = t.id"
                          " WHERE t.id = ?1"};

constexpr sql::Query kListAll{"SELECT " WHENCE_TOKEN_COLUMNS
                              " FROM token t LEFT JOIN token_use u ON u.token_id = t.id"
                              " WHERE t.id > ?1 ORDER BY t.id LIMIT ?2"};

constexpr sql::Query kListOfPrincipal{"SELECT " WHENCE_TOKEN_COLUMNS
                                      " FROM token t LEFT JOIN token_use u ON u.token_id = t.id"
                                      " WHERE t.principal_id = ?3 AND t.id > ?1"
                                      " ORDER BY t.id LIMIT ?2"};

constexpr sql::Query kScope{
    "SELECT securable_id FROM token_scope WHERE token_id = ?1 ORDER BY securable_id"};

constexpr sql::Query kCountUnrevoked{
    "SELECT count(*) FROM token WHERE principal_id = ?1 AND revoke_position IS NULL"};

constexpr sql::Query kInsert{
    "INSERT INTO token (id, principal_id, digest, hint, comment, read_only, creator,"
    " create_time_us, expire_time_us, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"};

constexpr sql::Query kInsertScope{
    "INSERT INTO token_scope (token_id, securable_id) VALUES (?1, ?2)"};

constexpr sql::Query kRevoke{
    "UPDATE token SET revoke_position = ?2, revoke_time_us = ?3"
    " WHERE id = ?1 AND revoke_position IS NULL"};

constexpr sql::Query kDigestOf{"SELECT digest FROM token WHERE id = ?1"};

constexpr sql::Query kNoteUse{
    "INSERT INTO token_use (token_id, last_used_us) VALUES (?1, ?2)"
    " ON CONFLICT (token_id) DO UPDATE SET last_used_us = excluded.last_used_us"
    " WHERE excluded.last_used_us > token_use.last_used_us"};

absl::StatusOr<std::vector<int64_t>> ScopeOf(sql::Connection& connection, int64_t id) {
  std::vector<int64_t> scope;
  sql::Rows rows = connection.Run(kScope, id);
  while (rows.Next()) scope.push_back(rows.Int64(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return scope;
}

Token ReadToken(sql::Rows& rows) {
  Token token;
  token.id = rows.Int64(0);
  token.principal = rows.Int64(1);
  token.hint = std::string(rows.Text(2));
  token.comment = std::string(rows.Text(3));
  token.read_only = rows.Bool(4);
  token.creator = std::string(rows.Text(5));
  token.create_time = rows.Time(6);
  token.expire_time = rows.OptionalTime(7).value_or(absl::InfiniteFuture());
  token.position = rows.Int64(8);
  token.revoke_time = rows.OptionalTime(9);
  token.last_use_time = rows.OptionalTime(10);
  return token;
}

absl::StatusOr<std::vector<Token>> WithScopes(sql::Connection& connection,
                                              std::vector<Token> tokens) {
  for (Token& token : tokens) {
    WHENCE_ASSIGN_OR_RETURN(token.scope, ScopeOf(connection, token.id));
  }
  return tokens;
}

absl::Status CheckRoom(sql::Connection& connection, PrincipalId principal) {
  sql::Rows rows = connection.Run(kCountUnrevoked, principal);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count < static_cast<int64_t>(kMaxTokensPerPrincipal)) return absl::OkStatus();
  return FailedPrecondition(
      "TOO_MANY_TOKENS",
      absl::StrCat("the principal has ", kMaxTokensPerPrincipal, " tokens, and that is the most"),
      "revoke those that are no longer used or have expired");
}

absl::Status CheckNewToken(sql::Connection& connection, const NewToken& wanted) {
  WHENCE_ASSIGN_OR_RETURN(const Principal principal,
                          GetPrincipalById(connection, catalog::kNow, wanted.principal));
  if (principal.kind == PrincipalKind::kGroup) {
    return InvalidArgument("PRINCIPAL_IS_A_GROUP", "principal",
                           StrCat(principal.name, " is a group: nobody in particular"),
                           "make the token for a user or a service, and put that into the group");
  }
  if (wanted.scope.size() > kMaxTokenScope) {
    return InvalidArgument(
        "TOKEN_SCOPE_TOO_LARGE", "scope",
        absl::StrCat(wanted.scope.size(), " securables; at most ", kMaxTokenScope, " may"),
        "name the schemas or catalogs they are in");
  }
  return CheckRoom(connection, wanted.principal);
}

}  // namespace

namespace internal {

absl::StatusOr<MadeToken> InsertToken(sql::Connection& connection, const ledger::Change& change,
                                      int64_t id, const NewToken& wanted) {
  MadeToken made;
  made.secret = NewTokenSecret();
  Token& token = made.token;
  token.id = id;
  token.principal = wanted.principal;
  token.hint = TokenHint(made.secret);
  token.comment = wanted.comment;
  token.read_only = wanted.read_only;
  token.scope = wanted.scope;
  std::sort(token.scope.begin(), token.scope.end());
  token.scope.erase(std::unique(token.scope.begin(), token.scope.end()), token.scope.end());
  token.creator = std::string(change.actor);
  token.create_time = change.time;
  token.expire_time = wanted.expire_time;
  token.position = change.position;
  std::optional<absl::Time> expires;
  if (token.expire_time != absl::InfiniteFuture()) expires = token.expire_time;
  WHENCE_RETURN_IF_ERROR(connection.Execute(
      kInsert, id, token.principal, sql::Blob{TokenDigest(made.secret)}, token.hint, token.comment,
      token.read_only, token.creator, token.create_time, expires, token.position));
  for (const int64_t securable : token.scope) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertScope, id, securable));
  }
  return made;
}

}  // namespace internal

absl::StatusOr<MadeToken> CreateToken(sql::WriteContext& context, const ledger::Change& change,
                                      const NewToken& wanted) {
  WHENCE_RETURN_IF_ERROR(CheckNewToken(context.connection(), wanted));
  const int64_t id = context.Next(sql::Counter::kTokenId);
  WHENCE_ASSIGN_OR_RETURN(MadeToken made,
                          internal::InsertToken(context.connection(), change, id, wanted));
  NoteIndexChange(context, change.position,
                  [digest = TokenDigest(made.secret), facts = TokenFacts::Of(made.token)](
                      StateEdit& edit) { edit.AddToken(digest, facts); });
  return made;
}

absl::StatusOr<Token> RevokeToken(sql::WriteContext& context, const ledger::Change& change,
                                  int64_t id) {
  sql::Connection& connection = context.connection();
  WHENCE_RETURN_IF_ERROR(connection.Execute(kRevoke, id, change.position, change.time));
  if (connection.Changes() > 0) {
    std::string digest;
    {
      sql::Rows rows = connection.Run(kDigestOf, id);
      if (rows.Next()) digest = std::string(rows.Blob(0));
      WHENCE_RETURN_IF_ERROR(rows.status());
    }
    NoteIndexChange(context, change.position,
                    [digest = std::move(digest)](StateEdit& edit) { edit.RemoveToken(digest); });
  }
  return GetToken(connection, id);
}

absl::StatusOr<Token> GetToken(sql::Connection& connection, int64_t id) {
  std::optional<Token> token;
  {
    sql::Rows rows = connection.Run(kGet, id);
    if (rows.Next()) token = ReadToken(rows);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (!token.has_value()) {
    return NotFound("TOKEN_NOT_FOUND", absl::StrCat("no token has the id ", id),
                    "see 'whence token list'");
  }
  WHENCE_ASSIGN_OR_RETURN(token->scope, ScopeOf(connection, id));
  return *std::move(token);
}

absl::StatusOr<std::vector<Token>> ListTokens(sql::Connection& connection, PrincipalId principal,
                                              int64_t after, int limit) {
  std::vector<Token> tokens;
  sql::Rows rows = principal == kNobody ? connection.Run(kListAll, after, limit)
                                        : connection.Run(kListOfPrincipal, after, limit, principal);
  while (rows.Next()) tokens.push_back(ReadToken(rows));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return WithScopes(connection, std::move(tokens));
}

absl::Status NoteTokenUses(sql::WriteContext& context,
                           const std::vector<std::pair<int64_t, absl::Time>>& uses) {
  for (const auto& [token, time] : uses) {
    WHENCE_RETURN_IF_ERROR(context.connection().Execute(kNoteUse, token, time));
  }
  return absl::OkStatus();
}

}  // namespace whence::access
