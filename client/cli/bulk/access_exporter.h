#pragma once

// Writes who may what as records: the part of an export that governs the rest.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/bulk/spool.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::cli {

// In the order in which an import may make them: whom a rule names is there before it, and what
// forbids or gives away comes last, for it holds for who imports as well. Used by one thread.
class AccessExporter {
 public:
  using Write = std::function<absl::Status(const std::string& line)>;

  // As of `position`. `catalog` empty: of the whole metastore, with principals, definitions and its
  // owner; else what stands in this catalog.
  AccessExporter(App& app, int64_t position, std::string catalog, Write write)
      : app_(app), position_(position), catalog_(std::move(catalog)), write_(std::move(write)) {}

  // Principals and who is in which group. PermissionDenied where the caller may not see them: then
  // the rest would not be whole.
  absl::Status WritePrincipals();
  // Definitions of tags: after the tags, some of which may be there that would not be allowed now.
  absl::Status WriteTagDefinitions();
  // Everything else, after all that it may name. `securables`: names of all that grants may stand
  // on, but the metastore.
  absl::Status WriteRules(const std::vector<std::string>& securables);

  // Says what was left out.
  void TellOmissions();

 private:
  bool whole() const { return catalog_.empty(); }
  absl::Status WriteMembers(const std::string& group);
  absl::Status FindMetastoreOwner();
  absl::Status WriteDeclassifications();
  // A declassification of a column or with a key that is there no more cannot be said again.
  absl::StatusOr<bool> CanBeSaid(const v1::Declassification& declassification);
  // `seen`: names of all that policies may stand on, but the metastore.
  absl::Status SpoolPolicies(const std::set<std::string_view>& seen);
  absl::Status SpoolPolicy(v1::Policy policy);
  absl::Status WriteGrants(const v1::Securable& securable);
  absl::Status WriteLast();
  absl::Status WriteAll(Spool& spool) { return spool.ForEach(write_); }

  App& app_;
  const int64_t position_;
  const std::string catalog_;
  const Write write_;
  std::string metastore_owner_;
  std::set<std::string> tag_keys_;  // that have definitions
  Spool other_policies_;
  // Denies by how deep they stand: metastore, catalog, schema, asset.
  Spool denies_[4];
  // The first principal, when it is inactive: it may be who imports.
  std::string inactive_first_;
  int64_t dropped_names_ = 0;
  int64_t pointless_policies_ = 0;
  int64_t dropped_declassifications_ = 0;
  int64_t policies_on_unseen_ = 0;
};

}  // namespace whence::cli
