// Explain of predictions with an origin of thirty nodes in a catalog with ten million edges and a
// million predictions, against the gRPC health check of the same server; and the time inside the
// server alone, through the corridor. A thousand predictions of fifty origins are asked about at
// random.
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "service/lineage_operations.h"
#include "support/calls.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/graph_data.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/origins.h"
#include "whence/v1/lineage.pb.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr double kReach = 0.7;
constexpr double kReachServerP99 = 200;

service::Encoded<v1::Explanation> ExplainHere(const LocalServer& server,
                                              const std::string& reference) {
  v1::ExplainRequest request;
  request.set_reference(reference);
  return Ask(server, service::kExplain, request);
}

// One caller in this process: the operation without the wire.
void BenchServerTime(const LocalServer& server, const Options& options,
                     const std::vector<std::string>& references) {
  std::mt19937 random(1);
  const int count = options.brief ? 50 : 20'000;
  std::vector<double> micros;
  for (int i = -count / 10; i < count; ++i) {
    const std::string& reference = references[random() % references.size()];
    const auto start = std::chrono::steady_clock::now();
    const auto reply = ExplainHere(server, reference);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    const int nodes = reply.Decode().graph().nodes_size();
    Expect(nodes == kOriginNodes, std::to_string(nodes) + " nodes explain a prediction");
    if (i >= 0) micros.push_back(took.count());
  }
  std::fprintf(stderr, "  %.0f bytes a reply, p50 %.0f us in the server\n",
               static_cast<double>(ExplainHere(server, references[0]).bytes.size()),
               Median(micros));
  Report({.name = "explain_server_p99",
          .unit = "us",
          .value = Quantile(micros, 0.99),
          .reach = kReachServerP99,
          .better = "lower"});
}

void Bench(const Options& options) {
  const LocalServer server(GraphData(options));
  const auto channel = server.Connect();
  const std::vector<std::string> references = MakeOrigins(channel, GraphOrigins(options));
  grpc::GenericStub stub(channel);
  std::vector<std::mt19937> random(kCallers);
  for (int i = 0; i < kCallers; ++i) random[static_cast<size_t>(i)].seed(static_cast<unsigned>(i));
  const auto begin = [&](grpc::GenericStub& at) -> BeginCall {
    return [&](int caller, Answered answered) {
      v1::ExplainRequest request;
      request.set_reference(references[random[static_cast<size_t>(caller)]() % references.size()]);
      BeginUnary<v1::Explanation>(at, "/whence.v1.LineageService/Explain", request,
                                  std::move(answered));
    };
  };
  ReportRate("explain_64_callers", CompareWithHealth(channel, options, kCallers, begin(stub)),
             kReach);
  ReportSameBytes("explain_same_bytes", server, ExplainHere(server, references[0]).bytes, options,
                  kCallers, begin);
  BenchServerTime(server, options, references);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
