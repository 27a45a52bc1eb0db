// What the server answers about a moment of its history.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace whence::test {

// What memory answered when asked for the present, and the position that each answer said that it
// holds as of: the tags that the columns of a round's output have, the masks that stand on them,
// and what the users of the round may do. As of these positions, tables are looked at.
struct KillPresent {
  int64_t tags_position = 0;
  int64_t decision_position = 0;
  int64_t users_position = 0;
  std::string answer;

  friend bool operator==(const KillPresent&, const KillPresent&) = default;
};

// Questions about one round and everything before it, as of one position, and the answers' digests:
// lineage and its graph, pages, versions, decisions about the owner and about the round's users.
// The same questions asked again later, by a server that built its memory anew from the disk, must
// get the same answers.
struct KillView {
  int64_t position = 0;
  int round = 0;
  int64_t seconds = 0;  // when it was asked for first; predictions are listed up to then
  std::vector<std::string> answers;  // "GetLineage 7 nodes <digest>"; "error ..." for errors
  KillPresent present{};

  friend bool operator==(const KillView&, const KillView&) = default;
};

// Asks the questions of `view` and puts the answers in.
void AskView(const std::shared_ptr<grpc::Channel>& channel, KillView* view);
// Asks what memory answered once more, as of the positions of `view`.
KillPresent PresentAsOf(const std::shared_ptr<grpc::Channel>& channel, const KillView& view);
KillView ViewNow(const std::shared_ptr<grpc::Channel>& channel, int round);

}  // namespace whence::test
