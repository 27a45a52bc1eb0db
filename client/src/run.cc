#include "whence/run.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include "absl/time/clock.h"
#include "src/error_info.h"
#include "src/surroundings.h"
#include "src/uuid.h"

namespace whence {
namespace {

using client_internal::MakeError;

// How long a destructor may wait for the server.
constexpr absl::Duration kAbandonDeadline = absl::Seconds(2);

bool IsEmpty(const RunRecord& additions) {
  return additions.column_mappings.empty() && additions.parameters.empty();
}

// The entry of an answer that a request's entry became. A server may answer with the entries of the
// request, or with all of the run's; so it is the entry at the same place if it suits, else the
// last one that does.
template <typename Entries, typename Suits>
VersionRef PinnedIn(const Entries& entries, const std::string& asked, const Suits& suits) {
  if (entries.size() == 1) return ParseVersionRef(entries.front().reference);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (suits(*entry)) return ParseVersionRef(entry->reference);
  }
  // The name may be written in another way (quotes): then it is what came last.
  return ParseVersionRef(entries.empty() ? asked : entries.back().reference);
}

// Whether trying the same again may help.
bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// "a.b.c" of "a.b.c@champion".
std::string AssetOf(const std::string& reference) {
  const size_t quote = reference.rfind('`');  // a quoted part may contain an @
  const size_t at = reference.find('@', quote == std::string::npos ? 0 : quote);
  return reference.substr(0, at);
}

}  // namespace

struct Run::State {
  std::shared_ptr<Connection> connection;
  CallOptions call;
  std::string id;
  RunRecord held_back;  // mappings and parameters for the next message
  absl::Status first_error;
  bool finished = false;              // an outcome was delivered
  std::optional<RunOutcome> outcome;  // asked for and not delivered yet
  std::string outcome_request_id;     // the same for every attempt to deliver it
  int exceptions = 0;                 // that were under way when the run started
};

Run::Run(std::unique_ptr<State> state) : state_(std::move(state)) {}
Run::Run(Run&&) noexcept = default;

Run& Run::operator=(Run&& other) noexcept {
  if (this != &other) {
    Abandon();
    state_ = std::move(other.state_);
  }
  return *this;
}

Run::~Run() { Abandon(); }

absl::StatusOr<Run> Run::Start(std::shared_ptr<Connection> connection, const CallOptions& call,
                               std::string_view job, RunOptions options) {
  RunRecord run{.id = options.id.empty() ? client_internal::NewUuid() : std::move(options.id),
                .job = std::string(job),
                .start_time = options.start_time.value_or(absl::Now()),
                .parent_run_id = std::move(options.parent_run_id),
                .parameters = std::move(options.parameters),
                .host = std::move(options.host),
                .user = std::move(options.user),
                .properties = std::move(options.properties)};
  run.code = options.code.has_value() ? *std::move(options.code) : client_internal::NoticeCode();
  if (!options.code_path.empty()) run.code.path = std::move(options.code_path);
  if (run.host.empty()) run.host = client_internal::HostName();
  if (run.user.empty()) run.user = client_internal::UserName();
  const absl::StatusOr<RunRecord> started = connection->StartRun(run, call);
  if (!started.ok()) return started.status();
  auto state = std::make_unique<State>();
  state->connection = std::move(connection);
  state->call = call;
  state->id = started->id.empty() ? run.id : started->id;
  state->exceptions = std::uncaught_exceptions();
  return Run(std::move(state));
}

absl::StatusOr<RunRecord> Run::SendUpdate(RunRecord additions) {
  additions.id = state_->id;
  absl::StatusOr<RunRecord> answer = state_->connection->UpdateRun(additions, state_->call);
  if (!answer.ok() && state_->first_error.ok()) state_->first_error = answer.status();
  return answer;
}

absl::StatusOr<RunRecord> Run::SendWithHeldBack(RunRecord additions) {
  additions.column_mappings = std::move(state_->held_back.column_mappings);
  additions.parameters = std::move(state_->held_back.parameters);
  state_->held_back = {};
  absl::StatusOr<RunRecord> answer = SendUpdate(additions);
  // Kept for the next message, unless they are what was wrong.
  const std::string field = ErrorField(answer.status());
  const bool culprit = field.find("column_mappings") != std::string::npos ||
                       field.find("parameters") != std::string::npos;
  if (!answer.ok() && !culprit) {
    state_->held_back.column_mappings = std::move(additions.column_mappings);
    state_->held_back.parameters = std::move(additions.parameters);
  }
  return answer;
}

KeptStatusOr<VersionRef> Run::Reads(std::string_view reference) {
  const std::string asked(reference);
  const absl::StatusOr<RunRecord> answer = SendUpdate({.reads = {{.reference = asked}}});
  if (!answer.ok()) return answer.status();
  const std::string asset = AssetOf(asked);
  const std::string alias = asked.size() > asset.size() ? asked.substr(asset.size() + 1) : "";
  return PinnedIn(answer->reads, asked, [&](const RunRead& read) {
    const VersionRef pinned = ParseVersionRef(read.reference);
    return read.reference == asked || (pinned.asset == asset && read.alias == alias);
  });
}

KeptStatusOr<VersionRef> Run::Writes(std::string_view asset, NewVersion version) {
  if (absl::Status read = version.ReadFile(); !read.ok()) {
    if (state_->first_error.ok()) state_->first_error = read;
    return read;
  }
  const std::string asked(asset);
  const Kind kind = version.kind;
  const absl::StatusOr<RunRecord> answer = SendWithHeldBack(
      {.writes = {{.reference = asked, .version = std::move(version), .create_kind = kind}}});
  if (!answer.ok()) return answer.status();
  return PinnedIn(answer->writes, asked, [&](const RunWrite& write) {
    return ParseVersionRef(write.reference).asset == asked;
  });
}

KeptStatusOr<VersionRef> Run::Writes(std::string_view reference, Kind create_kind) {
  const std::string asked(reference);
  const absl::StatusOr<RunRecord> answer =
      SendWithHeldBack({.writes = {{.reference = asked, .create_kind = create_kind}}});
  if (!answer.ok()) return answer.status();
  return PinnedIn(answer->writes, asked, [&](const RunWrite& write) {
    return write.reference == asked || ParseVersionRef(write.reference).asset == asked;
  });
}

Run& Run::MapColumn(std::string target, std::vector<ColumnSource> sources) {
  state_->held_back.column_mappings.push_back(
      {.column = std::move(target), .sources = std::move(sources)});
  return *this;
}

Run& Run::Parameter(std::string key, std::string value) {
  state_->held_back.parameters.insert_or_assign(std::move(key), std::move(value));
  return *this;
}

Run& Run::Parameter(std::string key, const char* value) {
  return Parameter(std::move(key), std::string(value));
}

Run& Run::Parameter(std::string key, bool value) {
  return Parameter(std::move(key), std::string(value ? "true" : "false"));
}

Run& Run::Parameter(std::string key, double value) {
  std::array<char, 32> text;  // the shortest text that reads back as the same number has 24 at most
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return Parameter(std::move(key), std::string(text.data(), end));
}

KeptStatus Run::Flush() {
  if (IsEmpty(state_->held_back)) return absl::OkStatus();
  return SendWithHeldBack({}).status();
}

KeptStatus Run::Complete() {
  if (state_->first_error.ok()) {
    const absl::Status finished = Finish(RunState::kComplete, "");
    if (state_->first_error.ok()) return finished;
  }
  const absl::Status error = state_->first_error;
  if (!state_->finished) {
    Finish(RunState::kFailed,
           "not all of the run could be recorded: " + std::string(error.message()))
        .IgnoreError();
  }
  return error;
}

KeptStatus Run::Fail(std::string_view message) { return Finish(RunState::kFailed, message); }
KeptStatus Run::Abort(std::string_view message) { return Finish(RunState::kAborted, message); }

absl::Status Run::Finish(RunState state, std::string_view message) {
  if (state_->finished) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     "the run " + state_->id + " has its outcome already", "RUN_ALREADY_FINISHED",
                     "end a run once");
  }
  // Another outcome than the undelivered one is another request.
  if (!state_->outcome.has_value() || state_->outcome->state != state) {
    state_->outcome_request_id = client_internal::NewUuid();
    state_->outcome = RunOutcome{.id = state_->id,
                                 .state = state,
                                 .end_time = absl::Now(),
                                 .error_message = std::string(message),
                                 .additions = std::exchange(state_->held_back, {})};
  }
  absl::Status status = Deliver(state_->call);
  if (status.ok() || IsTransient(status) || state == RunState::kComplete) return status;
  // The end of a run that went wrong must not fail for want of a parameter.
  if (IsEmpty(state_->held_back)) return status;
  state_->held_back = {};
  return Finish(state, message);
}

absl::Status Run::Deliver(const CallOptions& call) {
  CallOptions options = call;
  options.request_id = state_->outcome_request_id;
  absl::Status status = state_->connection->FinishRun(*state_->outcome, options).status();
  if (status.ok()) {
    state_->finished = true;
    state_->outcome.reset();
  } else if (!IsTransient(status)) {
    // Refused: the caller may correct it by another outcome.
    state_->held_back = std::move(state_->outcome->additions);
    state_->outcome.reset();
    if (state_->first_error.ok()) state_->first_error = status;
  }
  return status;
}

void Run::Abandon() {
  if (state_ == nullptr || state_->finished) return;
  state_->call.deadline =
      std::min(state_->call.deadline.value_or(kAbandonDeadline), kAbandonDeadline);
  if (state_->outcome.has_value()) {
    Deliver(state_->call).IgnoreError();
    return;
  }
  std::string message = "abandoned";
  if (std::uncaught_exceptions() > state_->exceptions) message += ": an exception was thrown";
  if (!state_->first_error.ok()) message += ": " + std::string(state_->first_error.message());
  Finish(RunState::kAborted, message).IgnoreError();
}

const std::string& Run::id() const { return state_->id; }
std::string Run::reference() const { return "run:" + state_->id; }
const absl::Status& Run::status() const { return state_->first_error; }
void Run::ForgetError() { state_->first_error = absl::OkStatus(); }

}  // namespace whence
