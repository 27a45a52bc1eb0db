// TagService on the wire: one line an RPC.
#pragma once

#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/tag.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands TagService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class TagService final : public v1::TagService::CallbackService {
 public:
  TagService(service::Corridor* corridor, Replies* replies)
      : corridor_(corridor), replies_(replies) {}

  grpc::ServerUnaryReactor* CreateTagDefinition(grpc::CallbackServerContext* context,
                                                const v1::CreateTagDefinitionRequest* request,
                                                v1::TagDefinition* response) override;
  grpc::ServerUnaryReactor* GetTagDefinition(grpc::CallbackServerContext* context,
                                             const v1::GetTagDefinitionRequest* request,
                                             v1::TagDefinition* response) override;
  grpc::ServerUnaryReactor* ListTagDefinitions(grpc::CallbackServerContext* context,
                                               const v1::ListTagDefinitionsRequest* request,
                                               v1::ListTagDefinitionsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateTagDefinition(grpc::CallbackServerContext* context,
                                                const v1::UpdateTagDefinitionRequest* request,
                                                v1::TagDefinition* response) override;
  grpc::ServerUnaryReactor* DeleteTagDefinition(grpc::CallbackServerContext* context,
                                                const v1::DeleteTagDefinitionRequest* request,
                                                v1::DeleteTagDefinitionResponse* response) override;
  grpc::ServerUnaryReactor* GetEffectiveTags(grpc::CallbackServerContext* context,
                                             const v1::GetEffectiveTagsRequest* request,
                                             v1::GetEffectiveTagsResponse* response) override;
  grpc::ServerUnaryReactor* Declassify(grpc::CallbackServerContext* context,
                                       const v1::DeclassifyRequest* request,
                                       v1::Declassification* response) override;
  grpc::ServerUnaryReactor* Reclassify(grpc::CallbackServerContext* context,
                                       const v1::ReclassifyRequest* request,
                                       v1::ReclassifyResponse* response) override;
  grpc::ServerUnaryReactor* ListDeclassifications(
      grpc::CallbackServerContext* context, const v1::ListDeclassificationsRequest* request,
      v1::ListDeclassificationsResponse* response) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
};

}  // namespace whence::rpc
