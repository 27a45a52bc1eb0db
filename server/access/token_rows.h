// Private to the room: rows of tokens, for its .cc files.
#pragma once

#include "absl/status/statusor.h"
#include "access/token.h"
#include "ledger/change.h"
#include "sql/connection.h"

namespace whence::access::internal {

// Makes a secret and writes its token, without a check and without telling the index.
absl::StatusOr<MadeToken> InsertToken(sql::Connection& connection, const ledger::Change& change,
                                      int64_t id, const NewToken& wanted);

}  // namespace whence::access::internal
