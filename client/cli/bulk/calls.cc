#include "cli/bulk/calls.h"

#include "absl/strings/str_split.h"
#include "base/error.h"

namespace whence::cli {

bool ServerGone(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded ||
         GetErrorDetail(status).reason == "WRITER_QUEUE_FULL";
}

void FillMask(const std::string& mask, google::protobuf::FieldMask* fields) {
  for (const absl::string_view path : absl::StrSplit(mask, ',', absl::SkipEmpty())) {
    fields->add_paths(std::string(path));
  }
}

}  // namespace whence::cli
