// whence prediction: record get list.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/records/events.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct RecordFlags {
  std::string file;
  std::string id;
  std::string endpoint;
  std::string model;
  std::vector<std::string> prompts;
  std::vector<std::string> inputs;
  std::string run;
  std::string status;
  std::string error;
  std::string latency;
  std::string start_time;
  std::string input_text;
  std::string output_text;
  std::vector<std::string> properties;
};

void AddRecordFlags(Command& command, RecordFlags& flags) {
  command.OptionalArgument(flags.file, "file",
                           "File with the prediction as JSON of the contract; - for standard "
                           "input; flags add to it",
                           Complete::kFile);
  command.Flag(flags.id, "--id", "ID", "Its id; the server chooses one without it");
  command.Flag(flags.endpoint, "--endpoint", "REFERENCE", "The endpoint that answered",
               Complete::kEndpoint);
  command.Flag(flags.model, "--model", "REFERENCE", "The model version", Complete::kModel);
  command.Flag(flags.prompts, "--prompt", "REFERENCE", "A prompt version", Complete::kPrompt);
  command.Flag(flags.inputs, "--input", "REFERENCE", "Another version that was read",
               Complete::kReference);
  command.Flag(flags.run, "--run", "RUN", "The run it was part of", Complete::kRun);
  command.Flag(flags.status, "--status", "STATUS", "ok, error or blocked",
               Complete::kPredictionStatus);
  command.Flag(flags.error, "--error", "TEXT", "What went wrong");
  command.Flag(flags.latency, "--latency", "DURATION", "How long it took, for example 12ms");
  command.Flag(flags.start_time, "--start-time", "TIME", "When it began; now without it");
  command.Flag(flags.input_text, "--input-text", "TEXT", "The input");
  command.Flag(flags.output_text, "--output-text", "TEXT", "The output");
  command.Flag(flags.properties, "--property", "KEY=VALUE", "A free property");
}

absl::Status ApplyReferences(const RecordFlags& flags, v1::Prediction& prediction) {
  if (!flags.id.empty()) prediction.set_id(flags.id);
  if (!flags.endpoint.empty()) prediction.set_endpoint(flags.endpoint);
  if (!flags.model.empty()) prediction.set_model(flags.model);
  for (const std::string& prompt : flags.prompts) prediction.add_prompts(prompt);
  for (const std::string& input : flags.inputs) prediction.add_inputs(input);
  if (!flags.run.empty()) {
    prediction.set_run_id(flags.run.starts_with("run:") ? flags.run.substr(4) : flags.run);
  }
  return SetMap(flags.properties, "--property", prediction.mutable_properties());
}

absl::Status ApplyOutcome(const RecordFlags& flags, v1::Prediction& prediction) {
  if (!flags.status.empty()) {
    const absl::StatusOr<v1::PredictionStatus> status = ParsePredictionStatus(flags.status);
    if (!status.ok()) return UsageOf(status.status(), "--status");
    prediction.set_status(*status);
  }
  if (!flags.error.empty()) prediction.set_error_message(flags.error);
  if (!flags.latency.empty()) {
    const absl::StatusOr<absl::Duration> latency = ParseDuration(flags.latency);
    if (!latency.ok()) return UsageOf(latency.status(), "--latency");
    prediction.set_latency_us(absl::ToInt64Microseconds(*latency));
  }
  if (!flags.start_time.empty()) {
    const absl::StatusOr<absl::Time> time = ParseTime(flags.start_time);
    if (!time.ok()) return UsageOf(time.status(), "--start-time");
    *prediction.mutable_start_time() = ToTimestamp(*time);
  }
  if (!flags.input_text.empty()) prediction.set_input_text(flags.input_text);
  if (!flags.output_text.empty()) prediction.set_output_text(flags.output_text);
  return absl::OkStatus();
}

absl::StatusOr<v1::Prediction> BuildPrediction(App& app, const RecordFlags& flags) {
  v1::Prediction prediction;
  if (!flags.file.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file, app.in()));
    const absl::StatusOr<Json> json = ParseJson(text);
    if (!json.ok()) return UsageOf(json.status(), NameOfFile(flags.file));
    WHENCE_RETURN_IF_ERROR(UsageOf(FromJson(*json, &prediction), NameOfFile(flags.file)));
  }
  WHENCE_RETURN_IF_ERROR(ApplyReferences(flags, prediction));
  WHENCE_RETURN_IF_ERROR(ApplyOutcome(flags, prediction));
  return prediction;
}

void AddRecord(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "record", "Record a prediction; prints its reference");
  auto flags = std::make_shared<RecordFlags>();
  command.Formats(kRecordFormats)
      .Example("whence prediction record prediction.json")
      .Example(
          "whence prediction record --id p-1 --model prod.churn.model@champion "
          "--input-text '...' --output-text '...' --latency 12ms");
  AddRecordFlags(command, *flags);
  command.Does([flags](App& app) -> absl::Status {
    v1::RecordPredictionRequest request;
    WHENCE_ASSIGN_OR_RETURN(*request.mutable_prediction(), BuildPrediction(app, *flags));
    WHENCE_ASSIGN_OR_RETURN(const v1::Prediction recorded, app.Call(kRecordPrediction, request));
    return PrintChange(
        app, recorded, Sentence(StrCat("recorded prediction ", recorded.id()), recorded.position()),
        StrCat("prediction:", recorded.id()), PredictionCard(recorded), PredictionColumns());
  });
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one prediction");
  struct Flags {
    std::string id;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence prediction get handbook-0007")
      .Argument(flags->id, "prediction", "Its id, or prediction:ID", Complete::kPrediction);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetPredictionRequest request;
    request.set_id(flags->id);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::Prediction prediction, app.Call(kGetPrediction, request));
    return PrintRecord(app, prediction, PredictionCard(prediction), PredictionColumns());
  });
}

struct ListFlags {
  std::string endpoint;
  std::string model;
  std::string prompt;
  std::string from;
  std::string to;
  std::string status;
  std::string filter;
  std::string as_of;
  int64_t limit = 0;
};

absl::StatusOr<v1::ListPredictionsRequest> BuildList(const ListFlags& flags) {
  v1::ListPredictionsRequest request;
  request.set_endpoint(flags.endpoint);
  request.set_model(flags.model);
  request.set_prompt(flags.prompt);
  request.set_filter(flags.filter);
  if (!flags.from.empty()) {
    const absl::StatusOr<absl::Time> from = ParseTime(flags.from);
    if (!from.ok()) return UsageOf(from.status(), "--from");
    *request.mutable_start_time() = ToTimestamp(*from);
  }
  if (!flags.to.empty()) {
    const absl::StatusOr<absl::Time> to = ParseTime(flags.to);
    if (!to.ok()) return UsageOf(to.status(), "--to");
    *request.mutable_end_time() = ToTimestamp(*to);
  }
  if (!flags.status.empty()) {
    const absl::StatusOr<v1::PredictionStatus> status = ParsePredictionStatus(flags.status);
    if (!status.ok()) return UsageOf(status.status(), "--status");
    request.set_status(*status);
  }
  WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
  return request;
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List predictions, newest first");
  auto flags = std::make_shared<ListFlags>();
  command.Formats(kListFormats)
      .Example("whence prediction list --model prod.churn.model@7 --limit 20")
      .Example(
          "whence prediction list --endpoint prod.churn.scorer --status error --from 2026-03-01");
  command.Flag(flags->endpoint, "--endpoint", "REFERENCE", "Only of this endpoint",
               Complete::kEndpoint);
  command.Flag(flags->model, "--model", "REFERENCE", "Only of this model or version",
               Complete::kModel);
  command.Flag(flags->prompt, "--prompt", "REFERENCE", "Only with this prompt or version",
               Complete::kPrompt);
  command.Flag(flags->from, "--from", "TIME", "Only those that began at this time or later");
  command.Flag(flags->to, "--to", "TIME", "Only those that began before this time");
  command.Flag(flags->status, "--status", "STATUS", "ok, error or blocked",
               Complete::kPredictionStatus);
  command.Flag(flags->filter, "--filter", "EXPRESSION",
               "Only those it is true for; fields: id, status, latency_us, input_tokens, "
               "output_tokens, cost_micros, start_time, create_time, recorder, run_id, "
               "error_message, properties");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(v1::ListPredictionsRequest request, BuildList(*flags));
    ListPrinter<v1::Prediction> printer(app, "predictions", PredictionColumns());
    return PrintList(
        app, kListPredictions, request,
        [](const v1::ListPredictionsResponse& page) -> const auto& { return page.predictions(); },
        {flags->limit, "predictions"}, printer);
  });
}

}  // namespace

void AddPredictionCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("prediction", "Predictions: single inferences with their parents");
  AddRecord(tree, group);
  AddGet(tree, group);
  AddList(tree, group);
}

}  // namespace whence::cli
