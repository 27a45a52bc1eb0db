#pragma once

// A world with something of everything in it, and at least one question to each operation of the
// contract, with what somebody gets who may do nothing: one list for the corridor, for gRPC and for
// HTTP. Each test says which operations there are, and fails for one that is not asked here.

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "google/protobuf/message.h"
#include "service/access_operations.h"
#include "service/ask.h"
#include "service/audit_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"

namespace whence::service::test {

// A metastore of user:ana's: the table prod.fraud.scores comes from secret.vault.keys by a run of
// the job prod.fraud.train, and a prediction was made with prod.fraud.model.
class World : public Asked {
 public:
  World() {
    Asset("secret.vault.keys", v1::KIND_TABLE);
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Asset("prod.fraud.files", v1::KIND_VOLUME);
    for (const char* asset : {"secret.vault.keys", "prod.fraud.scores", "prod.fraud.model"}) {
      Version(asset);
    }
    Alias("prod.fraud.model", "champion", 1);
    Ask(kAttachDatasetIdentity,
        "identity { asset: 'prod.fraud.scores' namespace: 'pg' name: 'scores' }");
    Ask(kRecordRun, StrCat("run { id: '", kRun,
                           "' job: 'prod.fraud.train' reads { reference: 'secret.vault.keys' }"
                           " writes { reference: 'prod.fraud.scores' }"
                           " writes { reference: 'prod.fraud.model' } }"));
    Ask(kRecordPrediction, "prediction { id: 'p' model: 'prod.fraud.model@1' input_text: 'x' }");
    Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
    Ask(kDeclassify, "reference: 'prod.fraud.scores#hidden' key: 'pii' comment: 'x'");
  }

  static constexpr char kRun[] = "00000000-0000-7000-8000-000000000001";

  // Somebody new, with these grants: "SELECT on prod.fraud, BROWSE on metastore".
  CallInfo Somebody(std::string_view grants, const std::string& token = "") {
    const std::string name = StrCat("user:p", ++people_);
    Ask(kCreatePrincipal, StrCat("principal { name: '", name, "' }"));
    for (const absl::string_view grant : absl::StrSplit(ToAbsl(grants), ", ", absl::SkipEmpty())) {
      const std::vector<std::string> parts = absl::StrSplit(grant, " on ");
      REQUIRE(parts.size() == 2);
      const std::string on = parts[1] == "metastore" ? "type: SECURABLE_TYPE_METASTORE"
                                                     : StrCat("name: '", parts[1], "'");
      Ask(kChangeGrants,
          StrCat("securable { ", on, " } principal: '", name, "' add: '", parts[0], "'"));
    }
    const auto made = Ask(kCreateToken, StrCat("token { principal: '", name, "' ", token, " }"));
    return CallInfo{.bearer = made.secret(), .via = "test"};
  }

 private:
  int people_ = 0;
};

// What is asked, and how it ends for somebody who may do nothing: in the words of ContentOf, or
// with the reason of an error.
struct Question {
  std::string operation;
  std::string request;  // in Protobuf's text format
  std::string of_a_stranger = "PERMISSION_DENIED";
};

// What an answer holds: "OK", "nothing" (a list without an item), or, where each part of a batch is
// refused by itself, the reason why its first part was.
inline std::string ContentOf(const google::protobuf::Message& answer) {
  const google::protobuf::Descriptor& type = *answer.GetDescriptor();
  const google::protobuf::Reflection& reflection = *answer.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    if (!field->is_repeated()) continue;
    const int count = reflection.FieldSize(answer, field);
    if (type.FindFieldByName("next_page_token") != nullptr) return count == 0 ? "nothing" : "OK";
    if (count == 0 || (field->name() != "refused" && field->name() != "decisions")) continue;
    const google::protobuf::Message& part = reflection.GetRepeatedMessage(answer, field, 0);
    return part.GetReflection()->GetString(
        part,
        part.GetDescriptor()->FindFieldByName(field->name() == "refused" ? "reason" : "error"));
  }
  return "OK";
}

inline constexpr char kAnaRun[] = "run { id: '00000000-0000-7000-8000-000000000001' }";

inline std::vector<Question> CatalogQuestions() {
  return {
      {"CreateCatalog", "catalog { name: 'mine' }"},
      {"GetCatalog", "name: 'prod'"},
      {"ListCatalogs", "", "nothing"},
      {"UpdateCatalog", "catalog { name: 'prod' comment: 'x' }"},
      {"RenameCatalog", "name: 'prod' new_name: 'mine'"},
      {"DeleteCatalog", "name: 'prod' force: true"},
      {"UndeleteCatalog", "name: 'prod'"},
      {"CreateSchema", "schema { name: 'prod.mine' }"},
      {"GetSchema", "name: 'prod.fraud'"},
      {"ListSchemas", "", "nothing"},
      {"ListSchemas", "parent: 'prod'"},
      {"UpdateSchema", "schema { name: 'prod.fraud' comment: 'x' }"},
      {"RenameSchema", "name: 'prod.fraud' new_name: 'prod.mine'"},
      {"DeleteSchema", "name: 'prod.fraud' force: true"},
      {"UndeleteSchema", "name: 'prod.fraud'"},
      {"CreateAsset", "asset { name: 'prod.fraud.mine' kind: KIND_TABLE }"},
      {"GetAsset", "name: 'prod.fraud.scores'"},
      {"GetAsset", "name: 'id:6'"},
      {"ListAssets", "", "nothing"},
      {"ListAssets", "parent: 'prod.fraud'"},
      {"UpdateAsset", "asset { name: 'prod.fraud.scores' comment: 'x' }"},
      {"RenameAsset", "name: 'prod.fraud.scores' new_name: 'prod.fraud.mine'"},
      {"DeleteAsset", "name: 'prod.fraud.scores'"},
      {"UndeleteAsset", "name: 'prod.fraud.scores'"},
      {"RegisterVersion", "asset: 'prod.fraud.scores' version { digest: 'opaque:mine' }"},
      {"GetVersion", "name: 'prod.fraud.scores@1'"},
      {"ListVersions", "asset: 'prod.fraud.scores'"},
      {"UpdateVersion", "version { name: 'prod.fraud.scores@1' comment: 'x' }"},
      {"SetAlias", "asset: 'prod.fraud.model' alias: 'mine' version: 1"},
      {"DeleteAlias", "asset: 'prod.fraud.model' alias: 'champion'"},
      {"ListAliases", "asset: 'prod.fraud.model'"},
      {"ListAliasHistory", "asset: 'prod.fraud.model' alias: 'champion'"},
      {"SetTags", "reference: 'prod.fraud.scores' set { key: 'mine' }"},
      {"AttachDatasetIdentity",
       "identity { asset: 'prod.fraud.scores' namespace: 'pg' name: 'mine' }"},
      {"DetachDatasetIdentity", "namespace: 'pg' name: 'scores'"},
      {"ResolveDatasetIdentity", "namespace: 'pg' name: 'scores'"},
      {"ListDatasetIdentities", "asset: 'prod.fraud.scores'"},
      {"Search", "query: 'scores'", "nothing"},
  };
}

inline std::vector<Question> OtherQuestions() {
  const std::string reads = "reads { reference: 'prod.fraud.scores' }";
  return {
      {"StartRun", kAnaRun},
      {"StartRun", StrCat("run { ", reads, " }")},
      {"UpdateRun", kAnaRun},
      {"FinishRun", StrCat("id: '", World::kRun, "' state: RUN_STATE_FAILED")},
      {"RecordRun", "run { job: 'prod.fraud.mine' }"},
      {"RecordRuns", "runs { writes { reference: 'prod.fraud.scores' } }"},
      {"RecordEdges", "edges { source: 'prod.fraud.scores' target: 'prod.fraud.model' }"},
      {"GetRun", StrCat("id: '", World::kRun, "'")},
      {"ListRuns", "", "nothing"},
      {"ListDeclarations", "", "nothing"},
      {"GetLineage", "reference: 'prod.fraud.scores' direction: DIRECTION_UPSTREAM"},
      {"Explain", "reference: 'prod.fraud.scores'"},
      {"Explain", "reference: 'prediction:p'"},
      {"Explain", StrCat("reference: 'run:", World::kRun, "'")},
      {"Impact", "reference: 'secret.vault.keys'"},
      {"FindPath", "source: 'secret.vault.keys' target: 'prod.fraud.scores'"},
      {"RecordPrediction", "prediction { id: 'mine' model: 'prod.fraud.model@1' }"},
      // Of a batch each is refused by itself.
      {"RecordPredictions", "predictions { id: 'mine' model: 'prod.fraud.model@1' }"},
      {"GetPrediction", "id: 'p'"},
      {"ListPredictions", "", "nothing"},
      {"GetServerInfo", "", "OK"},
      {"CreatePrincipal", "principal { name: 'user:mine' }"},
      {"GetPrincipal", "name: 'user:ana'"},
      {"ListPrincipals", ""},
      {"UpdatePrincipal", "principal { name: 'user:ana' display_name: 'x' }"},
      {"DeletePrincipal", "name: 'user:ana'"},
      {"AddMember", "group: 'group:g' member: 'user:p1'"},
      {"RemoveMember", "group: 'group:g' member: 'user:p1'"},
      {"ListMembers", "group: 'group:g'"},
      {"ListGroups", "principal: 'user:ana'"},
      {"CreateToken", "token { principal: 'user:ana' }"},
      {"ListTokens", "principal: 'user:ana'"},
      {"ListTokens", "all_principals: true"},
      {"RevokeToken", "id: 1"},
      {"WhoAmI", "", "OK"},
      {"ChangeGrants", "securable { name: 'prod' } principal: 'user:p1' add: 'MANAGE'"},
      {"ChangeGrants",
       "securable { type: SECURABLE_TYPE_METASTORE } principal: 'user:p1' add: 'MANAGE'"},
      {"ListGrants", "securable { name: 'prod' }"},
      {"ListGrants", "principal: 'user:ana'"},
      {"GetMetastore", "", "OK"},
      {"TransferMetastore", "owner: 'user:p1'"},
      {"GetEffectivePrivileges", "principal: 'user:ana' securable { name: 'prod' }"},
      {"ExplainAccess", "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod' }"},
      {"ListAssetAccess", "securable { name: 'prod' }"},
      {"ListAssetAccess", "principal: 'user:ana'"},
  };
}

inline std::vector<Question> TagQuestions() {
  return {
      {"CreateTagDefinition", "definition { key: 'mine' }"},
      // What tags there may be is no secret.
      {"GetTagDefinition", "key: 'pii'", "OK"},
      {"ListTagDefinitions", "", "OK"},
      {"UpdateTagDefinition", "definition { key: 'pii' comment: 'x' }"},
      {"DeleteTagDefinition", "key: 'pii'"},
      {"GetEffectiveTags", "reference: 'prod.fraud.scores'"},
      {"GetEffectiveTags", "reference: 'prod'"},
      {"Declassify", "reference: 'prod.fraud.scores#x' key: 'pii' comment: 'x'"},
      {"Reclassify", "reference: 'prod.fraud.scores#x' key: 'pii'"},
      {"ListDeclassifications", "", "nothing"},
      {"ListDeclassifications", "asset: 'prod.fraud.scores'"},
  };
}

inline constexpr char kDenyOnProd[] =
    "policy { name: 'mine' securable { name: 'prod' } kind: POLICY_KIND_DENY }";

inline std::vector<Question> PolicyQuestions() {
  return {
      {"CreatePolicy", kDenyOnProd},
      {"CreatePolicy",
       "policy { name: 'mine' securable { type: SECURABLE_TYPE_METASTORE } kind: "
       "POLICY_KIND_DENY }"},
      {"GetPolicy", "name: 'none'"},
      {"ListPolicies", "", "nothing"},
      {"ListPolicies", "securable { name: 'prod' }"},
      {"UpdatePolicy", "policy { name: 'none' comment: 'x' }"},
      {"DeletePolicy", "name: 'none'"},
      {"PreviewPolicy", kDenyOnProd},
      {"Decide", "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod' }"},
      {"Decide", "privilege: 'SELECT' securable { name: 'prod.fraud.scores' }"},
      // Of a batch each is refused by itself.
      {"DecideBatch", "questions { privilege: 'SELECT' securable { name: 'prod' } }"},
      {"CompileView",
       "principal: 'user:ana' dialect: SQL_DIALECT_TRINO securable { name: "
       "'prod.fraud.scores' }"},
  };
}

// The ledger. Whoever is known may have what tells of nobody.
inline std::vector<Question> AuditQuestions() {
  return {
      {"ListEntries", "kind: ENTRY_KIND_MUTATION", "nothing"},
      {"ListEntries", "actor: 'user:ana'"},
      {"GetEntry", "position: 1"},
      {"GetProof", "position: 1"},
      {"GetProof", "prediction: 'p'"},
      {"GetConsistencyProof", "old_size: 1", "OK"},
      {"GetCheckpoint", "", "OK"},
      {"GetCheckpoint", "now: true", "OK"},
      {"ListKeys", "", "OK"},
      {"ListWitnesses", "", "OK"},
      {"GetTile", "path: 'tile/0/000.p/1'"},
      {"Certify", "reference: 'prod.fraud.scores'"},
      {"Certify", "reference: 'prediction:p'"},
      {"Erase", "prediction: 'p'"},
      {"Erase", "principal: 'user:ana' dry_run: true"},
  };
}

// Streams, which are no operations of the corridor.
inline std::vector<Question> StreamQuestions() {
  return {
      {"StreamPredictions", "predictions { id: 'mine' model: 'prod.fraud.model@1' }"},
      {"Backup", ""},
      {"StreamEntries", "actor: 'user:ana'"},
  };
}

inline std::vector<Question> AllQuestions() {
  std::vector<Question> all;
  for (const auto& some : {CatalogQuestions(), OtherQuestions(), TagQuestions(), PolicyQuestions(),
                           AuditQuestions(), StreamQuestions()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace whence::service::test
