#include "catalog/closest_name.h"

#include "base/edit_distance.h"
#include "base/status_macros.h"

namespace whence::catalog {

absl::StatusOr<std::optional<std::string>> ClosestName(std::string_view wanted, sql::Rows from,
                                                       sql::Rows before) {
  NearestName nearest(wanted);
  // The nearest neighbours first, by turns: there may not be time for all.
  bool goes_on = true;
  for (bool up = true, down = true; goes_on && (up || down);) {
    up = up && from.Next();
    if (up) goes_on = nearest.Consider(from.Text(0));
    down = down && goes_on && before.Next();
    if (down) goes_on = nearest.Consider(before.Text(0));
  }
  WHENCE_RETURN_IF_ERROR(from.status());
  WHENCE_RETURN_IF_ERROR(before.status());
  return nearest.closest();
}

}  // namespace whence::catalog
