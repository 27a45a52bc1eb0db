// What the server answers about a moment of its history.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace whence::test {

// The tags that the columns of a round's output have, and the masks that stand on them: as memory
// answered when asked for the present, and the position that each answer said that it holds as of.
// As of these, tables are looked at.
struct KillClasses {
  int64_t tags_position = 0;
  int64_t decision_position = 0;
  std::string answer;

  friend bool operator==(const KillClasses&, const KillClasses&) = default;
};

// Questions about one round and everything before it, as of one position, and the answers' digests:
// lineage and its graph, pages, versions, search. The same questions asked again later, by a server
// that built its memory anew from the disk, must get the same answers.
struct KillView {
  int64_t position = 0;
  int round = 0;
  int64_t seconds = 0;  // when it was asked for first; predictions are listed up to then
  std::vector<std::string> answers;  // "GetLineage 7 nodes <digest>"; "error ..." for errors
  KillClasses classes{};

  friend bool operator==(const KillView&, const KillView&) = default;
};

// Asks the questions of `view` and puts the answers in.
void AskView(const std::shared_ptr<grpc::Channel>& channel, KillView* view);
// Asks what columns are once more, as of the positions of `view`.
KillClasses ClassesAsOf(const std::shared_ptr<grpc::Channel>& channel, const KillView& view);
KillView ViewNow(const std::shared_ptr<grpc::Channel>& channel, int round);

}  // namespace whence::test
