// That a tree has the heads that were signed of it. For this room only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ledger/findings.h"
#include "ledger/log_name.h"
#include "sql/connection.h"
#include "tlog/checkpoint.h"
#include "tlog/hash.h"

namespace whence::ledger::internal {

// Purpose: the signed heads that somebody remembers, held against a tree while its leaves are gone
// through. Ownership: borrows the findings. One thread.
class HeadCheck {
 public:
  explicit HeadCheck(Findings* findings) : findings_(*findings) {}

  // A head of which somebody else has seen to the signature; `whose` it is, for people.
  void Add(const tlog::Checkpoint& head, std::string_view whose);

  // Those that the database remembers, and the one of `signed_file`, the content of `ledger.signed`
  // (empty: none). What is not signed by a key of the log is found, and so is a key that the one
  // before did not vouch for in the words that are stored. The connection's errors.
  absl::Status Read(sql::Connection& connection, const LogName& name, std::string_view signed_file);

  // Heads that are known, of whatever size.
  int64_t count() const { return count_; }

  // Whether one of that size waits.
  bool Waits(uint64_t size) const { return !heads_.empty() && heads_.begin()->first == size; }
  // The tree's head of its first `size` leaves. Sizes come in ascending order.
  void Compare(uint64_t size, const tlog::Hash& head);
  // The entry is not the one that the tree has. Before the size of that position is compared.
  void Differs(Position position) { differs_.emplace(held_, position); }

  // The tree has no more leaves: says what does not hold, and what no head speaks for.
  void End(uint64_t size, std::vector<std::string>* unchecked);

 private:
  struct Head {
    tlog::Hash root;
    std::string whose;
  };
  // Heads that the tree never had, one after the other.
  struct Wrong {
    uint64_t held = 0;  // the largest size before them of which a head holds
    uint64_t size = 0;  // of the smallest
    int64_t count = 0;
    std::string whose;
  };

  absl::Status ReadKeys(sql::Connection& connection);
  absl::Status ReadStored(sql::Connection& connection);
  absl::Status ReadWitnesses(sql::Connection& connection);
  void AddWrong(uint64_t size, const std::string& whose);
  void TellWrong(const Wrong& wrong);
  void TellLost(uint64_t size);

  Findings& findings_;
  tlog::CheckpointPolicy policy_;
  std::multimap<uint64_t, Head> heads_;  // not compared yet
  int64_t count_ = 0;
  uint64_t held_ = 0;      // the largest size of which a head holds
  uint64_t compared_ = 0;  // the largest size of which there was a head
  std::vector<Wrong> wrong_;
  std::map<uint64_t, Position> differs_;  // the first behind each size of which a head holds
};

}  // namespace whence::ledger::internal
