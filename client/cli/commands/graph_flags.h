#pragma once

#include <string>

#include "cli/commands/shared.h"
#include "google/protobuf/repeated_field.h"

namespace whence::cli {

// The bounds that every walk has: --depth, --max-nodes, --as-of.
struct GraphBounds {
  int64_t depth = 0;
  int64_t max_nodes = 0;
  std::string as_of;

  void AddTo(Command& command, std::string_view default_nodes, bool with_depth = true);

  template <class Request>
  absl::Status Apply(Request& request) const {
    if constexpr (requires { request.set_depth(0); }) {
      request.set_depth(static_cast<int32_t>(depth));
    }
    request.set_max_nodes(static_cast<int32_t>(max_nodes));
    return SetAsOf(as_of, request);
  }
};

// The error of a graph's question, with what to ask instead where the reference is a prediction,
// which is no node of the graph.
absl::Status WithWhyHint(const absl::Status& status, const std::string& reference);

// Says on stderr what a bound left out, where it did.
void TellTruncations(App& app, const google::protobuf::RepeatedField<int>& truncations);

}  // namespace whence::cli
