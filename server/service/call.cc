#include "service/call.h"

#include "base/assert.h"

namespace whence::service {

absl::Status Call::Defer() {
  WHENCE_ASSERT(brief_);
  deferred_ = true;
  return absl::CancelledError("goes on, on a worker");
}

sql::WriteContext& Call::write() {
  WHENCE_ASSERT(write_ != nullptr);
  return *write_;
}

const ledger::Change& Call::Change(std::string_view resource) {
  WHENCE_ASSERT(write_ != nullptr);
  if (!changed_) {
    changed_ = true;
    if (resource_.empty()) resource_ = std::string(resource);
    change_ = ledger::Change{.position = write_->Next(sql::Counter::kPosition),
                             .time = write_->now(),
                             .actor = info_.principal};
  }
  return change_;
}

}  // namespace whence::service
