#include "cli/graph/prov_writer.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "cli/graph/node_text.h"
#include "cli/graph/prov_names.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

constexpr char kRedacted[] = "[redacted]";

// Entries of a map in order: equal messages give equal documents.
template <class Map>
auto Sorted(const Map& map) {
  std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>> entries(map.begin(),
                                                                                    map.end());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// "a.b.c" of "a.b.c@7", "id:17" of "id:17@7". A name with `@` in it is quoted, and ends behind it.
std::string_view AssetPart(std::string_view reference, int64_t version) {
  return version == 0 ? reference : reference.substr(0, reference.rfind('@'));
}

// "whence:RetrievedSource".
std::string RoleTerm(v1::EdgeRole role) {
  std::string term;
  bool upper = true;
  for (const char c : RoleName(role)) {
    if (c == ' ') {
      upper = true;
      continue;
    }
    term.push_back(upper ? static_cast<char>(c - 'a' + 'A') : c);
    upper = false;
  }
  return StrCat("whence:", term);
}

// Facts that the detail of a version tells in a word or a number.
void PutDetail(ProvDocument& document, const v1::Detail& detail, ProvRecord& entity) {
  entity.Number("whence:rowCount", detail.table().row_count())
      .Text("whence:format", detail.table().format())
      .Text("whence:fileName", detail.volume().file_name())
      .Number("whence:byteCount", detail.volume().byte_count())
      .Text("whence:framework", detail.model().framework())
      .Text("whence:baseModel", detail.model().base_model())
      .Text("whence:embeddingModel", detail.index().embedding_model())
      .Number("whence:itemCount", detail.index().item_count())
      .Text("whence:url", detail.endpoint().url())
      .Text("whence:url", detail.dashboard().url());
  for (const auto& [name, value] : Sorted(detail.model().metrics())) {
    entity.Real(document.Qualify("metric", name), value);
  }
}

void PutPlace(const v1::LineageNode& node, ProvRecord& record) {
  record.Flag("whence:source", node.source()).Flag("whence:cut", node.cut());
}

template <class Tags>
void PutTags(const Tags& tags, ProvRecord& entity) {
  for (const v1::Tag& tag : tags) entity.Text("whence:tag", TagText(tag));
}

// When the inference was over; not set where that is not known.
google::protobuf::Timestamp EndOf(const v1::Prediction& prediction) {
  if (!prediction.has_start_time() || prediction.latency_us() == 0) return {};
  return ToTimestamp(ToTime(prediction.start_time()) + absl::Microseconds(prediction.latency_us()));
}

}  // namespace

std::string_view TableOfColumn(std::string_view reference) {
  bool quoted = false;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (reference[i] == '`') quoted = !quoted;
    if (reference[i] == '#' && !quoted) return reference.substr(0, i);
  }
  return {};
}

void ProvWriter::Add(const std::vector<const v1::LineageGraph*>& graphs) {
  for (const v1::LineageGraph* const graph : graphs) {
    for (const v1::LineageNode& node : graph->nodes()) AddNode(node);
  }
  // After the nodes: what is a node too is told there, with more of it.
  for (const General& general : generals_) AddGeneral(general);
  for (const v1::LineageGraph* const graph : graphs) AddEdges(*graph);
}

void ProvWriter::Derive(const std::string& target, const std::string& source,
                        std::string_view type) {
  ProvRecord* const derivation =
      document_.Relation(ProvKind::kDerivation, StrCat(target, " ", source, " ", type));
  if (derivation == nullptr) return;
  derivation->Text("prov:generatedEntity", target).Text("prov:usedEntity", source);
  derivation->Name("prov:type", type);
}

void ProvWriter::Use(const std::string& activity, const std::string& entity,
                     std::string_view role) {
  ProvRecord* const usage =
      document_.Relation(ProvKind::kUsage, StrCat(activity, " ", entity, " ", role));
  if (usage == nullptr) return;
  usage->Text("prov:activity", activity).Text("prov:entity", entity).Name("prov:role", role);
}

void ProvWriter::Generate(const std::string& entity, const std::string& activity,
                          const google::protobuf::Timestamp& time) {
  const auto [made, first] = makers_.emplace(entity, activity);
  if (first) {
    document_.Relation(ProvKind::kGeneration, entity)
        ->Text("prov:entity", entity)
        .Text("prov:activity", activity)
        .PlainTime("prov:time", time);
    return;
  }
  if (made->second == activity) return;
  ProvRecord* const influence =
      document_.Relation(ProvKind::kInfluence, StrCat(entity, " ", activity));
  if (influence == nullptr) return;
  influence->Text("prov:influencee", entity)
      .Text("prov:influencer", activity)
      .Name("prov:type", "whence:Rewrite");
}

void ProvWriter::AddMember(const std::string& collection, const std::string& member) {
  ProvRecord* const membership =
      document_.Relation(ProvKind::kMembership, StrCat(collection, " ", member));
  if (membership == nullptr) return;
  membership->Text("prov:collection", collection).Text("prov:entity", member);
}

// --- Nodes ---

void ProvWriter::AddNode(const v1::LineageNode& node) {
  switch (node.node_case()) {
    case v1::LineageNode::kDataset:
      AddDataset(node);
      break;
    case v1::LineageNode::kColumn:
      AddColumn(node);
      break;
    case v1::LineageNode::kRun:
      AddRun(node);
      break;
    case v1::LineageNode::kPrediction:
      AddPrediction(node);
      break;
    // Somebody said it, nobody did it: its edges become derivations.
    case v1::LineageNode::kDeclaration:
    case v1::LineageNode::NODE_NOT_SET:
      break;
  }
}

// Null when the document has it already.
ProvRecord* ProvWriter::NewEntity(const v1::LineageNode& node, std::string_view label) {
  bool is_new = false;
  ProvRecord& entity =
      document_.Element(ProvKind::kEntity, ProvName(document_, node.reference()), &is_new);
  if (!is_new) return nullptr;
  entity.Text("prov:label", OneLine(label));
  return &entity;
}

void ProvWriter::AddDataset(const v1::LineageNode& node) {
  const v1::DatasetNode& dataset = node.dataset();
  ProvRecord* const entity = NewEntity(node, NodeName(node));
  if (entity == nullptr) return;
  const bool redacted = dataset.asset().empty();
  const std::string type = ProvType(dataset.kind());
  entity->Name("prov:type", type)
      .Text("prov:location", dataset.location())
      .Text("whence:asset", dataset.asset())
      .Number("whence:version", dataset.version())
      .Text("whence:digest", dataset.digest());
  for (const std::string& alias : dataset.aliases()) entity->Text("whence:alias", alias);
  PutTags(dataset.tags(), *entity);
  entity->Time("whence:createTime", dataset.create_time())
      .Flag("whence:deleted", dataset.deleted())
      .Flag("whence:redacted", redacted);
  PutDetail(document_, dataset.detail(), *entity);
  PutPlace(node, *entity);
  const std::string name = ProvName(document_, node.reference());
  AttributeTo(document_, name, dataset.creator(), "whence:Creator");
  if (redacted) return;
  const std::string_view asset = AssetPart(node.reference(), dataset.version());
  generals_.push_back({.reference = std::string(asset),
                       .label = dataset.asset(),
                       .type = type,
                       .owner = dataset.owner(),
                       .specific = dataset.version() == 0 ? "" : name,
                       .member = ""});
}

void ProvWriter::AddColumn(const v1::LineageNode& node) {
  const v1::ColumnNode& column = node.column();
  const bool redacted = column.asset().empty();
  ProvRecord* const entity = NewEntity(node, redacted ? kRedacted : node.reference());
  if (entity == nullptr) return;
  entity->Name("prov:type", "whence:Column")
      .Text("whence:column", column.column())
      .Text("whence:columnType", column.type());
  PutTags(column.tags(), *entity);
  entity->Flag("whence:redacted", redacted);
  PutPlace(node, *entity);
  if (redacted) return;
  generals_.push_back({.reference = std::string(TableOfColumn(node.reference())),
                       .label = column.asset(),
                       .type = ProvType(column.kind()),
                       .owner = column.owner(),
                       .specific = "",
                       .member = ProvName(document_, node.reference())});
}

void ProvWriter::AddRun(const v1::LineageNode& node) {
  const v1::Run& run = node.run();
  const bool redacted = run.id().empty();
  const std::string name = ProvName(document_, node.reference());
  bool is_new = false;
  ProvRecord& activity = document_.Element(ProvKind::kActivity, name, &is_new);
  if (!is_new) return;
  activity.PlainTime("prov:startTime", run.start_time())
      .PlainTime("prov:endTime", run.end_time())
      .Text("prov:label", redacted ? kRedacted : NodeName(node))
      .Name("prov:type", "whence:Run")
      .Text("whence:state", RunStateName(run.state()))
      .Text("whence:repository", run.code().repository())
      .Text("whence:commit", run.code().commit())
      .Text("whence:path", run.code().path())
      .Flag("whence:dirty", run.code().dirty())
      .Text("whence:host", run.host())
      .Text("whence:user", run.user())
      .Text("whence:error", run.error_message());
  for (const auto& [key, value] : Sorted(run.parameters())) {
    activity.Text(document_.Qualify("parameter", key), value);
  }
  activity.Flag("whence:redacted", redacted);
  PutPlace(node, activity);
  Associate(name, run.recorder(), run.job());
  if (!run.parent_run_id().empty()) Start(name, document_.Qualify("run", run.parent_run_id()));
}

// The output is an entity, the inference that made it an activity.
void ProvWriter::AddPrediction(const v1::LineageNode& node) {
  const v1::Prediction& prediction = node.prediction();
  ProvRecord* const entity = NewEntity(node, StrCat("prediction ", prediction.id()));
  if (entity == nullptr) return;
  entity->Name("prov:type", "whence:Prediction")
      .Text("whence:digest", prediction.output_digest())
      .Time("whence:createTime", prediction.create_time());
  PutPlace(node, *entity);
  const std::string inference = InferenceOf(node);
  ProvRecord& activity = document_.Element(ProvKind::kActivity, inference);
  activity.PlainTime("prov:startTime", prediction.start_time())
      .PlainTime("prov:endTime", EndOf(prediction))
      .Text("prov:label", OneLine(StrCat("inference ", prediction.id())))
      .Name("prov:type", "whence:Inference")
      .Text("whence:status", PredictionStatusName(prediction.status()))
      .Text("whence:error", prediction.error_message())
      .Text("whence:inputDigest", prediction.input_digest())
      .Number("whence:latencyMicros", prediction.latency_us())
      .Number("whence:inputTokens", prediction.input_tokens())
      .Number("whence:outputTokens", prediction.output_tokens())
      .Number("whence:costMicros", prediction.cost_micros());
  if (prediction.cost_micros() != 0) activity.Text("whence:currency", prediction.currency());
  Generate(ProvName(document_, node.reference()), inference, EndOf(prediction));
  Associate(inference, prediction.recorder(), /*job=*/"");
  AddRetrieved(inference, prediction);
}

std::string ProvWriter::InferenceOf(const v1::LineageNode& node) {
  return document_.Qualify("inference", node.prediction().id());
}

// Each item is a use of its own: of what it was made from, where that is known, else of the index.
void ProvWriter::AddRetrieved(const std::string& inference, const v1::Prediction& prediction) {
  int64_t rank = 0;
  for (const v1::RetrievedItem& item : prediction.retrieved()) {
    ++rank;
    ProvRecord* const usage =
        document_.Relation(ProvKind::kUsage, StrCat(inference, " item ", rank));
    if (usage == nullptr) continue;
    const std::string index = ProvName(document_, item.index());
    const std::string source = item.source().empty() ? "" : ProvName(document_, item.source());
    usage->Text("prov:activity", inference)
        .Text("prov:entity", source.empty() ? index : source)
        .Name("prov:role", "whence:RetrievedItem")
        .Number("whence:rank", rank)
        .Real("whence:score", item.score())
        .Text("whence:itemId", item.item_id())
        .Text("whence:sourceLocation", item.source_location());
    if (!source.empty()) usage->Name("whence:index", index);
  }
}

void ProvWriter::AddGeneral(const General& general) {
  const std::string name = ProvName(document_, general.reference);
  bool is_new = false;
  ProvRecord& entity = document_.Element(ProvKind::kEntity, name, &is_new);
  if (is_new) {
    entity.Text("prov:label", OneLine(general.label)).Name("prov:type", general.type);
    if (general.plan) entity.Name("prov:type", "prov:Plan");
  }
  AttributeTo(document_, name, general.owner, "whence:Owner");
  if (!general.member.empty()) AddMember(name, general.member);
  if (general.specific.empty()) return;
  ProvRecord* const specialization =
      document_.Relation(ProvKind::kSpecialization, general.specific);
  if (specialization == nullptr) return;
  specialization->Text("prov:specificEntity", general.specific).Text("prov:generalEntity", name);
}

void ProvWriter::Associate(const std::string& activity, const std::string& recorder,
                           const std::string& job) {
  const std::string agent = ProvAgent(document_, recorder);
  if (agent.empty() && job.empty()) return;
  ProvRecord* const association = document_.Relation(ProvKind::kAssociation, activity);
  if (association == nullptr) return;
  association->Text("prov:activity", activity).Text("prov:agent", agent);
  if (!job.empty()) {
    association->Text("prov:plan", ProvName(document_, job));
    generals_.push_back({.reference = job,
                         .label = job,
                         .type = "whence:Job",
                         .owner = "",
                         .specific = "",
                         .member = "",
                         .plan = true});
  }
  if (!agent.empty()) association->Name("prov:role", "whence:Recorder");
}

void ProvWriter::Start(const std::string& activity, const std::string& starter) {
  ProvRecord* const start = document_.Relation(ProvKind::kStart, activity);
  if (start == nullptr) return;
  start->Text("prov:activity", activity).Text("prov:starter", starter);
}

// --- Edges ---

void ProvWriter::AddEdges(const v1::LineageGraph& graph) {
  std::vector<const v1::LineageEdge*> edges;
  for (const v1::LineageEdge& edge : graph.edges()) {
    const auto inside = [&graph](int i) { return i >= 0 && i < graph.nodes_size(); };
    if (inside(edge.source()) && inside(edge.target())) edges.push_back(&edge);
  }
  // As they were recorded: who wrote something first made it.
  std::stable_sort(edges.begin(), edges.end(),
                   [](const v1::LineageEdge* a, const v1::LineageEdge* b) {
                     return a->position() < b->position();
                   });
  std::map<int, Declared> declared;
  for (const v1::LineageEdge* const edge : edges) {
    if (graph.nodes(edge->target()).has_declaration()) {
      declared[edge->target()].sources.push_back(edge->source());
    } else if (graph.nodes(edge->source()).has_declaration()) {
      declared[edge->source()].targets.push_back(edge->target());
    } else {
      AddEdge(*edge, graph.nodes(edge->source()), graph.nodes(edge->target()));
    }
  }
  for (const auto& [node, ends] : declared) AddDeclared(graph, graph.nodes(node), ends);
}

void ProvWriter::AddEdge(const v1::LineageEdge& edge, const v1::LineageNode& source,
                         const v1::LineageNode& target) {
  const std::string from = ProvName(document_, source.reference());
  const std::string to = ProvName(document_, target.reference());
  switch (edge.role()) {
    case v1::EDGE_ROLE_READ:
      Use(to, from, "");
      break;
    case v1::EDGE_ROLE_WRITE:
      Generate(to, from, source.run().end_time());
      break;
    case v1::EDGE_ROLE_COLUMN:
      AddColumnEdge(edge, to, from);
      break;
    case v1::EDGE_ROLE_RUN:
      Start(InferenceOf(target), from);
      break;
    case v1::EDGE_ROLE_RETRIEVED_SOURCE:
      // Told item by item, where the items are known.
      if (target.prediction().retrieved().empty()) {
        Use(InferenceOf(target), from, RoleTerm(edge.role()));
      }
      break;
    case v1::EDGE_ROLE_ENDPOINT:
    case v1::EDGE_ROLE_MODEL:
    case v1::EDGE_ROLE_PROMPT:
    case v1::EDGE_ROLE_INPUT:
    case v1::EDGE_ROLE_INDEX:
      Use(InferenceOf(target), from, RoleTerm(edge.role()));
      break;
    default:
      // On a path, from a column to the version that holds it.
      if (source.has_column() && target.has_dataset()) {
        AddMember(to, from);
      } else {
        Derive(to, from, "");
      }
      break;
  }
}

void ProvWriter::AddColumnEdge(const v1::LineageEdge& edge, const std::string& to,
                               const std::string& from) {
  ProvRecord* const derivation = document_.Relation(
      ProvKind::kDerivation, StrCat(to, " ", from, " ", edge.via(), " ",
                                    static_cast<int>(edge.transformation()), edge.masking()));
  if (derivation == nullptr) return;
  derivation->Text("prov:generatedEntity", to).Text("prov:usedEntity", from);
  if (edge.via().starts_with("run:")) {
    const std::string run = ProvName(document_, edge.via());
    bool is_new = false;
    ProvRecord& activity = document_.Element(ProvKind::kActivity, run, &is_new);
    // Among columns runs are no nodes: of this one no more is known here.
    if (is_new) activity.Name("prov:type", "whence:Run");
    derivation->Text("prov:activity", run);
  } else {
    derivation->Text("whence:via", edge.via());
  }
  derivation->Text("whence:transformation", TransformationName(edge.transformation()))
      .Flag("whence:masking", edge.masking());
}

void ProvWriter::AddDeclared(const v1::LineageGraph& graph, const v1::LineageNode& node,
                             const Declared& ends) {
  const v1::Declaration& declaration = node.declaration();
  for (const int target : ends.targets) {
    for (const int source : ends.sources) {
      const std::string to = ProvName(document_, graph.nodes(target).reference());
      const std::string from = ProvName(document_, graph.nodes(source).reference());
      ProvRecord* const derivation =
          document_.Relation(ProvKind::kDerivation, StrCat(to, " ", from, " ", node.reference()));
      if (derivation == nullptr) continue;
      derivation->Text("prov:generatedEntity", to)
          .Text("prov:usedEntity", from)
          .Name("prov:type", "whence:Declared")
          .Text("whence:via", node.reference())
          .Name("whence:declaredBy", ProvAgent(document_, declaration.creator()))
          .Time("whence:declareTime", declaration.create_time())
          .Text("whence:comment", declaration.comment());
    }
  }
}

}  // namespace whence::cli
