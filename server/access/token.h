// Tokens: long random texts that stand for a principal. Only their SHA-256 is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/principal.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// What a token is known by to people: never the secret.
struct Token {
  int64_t id = 0;
  PrincipalId principal = kNobody;
  std::string hint;  // `whence_Ab3d...x9Zq`: the first and last four characters of the random part
  std::string comment;
  bool read_only = false;
  std::vector<int64_t> scope;  // ids of securables; empty: everything that the principal may
  std::string creator;
  absl::Time create_time;
  absl::Time expire_time = absl::InfiniteFuture();
  std::optional<absl::Time> last_use_time;  // to the minute
  std::optional<absl::Time> revoke_time;
  Position position = kNoPosition;

  friend bool operator==(const Token&, const Token&) = default;
};

struct NewToken {
  PrincipalId principal = kNobody;
  std::string comment;
  bool read_only = false;
  std::vector<int64_t> scope;
  absl::Time expire_time = absl::InfiniteFuture();
};

struct MadeToken {
  Token token;
  std::string secret;  // shown once
};

// For a live user or service: InvalidArgument PRINCIPAL_IS_A_GROUP for a group. InvalidArgument
// TOKEN_SCOPE_TOO_LARGE beyond kMaxTokenScope, FailedPrecondition TOO_MANY_TOKENS when the
// principal has kMaxTokensPerPrincipal that are not revoked. A scope of the metastore (kMetastore)
// is everything.
absl::StatusOr<MadeToken> CreateToken(sql::WriteContext& context, const ledger::Change& change,
                                      const NewToken& wanted);
// Revoking twice changes nothing. NotFound TOKEN_NOT_FOUND.
absl::StatusOr<Token> RevokeToken(sql::WriteContext& context, const ledger::Change& change,
                                  int64_t id);
absl::StatusOr<Token> GetToken(sql::Connection& connection, int64_t id);
// A principal's tokens (kNobody: everybody's) by id after `after`, revoked and expired ones as
// well.
absl::StatusOr<std::vector<Token>> ListTokens(sql::Connection& connection, PrincipalId principal,
                                              int64_t after, int limit);
// Notes uses, outside of the ledger: (token id, when). A use before the one that is noted already
// changes nothing.
absl::Status NoteTokenUses(sql::WriteContext& context,
                           const std::vector<std::pair<int64_t, absl::Time>>& uses);

}  // namespace whence::access
