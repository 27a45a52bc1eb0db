#pragma once

// Resources as an export has them: without what the server assigns (ids, positions, who and when of
// the recording), so that importing and exporting again gives the same lines.

#include <string>
#include <string_view>
#include <vector>

#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {

v1::Catalog Portable(const v1::Catalog& catalog);
v1::Schema Portable(const v1::Schema& schema);
v1::Asset Portable(const v1::Asset& asset);
v1::Version Portable(const v1::Version& version);
v1::Alias Portable(const v1::Alias& alias);
v1::DatasetIdentity Portable(const v1::DatasetIdentity& identity);
v1::Run Portable(const v1::Run& run);
v1::Prediction Portable(const v1::Prediction& prediction);
// What declares the same again.
v1::RecordEdgesRequest Portable(const v1::Declaration& declaration);

// {"catalog":{...}}, without a newline. `update_mask` stands beside it where it is not empty.
std::string RecordLine(std::string_view kind, const google::protobuf::Message& body,
                       std::string_view update_mask = {});

// A run as lines: several where it has more reads or writes than one call takes.
std::vector<std::string> RunLines(const v1::Run& run);

// The tags on a target as a line; empty where there are none.
std::string TagsLine(const std::string& reference,
                     const google::protobuf::RepeatedPtrField<v1::Tag>& tags);
// A line for each tagged column of an asset.
std::vector<std::string> ColumnTagsLines(const v1::Asset& asset);

}  // namespace whence::cli
