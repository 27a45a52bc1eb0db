#include "catalog/object_id.h"

#include "base/error.h"
#include "base/limits.h"

namespace whence::catalog {

absl::StatusOr<int64_t> NextObjectId(sql::WriteContext& context) {
  if (context.Last(sql::Counter::kObjectId) >= kMaxObjectId) {
    return ResourceExhausted("OBJECT_IDS_EXHAUSTED",
                             "all 2,147,483,647 ids of this metastore are used",
                             "start another metastore");
  }
  return context.Next(sql::Counter::kObjectId);
}

}  // namespace whence::catalog
