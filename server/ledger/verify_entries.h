// Hashes of many entries, made beside the reading of the next ones. For this room only.
#pragma once

#include <array>
#include <cstddef>
#include <future>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ledger/entry_view.h"
#include "tlog/hash.h"

namespace whence::ledger::internal {

// An entry as it is stored, and what it hashes to.
struct HashedEntry {
  EntryView entry;
  std::string_view salt = {};  // empty: none
  bool has_salt = true;        // a column that is not NULL, be it as it may
  bool has_rows_root = true;

  // Of what stands there now; an error where it makes no leaf.
  absl::Status leaf_status = absl::OkStatus();
  tlog::Hash leaf = {};
  // What the entry says of who did what is what it was committed to.
  bool is_committed = false;
};

// Purpose: copies of entries. Thread-safety: one thread at a time.
class EntryBatch {
 public:
  EntryBatch();

  // Copies what is seen. False, and nothing done, where there is no room; an empty batch has room
  // for any entry.
  bool Add(const HashedEntry& entry);
  void Clear();
  // Puts in what the entries hash to.
  void Hash();

  bool empty() const { return entries_.empty(); }
  std::span<const HashedEntry> entries() const { return entries_; }

 private:
  std::string bytes_;  // what the entries show; does not move while there are any
  std::vector<HashedEntry> entries_;
};

// Purpose: two batches: one is filled while a second thread hashes the other. Where the machine
// gives no thread, Next hashes. Thread-safety: one thread calls.
class EntryHasher {
 public:
  EntryHasher() = default;
  EntryHasher(const EntryHasher&) = delete;  // the second thread knows where it is
  EntryHasher& operator=(const EntryHasher&) = delete;

  // False, and nothing done, where Next is to be called first.
  bool Add(const HashedEntry& entry);
  // Has hashed what was added since the last call, and gives what that one had hashed, in the order
  // in which it was added: until the next Add.
  std::span<const HashedEntry> Next();
  // Something was added that Next has not given.
  bool busy() const { return hashing_.valid() || (!is_shown_ && !batches_[filling_].empty()); }

 private:
  void TakeBack();

  std::array<EntryBatch, 2> batches_;
  size_t filling_ = 0;
  bool is_shown_ = false;      // the one to fill is what Next gave
  std::future<void> hashing_;  // the other one; the last member, for it waits when it goes
};

}  // namespace whence::ledger::internal
