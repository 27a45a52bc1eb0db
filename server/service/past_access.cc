#include "service/past_access.h"

#include "base/status_macros.h"

namespace whence::service {

absl::StatusOr<access::Snapshot> PastAccess::At(sql::Connection& connection, Position position) {
  {
    const std::lock_guard lock(mutex_);
    if (remembered_.has_value() && position_ == position) return *remembered_;
  }
  WHENCE_ASSIGN_OR_RETURN(const access::Snapshot read,
                          access::Index::LoadAsOf(connection, position));
  const std::lock_guard lock(mutex_);
  position_ = position;
  remembered_ = read;
  return read;
}

}  // namespace whence::service
