// Searches that have further pages.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/limits.h"
#include "base/position.h"
#include "sql/full_text.h"

namespace whence::service {

// What a search found, once and for all of its pages: the full-text index knows the present only,
// and how well a text suits depends on all the others.
struct OpenSearch {
  Position position = 0;           // every page is as of it
  std::string text;                // what the index was asked for
  std::vector<std::string> above;  // only assets whose catalog and schema, or schema, are so called
  sql::FullTextRanking ranking;
};

// Purpose: remembers searches from page to page, each under a name that page tokens carry. What was
// not asked for longest is forgotten where together they take over kMaxSearchBytes; the newest
// always stays.
// Ownership: the house's. Thread-safety: thread-safe; what Find returns does not change.
class OpenSearches {
 public:
  void Keep(std::string name, std::shared_ptr<const OpenSearch> search);
  // Null when it is not remembered.
  std::shared_ptr<const OpenSearch> Find(std::string_view name);

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const OpenSearch>>;

  std::mutex mutex_;        // guards what follows
  std::list<Entry> order_;  // the one last asked for first
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> entries_;
  size_t bytes_ = 0;
};

}  // namespace whence::service
