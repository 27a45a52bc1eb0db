#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "base/strings.h"
#include "cli/rpc/methods.h"
#include "google/protobuf/descriptor.h"

namespace whence::cli {
namespace {

std::set<std::string> checked;

// The contract has the method, unary, with these types.
template <class Request, class Response>
void Check(const Method<Request, Response>& method) {
  const std::string name = StrCat("whence.v1.", method.service, ".", method.name);
  CAPTURE(name);
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  REQUIRE(found != nullptr);
  CHECK(found->input_type() == Request::descriptor());
  CHECK(found->output_type() == Response::descriptor());
  CHECK_FALSE(found->client_streaming());
  CHECK_FALSE(found->server_streaming());
  checked.insert(name);
}

TEST_CASE("methods are those of the contract") {
  Check(kCreateCatalog), Check(kGetCatalog), Check(kListCatalogs), Check(kUpdateCatalog);
  Check(kRenameCatalog), Check(kDeleteCatalog), Check(kUndeleteCatalog);
  Check(kCreateSchema), Check(kGetSchema), Check(kListSchemas), Check(kUpdateSchema);
  Check(kRenameSchema), Check(kDeleteSchema), Check(kUndeleteSchema);
  Check(kCreateAsset), Check(kGetAsset), Check(kListAssets), Check(kUpdateAsset);
  Check(kRenameAsset), Check(kDeleteAsset), Check(kUndeleteAsset);
  Check(kRegisterVersion), Check(kGetVersion), Check(kListVersions), Check(kUpdateVersion);
  Check(kSetAlias), Check(kDeleteAlias), Check(kListAliases), Check(kListAliasHistory);
  Check(kSetTags), Check(kSearch);
  Check(kAttachDatasetIdentity), Check(kDetachDatasetIdentity);
  Check(kResolveDatasetIdentity), Check(kListDatasetIdentities);
  Check(kStartRun), Check(kUpdateRun), Check(kFinishRun), Check(kRecordRun), Check(kRecordRuns);
  Check(kRecordEdges), Check(kGetRun), Check(kListRuns), Check(kListDeclarations);
  Check(kGetLineage), Check(kExplain), Check(kImpact), Check(kFindPath);
  Check(kRecordPrediction), Check(kRecordPredictions), Check(kGetPrediction);
  Check(kListPredictions), Check(kGetServerInfo);
  Check(kCreatePrincipal), Check(kGetPrincipal), Check(kListPrincipals), Check(kUpdatePrincipal);
  Check(kDeletePrincipal), Check(kAddMember), Check(kRemoveMember), Check(kListMembers);
  Check(kListGroups), Check(kCreateToken), Check(kListTokens), Check(kRevokeToken);
  Check(kWhoAmI), Check(kChangeGrants), Check(kListGrants), Check(kGetMetastore);
  Check(kTransferMetastore), Check(kGetEffectivePrivileges), Check(kExplainAccess);
  Check(kListAssetAccess);
  Check(kCreateTagDefinition), Check(kGetTagDefinition), Check(kListTagDefinitions);
  Check(kUpdateTagDefinition), Check(kDeleteTagDefinition), Check(kGetEffectiveTags);
  Check(kDeclassify), Check(kReclassify), Check(kListDeclassifications);
  Check(kCreatePolicy), Check(kGetPolicy), Check(kListPolicies), Check(kUpdatePolicy);
  Check(kDeletePolicy), Check(kPreviewPolicy), Check(kDecide), Check(kDecideBatch);
  Check(kCompileView);
  Check(kListEntries), Check(kGetEntry), Check(kGetProof), Check(kGetConsistencyProof);
  Check(kGetCheckpoint), Check(kListKeys), Check(kListWitnesses), Check(kGetTile);
  Check(kCertify), Check(kErase);
}

TEST_CASE("every unary method of the contract can be called") {
  for (const char* service :
       {"AccessService", "AuditService", "CatalogService", "LineageService", "PolicyService",
        "PredictionService", "ServerService", "TagService"}) {
    const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        StrCat("whence.v1.", service));
    REQUIRE(found != nullptr);
    for (int i = 0; i < found->method_count(); ++i) {
      const auto* method = found->method(i);
      if (method->client_streaming() || method->server_streaming()) continue;
      CAPTURE(method->full_name());
      CHECK(checked.count(method->full_name()) == 1);
    }
  }
}

}  // namespace
}  // namespace whence::cli
