// Writer and corridor under a seed.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "fault_vfs.h"
#include "files.h"
#include "orders.h"
#include "story.h"
#include "support/scratch_database.h"

namespace whence::fault {

// What happened in a simulation, for those who want to know that something did.
struct Counts {
  int64_t orders = 0, acknowledged = 0, refused = 0, failed = 0, uncertain = 0, replayed = 0;
  int64_t faults = 0, crashes = 0, restarts = 0, failed_writers = 0, reads = 0, backups = 0;
  int64_t allowed = 0, denied = 0;  // decisions

  void Add(const Counts& other);
};

// A data folder with the first orders done, to begin every simulation from.
Files MakeTemplate(const std::string& folder);

// Purpose: one life of a server, decided by a seed alone: what its clients ask and when, when its
// writer runs, the time, what fails, when the power goes and what is left then. The server is
// the real one: corridor, operations, ledger, graph, batches, savepoints, checkpoints, SQLite. Of
// what surrounds it there are stand-ins:
//   - the disk: faults and lost power are those of FaultVfs, the bytes lie in a real folder;
//   - the scheduler: everything runs on one thread. The writer has none of its own; its batches run
//     when the seed says so, whatever was submitted by then. Races between threads are therefore
//     NOT simulated (the thread sanitizer and the kill loop look for these), nor doors and network,
//     nor long reads on workers, nor two processes;
//   - clock and ids.
// The same seed does the same, call by call: trace() is equal, to the number of writes.
//
// The clients keep a naive model. Everything that is acknowledged is done to it, in the order of
// the answers, and must be answered as the model answers; whether a change whose fate was unknown
// has happened is learned from the ledger after a restart. Reads, and everything after each
// restart, are compared with it.
// Ownership: owns folder and server. Thread-safety: one thread.
class Simulation {
 public:
  Simulation(uint64_t seed, const Files& files, const std::string& files_folder);
  ~Simulation();

  // Empty, or what was wrong.
  std::string Run(int steps);

  const Counts& counts() const { return counts_; }
  // What happened, a line each.
  const std::string& trace() const { return trace_; }

 private:
  // A client waits for one answer at a time; until it knows, it asks again.
  struct Client {
    std::shared_ptr<Order> order;
    bool sent = false;  // and not answered
  };

  void Step();
  void Submit(Client& client);
  void SendAgain();
  void Answered(const std::shared_ptr<Order>& order, Client* client, const absl::Status& status);
  void Acknowledged(const Order& order);
  void RunWriter();
  void ArmFault();
  void MoveTime();
  void Read();
  void Backup();
  void CheckBackup(const std::string& path);
  // Ends this life of the server: `power` also loses what is not synced.
  void End(bool power);
  void Start();
  void Reconcile();
  void CompareAll();
  void CompareAsset(int number);
  void CompareRun(int number);
  void ComparePrediction(int number);
  void CompareDecision(int number);
  std::vector<std::string> LedgerDigests();
  std::vector<std::string> DigestsIn(sql::Connection& connection);

  uint64_t Draw(uint64_t below) { return random_() % below; }
  void Note(const std::string& line);
  void Wrong(const std::string& what);

  std::mt19937_64 random_;
  test::TemporaryFolder folder_;
  std::unique_ptr<FaultVfs> vfs_;
  std::unique_ptr<Server> server_;
  absl::Time time_;
  Model model_;
  std::vector<std::string> entries_;             // digests of all that changed something, in order
  std::map<std::string, std::string> answers_;   // first ones, by request id
  std::vector<std::shared_ptr<Order>> done_;     // acknowledged
  std::vector<std::shared_ptr<Order>> unknown_;  // their fate a restart will tell
  std::array<Client, 4> clients_;
  int orders_ = 0;
  bool ending_ = false;
  Counts counts_;
  std::string trace_;
  std::string wrong_;
};

}  // namespace whence::fault
