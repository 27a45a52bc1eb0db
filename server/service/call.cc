#include "service/call.h"

#include <thread>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::service {

absl::Status StillWanted(const CallInfo& info, absl::Time now) {
  if (info.cancelled != nullptr && info.cancelled->load(std::memory_order_relaxed)) {
    return MakeError(absl::StatusCode::kCancelled, "the caller cancelled the call",
                     {.reason = "CALL_CANCELLED", .field = {}, .hint = {}, .metadata = {}});
  }
  if (now > info.deadline) {
    return MakeError(absl::StatusCode::kDeadlineExceeded,
                     "the deadline passed before the call was executed; nothing was changed",
                     {.reason = "DEADLINE_EXCEEDED",
                      .field = {},
                      .hint = "allow more time, or retry later",
                      .metadata = {}});
  }
  return absl::OkStatus();
}

// A change of access is in the picture a moment before its position is published. Decided by
// policies of one position and tags of another, something could be allowed that neither allows.
Call::Call(const CallInfo& info, House& house, sql::Connection& connection)
    : info_(info), house_(house), connection_(connection), position_(kNoPosition) {
  for (;;) {
    position_ = house.ledger().published();
    access_.emplace(house.access().snapshot());
    if (access_->position() <= position_) return;
    std::this_thread::yield();
  }
}

absl::Status Call::StillWanted() {
  const bool look = rows_++ % kRowsPerLook == 0;
  return service::StillWanted(info_, look ? house_.clock().Now() : absl::InfinitePast());
}

const access::Snapshot& Call::access() {
  if (!access_.has_value()) access_.emplace(house_.access().snapshot());
  return *access_;
}

Authority& Call::authority() {
  if (!authority_.has_value()) authority_.emplace(connection_, access(), position_);
  return *authority_;
}

Visibility& Call::visibility() {
  if (!visibility_.has_value()) visibility_.emplace(*this);
  return *visibility_;
}

void Call::NoteAudited(AuditedRead read) {
  if (!audited_keys_.emplace(read.securable, read.privilege).second) return;
  if (audited_.size() < kMaxAuditedReads) audited_.push_back(std::move(read));
}

absl::Status Call::Defer() {
  WHENCE_ASSERT(brief_);
  deferred_ = true;
  return absl::CancelledError("goes on, on a worker");
}

sql::WriteContext& Call::write() {
  WHENCE_ASSERT(write_ != nullptr);
  return *write_;
}

absl::Status Call::Inherit(size_t bytes) {
  inherited_bytes_ += bytes;
  if (inherited_bytes_ <= kMaxInheritedBytes) return absl::OkStatus();
  return FailedPrecondition("INHERITED_DETAILS_TOO_LARGE",
                            StrCat("the assets that get versions have details of over ",
                                   kMaxInheritedBytes, " bytes together"),
                            "register the versions in several calls");
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
