#include "service/derived_tags.h"

#include <algorithm>
#include <utility>

#include "access/classification.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "lineage/run_store.h"

namespace whence::service {
namespace {

absl::StatusOr<DerivedTags> ByName(sql::Connection& connection, Position as_of,
                                   const access::Classes& classes, int64_t asset_id) {
  DerivedTags derived{.tags = {}, .cut = classes.full()};
  for (const access::ClassifiedColumn& classified : classes.Find(asset_id)) {
    WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey column,
                            lineage::GetColumn(connection, as_of, classified.column));
    for (const access::DerivedTag& one : classified.tags) {
      derived.tags.push_back({.column = column.name, .tag = *one.tag});
    }
  }
  std::stable_sort(
      derived.tags.begin(), derived.tags.end(),
      [](const catalog::ColumnTag& a, const catalog::ColumnTag& b) { return a.column < b.column; });
  return derived;
}

}  // namespace

absl::StatusOr<DerivedTags> DerivedColumnTags(sql::Connection& connection, Position as_of,
                                              int64_t asset_id) {
  const access::Classification* const lent = access::LentClassification(connection);
  if (lent == nullptr) return DerivedTags();
  const access::Classes classes = lent->snapshot();
  // A moment newer than what is read here, it may name what is not there yet.
  const bool is_present = classes.position() <= as_of;
  if (is_present && classes.idle()) return DerivedTags();
  if (is_present) return ByName(connection, as_of, classes, asset_id);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<int64_t> ids,
                          lineage::ListColumnIds(connection, as_of, asset_id));
  const std::vector<lineage::ColumnId> columns(ids.begin(), ids.end());
  WHENCE_ASSIGN_OR_RETURN(const access::Classification::Past past,
                          access::Classification::LoadAsOf(connection, lent->graph(), as_of,
                                                           columns, kMaxPastClassification));
  WHENCE_ASSIGN_OR_RETURN(DerivedTags derived, ByName(connection, as_of, past.classes, asset_id));
  derived.cut = derived.cut || past.cut;
  return derived;
}

}  // namespace whence::service
