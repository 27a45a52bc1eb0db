#include "cli/commands/graph_flags.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "cli/graph/footer.h"
#include "cli/text/human.h"

namespace whence::cli {

void GraphBounds::AddTo(Command& command, std::string_view default_nodes, bool with_depth) {
  if (with_depth) {
    command.Flag(depth, "--depth", "N", "At most so many steps between data; 1,000 without it")
        .Between(1, kMaxDepth);
  }
  command
      .Flag(max_nodes, "--max-nodes", "N",
            StrCat("At most so many nodes; ", default_nodes, " without it, up to 1,000,000"))
      .Between(1, kMaxWalkNodes);
  AddAsOf(command, as_of);
}

absl::Status WithWhyHint(const absl::Status& status, const std::string& reference) {
  if (GetErrorDetail(status).reason != "REFERENCE_NOT_IN_GRAPH" ||
      !reference.starts_with("prediction:")) {
    return status;
  }
  return WithOtherHint(status, StrCat("'whence why ", reference, "' tells what it came from"));
}

void TellTruncations(App& app, const google::protobuf::RepeatedField<int>& truncations) {
  const std::string text = TruncationText(truncations);
  if (!text.empty()) app.Note(StrCat("the answer is not whole: ", text));
}

}  // namespace whence::cli
