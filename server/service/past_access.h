// Who may what as of a past position, remembered from one question to the next.
#pragma once

#include <mutex>
#include <optional>

#include "absl/status/statusor.h"
#include "access/index.h"
#include "base/position.h"
#include "sql/connection.h"

namespace whence::service {

// Purpose: holds the picture that was read last. A list of who may do what is read page by page as
// of one position, which is a past one from the first change on, and reading a picture anew takes
// time by all principals and grants there are. The past does not change: what was read holds.
// Ownership: the house's; holds one picture, about as large as the present one.
// Thread-safety: any thread. Two that ask for different positions may both read.
class PastAccess {
 public:
  PastAccess() = default;
  PastAccess(const PastAccess&) = delete;
  PastAccess& operator=(const PastAccess&) = delete;

  // The errors of access::Index::LoadAsOf.
  absl::StatusOr<access::Snapshot> At(sql::Connection& connection, Position position);

 private:
  std::mutex mutex_;
  Position position_ = kNoPosition;             // guarded by mutex_, as is what follows
  std::optional<access::Snapshot> remembered_;  // that of position_
};

}  // namespace whence::service
