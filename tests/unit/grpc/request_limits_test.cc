// Something bounds every text and every list of every request, also of those that are yet to come:
// the contract is walked through by its descriptors, and each text in turn is made longer, each
// list longer, than any may be. The bounds themselves are tested room by room.
#include <catch2/catch.hpp>

#include <deque>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/limits.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "grpc/generic_call.h"
#include "grpc/server_fixture.h"
#include "support/contract.h"
#include "support/sanitizer.h"
#include "whence/v1/policy.pb.h"

namespace whence::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using test::ServerFixture;

using Texts = std::map<std::string, std::string>;

Texts NeededByCatalogAndLineage() {
  return {
      {"Catalog", "name: 'm'"},
      {"Schema", "name: 'm.s'"},
      {"Asset", "name: 'm.s.t' kind: KIND_TABLE"},
      {"Version", "digest: 'opaque:x'"},
      {"Tag", "key: 'k'"},
      {"Column", "name: 'c'"},
      {"PromptDetail", "template: '{{ a }}'"},
      {"DatasetIdentity", "namespace: 'n' name: 'n' asset: 'm.s.t'"},
      {"RunRead", "reference: 'm.s.t'"},
      {"RunWrite", "reference: 'm.s.t'"},
      {"ColumnMapping", "column: 'm.s.t#c' sources { column: 'm.s.t#d' }"},
      {"ColumnSource", "column: 'm.s.t#c'"},
      {"DeclaredEdge", "source: 'm.s.t' target: 'm.s.t'"},
      {"Prediction", "model: 'm.s.t'"},
      {"RetrievedItem", "index: 'm.s.t'"},
      {"RenameCatalogRequest", "name: 'm' new_name: 'n'"},
      {"RenameSchemaRequest", "name: 'm.s' new_name: 'm.n'"},
      {"RenameAssetRequest", "name: 'm.s.t' new_name: 'm.s.n'"},
      {"DeleteCatalogRequest", "name: 'm'"},
      {"DeleteSchemaRequest", "name: 'm.s'"},
      {"DeleteAssetRequest", "name: 'm.s.t'"},
      {"UndeleteCatalogRequest", "name: 'm'"},
      {"UndeleteSchemaRequest", "name: 'm.s'"},
      {"UndeleteAssetRequest", "name: 'm.s.t'"},
      {"CreateCatalogRequest", "catalog { name: 'm' }"},
      {"CreateSchemaRequest", "schema { name: 'm.s' }"},
      {"CreateAssetRequest", "asset { name: 'm.s.t' kind: KIND_TABLE }"},
      {"UpdateCatalogRequest", "catalog { name: 'm' }"},
      {"UpdateSchemaRequest", "schema { name: 'm.s' }"},
      {"UpdateAssetRequest", "asset { name: 'm.s.t' }"},
      {"RegisterVersionRequest", "asset: 'm.s.t' version { digest: 'opaque:x' }"},
      {"ListVersionsRequest", "asset: 'm.s.t'"},
      {"UpdateVersionRequest", "version { name: 'm.s.t@1' }"},
      {"SetAliasRequest", "asset: 'm.s.t' alias: 'a' version: 1"},
      {"DeleteAliasRequest", "asset: 'm.s.t' alias: 'a'"},
      {"ListAliasesRequest", "asset: 'm.s.t'"},
      {"ListAliasHistoryRequest", "asset: 'm.s.t' alias: 'a'"},
      {"SetTagsRequest", "reference: 'm.s.t'"},
      {"AttachDatasetIdentityRequest", "identity { namespace: 'n' name: 'n' asset: 'm.s.t' }"},
      {"DetachDatasetIdentityRequest", "namespace: 'n' name: 'n'"},
      {"ResolveDatasetIdentityRequest", "namespace: 'n' name: 'n'"},
      {"ListDatasetIdentitiesRequest", "asset: 'm.s.t'"},
      {"SearchRequest", "query: 'x'"},
      {"UpdateRunRequest", "run { id: '00000000-0000-7000-8000-000000000001' }"},
      {"FinishRunRequest", "id: '00000000-0000-7000-8000-000000000001' state: RUN_STATE_COMPLETE"},
      {"RecordRunsRequest", "runs { }"},
      {"RecordEdgesRequest", "edges { source: 'm.s.t' target: 'm.s.t' }"},
      {"GetLineageRequest", "reference: 'm.s.t'"},
      {"ExplainRequest", "reference: 'm.s.t'"},
      {"ImpactRequest", "reference: 'm.s.t'"},
      {"FindPathRequest", "source: 'm.s.t' target: 'm.s.t'"},
      {"RecordPredictionRequest", "prediction { model: 'm.s.t' }"},
  };
}

Texts NeededByAccess() {
  return {
      {"Principal", "name: 'user:x'"},
      {"Token", "principal: 'user:ana'"},
      {"Securable", "name: 'm.s.t'"},
      {"CreatePrincipalRequest", "principal { name: 'user:x' }"},
      {"GetPrincipalRequest", "name: 'user:ana'"},
      {"UpdatePrincipalRequest", "principal { name: 'user:ana' }"},
      {"DeletePrincipalRequest", "name: 'user:ana'"},
      {"AddMemberRequest", "group: 'group:g' member: 'user:ana'"},
      {"RemoveMemberRequest", "group: 'group:g' member: 'user:ana'"},
      {"ListMembersRequest", "group: 'group:g'"},
      {"ListGroupsRequest", "principal: 'user:ana'"},
      {"CreateTokenRequest", "token { principal: 'user:ana' }"},
      {"ListTokensRequest", "principal: 'user:ana'"},
      {"RevokeTokenRequest", "id: 1"},
      {"ChangeGrantsRequest", "securable { name: 'm' } principal: 'user:ana' add: 'SELECT'"},
      {"ListGrantsRequest", "securable { name: 'm' }"},
      {"TransferMetastoreRequest", "owner: 'user:ana'"},
      {"GetEffectivePrivilegesRequest", "principal: 'user:ana' securable { name: 'm' }"},
      {"ExplainAccessRequest", "principal: 'user:ana' privilege: 'SELECT' securable { name: 'm' }"},
      {"ListAssetAccessRequest", "securable { name: 'm' }"},
      {"Policy", "name: 'p' securable { name: 'm' } kind: POLICY_KIND_DENY"},
      {"Mask", "type: 'custom' custom { key: 'sqlite' value: 'x' }"},
      {"RowFilter", "conditions: 'a = 1'"},
      {"CreatePolicyRequest",
       "policy { name: 'p' securable { name: 'm' } kind: POLICY_KIND_DENY }"},
      {"UpdatePolicyRequest", "policy { name: 'p' }"},
      {"GetPolicyRequest", "name: 'p'"},
      {"DeletePolicyRequest", "name: 'p'"},
      {"PreviewPolicyRequest",
       "policy { name: 'new' securable { name: 'm' } kind: POLICY_KIND_DENY }"},
      {"DecideRequest", "privilege: 'SELECT' securable { name: 'm.s.t' }"},
      {"CompileViewRequest",
       "principal: 'user:ana' dialect: SQL_DIALECT_TRINO securable { name: 'm.s.t' }"},
      {"TagDefinition", "key: 'k'"},
      {"CreateTagDefinitionRequest", "definition { key: 'k' }"},
      {"UpdateTagDefinitionRequest", "definition { key: 'k' }"},
      {"GetTagDefinitionRequest", "key: 'k'"},
      {"DeleteTagDefinitionRequest", "key: 'k'"},
      {"GetEffectiveTagsRequest", "reference: 'm.s.t'"},
      {"DeclassifyRequest", "reference: 'm.s.t#c' key: 'k' comment: 'c'"},
      {"ReclassifyRequest", "reference: 'm.s.t#c' key: 'k'"},
      {"EraseRequest", "principal: 'user:ana'"},
  };
}

// What a message needs so that a check gets as far as each of its fields. There is a table `m.s.t`
// with a version.
const Texts& Needed() {
  static const Texts needed = [] {
    Texts all = NeededByCatalogAndLineage();
    all.merge(NeededByAccess());
    return all;
  }();
  return needed;
}

// Fields that the server sets, and does not look at in requests.
bool IsIgnored(const std::string& path, const FieldDescriptor& field) {
  static const auto* const output = new std::set<std::string>{
      "Catalog.tags",      "Catalog.creator", "Catalog.updater",     "Catalog.etag",
      "Schema.tags",       "Schema.creator",  "Schema.updater",      "Schema.etag",
      "Asset.tags",        "Asset.creator",   "Asset.updater",       "Asset.etag",
      "Asset.aliases",     "Version.name",    "Version.asset",       "Version.tags",
      "Version.aliases",   "Version.creator", "Version.etag",        "Column.tags",
      "RunRead.alias",     "Run.recorder",    "Prediction.recorder", "Principal.creator",
      "Principal.updater", "Principal.etag",  "Token.hint",          "Token.creator",
      "Policy.creator",    "Policy.updater",  "Policy.etag",         "TagDefinition.updater",
      "TagDefinition.etag"};
  if (path == "additions.id" || path == "additions.error_message") return true;
  return output->contains(StrCat(field.containing_type()->name(), ".", field.name()));
}

// A place in a request: the fields that lead to it.
using Place = std::vector<const FieldDescriptor*>;

// As errors name it: without indexes, and a map's key and value like the map.
std::string PathOf(const Place& place) {
  std::vector<std::string> names;
  for (const FieldDescriptor* field : place) {
    if (!field->containing_type()->options().map_entry()) names.push_back(field->name());
  }
  return absl::StrJoin(names, ".");
}

// All places below a message that `wanted` takes; what is ignored is passed over.
template <class Wanted>
void Collect(const Descriptor& type, Place& at, Wanted wanted, std::vector<Place>* places) {
  REQUIRE(at.size() < 12);
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    at.push_back(field);
    if (!IsIgnored(PathOf(at), *field)) {
      if (wanted(*field)) places->push_back(at);
      if (field->message_type() != nullptr) Collect(*field->message_type(), at, wanted, places);
    }
    at.pop_back();
  }
}

// A policy of the kind, or a mask of the type, that has such a field.
void MakePolicyFor(const FieldDescriptor* field, Message* message) {
  if (auto* const mask = dynamic_cast<v1::Mask*>(message); mask != nullptr) {
    mask->clear_custom();
    if (field->name() == "salt") mask->set_type("hash");
    if (field->name() == "constant") mask->set_type("constant");
  }
  auto* const policy = dynamic_cast<v1::Policy*>(message);
  if (policy == nullptr) return;
  if (field->name() == "mask") {
    policy->set_kind(v1::POLICY_KIND_MASK);
    policy->add_columns("c");
  } else if (field->name() == "columns" || field->name() == "column_tags") {
    policy->set_kind(v1::POLICY_KIND_MASK);
    policy->mutable_mask()->set_type("redact");
  } else if (field->name() == "filter") {
    policy->set_name("f");
    policy->set_kind(v1::POLICY_KIND_FILTER);
    policy->mutable_filter()->set_conditions("a = 1");
  }
}

void Need(Message* message) {
  const auto needed = Needed().find(message->GetDescriptor()->name());
  if (needed == Needed().end()) return;
  Message* fresh = message->New();
  REQUIRE(google::protobuf::TextFormat::ParseFromString(needed->second, fresh));
  message->MergeFrom(*fresh);
  delete fresh;
}

// The message that holds the last field of the place, made with all that stands above it.
Message* Reach(Message* message, const Place& place) {
  Need(message);
  for (size_t i = 0; i + 1 < place.size(); ++i) {
    MakePolicyFor(place[i], message);
    const Reflection* reflection = message->GetReflection();
    const bool fresh = place[i]->is_repeated() || !reflection->HasField(*message, place[i]);
    message = place[i]->is_repeated() ? reflection->AddMessage(message, place[i])
                                      : reflection->MutableMessage(message, place[i]);
    if (fresh) Need(message);
  }
  MakePolicyFor(place.back(), message);
  return message;
}

void PutText(Message* message, const FieldDescriptor* field, const std::string& text) {
  const Reflection* reflection = message->GetReflection();
  if (field->is_repeated()) {
    reflection->AddString(message, field, text);
  } else {
    reflection->SetString(message, field, text);
  }
}

// What an item of a list of texts may be.
std::string ItemOf(const FieldDescriptor& field) {
  static const Texts items = {{"paths", "comment"},
                              {"to", "user:ana"},
                              {"except", "user:ana"},
                              {"assigners", "user:ana"},
                              {"privileges", "SELECT"},
                              {"add", "SELECT"},
                              {"remove", "SELECT"},
                              {"all", "k"},
                              {"any", "k"},
                              {"none", "k"},
                              {"columns", "c"},
                              {"emails", "a@b.org"},
                              {"extra_groups", "group:g"}};
  const auto item = items.find(field.name());
  return item == items.end() ? "m.s.t" : item->second;
}

void PutItems(Message* message, const FieldDescriptor* field, int count) {
  const Reflection* reflection = message->GetReflection();
  for (int i = 0; i < count; ++i) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      reflection->AddEnumValue(message, field, 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      reflection->AddString(message, field, ItemOf(*field));
    } else if (field->is_map()) {
      PutText(reflection->AddMessage(message, field), field->message_type()->map_key(),
              StrCat("k", i));
    } else {
      REQUIRE(field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE);
      Message* item = reflection->AddMessage(message, field);
      if (i == 0) {
        Need(item);
      } else {
        item->CopyFrom(reflection->GetRepeatedMessage(*message, field, 0));
      }
    }
  }
}

// Purpose: makes requests for every unary method. Ownership: owns the server.
class Contract {
 public:
  Contract() {
    fixture.MakeModel();
    Make("CatalogService", "CreateAsset", "asset { name: 'm.s.t' kind: KIND_TABLE }");
    Make(
        "CatalogService", "RegisterVersion",
        "asset: 'm.s.t' version { digest: 'opaque:x' detail { table { columns { name: 'c' } } } }");
    Make("AccessService", "CreatePrincipal", "principal { name: 'group:g' }");
    Make("TagService", "CreateTagDefinition", "definition { key: 'k' }");
    Make("PolicyService", "CreatePolicy",
         "policy { name: 'p' securable { name: 'm' } kind: POLICY_KIND_MASK columns: 'none'"
         " mask { type: 'redact' } }");
    Make("PolicyService", "CreatePolicy",
         "policy { name: 'f' securable { name: 'm' } kind: POLICY_KIND_FILTER"
         " filter { conditions: 'a = 1' } }");
  }

  static std::vector<const MethodDescriptor*> Methods() {
    std::vector<const MethodDescriptor*> methods;
    for (const MethodDescriptor* method : whence::test::ContractMethods()) {
      if (!whence::test::IsStream(*method)) methods.push_back(method);
    }
    return methods;
  }

  // Calls `method` with what `put` makes of the place; returns "REASON field" without indexes.
  template <class Put>
  std::string Call(const MethodDescriptor& method, const Place& place, Put put) {
    const std::unique_ptr<Message> request = New(method.input_type());
    put(Reach(request.get(), place), place.back());
    std::string response;
    const grpc::Status status = Send(method, *request, &response);
    if (status.ok()) return Refused(method, response);
    const test::WireError error = test::Details(status);
    std::string field =
        error.info.metadata().count("field") == 0 ? "" : error.info.metadata().at("field");
    for (size_t open = field.find('['); open != std::string::npos; open = field.find('[')) {
      const size_t close = field.find(']', open);
      field.erase(open, close == std::string::npos ? std::string::npos : close - open + 1);
    }
    return StrCat(error.info.reason(), " ", field);
  }

  ServerFixture fixture;

 private:
  static std::unique_ptr<Message> New(const Descriptor* type) {
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }
  grpc::Status Send(const MethodDescriptor& method, const Message& request, std::string* response) {
    return test::CallUnary(fixture.channel(),
                           StrCat("/", method.service()->full_name(), "/", method.name()),
                           request.SerializeAsString(), response);
  }
  void Make(const std::string& service, const std::string& name, const std::string& text) {
    const MethodDescriptor* method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
            StrCat("whence.v1.", service, ".", name));
    REQUIRE(method != nullptr);
    const std::unique_ptr<Message> request = New(method->input_type());
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, request.get()));
    std::string response;
    const grpc::Status status = Send(*method, *request, &response);
    INFO(status.error_message());
    REQUIRE(status.ok());
  }

  // Batches of predictions and of questions are accepted, and refuse each by itself.
  static std::string Refused(const MethodDescriptor& method, const std::string& response) {
    if (method.name() == "DecideBatch") {
      v1::DecideBatchResponse decided;
      REQUIRE(decided.ParseFromString(response));
      const bool answered = decided.decisions().empty() || decided.decisions(0).error().empty();
      return answered ? "OK" : StrCat(decided.decisions(0).error(), " questions");
    }
    if (method.name() != "RecordPredictions") return "OK";
    v1::RecordPredictionsResponse recorded;
    REQUIRE(recorded.ParseFromString(response));
    if (recorded.refused().empty()) return "OK";
    const std::string& message = recorded.refused(0).message();
    const std::string field = message.substr(0, message.find_first_of(":[ "));
    return StrCat(recorded.refused(0).reason(), " predictions.", field);
  }
};

TEST_CASE("every text of every request is bounded") {
  Contract contract;
  const std::string text(kMaxTemplateBytes + 1, 'x');  // no field may have as much
  int texts = 0;
  for (const MethodDescriptor* method : Contract::Methods()) {
    std::vector<Place> places;
    Place at;
    Collect(
        *method->input_type(), at,
        [](const FieldDescriptor& field) {
          return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
        },
        &places);
    for (const Place& place : places) {
      const std::string path = PathOf(place);
      CAPTURE(method->full_name(), path);
      const std::string answer = contract.Call(
          *method, place,
          [&](Message* message, const FieldDescriptor* field) { PutText(message, field, text); });
      ++texts;
      if (path == "etag") {
        CHECK(answer == "ETAG_MISMATCH ");  // compared with a short one, and forgotten
        continue;
      }
      CAPTURE(answer);
      // A preview of what is new has nothing to leave as it is, and does not look at its mask.
      if (method->name() == "PreviewPolicy" && path == "update_mask.paths") continue;
      const size_t space = answer.find(' ');
      CHECK(space != std::string::npos);  // not "OK"
      if (space == std::string::npos) continue;
      const std::string field = answer.substr(space + 1);
      CHECK_FALSE(field.empty());
      CHECK((absl::StartsWith(path, field) || absl::StartsWith(field, path)));
    }
  }
  CHECK(texts > 400);
}

TEST_CASE("every list of every request is bounded") {
  if (whence::test::Sanitized("thread")) {
    // gRPC frees the messages on its own threads: ThreadSanitizer, which cannot see how they got
    // there, ponders over each of a million items.
    WARN("skipped: lists of every request, under ThreadSanitizer");
    return;
  }
  Contract contract;
  // No list may have as many; but for pairs of columns.
  constexpr int kMost = static_cast<int>(std::max(
      {kMaxColumns, kMaxRunEndpoints, kMaxDeclaredEdges, kMaxPredictionBatch, kMaxParameters}));
  constexpr int kMostPairs = static_cast<int>(kMaxColumnMappings);
  int lists = 0;
  for (const MethodDescriptor* method : Contract::Methods()) {
    std::vector<Place> places;
    Place at;
    Collect(
        *method->input_type(), at, [](const FieldDescriptor& field) { return field.is_repeated(); },
        &places);
    for (const Place& place : places) {
      const std::string path = PathOf(place);
      CAPTURE(method->full_name(), path);
      const bool pairs = absl::EndsWith(path, "column_mappings") || absl::EndsWith(path, "sources");
      const std::string answer =
          contract.Call(*method, place, [&](Message* message, const FieldDescriptor* field) {
            PutItems(message, field, 1 + (pairs ? kMostPairs : kMost));
          });
      ++lists;
      CAPTURE(answer);
      if (path == "update_mask.paths") continue;  // a handful of words, said over and over
      if (answer == StrCat("DIALECT_UNKNOWN ", path)) continue;    // of dialects there are a few
      if (answer == "VERSION_IMMUTABLE version.detail") continue;  // must be what is there
      if (absl::EndsWith(path, ".variables")) {
        CHECK(absl::StartsWith(answer, "PROMPT_VARIABLE_DUPLICATE"));
        continue;
      }
      const std::string reason = answer.substr(0, answer.find(' '));
      CHECK((absl::StartsWith(reason, "TOO_MANY_") || absl::EndsWith(reason, "_TOO_LARGE")));
      CHECK((absl::EndsWith(answer, StrCat(" ", path)) ||
             absl::StartsWith(path, answer.substr(answer.find(' ') + 1))));
    }
  }
  CHECK(lists > 100);
}

}  // namespace
}  // namespace whence::rpc
