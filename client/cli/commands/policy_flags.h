#pragma once

// The flags that say what a policy is.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/command.h"
#include "google/protobuf/field_mask.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::cli {

// Purpose: flags of `policy create`, `update` and `preview`, and how they become a policy.
// Thread-safety: one thread.
class PolicyFlags {
 public:
  // `create`: with where it stands and whether it is a deny or an audit, which cannot be changed
  // later.
  void AddTo(Command& command, bool create);
  // Sets what was given; a usage error names the flag. With `mask` also which fields these are.
  absl::Status Apply(App& app, v1::Policy& policy, google::protobuf::FieldMask* mask) const;

  std::string on;

 private:
  absl::Status ApplyKind(v1::Policy& policy) const;
  absl::Status ApplyMask(App& app, v1::Policy& policy) const;
  absl::Status ApplyFilter(v1::Policy& policy) const;
  void ApplyTags(v1::Policy& policy) const;
  void NameFields(google::protobuf::FieldMask& mask) const;
  bool is_mask() const { return mask_option_.given(); }
  bool is_filter() const { return filter_option_.given() || sql_option_.given(); }

  std::string mask_;
  std::string salt_file_;
  std::string constant_;
  std::vector<std::string> custom_;
  std::string filter_;
  std::vector<std::string> sql_;
  bool deny_ = false;
  bool audit_ = false;
  std::vector<std::string> privileges_;
  std::vector<std::string> to_;
  std::vector<std::string> except_;
  std::vector<std::string> columns_;
  std::vector<std::string> all_tags_, any_tags_, no_tags_;
  std::vector<std::string> asset_all_tags_, asset_any_tags_, asset_no_tags_;
  int64_t priority_ = 0;
  std::string comment_;
  std::string state_;
  Parameter mask_option_, filter_option_, sql_option_, privileges_option_;
  Parameter to_option_, except_option_, columns_option_, priority_option_, comment_option_;
  Parameter state_option_;
  std::vector<Parameter> tag_options_, asset_tag_options_;
};

}  // namespace whence::cli
