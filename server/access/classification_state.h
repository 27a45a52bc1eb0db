// What a Classification publishes. For the files of this room and their tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "access/classification.h"
#include "access/cow.h"
#include "base/position.h"
#include "lineage/graph.h"

namespace whence::access {

// A column of which anything is known that has to do with tags that flow.
struct ColumnClasses {
  std::vector<TagRef> own;                // set there, of keys that flow; by key
  std::vector<std::string> declassified;  // keys; sorted
  std::vector<DerivedTag> derived;        // by key and value

  bool empty() const { return own.empty() && declassified.empty() && derived.empty(); }
  // Whether nothing comes of the tag when it arrives: it is there already, or does not come in.
  bool Has(const catalog::Tag& tag) const;
};

struct ClassificationState {
  Position position = kNoPosition;
  std::shared_ptr<std::vector<std::string>> keys;  // that flow; sorted; null: none
  CowMap<lineage::ColumnId, std::shared_ptr<ColumnClasses>> columns;
  // The columns of an asset with derived tags, by id.
  CowMap<int64_t, std::shared_ptr<std::vector<lineage::ColumnId>>> assets;
  size_t derived = 0;  // tags in all
  bool full = false;   // more would have been derived
};

}  // namespace whence::access
