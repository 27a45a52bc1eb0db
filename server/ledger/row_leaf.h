// What the leaf of a row says, for who is shown one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace whence::ledger {

// A column of a row as its leaf has it: one of the four, or none of them, which is NULL.
struct LeafColumn {
  std::string name;
  std::optional<int64_t> integer;
  std::optional<double> real;
  std::optional<std::string> bytes;   // of text and blobs
  std::optional<std::string> digest;  // in place of what may be erased
};

struct RowLeaf {
  std::string table;
  bool is_birth = true;
  std::vector<LeafColumn> columns;

  // Null where there is none of that name.
  const LeafColumn* Find(std::string_view name) const;
};

// Takes a leaf of row_hash.h apart. InvalidArgument ROW_LEAF_MALFORMED for anything else.
absl::StatusOr<RowLeaf> ParseRowLeaf(std::string_view leaf);

}  // namespace whence::ledger
