// What things look like in replies, remembered beside a reading connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/limits.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "service/graph_draft.h"
#include "sql/connection.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Purpose: describing an asset or a lineage node takes half a dozen queries, and the same ones are
// asked for over and over. An entry holds from the position at which it was read until an object
// that it tells of, or any name, changes (catalog::Changes); the past before it is always read from
// the database.
//
// `Message` is a message, or something else that says its ByteSizeLong().
// Bounded by kMaxCachedMessageBytes; a full cache begins anew.
// Ownership: attached to its connection; borrows the changes.
// Thread-safety: none, like the connection.
template <class Message>
class MessageCache {
 public:
  struct Key {
    int64_t id = 0;       // what it describes
    int64_t asset = 0;    // the asset that this belongs to, if the message tells of it as well
    bool detail = false;  // messages with and without detail are two
  };

  explicit MessageCache(const catalog::Changes* changes) : changes_(changes) {}

  // Gives a reading connection a cache.
  static void AttachTo(sql::Connection& reader, const catalog::Changes* changes) {
    reader.Attach(std::make_unique<MessageCache>(changes));
  }

  // The message as of the position; null when it is not remembered. Valid until the next Keep.
  const Message* Find(Position as_of, const Key& key) const {
    const auto found = entries_.find(Place(key.id, key.detail));
    if (found == entries_.end()) return nullptr;
    const Entry& entry = found->second;
    if (as_of < entry.read_at || ChangedSince(entry.read_at, key)) return nullptr;
    return &entry.message;
  }

  // Remembers what was read as of the position, when that still holds.
  void Keep(Position as_of, const Key& key, const Message& message) {
    const size_t bytes = sizeof(Entry) + message.ByteSizeLong();
    if (bytes > kMaxCachedMessageBytes || ChangedSince(as_of, key)) return;
    if (bytes_ + bytes > kMaxCachedMessageBytes) {
      entries_.clear();
      bytes_ = 0;
    }
    // What an overwritten entry took stays counted: the cache is only cleared earlier.
    bytes_ += bytes;
    entries_.insert_or_assign(Place(key.id, key.detail),
                              Entry{.message = message, .read_at = as_of});
  }

 private:
  struct Entry {
    Message message{};
    Position read_at = kNoPosition;
  };
  using Place = std::pair<int64_t, bool>;

  bool ChangedSince(Position position, const Key& key) const {
    return changes_->names() > position || changes_->of(key.id) > position ||
           (key.asset != 0 && changes_->of(key.asset) > position);
  }

  const catalog::Changes* const changes_;
  absl::flat_hash_map<Place, Entry> entries_;
  size_t bytes_ = 0;
};

// Assets as GetAsset shows them, by id.
using AssetCache = MessageCache<v1::Asset>;
// Nodes without their place in an answer (depth, source, cut), by node id.
using NodeCache = MessageCache<DescribedNode>;

}  // namespace whence::service
