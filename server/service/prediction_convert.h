// Predictions on the wire and in the house.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "inference/prediction.h"
#include "service/call.h"
#include "service/node_names.h"
#include "whence/v1/prediction.pb.h"

namespace whence::service {

// Whether the prediction, looked at by itself, may be recorded: id, bounds, digests, numbers.
absl::Status CheckPrediction(const v1::Prediction& prediction);

// SHA-256 of the prediction as it was given, 32 raw bytes: the same id must say the same. Fields
// that the server sets do not count.
std::string ContentDigest(const v1::Prediction& given);

// Purpose: turns predictions of one request into what is stored. References that several of them
// share are looked up once, also those that lead nowhere. Ownership: borrows the call.
// Thread-safety: the writer's thread.
class PredictionBuilder {
 public:
  explicit PredictionBuilder(Call& call, catalog::Hints hints = catalog::Hints::kFull)
      : call_(call), hints_(hints) {}

  // A checked prediction, with its parents pinned as of now, but without origin, content digest,
  // recorder and position. Fails for references that are malformed (ParseReference) or find nothing
  // (catalog::Pin), with the field that holds them.
  absl::StatusOr<inference::Prediction> Build(const v1::Prediction& wire,
                                              std::vector<inference::Parent>* parents);

  // How often it had to ask the catalog what a reference means.
  size_t lookups() const { return pinned_.size() + missing_.size(); }

 private:
  absl::StatusOr<int64_t> PinNode(const std::string& reference, const std::string& field);
  absl::Status AddParent(inference::Role role, const std::string& reference,
                         const std::string& field, std::vector<inference::Parent>* parents);
  absl::StatusOr<std::string> BuildAttributes(const v1::Prediction& wire,
                                              std::vector<inference::Parent>* parents);

  Call& call_;
  const catalog::Hints hints_;
  absl::flat_hash_map<std::string, int64_t> pinned_;        // node by reference
  absl::flat_hash_map<std::string, absl::Status> missing_;  // or not for this caller
};

// A stored prediction as it is answered, with the references that held at the names' position.
absl::StatusOr<v1::Prediction> PredictionToProto(Call& call, NodeNames& names,
                                                 const inference::Prediction& stored);

}  // namespace whence::service
