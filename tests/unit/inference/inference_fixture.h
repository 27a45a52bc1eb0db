#pragma once

// Predictions in a database of their own, one mutation a call, for this room's tests.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/digest.h"
#include "base/strings.h"
#include "catalog/catalog_fixture.h"
#include "inference/origin.h"
#include "inference/prediction.h"

namespace whence::inference::test {

using whence::test::ReasonOf;

// 2001-09-09T01:46:40Z and so many seconds.
inline absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1'000'000'000 + seconds); }

// Purpose: a catalog fixture that records predictions. Thread-safety: one thread.
class InferenceFixture : public catalog::test::CatalogFixture {
 public:
  int64_t Intern(const std::vector<Parent>& parents) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
             return InternOrigin(context, change, parents);
           })
        .value();
  }

  static Prediction Make(std::string_view id, int64_t origin_id, absl::Time start_time) {
    return Prediction{.id = std::string(id),
                      .origin_id = origin_id,
                      .run_uuid = {},
                      .start_time = start_time,
                      .currency = "USD",
                      .error_message = {},
                      .input_digest = {},
                      .output_digest = {},
                      .input_text = {},
                      .output_text = {},
                      .attributes = {},
                      .content_digest = Sha256Bytes(id)};
  }

  // Records several in one mutation.
  absl::Status Insert(const std::vector<Prediction>& predictions) {
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      for (const Prediction& prediction : predictions) {
        if (absl::Status status = InsertPrediction(context, change, prediction); !status.ok()) {
          return status;
        }
      }
      return absl::OkStatus();
    });
  }
  absl::Status Insert(std::string_view id, int64_t origin_id, absl::Time start_time) {
    return Insert({Make(id, origin_id, start_time)});
  }

  // Ids of a whole list, newest first: "c b a".
  std::string List(const ListQuery& query) {
    std::string ids;
    const auto rest = ForEachPrediction(reader(), query, [&](const Prediction& prediction) {
      StrAppend(&ids, ids.empty() ? "" : " ", prediction.id);
      return true;
    });
    REQUIRE(rest.ok());
    return rest->has_value() ? ids + " ..." : ids;
  }

  // The same in pages of `size`, each begun where the one before ended: "c b|a".
  std::string Pages(ListQuery query, int size) {
    std::string ids;
    for (;;) {
      int taken = 0;
      const auto rest = ForEachPrediction(reader(), query, [&](const Prediction& prediction) {
        if (taken == size) return false;
        StrAppend(&ids, taken == 0 ? "" : " ", prediction.id);
        ++taken;
        return true;
      });
      REQUIRE(rest.ok());
      if (!rest->has_value()) return ids;
      query.after = **rest;
      ids += "|";
    }
  }
};

}  // namespace whence::inference::test
