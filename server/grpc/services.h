// The services whose classes nobody but their own files needs: what gRPC makes of thirty methods is
// much to compile.
#pragma once

#include <memory>

#include "grpcpp/impl/service_type.h"

namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::rpc {

class Replies;

// A service to be registered with gRPC. It borrows both.
std::unique_ptr<grpc::Service> MakeAccessService(service::Corridor* corridor, Replies* replies);
std::unique_ptr<grpc::Service> MakeCatalogService(service::Corridor* corridor, Replies* replies);
std::unique_ptr<grpc::Service> MakeLineageService(service::Corridor* corridor, Replies* replies);
std::unique_ptr<grpc::Service> MakePolicyService(service::Corridor* corridor, Replies* replies);
std::unique_ptr<grpc::Service> MakeTagService(service::Corridor* corridor, Replies* replies);

}  // namespace whence::rpc
