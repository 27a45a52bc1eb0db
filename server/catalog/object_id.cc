#include "catalog/object_id.h"

#include "base/error.h"
#include "base/status_macros.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kLastObjectId{
    "SELECT COALESCE(MAX(last), 0) FROM ("
    "SELECT MAX(id) AS last FROM securable UNION ALL"
    " SELECT MAX(id) AS last FROM version UNION ALL"
    " SELECT MAX(id) AS last FROM run UNION ALL"
    " SELECT MAX(id) AS last FROM declaration) AS lasts"};

}  // namespace

absl::StatusOr<int64_t> NextObjectId(sql::WriteContext& context) {
  if (context.Last(sql::Counter::kObjectId) >= kMaxObjectId) {
    return ResourceExhausted("OBJECT_IDS_EXHAUSTED",
                             "all 2,147,483,647 ids of this metastore are used",
                             "start another metastore");
  }
  return context.Next(sql::Counter::kObjectId);
}

absl::StatusOr<int64_t> LastObjectId(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kLastObjectId);
  int64_t last = 0;
  if (rows.Next()) last = rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return last;
}

}  // namespace whence::catalog
