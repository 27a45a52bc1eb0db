#pragma once

// What classification.h says, from nothing each time: a few maps, no index, no state. For tests
// that compare.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catalog/tag.h"

namespace whence::access::test {

// Columns by number; what is set on them, declassified, and mapped without masking.
struct NaiveClassification {
  using Column = uint32_t;
  // Column, key, value, hops, from: of every derived tag, in this order.
  using Row = std::tuple<Column, std::string, std::string, uint32_t, Column>;

  std::set<std::string> keys;  // that flow
  std::map<std::pair<Column, std::string>, std::string> own;
  std::set<std::pair<Column, std::string>> declassified;
  std::set<std::pair<Column, Column>> edges;

  std::vector<Row> Derive() const {
    std::vector<Row> rows;
    std::set<std::pair<std::string, std::string>> tags;
    for (const auto& [place, value] : own) {
      if (keys.contains(place.second)) tags.emplace(place.second, value);
    }
    for (const auto& [key, value] : tags) DeriveTag(key, value, rows);
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  bool IsShut(Column column, const std::string& key) const {
    return own.contains({column, key}) || declassified.contains({column, key});
  }

  void DeriveTag(const std::string& key, const std::string& value, std::vector<Row>& rows) const {
    std::map<Column, uint32_t> hops;
    for (const auto& [place, set] : own) {
      if (place.second == key && set == value) hops[place.first] = 0;
    }
    for (uint32_t level = 1;; ++level) {
      std::map<Column, Column> reached;             // and from where
      for (const auto& [source, target] : edges) {  // by source: the lowest comes first
        const auto above = hops.find(source);
        if (above == hops.end() || above->second != level - 1) continue;
        if (hops.contains(target) || IsShut(target, key)) continue;
        reached.emplace(target, source);
      }
      if (reached.empty()) return;
      for (const auto& [column, from] : reached) {
        hops[column] = level;
        rows.emplace_back(column, key, value, level, from);
      }
    }
  }
};

}  // namespace whence::access::test
