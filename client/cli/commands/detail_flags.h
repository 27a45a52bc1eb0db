#pragma once

// The flags that describe what only one kind has: columns, metrics, a template and so on.

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "whence/v1/common.pb.h"

namespace whence::cli {

// Holds the values from parsing until Build. Lives as long as the command.
class DetailFlags {
 public:
  void AddTo(Command& command);

  // Whether any of them was given.
  bool given() const;

  // The detail for an asset of `kind`: `present` with what was given in place of what it had. A
  // usage error if a flag does not suit the kind or has a malformed value; a LocalError if a file
  // cannot be read. "-" is read from `in`.
  absl::StatusOr<v1::Detail> Build(v1::Kind kind, const v1::Detail& present,
                                   std::istream& in) const;

 private:
  struct Known {
    Parameter parameter;
    std::vector<v1::Kind> kinds;
  };

  void AddTableFlags(Command& command);
  void AddModelFlags(Command& command);
  void AddPromptAndIndexFlags(Command& command);
  void AddOtherFlags(Command& command);
  void Remember(Parameter parameter, std::vector<v1::Kind> kinds);

  absl::Status CheckKinds(v1::Kind kind) const;
  absl::Status FillTable(v1::TableDetail* table) const;
  absl::Status FillModel(v1::ModelDetail* model) const;
  absl::Status FillPrompt(std::istream& in, v1::PromptDetail* prompt) const;
  absl::Status FillIndex(v1::IndexDetail* index) const;
  void FillVolume(v1::VolumeDetail* volume) const;
  void FillEndpoint(v1::EndpointDetail* endpoint) const;
  void FillJob(v1::JobDetail* job) const;
  absl::StatusOr<v1::Detail> FromJsonText(v1::Kind kind, std::istream& in) const;

  std::vector<Known> known_;
  std::string detail_;
  std::vector<std::string> columns_;
  std::string format_;
  int64_t rows_ = 0;
  std::string query_;
  std::string framework_;
  std::vector<std::string> metrics_;
  std::string base_model_;
  std::string template_;
  std::vector<std::string> variables_;
  int64_t dimension_ = 0;
  std::string distance_;
  std::string embedding_model_;
  int64_t items_ = 0;
  std::string url_;
  std::vector<std::string> serves_;
  std::string file_name_;
  int64_t files_ = 0;
  int64_t bytes_ = 0;
  std::string repository_;
  std::string commit_;
  std::string path_;
  std::string job_type_;
};

}  // namespace whence::cli
