#include "cli/bulk/importer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

constexpr size_t kThreads = 32;
// Lines read ahead of the oldest one that is not finished: bounds the memory.
constexpr size_t kMaxOpenLines = 20'000;
// Records of one batch, and their bytes as lines; the contract allows 1,000 runs a call.
constexpr size_t kMaxBatchRecords = 1000;
constexpr size_t kMaxBatchBytes = size_t{4} << 20;
constexpr absl::Duration kSavePause = absl::Seconds(1);

}  // namespace

Importer::Importer(App& app, ImportOptions options)
    : app_(app), options_(std::move(options)), progress_(app) {}

absl::Status Importer::Prepare() {
  WHENCE_ASSIGN_OR_RETURN(Connection * connection, app_.connection());
  // A server that is not there at the start is told at once, not after many tries.
  WHENCE_RETURN_IF_ERROR(connection->Call(kGetServerInfo, v1::GetServerInfoRequest()).status());
  applier_ = std::make_unique<Applier>(*connection);
  if (options_.file == "-") {
    if (options_.resume)
      return UsageError("--resume needs a file, standard input has no beginning");
    in_ = &app_.in();
  } else {
    std::error_code error;
    if (std::filesystem::is_directory(options_.file, error)) {
      return FileError("read", options_.file, EISDIR);
    }
    file_.open(options_.file, std::ios::binary);
    if (!file_) return FileError("read", options_.file, errno);
    file_size_ = static_cast<int64_t>(std::filesystem::file_size(options_.file, error));
    in_ = &file_;
  }
  if (options_.resume) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<ImportState> saved, LoadImportState(options_.file));
    if (saved) {
      state_ = *std::move(saved);
      file_.seekg(state_.offset);
      app_.Say(StrCat("going on after line ", HumanCount(state_.line), " of ", options_.file));
    }
  }
  WHENCE_RETURN_IF_ERROR(OpenRejects());
  reader_ = std::make_unique<LineReader>(*in_, state_.offset, state_.line);
  pool_ = std::make_unique<WorkerPool>(kThreads);
  started_ = absl::Now();
  return absl::OkStatus();
}

absl::Status Importer::OpenRejects() {
  if (options_.rejects.empty()) return absl::OkStatus();
  // Lines refused after the state was last saved come again: each stands in the file once.
  std::error_code error;
  const auto size = static_cast<int64_t>(std::filesystem::file_size(options_.rejects, error));
  const int64_t present = error ? 0 : size;
  state_.rejects_bytes = std::min(state_.rejects_bytes, present);
  if (present > state_.rejects_bytes) {
    std::filesystem::resize_file(options_.rejects, static_cast<uintmax_t>(state_.rejects_bytes),
                                 error);
    if (error) return FileError("write", options_.rejects, error.value());
  }
  rejects_.open(options_.rejects, std::ios::binary | std::ios::out | std::ios::app);
  if (!rejects_) return FileError("write", options_.rejects, errno);
  return absl::OkStatus();
}

absl::Status Importer::Run() {
  WHENCE_RETURN_IF_ERROR(Prepare());
  const absl::Status status = ReadAll();
  if (gone_.ok() && first_.ok()) SendBatch();
  WaitForTasks(0);
  Settle();
  return Finish(status);
}

absl::Status Importer::ReadAll() {
  std::string line;
  while (gone_.ok() && first_.ok() && reader_->Next(line)) {
    TakeLine(line, reader_->number());
    if (!options_.keep_going) {
      // Nothing may be under way that stands after a line that is refused.
      SendBatch();
      WaitForTasks(0);
    }
    TakeResults();
    Settle();
    while (tracker_.open() > kMaxOpenLines && gone_.ok()) {
      SendBatch();
      WaitForTasks(tasks_ == 0 ? 0 : tasks_ - 1);
      Settle();
    }
    WHENCE_RETURN_IF_ERROR(SaveState(/*final=*/false));
    ShowProgress();
  }
  if (reader_->failed()) return LocalError(StrCat("cannot read ", options_.file));
  return absl::OkStatus();
}

void Importer::TakeLine(const std::string& line, int64_t number) {
  tracker_.Open(number, reader_->offset(), line);
  if (line.find_first_not_of(" \t") == std::string::npos) {
    tracker_.Close(number, absl::OkStatus());
    return;
  }
  if (reader_->too_long()) {
    tracker_.Close(number, LocalError("the line is longer than 16 MiB"));
    return;
  }
  absl::StatusOr<Record> record = ParseRecord(line, number);
  if (!record.ok()) {
    const absl::string_view message = record.status().message();
    tracker_.Close(number, LocalError(ToStd(message)));
    return;
  }
  kinds_.emplace(number, KindOf(*record));
  Dispatch({number, *std::move(record)}, line.size());
}

void Importer::Dispatch(NumberedRecord numbered, size_t bytes) {
  const Lane lane = LaneOf(numbered.record);
  if (lane != lane_) {
    // What comes may depend on anything before it.
    SendBatch();
    WaitForTasks(0);
    lane_ = lane;
  }
  if (lane == Lane::kCatalog || lane == Lane::kAccess) {
    SendAlone(std::move(numbered));
    return;
  }
  const bool singly = lane == Lane::kEdges || lane == Lane::kRules;
  const size_t most = singly ? 1 : kMaxBatchRecords;
  batch_.records.push_back(std::move(numbered));
  batch_.bytes += bytes;
  if (batch_.records.size() >= most || batch_.bytes >= kMaxBatchBytes) SendBatch();
}

bool Importer::Conflicts(const Dependencies& dependencies) const {
  if (names_under_way_.count(dependencies.own) > 0) return true;
  for (const std::string& name : dependencies.needs) {
    if (names_under_way_.count(name) > 0) return true;
  }
  return false;
}

void Importer::SendAlone(NumberedRecord numbered) {
  const Dependencies dependencies = DependenciesOf(numbered.record);
  WaitForTasks(kThreads - 1);
  while (Conflicts(dependencies)) WaitForTasks(tasks_ - 1);
  names_under_way_.insert(dependencies.own);
  own_names_.emplace(numbered.line, dependencies.own);
  ++tasks_;
  auto shared = std::make_shared<NumberedRecord>(std::move(numbered));
  pool_->Submit([this, shared] { Deliver({{shared->line, applier_->ApplyOne(shared->record)}}); });
}

void Importer::Deliver(LineResults results) {
  // Notified under the lock: once the results are taken, this object may be gone.
  const std::lock_guard lock(mutex_);
  finished_.push_back(std::move(results));
  arrived_.notify_one();
}

void Importer::SendBatch() {
  if (batch_.records.empty()) return;
  // In order: a run may read what the one before it wrote.
  WaitForTasks(0);
  ++tasks_;
  auto records = std::make_shared<std::vector<NumberedRecord>>(std::move(batch_.records));
  batch_ = Batch();
  pool_->Submit([this, records, lane = lane_] {
    LineResults results;
    if (lane == Lane::kRuns) {
      results = applier_->ApplyRuns(*records);
    } else if (lane == Lane::kPredictions) {
      results = applier_->ApplyPredictions(*records);
    } else {
      for (const NumberedRecord& one : *records) {
        results.emplace_back(one.line, applier_->ApplyOne(one.record));
      }
    }
    Deliver(std::move(results));
  });
}

void Importer::WaitForTasks(size_t most) {
  while (tasks_ > most) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return !finished_.empty(); });
    }
    TakeResults();
    ShowProgress();
  }
}

void Importer::TakeResults() {
  std::vector<LineResults> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  tasks_ -= finished.size();
  for (LineResults& results : finished) {
    for (auto& [line, status] : results) {
      if (const auto own = own_names_.find(line); own != own_names_.end()) {
        names_under_way_.erase(names_under_way_.find(own->second));
        own_names_.erase(own);
      }
      if (ServerGone(status)) {
        // The line stays open: it was neither accepted nor refused.
        if (gone_.ok()) gone_ = status;
        continue;
      }
      tracker_.Close(line, std::move(status));
    }
  }
}

void Importer::Settle() {
  while (std::optional<TrackedLine> line = tracker_.TakeFinished()) {
    if (!line->status.ok()) {
      Refuse(*line);
      // Where it ends the import it is not done with: resumed, the import begins with it, put
      // right.
      if (!options_.keep_going) return;
    } else if (const auto kind = kinds_.find(line->number); kind != kinds_.end()) {
      ++counts_[kind->second];
    }
    kinds_.erase(line->number);
    state_.offset = line->end_offset;
    state_.line = line->number;
    if (options_.resume) state_.digest = DigestWith(state_.digest, line->text);
  }
}

void Importer::Refuse(const TrackedLine& line) {
  progress_.Clear();
  const std::string where =
      StrCat(options_.file == "-" ? "stdin" : options_.file, ":", line.number);
  const Styler styler = app_.err_styler();
  app_.err() << where << ": " << styler.Paint(Tone::kRed, "error:") << ' ' << ErrorText(line.status)
             << '\n';
  const std::string hint = HintOf(line.status);
  if (!hint.empty()) {
    app_.err() << where << ": " << styler.Paint(Tone::kYellow, "hint:") << ' ' << hint << '\n';
  }
  app_.err().flush();
  if (rejects_.is_open()) rejects_ << line.text << '\n';
  ++failed_now_;
  if (!options_.keep_going) {
    first_ = line.status;
    return;
  }
  ++state_.failed;
  if (rejects_.is_open()) state_.rejects_bytes += static_cast<int64_t>(line.text.size()) + 1;
}

absl::Status Importer::SaveState(bool final) {
  if (!options_.resume) return absl::OkStatus();
  const absl::Time now = absl::Now();
  if (!final && now - last_saved_ < kSavePause) return absl::OkStatus();
  last_saved_ = now;
  // The rejects first: what the state says is done with must not be lost.
  if (rejects_.is_open() && !rejects_.flush()) return FileError("write", options_.rejects, errno);
  return SaveImportState(options_.file, state_);
}

void Importer::ShowProgress() {
  const double seconds = absl::ToDoubleSeconds(absl::Now() - started_);
  const double rate = seconds > 0 ? static_cast<double>(state_.line) / seconds : 0;
  progress_.Show(state_.offset, file_size_,
                 StrCat(CountOf(state_.line, "line"), "  ", HumanCount(static_cast<int64_t>(rate)),
                        "/s", state_.failed > 0 ? StrCat("  ", state_.failed, " failed") : ""));
}

std::string Importer::Summary() const {
  int64_t total = 0;
  std::vector<std::string> parts;
  struct Noun {
    const char* kind;
    const char* one;
    const char* many;
  };
  // In the order of an export.
  constexpr Noun kNouns[] = {{"principal", "principal", "principals"},
                             {"membership", "membership", "memberships"},
                             {"catalog", "catalog", "catalogs"},
                             {"schema", "schema", "schemas"},
                             {"asset", "asset", "assets"},
                             {"version", "version", "versions"},
                             {"alias", "alias", "aliases"},
                             {"tags", "set of tags", "sets of tags"},
                             {"identity", "identity", "identities"},
                             {"tag_definition", "tag definition", "tag definitions"},
                             {"run", "run", "runs"},
                             {"edges", "set of edges", "sets of edges"},
                             {"prediction", "prediction", "predictions"},
                             {"declassification", "declassification", "declassifications"},
                             {"policy", "policy", "policies"},
                             {"grants", "set of grants", "sets of grants"},
                             {"metastore", "owner of the metastore", "owners of the metastore"}};
  for (const Noun& noun : kNouns) {
    const auto found = counts_.find(noun.kind);
    if (found == counts_.end()) continue;
    total += found->second;
    parts.push_back(CountOf(found->second, noun.one, noun.many));
  }
  return StrCat("imported ", CountOf(total, "record"),
                parts.empty() ? "" : StrCat(" (", absl::StrJoin(parts, ", "), ")"),
                failed_now_ > 0 ? StrCat(", ", CountOf(failed_now_, "line"), " failed") : "");
}

void Importer::TellNewSalts() const {
  const std::set<std::string> names = applier_->access().new_salts();
  if (names.empty()) return;
  app_.Note(StrCat("new salts were made for ", absl::StrJoin(names, ", "),
                   ": an export has none, so values hash otherwise than where it comes from; "
                   "'whence policy update NAME --mask TYPE --salt-file FILE' sets the old one"));
}

absl::Status Importer::Finish(const absl::Status& status) {
  progress_.Clear();
  pool_.reset();
  const bool whole = status.ok() && gone_.ok() && first_.ok();
  if (rejects_.is_open()) {
    rejects_.close();
    if (!rejects_) return FileError("write", options_.rejects, errno);
  }
  if (options_.resume) {
    WHENCE_RETURN_IF_ERROR(whole ? RemoveImportState(options_.file) : SaveState(/*final=*/true));
  }
  app_.Say(Summary());
  TellNewSalts();
  if (!gone_.ok()) {
    const std::string rerun = options_.resume
                                  ? "run the same command again to go on"
                                  : "run it again: what is there already is passed over";
    return absl::Status(gone_.code(), StrCat("stopped after line ", state_.line, ": ",
                                             ToStd(gone_.message()), "; ", rerun));
  }
  WHENCE_RETURN_IF_ERROR(status);
  if (failed_now_ > 0) app_.Failed();
  return absl::OkStatus();
}

}  // namespace whence::cli
