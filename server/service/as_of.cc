#include "service/as_of.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "service/time_convert.h"

namespace whence::service {

absl::StatusOr<Position> ResolveAsOf(Call& call, const v1::AsOf& as_of) {
  const Position published = call.position();
  switch (as_of.at_case()) {
    case v1::AsOf::kPosition:
      if (as_of.position() < 0) {
        return InvalidArgument("POSITION_NEGATIVE", "as_of.position",
                               StrCat(as_of.position(), " is negative"),
                               "positions begin at 0, the empty catalog");
      }
      if (as_of.position() > published) {
        return InvalidArgument("POSITION_IN_FUTURE", "as_of.position",
                               StrCat("position ", as_of.position(),
                                      " has not been reached; the newest is ", published),
                               "leave as_of out to read the present");
      }
      return as_of.position();
    case v1::AsOf::kTime: {
      absl::StatusOr<absl::Time> time = TimeFromProto(as_of.time(), "as_of.time");
      if (!time.ok()) return time.status();
      return call.house().ledger().PositionAt(call.connection(), published, *time);
    }
    case v1::AsOf::AT_NOT_SET:
      return published;
  }
  return published;
}

}  // namespace whence::service
