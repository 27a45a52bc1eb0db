#include "support/catalog.h"

#include "support/calls.h"

namespace whence::bench {

CatalogMaker::CatalogMaker(const std::shared_ptr<grpc::Channel>& channel)
    : catalog_(v1::CatalogService::NewStub(channel)),
      lineage_(v1::LineageService::NewStub(channel)) {}

bool CatalogMaker::HasCatalog(const std::string& name) {
  grpc::ClientContext context;
  v1::GetCatalogRequest request;
  v1::Catalog reply;
  request.set_name(name);
  const grpc::Status status = catalog_->GetCatalog(&context, request, &reply);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return false;
  Check(status, "GetCatalog");
  return true;
}

void CatalogMaker::Catalog(const std::string& name) {
  grpc::ClientContext context;
  v1::CreateCatalogRequest request;
  v1::Catalog reply;
  request.mutable_catalog()->set_name(name);
  Check(catalog_->CreateCatalog(&context, request, &reply), "CreateCatalog");
}

void CatalogMaker::Schema(const std::string& name) {
  grpc::ClientContext context;
  v1::CreateSchemaRequest request;
  v1::Schema reply;
  request.mutable_schema()->set_name(name);
  Check(catalog_->CreateSchema(&context, request, &reply), "CreateSchema");
}

void CatalogMaker::Asset(const std::string& name, v1::Kind kind) {
  grpc::ClientContext context;
  v1::CreateAssetRequest request;
  v1::Asset reply;
  request.mutable_asset()->set_name(name);
  request.mutable_asset()->set_kind(kind);
  Check(catalog_->CreateAsset(&context, request, &reply), "CreateAsset");
}

void CatalogMaker::AssetWithVersion(const std::string& name, v1::Kind kind) {
  Asset(name, kind);
  grpc::ClientContext context;
  v1::RegisterVersionRequest request;
  v1::Version reply;
  request.set_asset(name);
  if (kind == v1::KIND_PROMPT) {
    request.mutable_version()->mutable_detail()->mutable_prompt()->set_template_(
        "Answer {{ question }} from {{ context }}.");
  } else {
    request.mutable_version()->set_digest("opaque:" + name);
  }
  Check(catalog_->RegisterVersion(&context, request, &reply), "RegisterVersion");
}

void CatalogMaker::Run(const v1::Run& run) {
  grpc::ClientContext context;
  v1::RecordRunRequest request;
  v1::Run reply;
  *request.mutable_run() = run;
  Check(lineage_->RecordRun(&context, request, &reply), "RecordRun");
}

}  // namespace whence::bench
