// Decide, as an engine asks it about the users of a warehouse, against the gRPC health check of the
// same server: a table, a column with a mask by tag, and the policies of a metastore around it.
#include <random>
#include <string>
#include <vector>

#include "service/policy_operations.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/local_server.h"
#include "support/options.h"
#include "whence/v1/access.grpc.pb.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr double kReach = 0.85;
constexpr int kTables = 100;
constexpr int kColumns = 20;

template <class Stub, class Request, class Reply>
void Make(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
          const Request& request) {
  grpc::ClientContext context;
  Reply reply;
  Check((stub.*method)(&context, request, &reply), Request::descriptor()->name().c_str());
}

std::string TableName(int number) { return "bench.tables.table_" + std::to_string(number); }

void MakeTables(const LocalServer& server, int count) {
  const auto stub = v1::CatalogService::NewStub(server.Connect());
  CatalogMaker maker(server.Connect());
  maker.Catalog("bench");
  maker.Schema("bench.tables");
  for (int i = 0; i < count; ++i) {
    maker.AssetWithVersion(TableName(i), v1::KIND_TABLE);
    v1::UpdateAssetRequest update;
    update.mutable_asset()->set_name(TableName(i));
    for (int column = 0; column < kColumns; ++column) {
      v1::Column* const added =
          update.mutable_asset()->mutable_detail()->mutable_table()->add_columns();
      added->set_name("column_" + std::to_string(column));
      added->set_type("varchar");
    }
    Make(*stub, &v1::CatalogService::Stub::UpdateAsset, update);
    v1::SetTagsRequest tags;
    tags.set_reference(TableName(i) + "#column_1");
    tags.add_set()->set_key("pii");
    Make(*stub, &v1::CatalogService::Stub::SetTags, tags);
  }
}

void MakePolicies(const LocalServer& server, int count) {
  const auto access = v1::AccessService::NewStub(server.Connect());
  const auto policies = v1::PolicyService::NewStub(server.Connect());
  v1::CreatePrincipalRequest user;
  user.mutable_principal()->set_name("user:bo");
  Make(*access, &v1::AccessService::Stub::CreatePrincipal, user);
  for (const char* privilege : {"USE CATALOG", "USE SCHEMA", "SELECT"}) {
    v1::ChangeGrantsRequest grant;
    grant.mutable_securable()->set_name("bench");
    grant.set_principal("user:bo");
    grant.add_add(privilege);
    Make(*access, &v1::AccessService::Stub::ChangeGrants, grant);
  }
  for (int i = 0; i < count; ++i) {
    v1::CreatePolicyRequest request;
    v1::Policy& policy = *request.mutable_policy();
    policy.set_name("policy-" + std::to_string(i));
    policy.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
    policy.set_kind(i % 2 == 0 ? v1::POLICY_KIND_MASK : v1::POLICY_KIND_DENY);
    const std::string tag = i == 0 ? "pii" : "other-" + std::to_string(i);
    (i % 2 == 0 ? policy.mutable_column_tags() : policy.mutable_asset_tags())->add_any(tag);
    if (i % 2 == 0) policy.mutable_mask()->set_type("nullify");
    Make(*policies, &v1::PolicyService::Stub::CreatePolicy, request);
  }
}

void Bench(const Options& options) {
  const TemporaryFolder folder;
  const LocalServer server(folder.path());
  const auto channel = server.Connect();
  grpc::GenericStub stub(channel);
  const int tables = options.brief ? 5 : kTables;
  MakeTables(server, tables);
  MakePolicies(server, options.brief ? 10 : 1000);
  std::vector<std::mt19937> random(kCallers);
  for (int i = 0; i < kCallers; ++i) random[static_cast<size_t>(i)].seed(static_cast<unsigned>(i));
  const auto question = [&](int caller) {
    v1::DecideRequest request;
    request.set_principal("user:bo");
    request.set_privilege("SELECT");
    const auto table = random[static_cast<size_t>(caller)]() % static_cast<unsigned>(tables);
    request.mutable_securable()->set_name(TableName(static_cast<int>(table)));
    request.add_columns("column_1");
    request.add_columns("column_2");
    return request;
  };
  const auto begin = [&](grpc::GenericStub& at) -> BeginCall {
    return [&](int caller, Answered answered) {
      BeginUnary<v1::Decision>(at, "/whence.v1.PolicyService/Decide", question(caller),
                               std::move(answered));
    };
  };
  ReportRate("decide_64_callers", CompareWithHealth(channel, options, kCallers, begin(stub)),
             kReach);
  ReportSameBytes("decide_same_bytes", server,
                  Ask(server, service::kDecide, question(0)).SerializeAsString(), options, kCallers,
                  begin);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
