#pragma once

// Random steps of the catalog: made from a seed, run against the catalog and the naive one side by
// side, shown to people.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ledger/change.h"
#include "naive_catalog.h"
#include "sql/writer.h"

namespace whence::catalog::test {

enum class Act {
  kCreate,
  kRename,
  kDelete,
  kForceDelete,
  kUndelete,
  kUndeleteId,
  kComment,
  kRegister,
  kCommentVersion,
  kSetAlias,
  kDeleteAlias,
  kTag,
  kUntag,
  kAttach,
  kDetach,
  kCount,
};

// One step. `target` and `other` say a path out of few, `word` one of few words or numbers: few, so
// that steps meet.
struct Step {
  Act act = Act::kCreate;
  int target = 0;
  int other = 0;
  int word = 0;
};

// The names that paths are made of, level by level.
const std::vector<std::vector<std::string>>& StepNames();
// All paths of a depth.
std::vector<Parts> StepPaths(size_t depth);
inline constexpr int kStepWords = 3;
std::string StepColumn(int word);
std::string StepAlias(int word);

std::vector<Step> RandomSteps(uint64_t seed, size_t count);
// Simpler steps of the same kind, for shrinking.
std::vector<Step> Simpler(const Step& step);
std::string ToText(const Step& step);

// Does the step to the catalog at `change`.
absl::Status Apply(const Step& step, sql::WriteContext& context, const ledger::Change& change);
// Does it to the naive one; the reason of the error, or "OK".
std::string Apply(const Step& step, NaiveWorld& world, Position now);

}  // namespace whence::catalog::test
