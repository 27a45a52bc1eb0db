#include "cli/commands/policy_flags.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/text/grant_words.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

constexpr size_t kMaxSaltFileBytes = 4096;

bool AnyGiven(const std::vector<Parameter>& options) {
  return std::ranges::any_of(options, [](const Parameter& option) { return option.given(); });
}

void PutCondition(const std::vector<std::string>& all, const std::vector<std::string>& any,
                  const std::vector<std::string>& none, v1::TagCondition* condition) {
  for (const std::string& term : all) condition->add_all(term);
  for (const std::string& term : any) condition->add_any(term);
  for (const std::string& term : none) condition->add_none(term);
}

}  // namespace

void PolicyFlags::AddTo(Command& command, bool create) {
  if (create) {
    command.Flag(on, "--on", "SECURABLE",
                 "Where it stands, and takes effect with all below: NAME, \"TYPE NAME\", metastore",
                 Complete::kAsset);
    command.Switch(deny_, "--deny", "It denies; everything without --privilege");
    command.Switch(audit_, "--audit",
                   "It puts reads on the record; those by every privilege without --privilege");
  }
  mask_option_ =
      command.Flag(mask_, "--mask", "TYPE",
                   "It masks columns: nullify, redact, hash, first4, last4, email, year, "
                   "default, constant or custom");
  command.Flag(salt_file_, "--salt-file", "FILE",
               "With --mask: what is put before values that are "
               "hashed; - reads standard input",
               Complete::kFile);
  command.Flag(constant_, "--constant", "VALUE", "With --mask constant: the value");
  command.Flag(custom_, "--custom", "DIALECT=SQL",
               "With --mask custom: an expression with {col} and {type}");
  filter_option_ =
      command.Flag(filter_, "--filter", "CONDITIONS", "It shows rows only where these hold");
  sql_option_ = command.Flag(sql_, "--sql", "DIALECT=SQL",
                             "It shows rows only where this holds; {caller} is who asks");
  privileges_option_ = command.Flag(privileges_, "--privilege", "PRIVILEGE",
                                    "With a deny or an audit: only this, and "
                                    "others that are named so",
                                    Complete::kPrivilege);
  to_option_ = command.Flag(to_, "--to", "PRINCIPAL", "Whom it is for; without any: everybody",
                            Complete::kPrincipal);
  except_option_ =
      command.Flag(except_, "--except", "PRINCIPAL", "Who is left out again", Complete::kPrincipal);
  columns_option_ = command.Flag(columns_, "--column", "NAME", "Only columns of this name");
  tag_options_ = {
      command.Flag(any_tags_, "--any-tag", "TAG", "Only columns with one of these: KEY, KEY=VALUE"),
      command.Flag(all_tags_, "--all-tag", "TAG", "Only columns with all of these"),
      command.Flag(no_tags_, "--no-tag", "TAG", "Only columns with none of these")};
  asset_tag_options_ = {
      command.Flag(asset_any_tags_, "--asset-any-tag", "TAG", "Only assets with one of these tags"),
      command.Flag(asset_all_tags_, "--asset-all-tag", "TAG", "Only assets with all of these"),
      command.Flag(asset_no_tags_, "--asset-no-tag", "TAG", "Only assets with none of these")};
  priority_option_ = command.Flag(priority_, "--priority", "N",
                                  "Of two different masks on a column the higher is put on");
  comment_option_ = command.Flag(comment_, "--comment", "TEXT", "What it is for");
  state_option_ = command.Flag(state_, "--state", "STATE", "enabled, dry-run or disabled",
                               Complete::kPolicyState);
}

absl::Status PolicyFlags::ApplyKind(v1::Policy& policy) const {
  const int kinds =
      (is_mask() ? 1 : 0) + (is_filter() ? 1 : 0) + (deny_ ? 1 : 0) + (audit_ ? 1 : 0);
  if (kinds != 1) {
    return UsageError(kinds == 0 ? "what the policy does is not said" : "a policy does one thing",
                      "give one of --mask, --filter (or --sql), --deny and --audit");
  }
  policy.set_kind(is_mask()     ? v1::POLICY_KIND_MASK
                  : is_filter() ? v1::POLICY_KIND_FILTER
                  : audit_      ? v1::POLICY_KIND_AUDIT
                                : v1::POLICY_KIND_DENY);
  if (on.empty()) return UsageError("where it stands is not said", "give --on, or --on metastore");
  const std::vector<std::string> words = absl::StrSplit(on, ' ', absl::SkipEmpty());
  absl::StatusOr<v1::Securable> securable = ParseSecurableWords(words);
  if (!securable.ok()) return UsageOf(securable.status(), "--on");
  *policy.mutable_securable() = *std::move(securable);
  return absl::OkStatus();
}

absl::Status PolicyFlags::ApplyMask(App& app, v1::Policy& policy) const {
  if (!is_mask()) {
    const bool stray = !salt_file_.empty() || !constant_.empty() || !custom_.empty();
    return stray ? UsageError("--salt-file, --constant and --custom belong to a mask",
                              "say which with --mask")
                 : absl::OkStatus();
  }
  v1::Mask& mask = *policy.mutable_mask();
  mask.set_type(mask_);
  mask.set_constant(constant_);
  WHENCE_RETURN_IF_ERROR(SetMap(custom_, "--custom", mask.mutable_custom()));
  if (salt_file_.empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(std::string salt, ReadFile(salt_file_, app.in(), kMaxSaltFileBytes));
  if (salt.ends_with('\n')) salt.pop_back();
  mask.set_salt(salt);
  return absl::OkStatus();
}

absl::Status PolicyFlags::ApplyFilter(v1::Policy& policy) const {
  if (!is_filter()) return absl::OkStatus();
  policy.mutable_filter()->set_conditions(filter_);
  return SetMap(sql_, "--sql", policy.mutable_filter()->mutable_sql());
}

void PolicyFlags::ApplyTags(v1::Policy& policy) const {
  if (AnyGiven(tag_options_)) {
    PutCondition(all_tags_, any_tags_, no_tags_, policy.mutable_column_tags());
  }
  if (AnyGiven(asset_tag_options_)) {
    PutCondition(asset_all_tags_, asset_any_tags_, asset_no_tags_, policy.mutable_asset_tags());
  }
}

void PolicyFlags::NameFields(google::protobuf::FieldMask& mask) const {
  const std::pair<bool, const char*> fields[] = {
      {is_mask(), "mask"},
      {is_filter(), "filter"},
      {privileges_option_.given(), "privileges"},
      {to_option_.given(), "to"},
      {except_option_.given(), "except"},
      {columns_option_.given(), "columns"},
      {AnyGiven(tag_options_), "column_tags"},
      {AnyGiven(asset_tag_options_), "asset_tags"},
      {priority_option_.given(), "priority"},
      {comment_option_.given(), "comment"},
      {state_option_.given(), "state"},
  };
  for (const auto& [given, name] : fields) {
    if (given) mask.add_paths(name);
  }
}

absl::Status PolicyFlags::Apply(App& app, v1::Policy& policy,
                                google::protobuf::FieldMask* mask) const {
  if (mask == nullptr) WHENCE_RETURN_IF_ERROR(ApplyKind(policy));
  WHENCE_RETURN_IF_ERROR(ApplyMask(app, policy));
  WHENCE_RETURN_IF_ERROR(ApplyFilter(policy));
  ApplyTags(policy);
  *policy.mutable_privileges() = {privileges_.begin(), privileges_.end()};
  *policy.mutable_to() = {to_.begin(), to_.end()};
  *policy.mutable_except() = {except_.begin(), except_.end()};
  *policy.mutable_columns() = {columns_.begin(), columns_.end()};
  policy.set_priority(priority_);
  policy.set_comment(comment_);
  if (!state_.empty()) {
    const absl::StatusOr<v1::PolicyState> state = ParsePolicyState(state_);
    if (!state.ok()) return UsageOf(state.status(), "--state");
    policy.set_state(*state);
  }
  if (mask != nullptr) NameFields(*mask);
  return absl::OkStatus();
}

}  // namespace whence::cli
