#pragma once

// Sends the records that say who may what.

#include <mutex>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "cli/rpc/connection.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

// Idempotent as the Applier, whose part it is: what is there already and equal is fine; grants,
// memberships, declassifications and the metastore's owner are as the line says afterwards. `mask`
// names the fields of an update; empty: a create. Thread-safe; the connection is not owned.
class AccessApplier {
 public:
  explicit AccessApplier(Connection& connection) : connection_(connection) {}

  absl::Status Apply(const v1::Principal& principal, const std::string& mask) const;
  absl::Status Apply(const v1::Membership& membership, const std::string& mask) const;
  absl::Status Apply(const v1::TagDefinition& definition, const std::string& mask) const;
  absl::Status Apply(const v1::Declassification& declassification, const std::string& mask) const;
  // A mask that is salted, and whose line has no salt (an export never has), is made with a new
  // one: it hides what it hid, and hashes otherwise.
  absl::Status Apply(const v1::Policy& policy, const std::string& mask) const;
  absl::Status Apply(const v1::ChangeGrantsRequest& grants, const std::string& mask) const;
  absl::Status Apply(const v1::Metastore& metastore, const std::string& mask) const;

  // Names of the policies that were made with new salts, sorted.
  std::set<std::string> new_salts() const;

 private:
  Connection& connection_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> new_salts_;  // under mutex_
};

}  // namespace whence::cli
