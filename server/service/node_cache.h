// What lineage nodes look like, remembered beside a reading connection.
#pragma once

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "lineage/graph.h"
#include "sql/connection.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Purpose: describing a node takes half a dozen queries, and the same models, prompts, runs and
// tables stand in explanation after explanation. An entry holds from the position at which it was
// read until its object, its asset or a name changes (catalog::Changes); the past before it is
// always read from the database.
//
// Bounded by kMaxCachedNodeBytes; a full cache begins anew.
// Ownership: attached to its connection; borrows the changes.
// Thread-safety: none, like the connection.
class NodeCache {
 public:
  // A node as answers show it. `asset`: of data, else 0.
  struct Key {
    lineage::NodeId id = 0;
    lineage::NodeId asset = 0;
    bool with_detail = false;
  };

  explicit NodeCache(const catalog::Changes* changes) : changes_(changes) {}

  // Gives a reading connection a cache.
  static void AttachTo(sql::Connection& reader, const catalog::Changes* changes);

  // The node as of the position, without its place in an answer (depth, source, cut); null when it
  // is not remembered. Valid until the next Keep.
  const v1::LineageNode* Find(Position as_of, const Key& key) const;
  // Remembers what was read as of the position, when that still holds.
  void Keep(Position as_of, const Key& key, const v1::LineageNode& node);

 private:
  struct Entry {
    v1::LineageNode node{};
    Position read_at = kNoPosition;
  };
  using Place = std::pair<lineage::NodeId, bool>;

  bool ChangedSince(Position position, const Key& key) const;

  const catalog::Changes* const changes_;
  absl::flat_hash_map<Place, Entry> entries_;
  size_t bytes_ = 0;
};

}  // namespace whence::service
