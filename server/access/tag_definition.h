// Governed tags: what is allowed of tags with one key, and whether they flow; as states in time.
// docs/tags.md is the same for admins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/index.h"
#include "access/principal.h"
#include "base/position.h"
#include "catalog/tag.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// What a definition says.
struct TagRules {
  std::vector<std::string> values{};     // allowed ones; none: any
  std::vector<PrincipalId> assigners{};  // who may assign it; nobody: who has APPLY TAG
  bool propagates = false;               // flows along column lineage (classification.h)
  std::string comment{};

  bool Allows(std::string_view value) const;
  friend bool operator==(const TagRules&, const TagRules&) = default;
};

// A definition as of a position.
struct TagDefinition {
  std::string key;
  TagRules rules;
  std::string updater;
  absl::Time update_time;
  Position position = kNoPosition;  // from which this state held

  std::string Etag() const;
  friend bool operator==(const TagDefinition&, const TagDefinition&) = default;
};

// The same rules with lists in order and without repetitions.
TagRules Normalized(TagRules rules);
// OK within the bounds of limits.h. InvalidArgument TAG_DEFINITION_TOO_LARGE, TEXT_*.
absl::Status ValidateTagRules(const TagRules& rules);

// Canonical JSON: members in order of their names, those that say nothing left out, no spaces.
std::string FormatTagRules(const TagRules& rules);
// DataLoss TAG_DEFINITION_DAMAGED for a text that FormatTagRules did not make.
absl::StatusOr<TagRules> ParseTagRules(std::string_view json);

// The definition of the key; nothing when it has none.
absl::StatusOr<std::optional<TagDefinition>> FindTagDefinition(sql::Connection& connection,
                                                               Position as_of,
                                                               std::string_view key);
// The same. NotFound TAG_DEFINITION_NOT_FOUND, with the closest key in the hint.
absl::StatusOr<TagDefinition> GetTagDefinition(sql::Connection& connection, Position as_of,
                                               std::string_view key);
// A page by key (byte by byte) after `after`, at most `limit`.
absl::StatusOr<std::vector<TagDefinition>> ListTagDefinitions(sql::Connection& connection,
                                                              Position as_of,
                                                              std::string_view after, int limit);
// The keys of tags that flow, sorted.
absl::StatusOr<std::vector<std::string>> ListFlowingKeys(sql::Connection& connection,
                                                         Position as_of);

// The caller has validated key and rules, and that the principals are there. AlreadyExists
// TAG_DEFINITION_ALREADY_EXISTS; FailedPrecondition TOO_MANY_TAG_DEFINITIONS beyond
// kMaxTagDefinitions.
absl::StatusOr<TagDefinition> CreateTagDefinition(sql::WriteContext& context,
                                                  const ledger::Change& change,
                                                  std::string_view key, const TagRules& rules);
// `current` gets other rules.
absl::StatusOr<TagDefinition> UpdateTagDefinition(sql::WriteContext& context,
                                                  const ledger::Change& change,
                                                  const TagDefinition& current,
                                                  const TagRules& rules);
// The key is free again; tags stay.
absl::Status DeleteTagDefinition(sql::WriteContext& context, const ledger::Change& change,
                                 const TagDefinition& current);

// Whether who asks is one of the assigners, or in a group of them; without assigners everybody is.
// Who manages the metastore may assign as well: service/governed_tags.h.
bool IsAssigner(const TagRules& rules, const Snapshot& access, const Identity& who);

// Whether the tag may be set. InvalidArgument TAG_VALUE_NOT_ALLOWED, naming the values.
absl::Status CheckTagValue(const TagDefinition& definition, const catalog::Tag& tag,
                           std::string_view field);

}  // namespace whence::access
