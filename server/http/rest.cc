#include "http/rest.h"

#include "base/error.h"
#include "base/strings.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"

namespace whence::http {
namespace {

constexpr char kUrlPrefix[] = "type.googleapis.com";

google::protobuf::util::TypeResolver* Resolver() {
  static auto* const resolver = google::protobuf::util::NewTypeResolverForDescriptorPool(
      kUrlPrefix, google::protobuf::DescriptorPool::generated_pool());
  return resolver;
}

// An error, seen from HTTP: who sent a condition is told that it does not hold.
Response FailureResponse(const Exchange& exchange, const absl::Status& status) {
  const bool conditional = exchange.request().Find("if-match") != nullptr;
  const bool mismatch = conditional && GetErrorDetail(status).reason == "ETAG_MISMATCH";
  return ErrorResponse(status, mismatch ? 412 : 0);
}

void AddEtag(const google::protobuf::Message& message, Response* response) {
  const auto* field = message.GetDescriptor()->FindFieldByName("etag");
  if (field == nullptr) return;
  const std::string etag = message.GetReflection()->GetString(message, field);
  if (!etag.empty()) {
    response->headers.push_back({.name = "etag", .value = StrCat("\"", etag, "\"")});
  }
}

Response Unwritable(std::string_view type) {
  return ErrorResponse(DataLoss("ANSWER_UNWRITABLE",
                                StrCat("the answer, a ", type, ", cannot be written as JSON"),
                                "ask by gRPC, and report it"));
}

}  // namespace

void AddRestRoutes(service::Corridor* corridor, Router* router) {
  for (const Route& route : Routes()) {
    router->Add(
        route.method, route.path,
        [corridor, &route](const std::shared_ptr<Exchange>& exchange, const PathValues& path) {
          route.operation.serve(*corridor, route, exchange, path);
        });
  }
}

Response BindErrorResponse(const absl::Status& status) {
  return ErrorResponse(status,
                       GetErrorDetail(status).reason == "CONTENT_TYPE_UNSUPPORTED" ? 415 : 0);
}

void AnswerMessage(const std::shared_ptr<Exchange>& exchange, const absl::Status& status,
                   const google::protobuf::Message& message, bool mutation) {
  if (!status.ok()) {
    exchange->Answer(FailureResponse(*exchange, status));
    return;
  }
  Response response;
  if (!google::protobuf::util::MessageToJsonString(message, &response.body).ok()) {
    response = Unwritable(message.GetTypeName());
  } else {
    AddEtag(message, &response);
  }
  response.must = mutation;
  exchange->Answer(std::move(response));
}

void AnswerBytes(const std::shared_ptr<Exchange>& exchange, const absl::Status& status,
                 const google::protobuf::Descriptor* type, std::string_view bytes) {
  if (!status.ok()) {
    exchange->Answer(FailureResponse(*exchange, status));
    return;
  }
  Response response;
  const std::string url = StrCat(kUrlPrefix, "/", type->full_name());
  if (!google::protobuf::util::BinaryToJsonString(Resolver(), url, std::string(bytes),
                                                  &response.body)
           .ok()) {
    response = Unwritable(type->full_name());
  }
  exchange->Answer(std::move(response));
}

}  // namespace whence::http
