#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "whence/connection.h"
#include "whence/run_record.h"
#include "whence/status.h"
#include "whence/versions.h"

namespace whence {

// How to start a run. What is left empty is noticed: the commit, repository and state of the git
// work tree the process was started in (environment variables GIT_COMMIT and GIT_URL, which build
// systems set, go first), the host's name and the user's login.
struct RunOptions {
  std::string id{};  // UUID; empty: a new one
  std::string parent_run_id{};
  Properties parameters{};
  Properties properties{};
  std::optional<CodeLocation> code{};  // set: nothing is noticed
  std::string code_path{};             // path of the step inside the repository, for noticed code
  std::string host{};
  std::string user{};
  std::optional<absl::Time> start_time{};  // unset: now
};

// One execution of a job, recorded while it happens. Made by Client::StartRun:
//
//   auto run = client.StartRun("prod.churn.train");
//   run->Reads("prod.churn.features");
//   auto model = run->Writes("prod.churn.model", whence::ModelVersion{.file = "model.onnx"});
//   if (auto done = run->Complete(); !done.ok()) return whence::Exit(done);
//
// Errors: each call that speaks to the server returns its own error, and the run keeps the first
// one, so results that are not needed may be ignored. A run that kept an error is not recorded as
// complete: Complete() then records it as FAILED with that error's text, and returns the error.
// Where an error was expected and dealt with, say ForgetError().
//
// Ownership: a Run is its own record's only handle; it shares the connection. It can be moved, not
// copied. A Run that is destroyed without an outcome is recorded as ABORTED ("abandoned"), within
// at most two seconds and as far as the server can be reached. Thread-safety: one thread at a time.
// Different runs are independent.
class Run {
 public:
  Run(Run&&) noexcept;
  // Abandons the run assigned to, if it has no outcome.
  Run& operator=(Run&&) noexcept;
  ~Run();

  // Records that the run reads an asset ("a.b.c": its newest version now), a version ("a.b.c@3") or
  // what an alias means now ("a.b.c@champion"). Sends at once, for "now" is the moment of this
  // call. Returns the version that the read was pinned to; number 0 for an asset without versions.
  // Errors: NOT_FOUND (ASSET_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND).
  KeptStatusOr<VersionRef> Reads(std::string_view reference);

  // Registers a version and records that the run wrote it. The asset is created when it is missing
  // and its schema exists. Sends at once, with what was held back by Parameter and MapColumn.
  // Returns the version; an existing one when the asset has that digest already.
  // Errors: NOT_FOUND (FILE_NOT_FOUND, SCHEMA_NOT_FOUND), INVALID_ARGUMENT.
  KeptStatusOr<VersionRef> Writes(std::string_view asset, NewVersion version);

  // Records that the run wrote an existing version, or an asset without making a new version of it
  // (its newest version is meant, or the asset itself where it has none). With a kind, a missing
  // asset is created.
  KeptStatusOr<VersionRef> Writes(std::string_view reference,
                                  Kind create_kind = Kind::kUnspecified);

  // Says where a written column comes from; both as "a.b.c#column". Held back until the next
  // Writes, Flush or outcome.
  //   run->MapColumn("demo.qa.passages#text", {"demo.qa.book#text"});
  //   run->MapColumn("m.s.t#total", {{"m.s.u#amount", Transformation::kAggregation},
  //   "m.s.v#rate"});
  Run& MapColumn(std::string target, std::vector<ColumnSource> sources);

  // Notes a parameter of the run; the same key again replaces the value. Held back as MapColumn is.
  Run& Parameter(std::string key, std::string value);
  Run& Parameter(std::string key, const char* value);
  Run& Parameter(std::string key, bool value);
  Run& Parameter(std::string key, double value);
  template <std::integral Integer>
  Run& Parameter(std::string key, Integer value) {
    return Parameter(std::move(key), std::to_string(value));
  }

  // Sends what is held back.
  KeptStatus Flush();

  // Ends the run, sending what is held back in the same step. After an outcome was delivered,
  // another one gives FAILED_PRECONDITION (RUN_ALREADY_FINISHED). An outcome that could not be
  // delivered may be asked for again, and is tried once more by the destructor. The result of
  // Complete is worth a look: it is where everything that went wrong comes together.
  KeptStatus Complete();
  KeptStatus Fail(std::string_view message);
  KeptStatus Abort(std::string_view message = "");

  // The UUID, and the reference that asks about the run: "run:<uuid>".
  const std::string& id() const;
  std::string reference() const;

  // The first error that was not forgotten; OK when there was none.
  const absl::Status& status() const;
  // The kept error was dealt with.
  void ForgetError();

 private:
  friend class Client;
  struct State;

  explicit Run(std::unique_ptr<State> state);
  static absl::StatusOr<Run> Start(std::shared_ptr<Connection> connection, const CallOptions& call,
                                   std::string_view job, RunOptions options);
  absl::Status Finish(RunState state, std::string_view message);
  absl::Status Deliver(const CallOptions& call);
  absl::StatusOr<RunRecord> SendUpdate(RunRecord additions);
  absl::StatusOr<RunRecord> SendWithHeldBack(RunRecord additions);
  void Abandon();

  std::unique_ptr<State> state_;  // null after a move
};

}  // namespace whence
