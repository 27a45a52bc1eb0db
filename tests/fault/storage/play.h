// A story played on a disk that fails, and judged.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fault_vfs.h"
#include "files.h"
#include "story.h"
#include "support/scratch_database.h"
#include "verdict.h"

namespace whence::fault {

// Purpose: one life of a server, on a disk with at most one fault, in a folder of its own. What the
// fault stops is done again once the disk is well: at once where the writer goes on, after a
// restart where it does not.
class Play {
 public:
  explicit Play(const Story* story) : story_(story) {}

  // Lives through the story. Empty, or what was wrong on the way: an error without a name, a writer
  // that accepts what it must refuse, or that does not recover.
  std::string Run(const Fault& fault);

  // After Run: loses the power with what was not synced at its end, and judges: also the backup,
  // which is whole if it was announced, and else whole or not there. May be repeated.
  std::string JudgeAfter(Survival survival, uint64_t seed, Reference& reference, Depth depth);

  // Of the run: whether and where the fault struck, and the calls of each class.
  bool struck() const { return struck_; }
  const std::string& where() const { return where_; }
  int64_t calls(Op op) const { return calls_.at(op); }
  // How often the writer refused to go on, and the server was started again.
  int restarts() const { return restarts_; }
  // Checkpoints of the server that was there at the end, before it stopped.
  int64_t checkpoints() const { return checkpoints_; }
  const Outcomes& outcomes() const { return outcomes_; }

 private:
  std::string Live(FaultVfs& vfs);
  std::string Open(FaultVfs& vfs);
  std::string DoBatch(FaultVfs& vfs, const std::vector<Mutation*>& batch);
  std::string Recover(FaultVfs& vfs, const std::vector<Mutation*>& failed);
  std::string Restart(FaultVfs& vfs, Mutation& refused);
  std::string MakeBackup(FaultVfs& vfs);
  std::string JudgeBackup() const;
  std::string CopyPath() const { return folder_.path() + "/copy.db"; }
  std::vector<Mutation*> Note(const std::vector<Mutation*>& batch,
                              const std::vector<absl::Status>& statuses, std::string* wrong);

  const Story* const story_;
  test::TemporaryFolder folder_;
  std::unique_ptr<Server> server_;
  Outcomes outcomes_;
  Unsynced unsynced_;
  Files files_;         // at the end
  std::string backup_;  // its bytes, once it was announced
  std::map<Op, int64_t> calls_;
  bool struck_ = false;
  std::string where_;
  int restarts_ = 0;
  int64_t checkpoints_ = 0;
};

}  // namespace whence::fault
