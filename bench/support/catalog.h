// Makes what benchmarks need in a catalog, through the server's own calls.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"

namespace whence::bench {

// Purpose: writes a catalog. Ends the process when a call fails.
// Ownership: shares the channel. Thread-safety: none.
class CatalogMaker {
 public:
  explicit CatalogMaker(const std::shared_ptr<grpc::Channel>& channel);

  bool HasCatalog(const std::string& name);
  void Catalog(const std::string& name);
  void Schema(const std::string& name);
  // Model, prompt, index, endpoint and table get the least detail that their kind asks for.
  void Asset(const std::string& name, v1::Kind kind);
  // An asset and its first version.
  void AssetWithVersion(const std::string& name, v1::Kind kind);
  void Run(const v1::Run& run);

 private:
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::LineageService::Stub> lineage_;
};

}  // namespace whence::bench
