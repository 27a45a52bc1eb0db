// Refused calls, on the record.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ledger/entry.h"
#include "service/house.h"

namespace whence::service {

// A call that was refused.
struct DeniedAttempt {
  std::string actor;  // empty: nobody known
  std::string_view via;
  std::string_view action;
  std::string resource;  // what it was about; empty: not known
  std::string request_id;
  std::string digest;  // SHA-256 of the request, 32 bytes; of nothing where it is not known
  // Whether it is one of many that are written together: of reads, and of whoever is nobody.
  bool collects = true;
};

// Purpose: writes an entry for each call that was refused (PERMISSION_DENIED, UNAUTHENTICATED),
// before it is answered. So that nobody fills the ledger by asking, attempts that collect are
// written once within a second for the same actor, door, operation and reason (of nobody known: for
// the same door and reason); further ones are counted, and written afterwards as one entry with
// their number. Where that goes on, the time in between doubles, up to a minute, and is forgotten
// when none came for a minute: who asks once in a second is no other than who asks often. Beyond
// kMaxDenialKeys of such at once, and where the writer takes nothing, all others are counted
// together, and written as one entry with the action "*". Counts that are not written when the
// process is killed are lost; the first attempts are not. Ownership: borrows the house.
// Thread-safety: any thread.
class Denials {
 public:
  using Done = absl::AnyInvocable<void(absl::Status) &&>;

  explicit Denials(House* house) : house_(*house) {}
  // Writes what is counted.
  ~Denials();
  Denials(const Denials&) = delete;
  Denials& operator=(const Denials&) = delete;

  // Whether a call with this outcome belongs on the record.
  static bool IsDenial(const absl::Status& status) {
    return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
  }

  // Records the attempt, then calls `done` with `status`, once: on the writer's thread when it is
  // durable, or on this one, when it was counted or cannot be written.
  void Record(DeniedAttempt attempt, const absl::Status& status, Done done);

  // Writes the counts whose time has come. Costs nothing when there are none: for every call.
  void WriteDue(absl::Time now) {
    if (absl::ToUnixMicros(now) >= next_due_.load(std::memory_order_relaxed)) Write(now, false);
  }

 private:
  struct Key {
    std::string actor, via, action, reason;
    friend bool operator==(const Key&, const Key&) = default;
    template <class H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.actor, key.via, key.action, key.reason);
    }
  };
  struct Window {
    absl::Time until;
    absl::Duration length;
    absl::Time last;       // when one was counted
    std::string resource;  // of the first
    int64_t counted = 0;
  };

  // Outlives this where the writer has something of it still to do.
  struct Counts {
    std::mutex mutex;  // guards what follows
    absl::flat_hash_map<Key, Window> windows;
    int64_t others = 0;
  };

  // True when the attempt was counted; false when it is the first, and is to be written.
  bool Count(const DeniedAttempt& attempt, const std::string& reason, absl::Time now);
  // With counts_'s mutex held: something is due then.
  void Expect(absl::Time due);
  void Write(absl::Time now, bool everything);
  std::vector<ledger::Entry> TakeDue(absl::Time now, bool everything);
  void Submit(ledger::Entry entry, absl::AnyInvocable<void() &&> then);

  House& house_;
  std::atomic<int64_t> next_due_{INT64_MAX};  // Unix microseconds
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace whence::service
