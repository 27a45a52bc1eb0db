#pragma once

// Questions about access as words: "SELECT prod.fraud.scores", "USE CATALOG on catalog prod".

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "whence/v1/access.pb.h"

namespace whence::cli {

struct AccessQuestion {
  std::string privilege;
  v1::Securable securable;
};

// A privilege, then a securable, with or without `on` between. InvalidArgument says what is
// missing.
absl::StatusOr<AccessQuestion> ParseAccessQuestion(std::vector<std::string> words);

// Grants and policies stand on assets: of a version, an alias or a column, the asset that it
// belongs to.
void ToAssetOf(v1::Securable& securable);

}  // namespace whence::cli
