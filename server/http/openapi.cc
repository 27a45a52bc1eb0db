#include "http/openapi.h"

#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/assert.h"
#include "base/strings.h"
#include "base/version.h"
#include "contract/descriptors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "http/backup.h"
#include "http/binding.h"
#include "http/json_writer.h"
#include "http/openapi_schema.h"
#include "http/routes.h"
#include "http/wire.h"

namespace whence::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

constexpr std::string_view kDescription =
    "Where did this prediction come from? Messages are those of the gRPC contract in Protobuf's "
    "JSON mapping; errors are google.rpc.Status. Credentials: `authorization: Bearer TOKEN`.";

// Purpose: writes the document. Ownership: owns it; borrows the pool. Thread-safety: none.
class DocumentWriter {
 public:
  explicit DocumentWriter(const DescriptorPool& pool) : pool_(pool), schemas_(&json_) {
    for (const char* name : {"AccessService", "AuditService", "CatalogService", "LineageService",
                             "PolicyService", "PredictionService", "ServerService", "TagService"}) {
      services_.push_back(pool.FindServiceByName(StrCat("whence.v1.", name)));
      WHENCE_ASSERT(services_.back() != nullptr);
    }
  }

  std::string Write() {
    json_.BeginObject().Member("openapi", "3.1.0");
    json_.Key("info").BeginObject().Member("title", "Whence").Member("version", kVersion);
    json_.Member("description", kDescription);
    json_.Key("license").BeginObject().Member("name", "Apache-2.0");
    json_.Member("identifier", "Apache-2.0").EndObject().EndObject();
    json_.Key("security").Raw(R"([{"bearer":[]}])");
    WriteTags();
    json_.Key("paths").BeginObject();
    WriteRoutes();
    WriteBackup();
    WriteObserved();
    json_.EndObject();
    json_.Key("components").BeginObject();
    json_.Key("securitySchemes").Raw(R"({"bearer":{"type":"http","scheme":"bearer"}})");
    json_.Key("responses")
        .Raw(R"({"Error":{"description":"What was wrong, and what to do.","content":)"
             R"({"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}}})");
    json_.Key("schemas").BeginObject();
    schemas_.WriteError();
    schemas_.WriteAll();
    json_.EndObject().EndObject().EndObject();
    return json_.Take();
  }

 private:
  void WriteTags() {
    json_.Key("tags").BeginArray();
    for (const auto* service : services_) {
      json_.BeginObject().Member("name", service->name());
      json_.Member("description", CommentOf(service)).EndObject();
    }
    json_.EndArray();
  }

  const MethodDescriptor* Method(std::string_view name) const {
    for (const auto* service : services_) {
      if (const auto* method = service->FindMethodByName(std::string(name))) return method;
    }
    return nullptr;
  }

  void WriteRoutes() {
    // In OpenAPI the variables of one path have one name, whatever the method.
    std::map<std::string, std::vector<const Route*>> by_path;
    for (const Route& route : Routes()) by_path[Shape(route.path)].push_back(&route);
    for (const auto& [shape, routes] : by_path) {
      json_.Key(OpenPath(routes.front()->path)).BeginObject();
      for (const Route* route : routes) {
        json_.Key(absl::AsciiStrToLower(ToAbsl(route->method)));
        WriteOperation(*route, VariablesOf(routes.front()->path));
      }
      json_.EndObject();
    }
  }

  static std::vector<std::string> VariablesOf(std::string_view path) {
    std::vector<std::string> names;
    for (size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
      names.emplace_back(path.substr(at + 1, path.find('}', at) - at - 1));
    }
    return names;
  }
  // The path without the names of its variables.
  static std::string Shape(std::string_view path) {
    std::string shape;
    bool inside = false;
    for (const char c : path) {
      if (c == '}') inside = false;
      if (!inside) shape += c;
      if (c == '{') inside = true;
    }
    return shape;
  }
  static std::string OpenPath(std::string_view path) { return std::string(path); }

  // Operations' head up to their parameters.
  void BeginOperation(const MethodDescriptor* method) {
    json_.BeginObject().Member("operationId", method->name());
    json_.Key("tags").BeginArray().String(method->service()->name()).EndArray();
    const std::string comment = CommentOf(method);
    json_.Member("summary", comment.substr(0, comment.find_first_of(".:")));
    json_.Member("description", comment);
  }

  void WriteOperation(const Route& route, const std::vector<std::string>& names) {
    const MethodDescriptor* method = Method(route.operation.name);
    WHENCE_ASSERT(method != nullptr);
    const Descriptor* request = method->input_type();
    BeginOperation(method);
    json_.Key("parameters").BeginArray();
    std::set<const FieldDescriptor*> taken;
    const std::vector<std::string> variables = VariablesOf(route.path);
    for (size_t i = 0; i < variables.size(); ++i) {
      const FieldDescriptor* field = FindField(request, variables[i]);
      taken.insert(field);
      schemas_.WriteParameter("path", names[i], field);
    }
    if (route.body != "*") {
      const FieldDescriptor* body = route.body.empty() ? nullptr : FindField(request, route.body);
      WriteQuery(request, "", body, taken, 0);
    }
    json_.EndArray();
    if (!route.body.empty()) {
      const Descriptor* type =
          route.body == "*" ? request : FindField(request, route.body)->message_type();
      json_.Key("requestBody").BeginObject().Key("required").Bool(route.body != "*");
      json_.Key("content").BeginObject().Key("application/json").BeginObject().Key("schema");
      schemas_.WriteReference(type);
      json_.EndObject().EndObject().EndObject();
    }
    json_.Key("responses").BeginObject().Key("200").BeginObject();
    const std::string answer = CommentOf(method->output_type());
    json_.Member("description", answer);
    json_.Key("content").BeginObject().Key("application/json").BeginObject().Key("schema");
    schemas_.WriteReference(method->output_type());
    json_.EndObject().EndObject().EndObject();
    EndResponses();
  }

  void EndResponses() {
    json_.Key("default").Raw(R"({"$ref":"#/components/responses/Error"})");
    json_.EndObject().EndObject();
  }

  // The fields of a request that are neither in the path nor in the body; those of messages in it
  // with their paths.
  void WriteQuery(const Descriptor* message, const std::string& prefix, const FieldDescriptor* body,
                  const std::set<const FieldDescriptor*>& taken, int depth) {
    constexpr int kMaxDepth = 2;  // as deep as requests without a body are
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      if (field == body || taken.contains(field) || field->is_map()) continue;
      const std::string name = prefix + field->json_name();
      if (schemas_.IsText(field)) {
        schemas_.WriteParameter("query", name, field);
      } else if (!field->is_repeated() && depth < kMaxDepth) {
        WriteQuery(field->message_type(), name + ".", body, taken, depth + 1);
      }
    }
  }

  void WriteBackup() {
    json_.Key(kBackupPath).BeginObject().Key("get");
    BeginOperation(Method("Backup"));
    json_.Key("responses").BeginObject();
    json_.Key("200").Raw(
        R"({"description":"The database file; its end is a digest of itself.","headers":)"
        R"({"whence-position":{"description":"Ledger position the copy stands at.",)"
        R"("schema":{"type":"string"}}},"content":{"application/octet-stream":)"
        R"({"schema":{"type":"string","contentEncoding":"binary"}}}})");
    EndResponses();
    json_.EndObject();
  }

  void WriteObserved() {
    struct Observed {
      std::string_view path, id, summary, media;
      bool open;
    };
    constexpr Observed kAll[] = {
        {"/healthz", "GetHealth", "Whether the process answers", "application/json", true},
        {"/readyz", "GetReadiness", "Whether the server takes changes", "application/json", true},
        {"/metrics", "GetMetrics", "Figures for Prometheus", "text/plain", false},
        {"/openapi.json", "GetOpenApi", "This document", "application/json", true}};
    for (const Observed& each : kAll) {
      json_.Key(each.path).BeginObject().Key("get").BeginObject();
      json_.Member("operationId", each.id).Member("summary", each.summary);
      if (each.open) json_.Key("security").Raw("[]");
      json_.Key("responses").BeginObject().Key("200").BeginObject();
      json_.Member("description", each.summary).Key("content").BeginObject();
      json_.Key(each.media)
          .Raw(each.media == "text/plain" ? R"({"schema":{"type":"string"}})"
                                          : R"({"schema":{"type":"object"}})");
      json_.EndObject().EndObject();
      EndResponses();
      json_.EndObject();
    }
  }

  const DescriptorPool& pool_;
  JsonWriter json_;
  SchemaWriter schemas_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
};

}  // namespace

std::string OpenApiDocument() {
  google::protobuf::FileDescriptorSet files;
  const std::string_view bytes = ContractDescriptors();
  WHENCE_ASSERT(files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  DescriptorPool pool;
  for (const auto& file : files.file()) WHENCE_ASSERT(pool.BuildFile(file) != nullptr);
  return DocumentWriter(pool).Write();
}

void AddOpenApiRoute(Router* router) {
  router->Add("GET", "/openapi.json",
              [](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                static const std::string document = OpenApiDocument();
                exchange->Answer(JsonResponse(document));
              });
}

}  // namespace whence::http
