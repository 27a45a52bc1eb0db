#include "service/open_searches.h"

namespace whence::service {
namespace {

size_t BytesOf(const OpenSearch& search) {
  return sizeof(OpenSearch) + search.text.size() + search.ranking.ids.capacity() * sizeof(int64_t);
}

}  // namespace

void OpenSearches::Keep(std::string name, std::shared_ptr<const OpenSearch> search) {
  const std::lock_guard lock(mutex_);
  bytes_ += BytesOf(*search);
  order_.emplace_front(std::move(name), std::move(search));
  entries_[order_.front().first] = order_.begin();
  while (bytes_ > kMaxSearchBytes && order_.size() > 1) {
    bytes_ -= BytesOf(*order_.back().second);
    entries_.erase(order_.back().first);
    order_.pop_back();
  }
}

std::shared_ptr<const OpenSearch> OpenSearches::Find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(name));
  if (found == entries_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return order_.front().second;
}

}  // namespace whence::service
