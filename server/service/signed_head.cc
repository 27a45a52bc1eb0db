#include "service/signed_head.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "base/status_macros.h"
#include "ledger/tree_store.h"

namespace whence::service {
namespace {

// How often a call that waits asks whether anybody still waits for it.
constexpr auto kLook = std::chrono::milliseconds(20);

// An answer of the writer's, which may come when nobody waits any more.
struct Waited {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<absl::StatusOr<ledger::SignedCheckpoint>> head;  // guarded by mutex
};

}  // namespace

absl::StatusOr<ledger::SignedCheckpoint> HeadWith(Call& call, uint64_t least) {
  ledger::Log& log = call.house().log();
  std::optional<ledger::SignedCheckpoint> latest = log.LatestCheckpoint();
  if (latest.has_value() && latest->size >= least) return *std::move(latest);
  if (call.brief()) return call.Defer();
  const auto waited = std::make_shared<Waited>();
  log.CheckpointNow([waited](absl::StatusOr<ledger::SignedCheckpoint> head) {
    const std::lock_guard lock(waited->mutex);
    waited->head = std::move(head);
    waited->answered.notify_all();
  });
  std::unique_lock lock(waited->mutex);
  while (!waited->answered.wait_for(lock, kLook, [&] { return waited->head.has_value(); })) {
    WHENCE_RETURN_IF_ERROR(StillWanted(call.info(), call.house().clock().Now()));
  }
  return *std::move(waited->head);
}

absl::StatusOr<SignedHead> SignedHead::With(Call& call, uint64_t least) {
  WHENCE_ASSIGN_OR_RETURN(ledger::SignedCheckpoint head, HeadWith(call, least));
  SignedHead signed_head(std::move(head), &call.connection());
  // What was signed after the call had begun to read is not in what it reads.
  WHENCE_ASSIGN_OR_RETURN(const uint64_t seen, ledger::StoredTreeSize(call.connection()));
  if (seen < signed_head.size()) {
    WHENCE_ASSIGN_OR_RETURN(sql::Lease newer, call.house().readers().Acquire());
    signed_head.lease_.emplace(std::move(newer));
  }
  return signed_head;
}

}  // namespace whence::service
