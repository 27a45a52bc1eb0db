#pragma once

// Between the public structs and the wire, one pair of functions per message. ToProto fills what a
// request may carry and leaves output fields alone.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "whence/connection.h"
#include "whence/explanation.h"
#include "whence/prediction.h"
#include "whence/run_record.h"
#include "whence/types.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/common.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/prediction.pb.h"
#include "whence/v1/server.pb.h"
#include "whence/versions.h"

namespace whence::client_internal {

void ToProto(absl::Time time, google::protobuf::Timestamp* proto);
absl::Time FromProto(const google::protobuf::Timestamp& proto);
// Leaves the request's field unset for "now".
template <typename Request>
void SetAsOf(const AsOf& as_of, Request* request) {
  if (as_of.position.has_value()) {
    request->mutable_as_of()->set_position(*as_of.position);
  } else if (as_of.time.has_value()) {
    ToProto(*as_of.time, request->mutable_as_of()->mutable_time());
  }
}

void ToProto(const CodeLocation& code, v1::CodeLocation* proto);
void ToProto(const Detail& detail, v1::Detail* proto);
void ToProto(const Catalog& catalog, v1::Catalog* proto);
void ToProto(const Schema& schema, v1::Schema* proto);
void ToProto(const Asset& asset, v1::Asset* proto);
void ToProto(const NewVersion& version, v1::Version* proto);
void ToProto(const RunRecord& run, v1::Run* proto);
void ToProto(const Prediction& prediction, v1::Prediction* proto);

Tag FromProto(const v1::Tag& proto);
CodeLocation FromProto(const v1::CodeLocation& proto);
Detail FromProto(const v1::Detail& proto);
Catalog FromProto(const v1::Catalog& proto);
Schema FromProto(const v1::Schema& proto);
Asset FromProto(const v1::Asset& proto);
Version FromProto(const v1::Version& proto);
Alias FromProto(const v1::Alias& proto);
SearchHit FromProto(const v1::SearchHit& proto);
ServerInfo FromProto(const v1::ServerInfo& proto);
RunRecord FromProto(const v1::Run& proto);
Prediction FromProto(const v1::Prediction& proto);
RefusedPrediction FromProto(const v1::RefusedPrediction& proto);
LineageGraph FromProto(const v1::LineageGraph& proto);
Explanation FromProto(const v1::Explanation& proto);

// A repeated field of messages, element by element.
template <typename Struct, typename Repeated>
std::vector<Struct> FromRepeated(const Repeated& protos) {
  std::vector<Struct> result;
  result.reserve(static_cast<size_t>(protos.size()));
  for (const auto& proto : protos) result.push_back(FromProto(proto));
  return result;
}
inline std::vector<std::string> FromStrings(
    const google::protobuf::RepeatedPtrField<std::string>& strings) {
  return {strings.begin(), strings.end()};
}

// An answer as its public struct.
template <typename Struct, typename Response>
absl::StatusOr<Struct> Converted(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return FromProto(*response);
}

}  // namespace whence::client_internal
