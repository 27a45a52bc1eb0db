#include "whence/types.h"

#include "whence/explanation.h"
#include "whence/run_record.h"

namespace whence {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kTable:
      return "TABLE";
    case Kind::kView:
      return "VIEW";
    case Kind::kVolume:
      return "VOLUME";
    case Kind::kFunction:
      return "FUNCTION";
    case Kind::kModel:
      return "MODEL";
    case Kind::kPrompt:
      return "PROMPT";
    case Kind::kIndex:
      return "INDEX";
    case Kind::kEndpoint:
      return "ENDPOINT";
    case Kind::kJob:
      return "JOB";
    case Kind::kDashboard:
      return "DASHBOARD";
    case Kind::kUnspecified:
      break;
  }
  return "UNSPECIFIED";
}

std::string_view RunStateName(RunState state) {
  switch (state) {
    case RunState::kRunning:
      return "RUNNING";
    case RunState::kComplete:
      return "COMPLETE";
    case RunState::kFailed:
      return "FAILED";
    case RunState::kAborted:
      return "ABORTED";
    case RunState::kUnspecified:
      break;
  }
  return "UNSPECIFIED";
}

const LineageNode* LineageGraph::Find(std::string_view reference) const {
  for (const LineageNode& node : nodes) {
    if (node.reference == reference) return &node;
  }
  return nullptr;
}

bool Explanation::Complete() const {
  const auto whole = [](const LineageGraph& part) {
    return !part.cut_by_nodes && !part.cut_by_depth && part.redacted_count == 0;
  };
  return whole(graph) && whole(columns);
}

}  // namespace whence
