#include "cli/records/events.h"

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/records/detail_card.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

int64_t RunMicros(const v1::Run& run) {
  if (!run.has_start_time() || !run.has_end_time()) return 0;
  return absl::ToInt64Microseconds(ToTime(run.end_time()) - ToTime(run.start_time()));
}

std::string CountIfKnown(int64_t count) { return count == 0 ? "" : HumanCount(count); }

std::vector<std::vector<Cell>> MappingRows(const v1::Run& run) {
  std::vector<std::vector<Cell>> rows;
  for (const v1::ColumnMapping& mapping : run.column_mappings()) {
    for (const v1::ColumnSource& source : mapping.sources()) {
      rows.push_back({{mapping.column()},
                      {source.column()},
                      {TransformationName(source.transformation()), Tone::kDim},
                      {source.masking() ? "masking" : "", Tone::kYellow},
                      {source.description()}});
    }
  }
  return rows;
}

}  // namespace

Tone ToneOf(v1::RunState state) {
  switch (state) {
    case v1::RUN_STATE_COMPLETE:
      return Tone::kGreen;
    case v1::RUN_STATE_FAILED:
      return Tone::kRed;
    case v1::RUN_STATE_ABORTED:
      return Tone::kYellow;
    case v1::RUN_STATE_RUNNING:
      return Tone::kBlue;
    default:
      return Tone::kDim;
  }
}

Tone ToneOf(v1::PredictionStatus status) {
  switch (status) {
    case v1::PREDICTION_STATUS_ERROR:
      return Tone::kRed;
    case v1::PREDICTION_STATUS_BLOCKED:
      return Tone::kYellow;
    default:
      return Tone::kGreen;
  }
}

std::string CostText(const v1::Prediction& prediction) {
  if (prediction.cost_micros() == 0) return "";
  std::string amount = absl::StrFormat("%d.%06d", prediction.cost_micros() / 1'000'000,
                                       prediction.cost_micros() % 1'000'000);
  return StrCat(amount, " ", prediction.currency().empty() ? "USD" : prediction.currency());
}

std::vector<ListColumn<v1::Run>> RunColumns() {
  using Item = const v1::Run&;
  return {
      {"id", [](Item run) { return run.id(); },
       [](Item run) {
         return Cell{run.id(), Tone::kBold};
       }},
      {"job", [](Item run) { return run.job(); }},
      {"state", [](Item run) { return RunStateName(run.state()); },
       [](Item run) {
         return Cell{RunStateName(run.state()), ToneOf(run.state())};
       }},
      {"started", [](Item run) { return MachineTime(run.start_time()); },
       [](Item run) {
         return Cell{HumanTime(run.start_time()), Tone::kDim};
       }},
      {"took", [](Item run) { return RunMicros(run) == 0 ? "" : StrCat(RunMicros(run)); },
       [](Item run) { return Cell{HumanMicros(RunMicros(run))}; }, true},
      {"recorder", [](Item run) { return run.recorder(); }},
      {"error", [](Item run) { return run.error_message(); }},
      {"ended", [](Item run) { return MachineTime(run.end_time()); }, nullptr, false, true},
      {"parent_run_id", [](Item run) { return run.parent_run_id(); }, nullptr, false, true},
      {"commit", [](Item run) { return run.code().commit(); }, nullptr, false, true},
      {"host", [](Item run) { return run.host(); }, nullptr, false, true},
      {"user", [](Item run) { return run.user(); }, nullptr, false, true},
      {"position", [](Item run) { return StrCat(run.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Prediction>> PredictionColumns() {
  using Item = const v1::Prediction&;
  return {
      {"id", [](Item item) { return item.id(); },
       [](Item item) {
         return Cell{item.id(), Tone::kBold};
       }},
      {"started", [](Item item) { return MachineTime(item.start_time()); },
       [](Item item) {
         return Cell{HumanTime(item.start_time()), Tone::kDim};
       }},
      {"status", [](Item item) { return PredictionStatusName(item.status()); },
       [](Item item) {
         return Cell{PredictionStatusName(item.status()), ToneOf(item.status())};
       }},
      {"latency_us", [](Item item) { return StrCat(item.latency_us()); }, nullptr, false, true},
      {"endpoint", [](Item item) { return item.endpoint(); }},
      {"model", [](Item item) { return item.model(); }},
      {"prompts", [](Item item) { return absl::StrJoin(item.prompts(), ", "); }},
      {"latency", [](Item item) { return HumanMicros(item.latency_us()); }, nullptr, true},
      {"input", [](Item item) { return item.input_text(); }},
      {"output", [](Item item) { return item.output_text(); }},
      {"input_digest", [](Item item) { return item.input_digest(); }, nullptr, false, true},
      {"output_digest", [](Item item) { return item.output_digest(); }, nullptr, false, true},
      {"input_tokens", [](Item item) { return StrCat(item.input_tokens()); }, nullptr, false, true},
      {"output_tokens", [](Item item) { return StrCat(item.output_tokens()); }, nullptr, false,
       true},
      {"cost_micros", [](Item item) { return StrCat(item.cost_micros()); }, nullptr, false, true},
      {"run_id", [](Item item) { return item.run_id(); }, nullptr, false, true},
      {"error", [](Item item) { return item.error_message(); }, nullptr, false, true},
      {"recorder", [](Item item) { return item.recorder(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::DeclaredEdge>> EdgeColumns() {
  using Item = const v1::DeclaredEdge&;
  return {{"source", [](Item edge) { return edge.source(); }},
          {"target", [](Item edge) { return edge.target(); }},
          {"transformation", [](Item edge) { return TransformationName(edge.transformation()); }},
          {"masking", [](Item edge) { return edge.masking() ? "true" : "false"; },
           [](Item edge) {
             return Cell{edge.masking() ? "masking" : "", Tone::kYellow};
           }}};
}

std::vector<ListColumn<v1::ServerInfo>> ServerColumns() {
  using Item = const v1::ServerInfo&;
  return {
      {"version", [](Item info) { return info.version(); }},
      {"build", [](Item info) { return info.build(); }},
      {"schema_version", [](Item info) { return StrCat(info.schema_version()); }},
      {"position", [](Item info) { return StrCat(info.position()); }},
      {"start_time", [](Item info) { return MachineTime(info.start_time()); }},
      {"lineage_node_count", [](Item info) { return StrCat(info.lineage_node_count()); }},
      {"lineage_edge_count", [](Item info) { return StrCat(info.lineage_edge_count()); }},
      {"column_edge_count", [](Item info) { return StrCat(info.column_edge_count()); }},
      {"prediction_count", [](Item info) { return StrCat(info.prediction_count()); }},
  };
}

Card RunCard(const v1::Run& run) {
  Card card;
  card.Line("id", run.id(), Tone::kBold)
      .Line("job", run.job())
      .Line("state", RunStateName(run.state()), ToneOf(run.state()))
      .Line("started", HumanTime(run.start_time()))
      .Line("ended", HumanTime(run.end_time()))
      .Line("took", HumanMicros(RunMicros(run)))
      .Line("error", run.error_message(), Tone::kRed)
      .Line("part of", run.parent_run_id().empty() ? "" : StrCat("run:", run.parent_run_id()))
      .Line("code", CodeText(run.code()))
      .Line("host", run.host())
      .Line("user", run.user())
      .Line("recorder", run.recorder())
      .Line("position", HumanCount(run.position()), Tone::kDim);
  std::vector<std::vector<Cell>> reads;
  for (const v1::RunRead& read : run.reads()) {
    reads.push_back({{read.reference()},
                     {read.alias().empty() ? "" : StrCat("as @", read.alias()), Tone::kCyan}});
  }
  card.Table("reads", {{"REFERENCE"}, {"ALIAS"}}, std::move(reads));
  std::vector<std::vector<Cell>> writes;
  for (const v1::RunWrite& write : run.writes()) writes.push_back({{write.reference()}});
  card.Table("writes", {{"REFERENCE"}}, std::move(writes));
  card.Table("columns", {{"COLUMN"}, {"FROM"}, {"HOW"}, {"MASKING"}, {"DESCRIPTION"}},
             MappingRows(run));
  AddMap("parameters", run.parameters(), card);
  AddMap("properties", run.properties(), card);
  return card;
}

Card PredictionCard(const v1::Prediction& prediction) {
  Card card;
  card.Line("id", prediction.id(), Tone::kBold)
      .Line("status", PredictionStatusName(prediction.status()), ToneOf(prediction.status()))
      .Line("error", prediction.error_message(), Tone::kRed)
      .Line("started", HumanTime(prediction.start_time()))
      .Line("latency", HumanMicros(prediction.latency_us()))
      .Line("endpoint", prediction.endpoint())
      .Line("model", prediction.model())
      .Line("prompts", absl::StrJoin(prediction.prompts(), ", "))
      .Line("inputs", absl::StrJoin(prediction.inputs(), ", "))
      .Line("run", prediction.run_id().empty() ? "" : StrCat("run:", prediction.run_id()))
      .Line("tokens in", CountIfKnown(prediction.input_tokens()))
      .Line("tokens out", CountIfKnown(prediction.output_tokens()))
      .Line("cost", CostText(prediction))
      .Line("input digest", prediction.input_digest(), Tone::kDim)
      .Line("output digest", prediction.output_digest(), Tone::kDim)
      .Line("texts", prediction.erased() ? "erased" : "", Tone::kYellow)
      .Line("recorded", StrCat(HumanTime(prediction.create_time()), " by ", prediction.recorder()))
      .Line("position", HumanCount(prediction.position()), Tone::kDim);
  card.Text("input", prediction.input_text()).Text("output", prediction.output_text());
  std::vector<std::vector<Cell>> rows;
  for (const v1::RetrievedItem& item : prediction.retrieved()) {
    rows.push_back({{HumanScore(item.score())},
                    {item.index()},
                    {item.item_id()},
                    {item.source()},
                    {item.source_location()},
                    {item.excerpt(), Tone::kDim}});
  }
  card.Table("retrieved",
             {{"SCORE", true}, {"INDEX"}, {"ITEM"}, {"SOURCE"}, {"WHERE"}, {"EXCERPT"}},
             std::move(rows));
  AddMap("properties", prediction.properties(), card);
  return card;
}

Card DeclarationCard(const v1::Declaration& declaration) {
  Card card;
  card.Line("declaration", StrCat(declaration.id()), Tone::kBold)
      .Line("comment", declaration.comment())
      .Line("declared", StrCat(HumanTime(declaration.create_time()), " by ", declaration.creator()))
      .Line("position", HumanCount(declaration.position()), Tone::kDim);
  std::vector<std::vector<Cell>> rows;
  for (const v1::DeclaredEdge& edge : declaration.edges()) {
    rows.push_back({{edge.source()}, {edge.target()}});
  }
  card.Table("edges", {{"FROM"}, {"TO"}}, std::move(rows));
  return card;
}

Card ServerCard(const v1::ServerInfo& info) {
  Card card;
  card.Line("version", info.version(), Tone::kBold)
      .Line("build", info.build())
      .Line("schema version", StrCat(info.schema_version()))
      .Line("position", info.position() == 0 ? "0" : HumanCount(info.position()))
      .Line("running since", HumanTime(info.start_time()))
      .Line("lineage nodes", HumanCount(info.lineage_node_count()))
      .Line("lineage edges", HumanCount(info.lineage_edge_count()))
      .Line("column edges", HumanCount(info.column_edge_count()))
      .Line("predictions", HumanCount(info.prediction_count()));
  return card;
}

}  // namespace whence::cli
