// Predictions whose explanation has thirty nodes, as an answering system of a company has them: an
// endpoint, a model trained from features and labels, a prompt, an index made of documents, and the
// runs and tables behind them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace whence::bench {

inline constexpr int kOriginNodes = 30;
inline constexpr int kPredictionsPerOrigin = 20;

// References of the predictions of `origins` origins with nothing in common: "prediction:...".
// Records what of them the catalog does not have. Ends the process when a call fails.
std::vector<std::string> MakeOrigins(const std::shared_ptr<grpc::Channel>& channel, int origins);

}  // namespace whence::bench
