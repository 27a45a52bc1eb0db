#pragma once

// First answers to requests that carried a request_id, so that asking twice is harmless.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::ledger {

struct StoredAnswer {
  std::string action;  // the operation that was asked for
  std::string digest;  // SHA-256 of the request: the same id must ask the same
  // The answer, serialised by the corridor; none when it was too large, or had to make room.
  std::optional<std::string> response;

  friend bool operator==(const StoredAnswer&, const StoredAnswer&) = default;
};

// The answer given to request `id`, if one is kept.
absl::StatusOr<std::optional<StoredAnswer>> FindRequest(sql::Connection& connection,
                                                        std::string_view id);

// Keeps the first answer to request `id`; of one over kMaxStoredAnswerBytes, that there was one.
// When the large ones have over kMaxLargeAnswersBytes with it, the oldest of them are given up, and
// what is kept of these is that they were given. SQL_CONSTRAINT when the id is known already (the
// corridor looks first, on the same thread).
absl::Status StoreRequest(sql::WriteContext& context, std::string_view id, std::string_view action,
                          std::string_view digest, std::string_view response, absl::Time time);

// Gives up the first answer to request `id`, if it is kept: that there was one stays known.
absl::Status ForgetAnswer(sql::WriteContext& context, std::string_view id);

// Forgets up to `limit` answers given before `before`, oldest first. Returns how many.
absl::StatusOr<int64_t> PruneRequests(sql::WriteContext& context, absl::Time before, int limit);

}  // namespace whence::ledger
