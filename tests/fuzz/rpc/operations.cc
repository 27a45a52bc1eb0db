#include "rpc/operations.h"

#include <cstdio>
#include <iterator>

#include "base/assert.h"
#include "service/access_operations.h"
#include "service/audit_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "service/server_operations.h"
#include "service/tag_operations.h"
#include "support/contract.h"

namespace whence::fuzz {
namespace {

template <class Operation>
struct Traits;
template <class RequestType, class ReplyType>
struct Traits<service::ReadOperation<RequestType, ReplyType>> {
  using Request = RequestType;
  using Reply = typename service::ReplyOf<ReplyType>::Message;
  static constexpr bool kMutation = false;
};
template <class RequestType, class ReplyType>
struct Traits<service::MutationOperation<RequestType, ReplyType>> {
  using Request = RequestType;
  using Reply = ReplyType;
  static constexpr bool kMutation = true;
};

template <const auto& kOperation>
constexpr RpcOperation Describe() {
  using Kind = Traits<std::remove_cvref_t<decltype(kOperation)>>;
  using Request = typename Kind::Request;
  using Reply = typename Kind::Reply;
  return {.name = kOperation.name,
          .mutation = Kind::kMutation,
          .make_request = []() -> std::unique_ptr<google::protobuf::Message> {
            return std::make_unique<Request>();
          },
          .run =
              [](test::HouseFixture& house, const google::protobuf::Message& request) {
                auto reply = house.Run(kOperation, static_cast<const Request&>(request));
                Outcome outcome{reply.status(), nullptr};
                if (reply.ok()) outcome.reply = std::make_unique<Reply>(*std::move(reply));
                return outcome;
              }};
}

constexpr RpcOperation kOperations[] = {
    Describe<service::kCreateCatalog>(),
    Describe<service::kGetCatalog>(),
    Describe<service::kListCatalogs>(),
    Describe<service::kUpdateCatalog>(),
    Describe<service::kRenameCatalog>(),
    Describe<service::kDeleteCatalog>(),
    Describe<service::kUndeleteCatalog>(),
    Describe<service::kCreateSchema>(),
    Describe<service::kGetSchema>(),
    Describe<service::kListSchemas>(),
    Describe<service::kUpdateSchema>(),
    Describe<service::kRenameSchema>(),
    Describe<service::kDeleteSchema>(),
    Describe<service::kUndeleteSchema>(),
    Describe<service::kCreateAsset>(),
    Describe<service::kGetAsset>(),
    Describe<service::kListAssets>(),
    Describe<service::kUpdateAsset>(),
    Describe<service::kRenameAsset>(),
    Describe<service::kDeleteAsset>(),
    Describe<service::kUndeleteAsset>(),
    Describe<service::kRegisterVersion>(),
    Describe<service::kGetVersion>(),
    Describe<service::kListVersions>(),
    Describe<service::kUpdateVersion>(),
    Describe<service::kSetAlias>(),
    Describe<service::kDeleteAlias>(),
    Describe<service::kListAliases>(),
    Describe<service::kListAliasHistory>(),
    Describe<service::kSetTags>(),
    Describe<service::kAttachDatasetIdentity>(),
    Describe<service::kDetachDatasetIdentity>(),
    Describe<service::kResolveDatasetIdentity>(),
    Describe<service::kListDatasetIdentities>(),
    Describe<service::kSearch>(),
    Describe<service::kStartRun>(),
    Describe<service::kUpdateRun>(),
    Describe<service::kFinishRun>(),
    Describe<service::kRecordRun>(),
    Describe<service::kRecordRuns>(),
    Describe<service::kRecordEdges>(),
    Describe<service::kGetRun>(),
    Describe<service::kListRuns>(),
    Describe<service::kListDeclarations>(),
    Describe<service::kGetLineage>(),
    Describe<service::kExplain>(),
    Describe<service::kImpact>(),
    Describe<service::kFindPath>(),
    Describe<service::kRecordPrediction>(),
    Describe<service::kRecordPredictions>(),
    Describe<service::kGetPrediction>(),
    Describe<service::kListPredictions>(),
    Describe<service::kListEntries>(),
    Describe<service::kGetEntry>(),
    Describe<service::kGetProof>(),
    Describe<service::kGetConsistencyProof>(),
    Describe<service::kGetCheckpoint>(),
    Describe<service::kListKeys>(),
    Describe<service::kListWitnesses>(),
    Describe<service::kGetTile>(),
    Describe<service::kCertify>(),
    Describe<service::kErase>(),
    Describe<service::kCreatePrincipal>(),
    Describe<service::kGetPrincipal>(),
    Describe<service::kListPrincipals>(),
    Describe<service::kUpdatePrincipal>(),
    Describe<service::kDeletePrincipal>(),
    Describe<service::kAddMember>(),
    Describe<service::kRemoveMember>(),
    Describe<service::kListMembers>(),
    Describe<service::kListGroups>(),
    Describe<service::kCreateToken>(),
    Describe<service::kListTokens>(),
    Describe<service::kRevokeToken>(),
    Describe<service::kWhoAmI>(),
    Describe<service::kChangeGrants>(),
    Describe<service::kListGrants>(),
    Describe<service::kGetMetastore>(),
    Describe<service::kTransferMetastore>(),
    Describe<service::kGetEffectivePrivileges>(),
    Describe<service::kExplainAccess>(),
    Describe<service::kListAssetAccess>(),
    Describe<service::kCreatePolicy>(),
    Describe<service::kGetPolicy>(),
    Describe<service::kListPolicies>(),
    Describe<service::kUpdatePolicy>(),
    Describe<service::kDeletePolicy>(),
    Describe<service::kPreviewPolicy>(),
    Describe<service::kDecide>(),
    Describe<service::kDecideBatch>(),
    Describe<service::kCompileView>(),
    Describe<service::kGetServerInfo>(),
    Describe<service::kCreateTagDefinition>(),
    Describe<service::kGetTagDefinition>(),
    Describe<service::kListTagDefinitions>(),
    Describe<service::kUpdateTagDefinition>(),
    Describe<service::kDeleteTagDefinition>(),
    Describe<service::kGetEffectiveTags>(),
    Describe<service::kDeclassify>(),
    Describe<service::kReclassify>(),
    Describe<service::kListDeclassifications>(),
};

}  // namespace

std::span<const RpcOperation> Operations() {
  static const bool complete = [] {
    size_t calls = 0;
    for (const auto* method : test::ContractMethods()) {
      if (test::IsStream(*method)) continue;
      ++calls;
      if (FindOperation(method->name()) != nullptr) continue;
      std::fprintf(stderr, "%s is in no input: list it here\n", method->full_name().c_str());
      WHENCE_ASSERT(false);
    }
    return calls == std::size(kOperations);
  }();
  WHENCE_ASSERT(complete);
  return kOperations;
}

const RpcOperation* FindOperation(std::string_view name) {
  for (const RpcOperation& operation : kOperations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

}  // namespace whence::fuzz
