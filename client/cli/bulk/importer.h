#pragma once

// Reads a file of records and applies them, many at a time where their order does not matter.

#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/bulk/ack_tracker.h"
#include "cli/bulk/applier.h"
#include "cli/bulk/import_state.h"
#include "cli/bulk/line_reader.h"
#include "cli/bulk/worker_pool.h"
#include "cli/progress.h"

namespace whence::cli {

struct ImportOptions {
  std::string file;  // "-": standard input
  bool keep_going = true;
  bool resume = false;
  std::string rejects;  // file for the lines that failed; empty: none
};

// One import. Run may be called once; everything but the calls themselves happens on the thread
// that calls it.
class Importer {
 public:
  Importer(App& app, ImportOptions options);

  // Fails where the file cannot be read, the server is gone, or (without keep_going) at the first
  // refused line. Refused lines are told one by one and make App::Failed.
  absl::Status Run();

 private:
  // Records of one lane that wait to be sent together.
  struct Batch {
    std::vector<NumberedRecord> records;
    size_t bytes = 0;
  };

  absl::Status Prepare();
  absl::Status OpenRejects();
  absl::Status ReadAll();
  void TakeLine(const std::string& line, int64_t number);
  void Dispatch(NumberedRecord numbered, size_t bytes);
  // One that goes by itself, as soon as nothing is under way that it depends on.
  void SendAlone(NumberedRecord numbered);
  void SendBatch();
  // For tasks: hands the results to the main thread.
  void Deliver(LineResults results);
  // Waits until no more than `most` tasks are under way, and takes their results.
  void WaitForTasks(size_t most);
  bool Conflicts(const Dependencies& dependencies) const;
  void TakeResults();
  // Passes what is finished on, in the order of the file: messages, rejects, state.
  void Settle();
  void Refuse(const TrackedLine& line);
  absl::Status SaveState(bool final);
  void ShowProgress();
  absl::Status Finish(const absl::Status& status);
  std::string Summary() const;
  void TellNewSalts() const;

  App& app_;
  const ImportOptions options_;
  std::unique_ptr<Applier> applier_;
  std::unique_ptr<WorkerPool> pool_;
  std::ifstream file_;
  std::istream* in_ = nullptr;
  std::unique_ptr<LineReader> reader_;
  int64_t file_size_ = 0;
  std::ofstream rejects_;
  Progress progress_;

  AckTracker tracker_;
  Lane lane_ = Lane::kCatalog;
  Batch batch_;
  std::multiset<std::string> names_under_way_;
  size_t tasks_ = 0;
  std::map<int64_t, std::string> own_names_;  // of those that go by themselves, by line

  std::mutex mutex_;
  std::condition_variable arrived_;
  // What tasks have finished and this thread has not taken yet; under mutex_.
  std::vector<LineResults> finished_;

  ImportState state_;
  absl::Time last_saved_ = absl::InfinitePast();
  absl::Time started_;
  std::map<std::string, int64_t> counts_;
  std::map<int64_t, std::string> kinds_;  // of lines under way
  int64_t failed_now_ = 0;
  absl::Status gone_;   // the server does not answer
  absl::Status first_;  // the first refusal, where that ends the import
};

}  // namespace whence::cli
