#include "world.h"

#include <algorithm>
#include <chrono>

#include "catch2/catch.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "machine.h"
#include "support/sanitizer.h"
#include "support/token_channel.h"
#include "whence/v1/access.grpc.pb.h"

namespace whence::test {

ClientWorld::ClientWorld() : data_(folder_.path() + "/data"), server_(data_) {
  REQUIRE(server_.Start());
  catalog = v1::CatalogService::NewStub(server_.Connect());
  lineage = v1::LineageService::NewStub(server_.Connect());
  v1::CreateCatalogRequest create_catalog;
  v1::Catalog made_catalog;
  create_catalog.mutable_catalog()->set_name("c");
  v1::CreateSchemaRequest create_schema;
  v1::Schema made_schema;
  create_schema.mutable_schema()->set_name("c.s");
  grpc::ClientContext contexts[6];
  REQUIRE(catalog->CreateCatalog(&contexts[0], create_catalog, &made_catalog).ok());
  REQUIRE(catalog->CreateSchema(&contexts[1], create_schema, &made_schema).ok());
  const std::pair<const char*, v1::Kind> assets[] = {
      {"c.s.input", v1::KIND_TABLE}, {"c.s.output", v1::KIND_TABLE}, {"c.s.model", v1::KIND_MODEL}};
  for (int i = 0; i < 3; ++i) {
    v1::CreateAssetRequest request;
    v1::Asset reply;
    request.mutable_asset()->set_name(assets[i].first);
    request.mutable_asset()->set_kind(assets[i].second);
    REQUIRE(catalog->CreateAsset(&contexts[2 + i], request, &reply).ok());
  }
  v1::RegisterVersionRequest request;
  v1::Version reply;
  request.set_asset("c.s.model");
  request.mutable_version()->set_digest("opaque:model");
  REQUIRE(catalog->RegisterVersion(&contexts[5], request, &reply).ok());
}

void ClientWorld::RecordRuns(int runs) {
  const int batch = Fewer(1000);
  for (int done = 0; done < runs; done += batch) {
    v1::RecordRunsRequest request;
    for (int i = done; i < std::min(runs, done + batch); ++i) {
      v1::Run* run = request.add_runs();
      run->set_job("c.s.job");
      run->add_reads()->set_reference("c.s.input");
      v1::RunWrite* write = run->add_writes();
      write->set_reference("c.s.output");
      write->mutable_version()->set_digest("opaque:" + std::to_string(i));
    }
    grpc::ClientContext context;
    v1::RecordRunsResponse reply;
    const grpc::Status status = lineage->RecordRuns(&context, request, &reply);
    INFO(status.error_message());
    REQUIRE(status.ok());
  }
}

std::shared_ptr<grpc::Channel> ClientWorld::ConnectAs(const std::string& name) {
  const auto access = v1::AccessService::NewStub(server_.Connect());
  grpc::ClientContext contexts[3];
  v1::CreatePrincipalRequest create;
  v1::Principal made;
  create.mutable_principal()->set_name(name);
  REQUIRE(access->CreatePrincipal(&contexts[0], create, &made).ok());
  v1::ChangeGrantsRequest grant;
  v1::ChangeGrantsResponse granted;
  grant.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
  grant.set_principal(name);
  grant.add_add("BROWSE");
  REQUIRE(access->ChangeGrants(&contexts[1], grant, &granted).ok());
  v1::CreateTokenRequest token;
  v1::CreateTokenResponse shown;
  token.mutable_token()->set_principal(name);
  REQUIRE(access->CreateToken(&contexts[2], token, &shown).ok());
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return ChannelWithToken(server_.address(), shown.secret(), arguments);
}

v1::GetLineageRequest ClientWorld::WholeLineage() {
  v1::GetLineageRequest request;
  request.set_reference("c.s.input");
  request.set_direction(v1::DIRECTION_DOWNSTREAM);
  request.set_max_nodes(1'000'000);
  return request;
}

bool ClientWorld::QuickCall(v1::CatalogService::Stub& catalog) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::GetAssetRequest request;
  v1::Asset reply;
  request.set_name("c.s.input");
  return catalog.GetAsset(&context, request, &reply).ok();
}

int64_t ClientWorld::Memory(const std::string& line) const {
  return MemoryKib(server_.pid(), line);
}

std::string WireReason(const grpc::Status& status) {
  if (status.ok()) return "OK";
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const auto& detail : details.details()) {
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
  }
  return info.reason();
}

}  // namespace whence::test
