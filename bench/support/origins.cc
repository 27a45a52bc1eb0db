#include "support/origins.h"

#include "support/calls.h"
#include "support/catalog.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::bench {
namespace {

constexpr char kCatalog[] = "bench_origin";
constexpr int kRawTables = 15;

void AddWrite(const std::string& asset, v1::Kind kind, v1::Run* run) {
  v1::RunWrite* write = run->add_writes();
  write->set_reference(asset);
  write->set_create_kind(kind);
  write->mutable_version()->set_digest("opaque:" + asset);
}

void AddReads(const std::string& prefix, int first, int end, v1::Run* run) {
  for (int i = first; i < end; ++i) {
    run->add_reads()->set_reference(prefix + "raw" + std::to_string(i) + "@1");
  }
}

// Six runs and 22 versions; with prompt, endpoint and prediction that makes thirty nodes.
void MakeOrigin(const std::string& schema, CatalogMaker* maker) {
  maker->Schema(schema);
  const std::string prefix = schema + ".";
  v1::Run ingest;
  for (int i = 0; i < kRawTables; ++i) {
    AddWrite(prefix + "raw" + std::to_string(i), v1::KIND_TABLE, &ingest);
  }
  maker->Run(ingest);
  v1::Run features;
  AddReads(prefix, 0, 5, &features);
  AddWrite(prefix + "features", v1::KIND_TABLE, &features);
  maker->Run(features);
  v1::Run labels;
  AddReads(prefix, 5, 7, &labels);
  AddWrite(prefix + "labels", v1::KIND_TABLE, &labels);
  maker->Run(labels);
  v1::Run train;
  train.add_reads()->set_reference(prefix + "features@1");
  train.add_reads()->set_reference(prefix + "labels@1");
  AddWrite(prefix + "model", v1::KIND_MODEL, &train);
  maker->Run(train);
  v1::Run parse;
  AddReads(prefix, 7, kRawTables, &parse);
  AddWrite(prefix + "docs", v1::KIND_TABLE, &parse);
  maker->Run(parse);
  v1::Run embed;
  embed.add_reads()->set_reference(prefix + "docs@1");
  AddWrite(prefix + "index", v1::KIND_INDEX, &embed);
  maker->Run(embed);
  maker->AssetWithVersion(prefix + "prompt", v1::KIND_PROMPT);
  maker->AssetWithVersion(prefix + "examples", v1::KIND_TABLE);
  maker->Asset(prefix + "endpoint", v1::KIND_ENDPOINT);
}

std::string PredictionId(int origin, int number) {
  return "bench-origin-" + std::to_string(origin) + "-" + std::to_string(number);
}

void AddPrediction(const std::string& schema, const std::string& id, v1::Prediction* prediction) {
  const std::string prefix = schema + ".";
  prediction->set_id(id);
  prediction->set_endpoint(prefix + "endpoint");
  prediction->set_model(prefix + "model@1");
  prediction->add_prompts(prefix + "prompt@1");
  prediction->add_inputs(prefix + "examples@1");
  v1::RetrievedItem* item = prediction->add_retrieved();
  item->set_index(prefix + "index@1");
  item->set_item_id("chunk-17");
  item->set_score(0.83);
  item->set_source(prefix + "docs@1");
  prediction->set_latency_us(420'000);
  prediction->set_input_tokens(812);
  prediction->set_output_tokens(96);
  prediction->set_cost_micros(310);
}

}  // namespace

std::vector<std::string> MakeOrigins(const std::shared_ptr<grpc::Channel>& channel, int origins) {
  CatalogMaker maker(channel);
  auto stub = v1::PredictionService::NewStub(channel);
  const bool made = maker.HasCatalog(kCatalog);
  if (!made) maker.Catalog(kCatalog);
  std::vector<std::string> references;
  for (int origin = 0; origin < origins; ++origin) {
    const std::string schema = std::string(kCatalog) + ".o" + std::to_string(origin);
    if (!made) MakeOrigin(schema, &maker);
    v1::RecordPredictionsRequest request;
    for (int number = 0; number < kPredictionsPerOrigin; ++number) {
      const std::string id = PredictionId(origin, number);
      references.push_back("prediction:" + id);
      AddPrediction(schema, id, request.add_predictions());
    }
    if (made) continue;
    grpc::ClientContext context;
    v1::RecordPredictionsResponse reply;
    Check(stub->RecordPredictions(&context, request, &reply), "RecordPredictions");
    Check(reply.refused().empty() ? grpc::Status::OK
                                  : grpc::Status(grpc::UNKNOWN, reply.refused(0).message()),
          "RecordPredictions");
  }
  return references;
}

}  // namespace whence::bench
