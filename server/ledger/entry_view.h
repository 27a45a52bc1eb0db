// Entries in memory that others hold: for who goes through many of them. For this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/position.h"
#include "ledger/entry.h"
#include "sql/rows.h"

namespace whence::ledger::internal {

// What of a stored entry is hashed.
struct EntryView {
  Position position = kNoPosition;
  int64_t time_us = 0;  // since the Unix epoch
  EntryKind kind = EntryKind::kMutation;
  int64_t repeats = 0;
  int64_t rate = 1;
  int64_t row_count = 0;
  std::string_view actor = {};
  std::string_view via = {};
  std::string_view action = {};
  std::string_view resource = {};
  std::string_view request_id = {};
  std::string_view digest = {};
  std::string_view outcome = {};
  std::string_view detail = {};
  std::string_view rows_root = {};   // kHashBytes
  std::string_view commitment = {};  // kHashBytes
};

// The row of a query with WHENCE_LEDGER_ENTRY_COLUMNS, in the cursor's memory, until its next row.
// `salt` is empty where there is none.
EntryView ViewEntry(sql::Rows& rows, std::string_view* salt);

// Put the erasable half as canonical JSON, and the leaf, in place of what was in the text: the
// errors of Commit and LeafOf.
absl::Status FormatErasable(const EntryView& entry, std::string* text);
absl::Status FormatLeaf(const EntryView& entry, std::string* leaf);

}  // namespace whence::ledger::internal
