// Asking witnesses to cosign the ledger's heads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "ledger/witness_book.h"
#include "tlog/note.h"

namespace whence::service {
class House;
}  // namespace whence::service

namespace whence::http {

// Purpose: shows each new signed head to the witnesses of the house's log (C2SP tlog-witness,
// add-checkpoint), one after the other, and tells the log's book who cosigned and who did not, and
// why. A witness that does not answer well is left alone for a while, which doubles up to
// kMaxWitnessPause; nothing of the server waits for any of them.
// Ownership: borrows the house, which must outlive it; owns a thread, when there are witnesses.
// Thread-safety: made and destroyed by one thread. Destruction waits for a question that is under
// way, at most kWitnessTimeout.
class WitnessAsker {
 public:
  // Looks for a new head once an `interval`; one question takes `timeout` at most. `authorities` is
  // a file in PEM; empty: the system's.
  WitnessAsker(service::House* house, std::string authorities,
               absl::Duration interval = kCheckpointInterval,
               absl::Duration timeout = kWitnessTimeout);
  ~WitnessAsker();
  WitnessAsker(const WitnessAsker&) = delete;
  WitnessAsker& operator=(const WitnessAsker&) = delete;

 private:
  // What is known of one beside what the book knows.
  struct Patience {
    absl::Time until = absl::InfinitePast();  // it is left alone
    absl::Duration next = kWitnessPause;
  };

  void Run();
  void AskAll();
  // Adds the witness's signature to `note`.
  absl::Status Ask(const ledger::Witness& witness, uint64_t old_size,
                   const ledger::SignedCheckpoint& head, tlog::Note* note);
  absl::StatusOr<std::string> Question(uint64_t old_size, const ledger::SignedCheckpoint& head);

  service::House& house_;
  const std::string authorities_;
  const absl::Duration interval_;
  const absl::Duration timeout_;
  std::map<size_t, Patience> patience_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace whence::http
