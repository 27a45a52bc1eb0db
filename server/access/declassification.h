// Declassifications: that a column is not what lineage says it is, as decided by somebody who may;
// as states in time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// What is declassified. By the column's name: it holds also when lineage names the column later.
struct DeclassifiedPlace {
  int64_t asset_id = 0;
  std::string column;
  std::string key;  // of the tag that does not come to the column, nor through it

  friend auto operator<=>(const DeclassifiedPlace&, const DeclassifiedPlace&) = default;
};

struct Declassification {
  DeclassifiedPlace place;
  std::string comment;  // why
  std::string creator;
  absl::Time create_time;
  Position position = kNoPosition;  // from which it held

  friend bool operator==(const Declassification&, const Declassification&) = default;
};

absl::StatusOr<std::optional<Declassification>> FindDeclassification(
    sql::Connection& connection, Position as_of, const DeclassifiedPlace& place);

// Calls `visit` with each after `after`, by asset, column and key, until it returns false or there
// are no more. Returns true when there are no more. Of one asset, unless that is 0.
absl::StatusOr<bool> ListDeclassifications(sql::Connection& connection, Position as_of,
                                           int64_t asset_id, const DeclassifiedPlace& after,
                                           absl::FunctionRef<bool(Declassification&&)> visit);

// A comment that is another than that of the present one takes its place. FailedPrecondition
// TOO_MANY_DECLASSIFICATIONS beyond kMaxDeclassificationsPerAsset.
absl::StatusOr<Declassification> Declassify(sql::WriteContext& context,
                                            const ledger::Change& change,
                                            const DeclassifiedPlace& place,
                                            std::string_view comment);
// Ends `current`.
absl::Status Reclassify(sql::WriteContext& context, const ledger::Change& change,
                        const Declassification& current);

}  // namespace whence::access
