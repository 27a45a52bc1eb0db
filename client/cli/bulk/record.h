#pragma once

// One line of a bulk file: a record of the contract under the name of its kind.
//
//   {"catalog": {...}}  {"schema": {...}}  {"asset": {...}}  {"version": {...}}  {"alias": {...}}
//   {"tags": {"reference": "prod.raw.users#email", "set": [{"key": "pii"}]}}
//   {"identity": {...}}  {"run": {...}}  {"edges": {"edges": [...]}}  {"prediction": {...}}
//
// "update_mask" beside a catalog, schema, asset or version changes an existing one: the names of
// the fields, as a text with commas or as a list.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {

struct Record {
  std::variant<v1::Catalog, v1::Schema, v1::Asset, v1::Version, v1::Alias, v1::SetTagsRequest,
               v1::DatasetIdentity, v1::Run, v1::RecordEdgesRequest, v1::Prediction>
      body;
  // Fields of an update; empty: a create.
  std::string update_mask;
  // A run whose line says that its state is not known: recorded as an update.
  bool state_unknown = false;
};

// Records of one lane may overtake those of another only when nothing of the other is under way.
enum class Lane { kCatalog, kRuns, kEdges, kPredictions };

// The record in a line. InvalidArgument says what is wrong. A run or prediction without an id gets
// one that follows from the line and its number, so that importing the file again finds it.
absl::StatusOr<Record> ParseRecord(std::string_view line, int64_t number);

Lane LaneOf(const Record& record);
// "catalog", "run": the key of its line.
std::string_view KindOf(const Record& record);

// For records of the catalog lane: the name that it makes or changes, and what must be there
// before: its parents. In one form per name, however it is quoted.
struct Dependencies {
  std::string own;
  std::vector<std::string> needs;
};
Dependencies DependenciesOf(const Record& record);

// A UUID (version 8) that follows from a text.
std::string UuidOf(std::string_view text);

}  // namespace whence::cli
