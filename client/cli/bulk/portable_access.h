#pragma once

// What governs, as an export has it: without what the server assigns, in an order that does not
// depend on ids, and without who is there no more.

#include <cstdint>
#include <string>
#include <vector>

#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

// What it is made with; whether it is active is a line of its own.
v1::Principal Portable(const v1::Principal& principal);
v1::TagDefinition Portable(const v1::TagDefinition& definition);
v1::Declassification Portable(const v1::Declassification& declassification);
// A salt, which no answer has, is missing: `salted` says that there was one.
v1::Policy Portable(const v1::Policy& policy);

// The lines that make a principal. The first start of a server makes one by itself, so that one's
// fields are set apart, by an update.
std::vector<std::string> PrincipalLines(const v1::Principal& principal);
bool MadeByFirstStart(const v1::Principal& principal);
// The line that makes a principal inactive.
std::string InactiveLine(const std::string& principal);

// The grants on one securable as lines: one a principal, by name.
std::vector<std::string> GrantsLines(const std::vector<v1::Grant>& grants);

// Take out the names of deleted principals (`id:17`), where that leaves the rule as it is; how many
// that were. When nobody would be left, where nobody means everybody, they do nothing and say so by
// `pointless`: a policy that was for them alone has no effect.
int64_t DropDeleted(v1::Policy& policy, bool& pointless);
// A definition whose assigners are all deleted is left to who manages the metastore, who may
// always: its owner stands in.
int64_t DropDeleted(v1::TagDefinition& definition, const std::string& metastore_owner);

}  // namespace whence::cli
