#include "sql/value.h"

namespace whence::sql::internal {

int64_t TimeToInteger(absl::Time time) {
  // Saturates: the infinities, and only they in practice, become the limits.
  return absl::ToUnixMicros(time);
}

absl::Time TimeFromInteger(int64_t micros) {
  if (micros == std::numeric_limits<int64_t>::max()) {
    return absl::InfiniteFuture();
  }
  if (micros == std::numeric_limits<int64_t>::min()) {
    return absl::InfinitePast();
  }
  return absl::FromUnixMicros(micros);
}

}  // namespace whence::sql::internal
