#pragma once

// One line of a bulk file: a record of the contract under the name of its kind.
//
//   {"catalog": {...}}  {"schema": {...}}  {"asset": {...}}  {"version": {...}}  {"alias": {...}}
//   {"tags": {"reference": "prod.raw.users#email", "set": [{"key": "pii"}]}}
//   {"identity": {...}}  {"run": {...}}  {"edges": {"edges": [...]}}  {"prediction": {...}}
//
// and, of who may what:
//
//   {"principal": {...}}  {"membership": {"group": "group:analysts", "member": "user:bo"}}
//   {"tag_definition": {...}}  {"declassification": {...}}  {"policy": {...}}
//   {"grants": {"securable": {...}, "principal": "group:analysts", "add": ["SELECT"]}}
//   {"metastore": {"owner": "group:admins"}}
//
// "update_mask" beside a catalog, schema, asset, version, principal, tag_definition or policy
// changes an existing one: the names of the fields, as a text with commas or as a list.
// docs/export.md has it all.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/prediction.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

struct Record {
  std::variant<v1::Catalog, v1::Schema, v1::Asset, v1::Version, v1::Alias, v1::SetTagsRequest,
               v1::DatasetIdentity, v1::Run, v1::RecordEdgesRequest, v1::Prediction, v1::Principal,
               v1::Membership, v1::TagDefinition, v1::Declassification, v1::Policy,
               v1::ChangeGrantsRequest, v1::Metastore>
      body;
  // Fields of an update; empty: a create.
  std::string update_mask;
  // A run whose line says that its state is not known: recorded as an update.
  bool state_unknown = false;
};

// Records of one lane may overtake those of another only when nothing of the other is under way.
// Within kCatalog and kAccess (who there is, who is in what, what is granted and declassified)
// those may overtake one another that do not depend on one another; kRules (definitions of tags,
// policies, the metastore's owner) are one after the other: each may change what the next may do.
enum class Lane { kCatalog, kRuns, kEdges, kPredictions, kAccess, kRules };

// The record in a line. InvalidArgument says what is wrong. A run or prediction without an id gets
// one that follows from the line and its number, so that importing the file again finds it.
absl::StatusOr<Record> ParseRecord(std::string_view line, int64_t number);

Lane LaneOf(const Record& record);
// "catalog", "run": the key of its line.
std::string_view KindOf(const Record& record);

// For records of the lanes kCatalog and kAccess: the name that it makes or changes, and what must
// be there before: its parents, and whom it is about. In one form per name, however it is quoted.
struct Dependencies {
  std::string own;
  std::vector<std::string> needs;
};
Dependencies DependenciesOf(const Record& record);

// A UUID (version 8) that follows from a text.
std::string UuidOf(std::string_view text);

}  // namespace whence::cli
