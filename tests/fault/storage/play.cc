#include "play.h"

#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "sql/backup.h"

namespace whence::fault {

std::string Play::Run(const Fault& fault) {
  FaultVfs vfs;
  vfs.Arm(fault);
  std::string wrong = Live(vfs);
  if (server_ != nullptr && wrong.empty() && !vfs.crashed()) {
    vfs.Pause(true);
    wrong = server_->ViewsDifference();
    vfs.Pause(false);
    checkpoints_ = server_->house().writer().stats().checkpoints;
  }
  server_.reset();
  struck_ = vfs.struck();
  where_ = vfs.where();
  for (int op = 0; op < static_cast<int>(Op::kCount); ++op) {
    calls_[static_cast<Op>(op)] = vfs.count(static_cast<Op>(op));
  }
  unsynced_ = vfs.TakeUnsynced();
  files_ = ReadFiles(folder_.path());
  return wrong;
}

std::string Play::Live(FaultVfs& vfs) {
  std::string wrong = Open(vfs);
  for (size_t i = 0; i < story_->batches.size(); ++i) {
    if (!wrong.empty() || vfs.crashed()) return wrong;
    server_->SetSecond(static_cast<int>(i) + 1);
    std::vector<Mutation*> batch;
    for (const auto& mutation : story_->batches[i]) batch.push_back(mutation.get());
    wrong = DoBatch(vfs, batch);
    if (wrong.empty() && !vfs.crashed() && static_cast<int>(i) == story_->backup_after) {
      wrong = MakeBackup(vfs);
    }
  }
  return wrong;
}

std::string Play::Open(FaultVfs& vfs) {
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Open(folder_.path());
  if (!server.ok() && !vfs.crashed()) {
    if (!IsStorageFailure(server.status())) {
      return StrCat("opening fails without a name: ", server.status().ToString());
    }
    vfs.Heal();
    server = Server::Open(folder_.path());
    if (!server.ok()) {
      return StrCat("does not open on a disk that is well again: ", server.status().ToString());
    }
  }
  if (server.ok()) server_ = *std::move(server);
  return "";
}

std::vector<Mutation*> Play::Note(const std::vector<Mutation*>& batch,
                                  const std::vector<absl::Status>& statuses, std::string* wrong) {
  std::vector<Mutation*> failed;
  for (size_t i = 0; i < batch.size(); ++i) {
    Outcome& outcome = outcomes_[batch[i]->id()];
    outcome = OutcomeOf(statuses[i], *batch[i]);
    if (statuses[i].ok()) continue;
    // Inside a batch one failure brings others: what needs what was not done.
    const bool follows = !failed.empty() && test::ReasonOf(statuses[i]).ends_with("_NOT_FOUND");
    failed.push_back(batch[i]);
    if (!IsStorageFailure(statuses[i]) && !follows && wrong->empty()) {
      *wrong = StrCat(batch[i]->id(), " fails without a name: ", statuses[i].ToString());
    }
  }
  return failed;
}

std::string Play::DoBatch(FaultVfs& vfs, const std::vector<Mutation*>& batch) {
  std::string wrong;
  const std::vector<absl::Status> statuses = server_->Do(batch);
  const std::vector<Mutation*> failed = Note(batch, statuses, &wrong);
  if (failed.empty() || vfs.crashed()) return "";
  if (!wrong.empty()) return wrong;
  return Recover(vfs, failed);
}

std::string Play::Recover(FaultVfs& vfs, const std::vector<Mutation*>& failed) {
  if (!server_->house().writer().status().ok()) {
    if (std::string wrong = Restart(vfs, *failed.front()); !wrong.empty()) return wrong;
  }
  vfs.Heal();
  const std::vector<absl::Status> statuses = server_->Do(failed);
  std::string wrong;
  for (Mutation* mutation : Note(failed, statuses, &wrong)) {
    return StrCat(mutation->id(),
                  " fails on a disk that is well again: ", outcomes_[mutation->id()].reason, " ",
                  wrong);
  }
  return "";
}

// A writer that failed refuses, and says why; reads go on. After a restart it writes again.
std::string Play::Restart(FaultVfs& vfs, Mutation& refused) {
  ++restarts_;
  vfs.Heal();
  const absl::Status status = server_->Do({&refused}).front();
  if (GetErrorDetail(status).reason != "WRITER_FAILED") {
    return StrCat("a writer that failed answers ", status.ToString());
  }
  if (const absl::Status read = server_->Read(); !read.ok()) {
    return StrCat("no reads once the writer has failed: ", read.ToString());
  }
  if (std::string wrong = server_->ViewsDifference(); !wrong.empty()) return wrong;
  server_.reset();
  return Open(vfs);
}

std::string Play::MakeBackup(FaultVfs& vfs) {
  const absl::Status status = sql::Backup(folder_.path() + "/whence.db", CopyPath());
  if (status.ok()) {
    backup_ = ReadFile(CopyPath());
    if (vfs.crashed()) return "";
    vfs.Pause(true);
    const absl::Status sound = sql::VerifyDatabaseFile(CopyPath());
    vfs.Pause(false);
    return sound.ok() ? "" : StrCat("the backup: ", sound.ToString());
  }
  if (vfs.crashed()) return "";
  if (!IsStorageFailure(status)) return StrCat("the backup fails: ", status.ToString());
  for (const char* suffix : {"", ".partial"}) {
    if (std::filesystem::exists(CopyPath() + suffix)) return "a backup that failed left its file";
  }
  return "";
}

std::string Play::JudgeBackup() const {
  const bool there = std::filesystem::exists(CopyPath());
  if (backup_.empty()) {
    const absl::Status sound = there ? sql::VerifyDatabaseFile(CopyPath()) : absl::OkStatus();
    return sound.ok() ? "" : StrCat("half a backup has its name: ", sound.ToString());
  }
  if (!there) return "the backup that was announced is gone";
  return ReadFile(CopyPath()) == backup_ ? "" : "the backup is not the one that was announced";
}

std::string Play::JudgeAfter(Survival survival, uint64_t seed, Reference& reference, Depth depth) {
  PutBack(folder_.path(), files_);
  Unsynced unsynced = unsynced_;
  unsynced.LosePower(survival, seed);
  std::string wrong = JudgeBackup();
  if (wrong.empty()) wrong = Judge(folder_.path(), *story_, outcomes_, reference, depth);
  return wrong.empty() ? wrong
                       : StrCat("what survives: ", NameOf(survival), ", seed ", seed, ": ", wrong);
}

}  // namespace whence::fault
