#include "simulation.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "service/catalog_operations.h"
#include "sql/backup.h"
#include "support/ledger_check.h"
#include "verdict.h"

namespace whence::fault {
namespace {

sql::WriterOptions Limits() {
  sql::WriterOptions options = Server::SmallLimits();
  options.max_batch_tasks = 3;
  options.max_queue = 6;
  return options;
}

bool IsUncertain(const absl::Status& status) {
  return ToStd(status.message()).find("only a restart will tell") != std::string::npos;
}

}  // namespace

void Counts::Add(const Counts& other) {
  orders += other.orders;
  acknowledged += other.acknowledged;
  refused += other.refused;
  failed += other.failed;
  uncertain += other.uncertain;
  replayed += other.replayed;
  faults += other.faults;
  crashes += other.crashes;
  restarts += other.restarts;
  failed_writers += other.failed_writers;
  reads += other.reads;
  backups += other.backups;
  allowed += other.allowed;
  denied += other.denied;
}

Files MakeTemplate(const std::string& folder) {
  {
    const std::unique_ptr<Server> server = Server::Open(folder).value();
    for (const auto& order : FirstOrders()) WHENCE_ASSERT(server->Do({order.get()}).front().ok());
  }
  return ReadFiles(folder);
}

Simulation::Simulation(uint64_t seed, const Files& files, const std::string& files_folder)
    : random_(seed), time_(absl::FromUnixSeconds(1893456000 + 60)) {
  Files here;
  for (const auto& [path, bytes] : files) {
    here[folder_.path() + path.substr(files_folder.size())] = bytes;
  }
  PutBack(folder_.path(), here);
  for (const auto& order : FirstOrders()) entries_.push_back(order->digest());
}

Simulation::~Simulation() {
  ending_ = true;
  if (vfs_ != nullptr) vfs_->Arm({});
  server_.reset();
}

void Simulation::Note(const std::string& line) { StrAppend(&trace_, line, "\n"); }

void Simulation::Wrong(const std::string& what) {
  if (wrong_.empty()) wrong_ = what;
}

std::string Simulation::Run(int steps) {
  vfs_ = std::make_unique<FaultVfs>();
  Start();
  for (int i = 0; i < steps && wrong_.empty(); ++i) {
    Note(
        StrCat("step ", i, " writes ", vfs_->count(Op::kWrite), " reads ", vfs_->count(Op::kRead)));
    Step();
    if (wrong_.empty() && vfs_->crashed()) {
      End(true);
      Start();
    }
  }
  if (wrong_.empty()) {
    End(Draw(2) == 0);
    Start();
  }
  if (wrong_.empty()) {
    if (std::string faults = FaultsOf(folder_.path() + "/whence.db"); !faults.empty()) {
      Wrong(faults);
    }
  }
  ending_ = true;
  server_.reset();
  vfs_.reset();
  return wrong_;
}

void Simulation::Step() {
  // A writer that has failed is noticed by and by.
  if (!server_->house().writer().status().ok() && Draw(3) == 0) {
    ++counts_.failed_writers;
    End(Draw(2) == 0);
    return Start();
  }
  const uint64_t dice = Draw(100);
  if (dice < 45) {
    Submit(clients_[Draw(clients_.size())]);
  } else if (dice < 70) {
    RunWriter();
  } else if (dice < 76) {
    Read();
  } else if (dice < 81) {
    MoveTime();
  } else if (dice < 90) {
    ArmFault();
  } else if (dice < 92) {
    Note("heal");
    vfs_->Heal();
  } else if (dice < 95) {
    SendAgain();
  } else if (dice < 97) {
    Backup();
  } else if (dice < 98) {
    Note("power fails");
    vfs_->Crash();
  } else {
    Note("restart");
    End(false);
    Start();
  }
}

// ---- clients ------------------------------------------------------------------------------------

void Simulation::Submit(Client& client) {
  if (client.sent) return;
  if (client.order == nullptr) {
    client.order = std::make_shared<Order>(RandomOrder(random_, ++orders_));
    ++counts_.orders;
  }
  Note(StrCat(client.order->mutation->id(), ": ", client.order->text));
  client.sent = true;
  client.order->mutation->Send(server_->corridor(),
                               [this, order = client.order, &client](const absl::Status& status) {
                                 Answered(order, &client, status);
                               });
}

// A client that lost the answer it had, or a second one with the same request id.
void Simulation::SendAgain() {
  if (done_.empty()) return;
  const std::shared_ptr<Order>& order = done_[Draw(done_.size())];
  Note(StrCat("again ", order->mutation->id()));
  ++counts_.replayed;
  order->mutation->Send(server_->corridor(), [this, order](const absl::Status& status) {
    Answered(order, nullptr, status);
  });
}

void Simulation::Answered(const std::shared_ptr<Order>& order, Client* client,
                          const absl::Status& status) {
  if (ending_) return;
  if (client != nullptr) client->sent = false;
  const std::string& id = order->mutation->id();
  const std::string reason = status.ok() ? "OK" : GetErrorDetail(status).reason;
  Note(StrCat("  ", id, " ", reason, IsUncertain(status) ? ", uncertain" : ""));
  if (reason == "WRITER_QUEUE_FULL") return;
  if (IsStorageFailure(status)) {
    ++(IsUncertain(status) ? counts_.uncertain : counts_.failed);
    if (IsUncertain(status)) unknown_.push_back(order);
    return;  // asked again
  }
  if (client != nullptr) client->order = nullptr;
  if (status.ok() && answers_.contains(id)) {
    if (answers_[id] != order->mutation->answer()) Wrong(id + " got another answer than at first");
    return;
  }
  const std::string wanted = order->apply(model_);
  if (reason != wanted) {
    return Wrong(StrCat(id, " (", order->text, ") was answered ", status.ToString(), " where ",
                        wanted, " is right"));
  }
  if (!status.ok()) {
    ++counts_.refused;
    return;
  }
  ++counts_.acknowledged;
  if (client != nullptr) done_.push_back(order);
  Acknowledged(*order);
}

void Simulation::Acknowledged(const Order& order) {
  if (order.mutation->has_request_id()) {
    answers_[order.mutation->id()] = order.mutation->answer();
  }
  if (model_.changed) entries_.push_back(order.mutation->digest());
}

// ---- what happens to the server -----------------------------------------------------------------

void Simulation::RunWriter() {
  const size_t tasks = server_->house().writer().RunQueued();
  Note(StrCat("batch of ", tasks));
  // What was answered can be read. A decision that denied is an entry as well, soon after.
  const Position published = server_->house().ledger().published();
  const auto changes = static_cast<Position>(entries_.size());
  if (wrong_.empty() && !vfs_->crashed() && server_->house().writer().status().ok() &&
      (published < changes || published > changes + counts_.denied)) {
    Wrong(StrCat("position ", published, " is published after ", changes, " changes and ",
                 counts_.denied, " decisions that denied"));
  }
}

void Simulation::MoveTime() {
  time_ += absl::Milliseconds(static_cast<int64_t>(Draw(5000)) - 1000);
  Note(StrCat("time ", absl::ToUnixMillis(time_)));
  server_->clock().Set(time_);
}

void Simulation::ArmFault() {
  struct Way {
    Op op;
    int code;
    uint64_t within;  // calls from now
  };
  static constexpr Way kWays[] = {{Op::kWrite, SQLITE_IOERR_WRITE, 60},
                                  {Op::kWrite, SQLITE_FULL, 60},
                                  {Op::kWrite, SQLITE_FULL, 20},
                                  {Op::kSync, SQLITE_IOERR_FSYNC, 6},
                                  {Op::kTruncate, SQLITE_IOERR_TRUNCATE, 3},
                                  {Op::kOpen, SQLITE_CANTOPEN, 4},
                                  {Op::kRead, SQLITE_IOERR_READ, 40},
                                  {Op::kShmMap, SQLITE_IOERR_SHMMAP, 4},
                                  {Op::kLock, SQLITE_IOERR_LOCK, 10},
                                  {Op::kAllocate, SQLITE_NOMEM, 2000}};
  const Way& way = kWays[Draw(std::size(kWays))];
  Fault fault{.op = way.op,
              .at = 1 + static_cast<int64_t>(Draw(way.within)),
              .code = way.code,
              .half = Draw(2) == 0,
              .lasting = Draw(3) == 0,
              .crash = way.op != Op::kAllocate && Draw(4) == 0};
  if (fault.crash && Draw(2) == 0) fault.code = 0;
  ++counts_.faults;
  Note(StrCat("fault: ", NameOf(fault.op), " ", fault.at, " code ", fault.code,
              fault.lasting ? " lasting" : "", fault.crash ? " crash" : ""));
  vfs_->Arm(fault);
}

void Simulation::Backup() {
  const std::string path = folder_.path() + "/copy.db";
  const absl::Status status = sql::Backup(folder_.path() + "/whence.db", path);
  Note("backup " + test::ReasonOf(status));
  if (status.ok()) {
    ++counts_.backups;
    vfs_->Pause(true);
    CheckBackup(path);
    vfs_->Pause(false);
    ::remove(path.c_str());
  } else if (!vfs_->crashed()) {
    if (!IsStorageFailure(status)) Wrong("backup: " + status.ToString());
    for (const char* suffix : {"", ".partial"}) {
      if (std::filesystem::exists(path + suffix)) Wrong("a backup that failed left its file");
    }
  }
}

// It is whole, and holds what was published when it was made: nothing is between two batches.
void Simulation::CheckBackup(const std::string& path) {
  if (const absl::Status sound = sql::VerifyDatabaseFile(path); !sound.ok()) {
    return Wrong("a backup that was made is refused: " + sound.ToString());
  }
  auto connection = sql::Connection::Open(path, {.read_only = true});
  if (!connection.ok()) return Wrong("the backup: " + connection.status().ToString());
  const std::vector<std::string> there = DigestsIn(**connection);
  const bool certain = server_->house().writer().status().ok();
  if (certain && there != entries_) {
    Wrong(StrCat("a backup holds ", there.size(), " entries where ", entries_.size(),
                 " are published, or others"));
  }
}

void Simulation::End(bool power) {
  // Stopping finishes what is queued: these answers count, but for those of a dead machine.
  server_.reset();
  const bool crashed = power || vfs_->crashed();
  Unsynced unsynced = vfs_->TakeUnsynced();
  if (!crashed) {
    // The process ended, the page cache is still there, and with it what a failed sync doomed.
    vfs_->Arm({});
    vfs_->PutUnsynced(std::move(unsynced));
    ++counts_.restarts;
    return;
  }
  vfs_.reset();
  const Survival survival = kSurvivals[Draw(std::size(kSurvivals))];
  Note(StrCat("survives: ", NameOf(survival)));
  ++counts_.crashes;
  unsynced.LosePower(survival, random_());
  // A backup that the power ended: whole under its name, or not; its other name is of no use.
  const std::string copy = folder_.path() + "/copy.db";
  if (std::filesystem::exists(copy)) {
    const absl::Status sound = sql::VerifyDatabaseFile(copy);
    if (!sound.ok()) Wrong("half a backup has its name: " + sound.ToString());
  }
  for (const char* suffix : {"", ".partial"}) std::filesystem::remove(copy + suffix);
  vfs_ = std::make_unique<FaultVfs>();
}

void Simulation::Start() {
  if (!wrong_.empty()) return;
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Open(folder_.path(), Limits(), random_());
  if (!server.ok()) return Wrong("the server does not start: " + server.status().ToString());
  server_ = *std::move(server);
  server_->clock().Set(time_);
  Reconcile();
  if (wrong_.empty()) CompareAll();
}

// ---- comparing ----------------------------------------------------------------------------------

std::vector<std::string> Simulation::LedgerDigests() {
  absl::StatusOr<sql::Lease> lease = server_->house().readers().Acquire();
  if (!lease.ok()) {
    Wrong("no reader: " + lease.status().ToString());
    return {};
  }
  return DigestsIn(**lease);
}

std::vector<std::string> Simulation::DigestsIn(sql::Connection& connection) {
  static constexpr sql::Query kDigests{
      "SELECT digest FROM ledger_entry WHERE kind = 1 ORDER BY position"};
  std::vector<std::string> digests;
  sql::Rows rows = connection.Run(kDigests);
  while (rows.Next()) digests.push_back(absl::BytesToHexString(std::string(rows.Blob(0))));
  if (!rows.status().ok()) Wrong("the ledger: " + rows.status().ToString());
  return digests;
}

// What was acknowledged must be there, in order; beyond that only what may be.
void Simulation::Reconcile() {
  const std::vector<std::string> there = LedgerDigests();
  for (size_t i = 0; i < there.size() && wrong_.empty(); ++i) {
    if (i < entries_.size()) {
      if (there[i] != entries_[i]) Wrong(StrCat("entry ", i + 1, " is another than before"));
      continue;
    }
    const auto found = std::find_if(unknown_.begin(), unknown_.end(), [&](const auto& order) {
      return order->mutation->digest() == there[i];
    });
    if (found == unknown_.end()) return Wrong(StrCat("entry ", i + 1, " was answered as failed"));
    Note(StrCat((*found)->mutation->id(), " has happened"));
    const std::string outcome = (*found)->apply(model_);
    if (outcome != "OK" || !model_.changed) return Wrong("what happened cannot have: " + outcome);
    entries_.push_back(there[i]);
    // The client asks again, and the first answer is what it then gets.
    Order& order = **found;
    order.apply = [](Model& model) {
      model.changed = false;
      return std::string("OK");
    };
    unknown_.erase(found);
  }
  unknown_.clear();
  if (there.size() < entries_.size()) {
    Wrong(StrCat(entries_.size() - there.size(), " acknowledged changes are lost"));
  }
}

void Simulation::CompareAll() {
  for (int i = 0; i < kNames; ++i) CompareAsset(i);
  for (int i = 1; i <= kRuns; ++i) CompareRun(i);
  for (int i = 0; i < kPredictions; i += 7) ComparePrediction(i);
  for (int i = 0; i < kUsers; ++i) CompareDecision(i);
  if (wrong_.empty()) Wrong(server_->ViewsDifference());
  if (wrong_.empty()) {
    vfs_->Pause(true);
    Wrong(test::LedgerFaults(folder_.path() + "/whence.db"));
    vfs_->Pause(false);
  }
}

void Simulation::Read() {
  ++counts_.reads;
  switch (Draw(4)) {
    case 0:
      return CompareAsset(static_cast<int>(Draw(kNames)));
    case 2:
      return CompareDecision(static_cast<int>(Draw(kUsers)));
    case 1:
      return CompareRun(1 + static_cast<int>(Draw(kRuns)));
    default:
      return ComparePrediction(static_cast<int>(Draw(kPredictions)));
  }
}

}  // namespace whence::fault
