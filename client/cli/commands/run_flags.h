#pragma once

// The flags that describe a run: what it read and wrote, its columns, code and parameters.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/command.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// Holds the values from parsing until Apply. Lives as long as the command.
class RunFlags {
 public:
  void AddTo(Command& command);

  // Adds what was given to the run. A usage error for a malformed value.
  absl::Status Apply(v1::Run& run) const;

 private:
  std::vector<std::string> reads_;
  std::vector<std::string> writes_;
  std::vector<std::string> columns_;
  std::vector<std::string> parameters_;
  std::vector<std::string> properties_;
  std::string parent_;
  std::string repository_;
  std::string commit_;
  std::string path_;
  bool dirty_ = false;
  std::string host_;
  std::string user_;
};

// "a.b.out#x=a.b.in#y:transformation:masking", several sources joined by commas:
// "a.b.out#x=a.b.in#y,a.b.in#z:filter". InvalidArgument says what is wrong.
absl::StatusOr<v1::ColumnMapping> ParseColumnMapping(std::string_view text);

}  // namespace whence::cli
