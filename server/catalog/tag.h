#pragma once

// Tags: key and value on a securable, a version or a column of an asset.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

struct Tag {
  std::string key;
  std::string value;

  friend bool operator==(const Tag&, const Tag&) = default;
};

struct ColumnTag {
  std::string column;
  Tag tag;

  friend bool operator==(const ColumnTag&, const ColumnTag&) = default;
};

// Tags of a securable or version (`column` empty), or of one column of an asset, by key.
absl::StatusOr<std::vector<Tag>> ListTags(sql::Connection& connection, Position as_of,
                                          int64_t target_id, std::string_view column);

// Tags of all columns of an asset, by column and key.
absl::StatusOr<std::vector<ColumnTag>> ListColumnTags(sql::Connection& connection, Position as_of,
                                                      int64_t target_id);

// `current` (by key) after setting and removing; a key in both is set.
std::vector<Tag> ApplyTags(const std::vector<Tag>& current, std::span<const Tag> set,
                           std::span<const std::string> remove);

// Sets and removes tags; a key that has the value already, or is not there to remove, is left
// alone. Returns the tags afterwards. FailedPrecondition TOO_MANY_TAGS when more than
// kMaxTagsPerTarget would stand at the target, TOO_MANY_COLUMN_TAGS when more than
// kMaxColumnTagsPerAsset would stand at the columns of the asset.
absl::StatusOr<std::vector<Tag>> SetTags(sql::WriteContext& context, const ledger::Change& change,
                                         int64_t target_id, std::string_view column,
                                         std::span<const Tag> set,
                                         std::span<const std::string> remove);

// The position of the last change of the target's tags; 0 when it never had any.
absl::StatusOr<Position> TagsPosition(sql::Connection& connection, Position as_of,
                                      int64_t target_id, std::string_view column);

}  // namespace whence::catalog
