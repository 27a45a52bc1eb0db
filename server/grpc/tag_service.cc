#include "grpc/tag_service.h"

#include "grpc/services.h"
#include "service/tag_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* TagService::CreateTagDefinition(CallbackServerContext* context,
                                                    const v1::CreateTagDefinitionRequest* request,
                                                    v1::TagDefinition* response) {
  return Serve(*corridor_, *replies_, service::kCreateTagDefinition, context, request, response);
}

ServerUnaryReactor* TagService::GetTagDefinition(CallbackServerContext* context,
                                                 const v1::GetTagDefinitionRequest* request,
                                                 v1::TagDefinition* response) {
  return Serve(*corridor_, *replies_, service::kGetTagDefinition, context, request, response);
}

ServerUnaryReactor* TagService::ListTagDefinitions(CallbackServerContext* context,
                                                   const v1::ListTagDefinitionsRequest* request,
                                                   v1::ListTagDefinitionsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListTagDefinitions, context, request, response);
}

ServerUnaryReactor* TagService::UpdateTagDefinition(CallbackServerContext* context,
                                                    const v1::UpdateTagDefinitionRequest* request,
                                                    v1::TagDefinition* response) {
  return Serve(*corridor_, *replies_, service::kUpdateTagDefinition, context, request, response);
}

ServerUnaryReactor* TagService::DeleteTagDefinition(CallbackServerContext* context,
                                                    const v1::DeleteTagDefinitionRequest* request,
                                                    v1::DeleteTagDefinitionResponse* response) {
  return Serve(*corridor_, *replies_, service::kDeleteTagDefinition, context, request, response);
}

ServerUnaryReactor* TagService::GetEffectiveTags(CallbackServerContext* context,
                                                 const v1::GetEffectiveTagsRequest* request,
                                                 v1::GetEffectiveTagsResponse* response) {
  return Serve(*corridor_, *replies_, service::kGetEffectiveTags, context, request, response);
}

ServerUnaryReactor* TagService::Declassify(CallbackServerContext* context,
                                           const v1::DeclassifyRequest* request,
                                           v1::Declassification* response) {
  return Serve(*corridor_, *replies_, service::kDeclassify, context, request, response);
}

ServerUnaryReactor* TagService::Reclassify(CallbackServerContext* context,
                                           const v1::ReclassifyRequest* request,
                                           v1::ReclassifyResponse* response) {
  return Serve(*corridor_, *replies_, service::kReclassify, context, request, response);
}

ServerUnaryReactor* TagService::ListDeclassifications(
    CallbackServerContext* context, const v1::ListDeclassificationsRequest* request,
    v1::ListDeclassificationsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListDeclassifications, context, request, response);
}

std::unique_ptr<grpc::Service> MakeTagService(service::Corridor* corridor, Replies* replies) {
  return std::make_unique<TagService>(corridor, replies);
}

}  // namespace whence::rpc
