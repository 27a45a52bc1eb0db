// whence run: start update finish record get list.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/run_flags.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/records/events.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string WithoutRunPrefix(const std::string& text) {
  return text.starts_with("run:") ? text.substr(4) : text;
}

absl::Status PrintRunChange(App& app, const v1::Run& run, std::string_view did, bool print_id,
                            std::string_view outcome = {}) {
  const std::string of = run.job().empty() ? "" : StrCat(" of ", run.job());
  const std::string ended = outcome.empty() ? "" : StrCat(": ", outcome);
  return PrintChange(app, run, Sentence(StrCat(did, " run ", run.id(), of, ended), run.position()),
                     print_id ? StrCat("run:", run.id()) : "", RunCard(run), RunColumns());
}

absl::Status SetTime(const std::string& text, std::string_view flag,
                     google::protobuf::Timestamp* time) {
  const absl::StatusOr<absl::Time> parsed = ParseTime(text);
  if (!parsed.ok()) return UsageOf(parsed.status(), flag);
  *time = ToTimestamp(*parsed);
  return absl::OkStatus();
}

void AddStart(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "start", "Start a run of a job; prints its reference");
  struct Flags {
    std::string job;
    std::string id;
    std::string time;
    RunFlags run;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("RUN=$(whence run start prod.churn.train --read prod.churn.features)",
               "then: whence run finish $RUN --write prod.churn.model")
      .OptionalArgument(flags->job, "job", "Full name of the job", Complete::kJob);
  command.Flag(flags->id, "--id", "UUID", "Its id; the server chooses one without it");
  command.Flag(flags->time, "--start-time", "TIME", "When it started; now without it");
  flags->run.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::StartRunRequest request;
    v1::Run& run = *request.mutable_run();
    run.set_id(WithoutRunPrefix(flags->id));
    run.set_job(flags->job);
    run.set_host(app.environment().host);
    run.set_user(app.environment().user);
    WHENCE_RETURN_IF_ERROR(flags->run.Apply(run));
    if (!flags->time.empty()) {
      WHENCE_RETURN_IF_ERROR(SetTime(flags->time, "--start-time", run.mutable_start_time()));
    }
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Run started, app.Call(kStartRun, request));
    return PrintRunChange(app, started, "started", /*print_id=*/true);
  });
}

void AddUpdate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "update", "Add reads, writes, columns, parameters to a run");
  struct Flags {
    std::string id;
    std::string job;
    RunFlags run;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence run update $RUN --read prod.churn.system_prompt@champion --param epochs=10")
      .Example(
          "whence run update $RUN --column "
          "'prod.mart.c#mail=prod.raw.users#email:transformation:masking'")
      .Argument(flags->id, "run", "Its id, or run:ID", Complete::kRun);
  command.Flag(flags->job, "--job", "NAME", "Full name of the job", Complete::kJob);
  flags->run.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdateRunRequest request;
    request.mutable_run()->set_id(WithoutRunPrefix(flags->id));
    request.mutable_run()->set_job(flags->job);
    WHENCE_RETURN_IF_ERROR(flags->run.Apply(*request.mutable_run()));
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Run run, app.Call(kUpdateRun, request));
    return PrintRunChange(app, run, "updated", /*print_id=*/false);
  });
}

void AddFinish(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "finish", "End a run: complete, failed or aborted");
  struct Flags {
    std::string id;
    std::string state = "complete";
    std::string error;
    std::string time;
    RunFlags run;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence run finish $RUN --write prod.churn.model")
      .Example("whence run finish $RUN --state failed --error \"out of memory\"")
      .Argument(flags->id, "run", "Its id, or run:ID", Complete::kRun);
  command.Flag(flags->state, "--state", "STATE", "complete (without it), failed or aborted",
               Complete::kRunState);
  command.Flag(flags->error, "--error", "TEXT", "What went wrong");
  command.Flag(flags->time, "--end-time", "TIME", "When it ended; now without it");
  flags->run.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::FinishRunRequest request;
    const absl::StatusOr<v1::RunState> state = ParseRunState(flags->state);
    if (!state.ok()) return UsageOf(state.status(), "--state");
    request.set_id(WithoutRunPrefix(flags->id));
    request.set_state(*state);
    request.set_error_message(flags->error);
    if (!flags->time.empty()) {
      WHENCE_RETURN_IF_ERROR(SetTime(flags->time, "--end-time", request.mutable_end_time()));
    }
    WHENCE_RETURN_IF_ERROR(flags->run.Apply(*request.mutable_additions()));
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Run run, app.Call(kFinishRun, request));
    return PrintRunChange(app, run, "finished", /*print_id=*/false, RunStateName(run.state()));
  });
}

void AddRecord(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(
      group, "record", "Record a whole run from JSON of the contract; prints its reference");
  auto file = std::make_shared<std::string>();
  command.Formats(kRecordFormats)
      .Example("whence run record run.json")
      .Example(
          "echo '{\"job\": \"prod.etl.load\", \"writes\": [{\"reference\": \"prod.raw.users\"}]}' "
          "| whence run record -")
      .Argument(*file, "file", "File with the run as JSON; - for standard input", Complete::kFile);
  command.Does([file](App& app) -> absl::Status {
    v1::RecordRunRequest request;
    WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(*file, app.in()));
    const absl::StatusOr<Json> json = ParseJson(text);
    if (!json.ok()) return UsageOf(json.status(), NameOfFile(*file));
    WHENCE_RETURN_IF_ERROR(UsageOf(FromJson(*json, request.mutable_run()), NameOfFile(*file)));
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Run run, app.Call(kRecordRun, request));
    return PrintRunChange(app, run, "recorded", /*print_id=*/true);
  });
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one run");
  struct Flags {
    std::string id;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence run get run:0190a5c2-7b1e-7c3a-9d2f-1b6f3c0a9e55")
      .Argument(flags->id, "run", "Its id, or run:ID", Complete::kRun);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetRunRequest request;
    request.set_id(flags->id);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::Run run, app.Call(kGetRun, request));
    return PrintRecord(app, run, RunCard(run), RunColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List runs, newest first");
  struct Flags {
    std::string job;
    std::string state;
    std::string filter;
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence run list prod.churn.train --limit 10")
      .Example("whence run list --state failed --filter 'start_time > \"2026-03-01T00:00:00Z\"'")
      .OptionalArgument(flags->job, "job", "Only runs of this job", Complete::kJob);
  command.Flag(flags->state, "--state", "STATE", "Only runs in this state", Complete::kRunState);
  command.Flag(flags->filter, "--filter", "EXPRESSION",
               "Only those it is true for; fields: state, job, start_time, end_time, create_time, "
               "recorder, host, user, error_message, parameters, properties");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListRunsRequest request;
    request.set_job(flags->job);
    request.set_filter(flags->filter);
    if (!flags->state.empty()) {
      const absl::StatusOr<v1::RunState> state = ParseRunState(flags->state);
      if (!state.ok()) return UsageOf(state.status(), "--state");
      request.set_state(*state);
    }
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Run> printer(app, "runs", RunColumns());
    return PrintList(
        app, kListRuns, request,
        [](const v1::ListRunsResponse& page) -> const auto& { return page.runs(); },
        {flags->limit, "runs"}, printer);
  });
}

}  // namespace

void AddRunCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("run", "Runs: executions of jobs, with what they read and wrote");
  AddStart(tree, group);
  AddUpdate(tree, group);
  AddFinish(tree, group);
  AddRecord(tree, group);
  AddGet(tree, group);
  AddList(tree, group);
}

}  // namespace whence::cli
