#include "ledger/verify_entries.h"

#include <utility>

#include "tlog/plain_hash.h"

namespace whence::ledger::internal {
namespace {

// Milliseconds of work, beside which a thread costs nothing, and what a core's cache holds.
constexpr size_t kBatchEntries = 1024;
constexpr size_t kBatchBytes = size_t{1} << 20;

// The texts of an entry.
template <class Visit>
void ForEachText(HashedEntry& entry, Visit visit) {
  EntryView& view = entry.entry;
  for (std::string_view* text :
       {&view.actor, &view.via, &view.action, &view.resource, &view.request_id, &view.digest,
        &view.outcome, &view.detail, &view.rows_root, &view.commitment, &entry.salt}) {
    visit(*text);
  }
}

}  // namespace

EntryBatch::EntryBatch() {
  bytes_.reserve(kBatchBytes);
  entries_.reserve(kBatchEntries);
}

bool EntryBatch::Add(const HashedEntry& entry) {
  HashedEntry copy = entry;
  size_t needed = bytes_.size();
  ForEachText(copy, [&](std::string_view text) { needed += text.size(); });
  if (entries_.empty()) {
    bytes_.reserve(needed);
  } else if (entries_.size() == kBatchEntries || needed > bytes_.capacity()) {
    return false;
  }
  ForEachText(copy, [this](std::string_view& text) {
    const size_t at = bytes_.size();
    bytes_.append(text);
    text = std::string_view(bytes_).substr(at);
  });
  entries_.push_back(std::move(copy));
  return true;
}

void EntryBatch::Clear() {
  bytes_.clear();
  entries_.clear();
}

void EntryBatch::Hash() {
  std::string text;
  for (HashedEntry& hashed : entries_) {
    hashed.is_committed = FormatErasable(hashed.entry, &text).ok() &&
                          tlog::PlainHash(hashed.salt, text).view() == hashed.entry.commitment;
    hashed.leaf_status = FormatLeaf(hashed.entry, &text);
    if (hashed.leaf_status.ok()) hashed.leaf = tlog::LeafHash(text);
  }
}

void EntryHasher::TakeBack() {
  if (std::exchange(is_shown_, false)) batches_[filling_].Clear();
}

bool EntryHasher::Add(const HashedEntry& entry) {
  TakeBack();
  return batches_[filling_].Add(entry);
}

std::span<const HashedEntry> EntryHasher::Next() {
  TakeBack();
  if (hashing_.valid()) hashing_.get();
  EntryBatch& next = batches_[filling_];
  if (!next.empty()) {
    hashing_ = std::async(std::launch::async | std::launch::deferred, [&next] { next.Hash(); });
  }
  filling_ = 1 - filling_;
  is_shown_ = true;
  return batches_[filling_].entries();
}

}  // namespace whence::ledger::internal
