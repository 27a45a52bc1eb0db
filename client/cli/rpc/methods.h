#pragma once

// The methods of the contract that the command line calls, by name and with their types. Calling by
// these keeps gRPC's headers and the generated stubs out of the commands, which compile in a tenth
// of the time without them. tests/unit/cli/methods_test.cc checks them against the contract.

#include "whence/v1/access.pb.h"
#include "whence/v1/audit.pb.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/prediction.pb.h"
#include "whence/v1/server.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

// A unary method.
template <class RequestType, class ResponseType>
struct Method {
  using Request = RequestType;
  using Response = ResponseType;

  const char* service;
  const char* name;
};

inline constexpr Method<v1::CreateCatalogRequest, v1::Catalog> kCreateCatalog{"CatalogService",
                                                                              "CreateCatalog"};
inline constexpr Method<v1::GetCatalogRequest, v1::Catalog> kGetCatalog{"CatalogService",
                                                                        "GetCatalog"};
inline constexpr Method<v1::UpdateCatalogRequest, v1::Catalog> kUpdateCatalog{"CatalogService",
                                                                              "UpdateCatalog"};
inline constexpr Method<v1::RenameCatalogRequest, v1::Catalog> kRenameCatalog{"CatalogService",
                                                                              "RenameCatalog"};
inline constexpr Method<v1::DeleteCatalogRequest, v1::Catalog> kDeleteCatalog{"CatalogService",
                                                                              "DeleteCatalog"};
inline constexpr Method<v1::UndeleteCatalogRequest, v1::Catalog> kUndeleteCatalog{
    "CatalogService", "UndeleteCatalog"};
inline constexpr Method<v1::CreateSchemaRequest, v1::Schema> kCreateSchema{"CatalogService",
                                                                           "CreateSchema"};
inline constexpr Method<v1::GetSchemaRequest, v1::Schema> kGetSchema{"CatalogService", "GetSchema"};
inline constexpr Method<v1::UpdateSchemaRequest, v1::Schema> kUpdateSchema{"CatalogService",
                                                                           "UpdateSchema"};
inline constexpr Method<v1::RenameSchemaRequest, v1::Schema> kRenameSchema{"CatalogService",
                                                                           "RenameSchema"};
inline constexpr Method<v1::DeleteSchemaRequest, v1::Schema> kDeleteSchema{"CatalogService",
                                                                           "DeleteSchema"};
inline constexpr Method<v1::UndeleteSchemaRequest, v1::Schema> kUndeleteSchema{"CatalogService",
                                                                               "UndeleteSchema"};
inline constexpr Method<v1::CreateAssetRequest, v1::Asset> kCreateAsset{"CatalogService",
                                                                        "CreateAsset"};
inline constexpr Method<v1::GetAssetRequest, v1::Asset> kGetAsset{"CatalogService", "GetAsset"};
inline constexpr Method<v1::UpdateAssetRequest, v1::Asset> kUpdateAsset{"CatalogService",
                                                                        "UpdateAsset"};
inline constexpr Method<v1::RenameAssetRequest, v1::Asset> kRenameAsset{"CatalogService",
                                                                        "RenameAsset"};
inline constexpr Method<v1::DeleteAssetRequest, v1::Asset> kDeleteAsset{"CatalogService",
                                                                        "DeleteAsset"};
inline constexpr Method<v1::UndeleteAssetRequest, v1::Asset> kUndeleteAsset{"CatalogService",
                                                                            "UndeleteAsset"};
inline constexpr Method<v1::ListCatalogsRequest, v1::ListCatalogsResponse> kListCatalogs{
    "CatalogService", "ListCatalogs"};
inline constexpr Method<v1::ListSchemasRequest, v1::ListSchemasResponse> kListSchemas{
    "CatalogService", "ListSchemas"};
inline constexpr Method<v1::ListAssetsRequest, v1::ListAssetsResponse> kListAssets{"CatalogService",
                                                                                   "ListAssets"};
inline constexpr Method<v1::RegisterVersionRequest, v1::Version> kRegisterVersion{
    "CatalogService", "RegisterVersion"};
inline constexpr Method<v1::GetVersionRequest, v1::Version> kGetVersion{"CatalogService",
                                                                        "GetVersion"};
inline constexpr Method<v1::UpdateVersionRequest, v1::Version> kUpdateVersion{"CatalogService",
                                                                              "UpdateVersion"};
inline constexpr Method<v1::ListVersionsRequest, v1::ListVersionsResponse> kListVersions{
    "CatalogService", "ListVersions"};
inline constexpr Method<v1::SetAliasRequest, v1::Alias> kSetAlias{"CatalogService", "SetAlias"};
inline constexpr Method<v1::DeleteAliasRequest, v1::Alias> kDeleteAlias{"CatalogService",
                                                                        "DeleteAlias"};
inline constexpr Method<v1::ListAliasesRequest, v1::ListAliasesResponse> kListAliases{
    "CatalogService", "ListAliases"};
inline constexpr Method<v1::ListAliasHistoryRequest, v1::ListAliasHistoryResponse>
    kListAliasHistory{"CatalogService", "ListAliasHistory"};
inline constexpr Method<v1::SetTagsRequest, v1::SetTagsResponse> kSetTags{"CatalogService",
                                                                          "SetTags"};
inline constexpr Method<v1::AttachDatasetIdentityRequest, v1::DatasetIdentity>
    kAttachDatasetIdentity{"CatalogService", "AttachDatasetIdentity"};
inline constexpr Method<v1::DetachDatasetIdentityRequest, v1::DatasetIdentity>
    kDetachDatasetIdentity{"CatalogService", "DetachDatasetIdentity"};
inline constexpr Method<v1::ResolveDatasetIdentityRequest, v1::DatasetIdentity>
    kResolveDatasetIdentity{"CatalogService", "ResolveDatasetIdentity"};
inline constexpr Method<v1::ListDatasetIdentitiesRequest, v1::ListDatasetIdentitiesResponse>
    kListDatasetIdentities{"CatalogService", "ListDatasetIdentities"};
inline constexpr Method<v1::SearchRequest, v1::SearchResponse> kSearch{"CatalogService", "Search"};

inline constexpr Method<v1::StartRunRequest, v1::Run> kStartRun{"LineageService", "StartRun"};
inline constexpr Method<v1::UpdateRunRequest, v1::Run> kUpdateRun{"LineageService", "UpdateRun"};
inline constexpr Method<v1::FinishRunRequest, v1::Run> kFinishRun{"LineageService", "FinishRun"};
inline constexpr Method<v1::RecordRunRequest, v1::Run> kRecordRun{"LineageService", "RecordRun"};
inline constexpr Method<v1::RecordRunsRequest, v1::RecordRunsResponse> kRecordRuns{"LineageService",
                                                                                   "RecordRuns"};
inline constexpr Method<v1::RecordEdgesRequest, v1::Declaration> kRecordEdges{"LineageService",
                                                                              "RecordEdges"};
inline constexpr Method<v1::GetRunRequest, v1::Run> kGetRun{"LineageService", "GetRun"};
inline constexpr Method<v1::ListRunsRequest, v1::ListRunsResponse> kListRuns{"LineageService",
                                                                             "ListRuns"};
inline constexpr Method<v1::ListDeclarationsRequest, v1::ListDeclarationsResponse>
    kListDeclarations{"LineageService", "ListDeclarations"};
inline constexpr Method<v1::GetLineageRequest, v1::LineageGraph> kGetLineage{"LineageService",
                                                                             "GetLineage"};
inline constexpr Method<v1::ExplainRequest, v1::Explanation> kExplain{"LineageService", "Explain"};
inline constexpr Method<v1::ImpactRequest, v1::ImpactResponse> kImpact{"LineageService", "Impact"};
inline constexpr Method<v1::FindPathRequest, v1::FindPathResponse> kFindPath{"LineageService",
                                                                             "FindPath"};

inline constexpr Method<v1::RecordPredictionRequest, v1::Prediction> kRecordPrediction{
    "PredictionService", "RecordPrediction"};
inline constexpr Method<v1::RecordPredictionsRequest, v1::RecordPredictionsResponse>
    kRecordPredictions{"PredictionService", "RecordPredictions"};
inline constexpr Method<v1::GetPredictionRequest, v1::Prediction> kGetPrediction{
    "PredictionService", "GetPrediction"};
inline constexpr Method<v1::ListPredictionsRequest, v1::ListPredictionsResponse> kListPredictions{
    "PredictionService", "ListPredictions"};

inline constexpr Method<v1::CreatePrincipalRequest, v1::Principal> kCreatePrincipal{
    "AccessService", "CreatePrincipal"};
inline constexpr Method<v1::GetPrincipalRequest, v1::Principal> kGetPrincipal{"AccessService",
                                                                              "GetPrincipal"};
inline constexpr Method<v1::ListPrincipalsRequest, v1::ListPrincipalsResponse> kListPrincipals{
    "AccessService", "ListPrincipals"};
inline constexpr Method<v1::UpdatePrincipalRequest, v1::Principal> kUpdatePrincipal{
    "AccessService", "UpdatePrincipal"};
inline constexpr Method<v1::DeletePrincipalRequest, v1::Principal> kDeletePrincipal{
    "AccessService", "DeletePrincipal"};
inline constexpr Method<v1::AddMemberRequest, v1::Membership> kAddMember{"AccessService",
                                                                         "AddMember"};
inline constexpr Method<v1::RemoveMemberRequest, v1::Membership> kRemoveMember{"AccessService",
                                                                               "RemoveMember"};
inline constexpr Method<v1::ListMembersRequest, v1::ListMembersResponse> kListMembers{
    "AccessService", "ListMembers"};
inline constexpr Method<v1::ListGroupsRequest, v1::ListGroupsResponse> kListGroups{"AccessService",
                                                                                   "ListGroups"};
inline constexpr Method<v1::CreateTokenRequest, v1::CreateTokenResponse> kCreateToken{
    "AccessService", "CreateToken"};
inline constexpr Method<v1::ListTokensRequest, v1::ListTokensResponse> kListTokens{"AccessService",
                                                                                   "ListTokens"};
inline constexpr Method<v1::RevokeTokenRequest, v1::Token> kRevokeToken{"AccessService",
                                                                        "RevokeToken"};
inline constexpr Method<v1::WhoAmIRequest, v1::WhoAmIResponse> kWhoAmI{"AccessService", "WhoAmI"};
inline constexpr Method<v1::ChangeGrantsRequest, v1::ChangeGrantsResponse> kChangeGrants{
    "AccessService", "ChangeGrants"};
inline constexpr Method<v1::ListGrantsRequest, v1::ListGrantsResponse> kListGrants{"AccessService",
                                                                                   "ListGrants"};
inline constexpr Method<v1::GetMetastoreRequest, v1::Metastore> kGetMetastore{"AccessService",
                                                                              "GetMetastore"};
inline constexpr Method<v1::TransferMetastoreRequest, v1::Metastore> kTransferMetastore{
    "AccessService", "TransferMetastore"};
inline constexpr Method<v1::GetEffectivePrivilegesRequest, v1::GetEffectivePrivilegesResponse>
    kGetEffectivePrivileges{"AccessService", "GetEffectivePrivileges"};
inline constexpr Method<v1::ExplainAccessRequest, v1::ExplainAccessResponse> kExplainAccess{
    "AccessService", "ExplainAccess"};
inline constexpr Method<v1::ListAssetAccessRequest, v1::ListAssetAccessResponse> kListAssetAccess{
    "AccessService", "ListAssetAccess"};

inline constexpr Method<v1::ListEntriesRequest, v1::ListEntriesResponse> kListEntries{
    "AuditService", "ListEntries"};
inline constexpr Method<v1::GetEntryRequest, v1::LedgerEntry> kGetEntry{"AuditService", "GetEntry"};
inline constexpr Method<v1::GetProofRequest, v1::LedgerProof> kGetProof{"AuditService", "GetProof"};
inline constexpr Method<v1::GetConsistencyProofRequest, v1::ConsistencyProof> kGetConsistencyProof{
    "AuditService", "GetConsistencyProof"};
inline constexpr Method<v1::GetCheckpointRequest, v1::Checkpoint> kGetCheckpoint{"AuditService",
                                                                                 "GetCheckpoint"};
inline constexpr Method<v1::ListKeysRequest, v1::ListKeysResponse> kListKeys{"AuditService",
                                                                             "ListKeys"};
inline constexpr Method<v1::ListWitnessesRequest, v1::ListWitnessesResponse> kListWitnesses{
    "AuditService", "ListWitnesses"};
inline constexpr Method<v1::GetTileRequest, v1::GetTileResponse> kGetTile{"AuditService",
                                                                          "GetTile"};
inline constexpr Method<v1::CertifyRequest, v1::Certificate> kCertify{"AuditService", "Certify"};
inline constexpr Method<v1::EraseRequest, v1::Erasure> kErase{"AuditService", "Erase"};

inline constexpr Method<v1::CreatePolicyRequest, v1::Policy> kCreatePolicy{"PolicyService",
                                                                           "CreatePolicy"};
inline constexpr Method<v1::GetPolicyRequest, v1::Policy> kGetPolicy{"PolicyService", "GetPolicy"};
inline constexpr Method<v1::ListPoliciesRequest, v1::ListPoliciesResponse> kListPolicies{
    "PolicyService", "ListPolicies"};
inline constexpr Method<v1::UpdatePolicyRequest, v1::Policy> kUpdatePolicy{"PolicyService",
                                                                           "UpdatePolicy"};
inline constexpr Method<v1::DeletePolicyRequest, v1::DeletePolicyResponse> kDeletePolicy{
    "PolicyService", "DeletePolicy"};
inline constexpr Method<v1::PreviewPolicyRequest, v1::PreviewPolicyResponse> kPreviewPolicy{
    "PolicyService", "PreviewPolicy"};
inline constexpr Method<v1::DecideRequest, v1::Decision> kDecide{"PolicyService", "Decide"};
inline constexpr Method<v1::DecideBatchRequest, v1::DecideBatchResponse> kDecideBatch{
    "PolicyService", "DecideBatch"};
inline constexpr Method<v1::CompileViewRequest, v1::CompileViewResponse> kCompileView{
    "PolicyService", "CompileView"};

inline constexpr Method<v1::GetServerInfoRequest, v1::ServerInfo> kGetServerInfo{"ServerService",
                                                                                 "GetServerInfo"};

inline constexpr Method<v1::CreateTagDefinitionRequest, v1::TagDefinition> kCreateTagDefinition{
    "TagService", "CreateTagDefinition"};
inline constexpr Method<v1::GetTagDefinitionRequest, v1::TagDefinition> kGetTagDefinition{
    "TagService", "GetTagDefinition"};
inline constexpr Method<v1::ListTagDefinitionsRequest, v1::ListTagDefinitionsResponse>
    kListTagDefinitions{"TagService", "ListTagDefinitions"};
inline constexpr Method<v1::UpdateTagDefinitionRequest, v1::TagDefinition> kUpdateTagDefinition{
    "TagService", "UpdateTagDefinition"};
inline constexpr Method<v1::DeleteTagDefinitionRequest, v1::DeleteTagDefinitionResponse>
    kDeleteTagDefinition{"TagService", "DeleteTagDefinition"};
inline constexpr Method<v1::GetEffectiveTagsRequest, v1::GetEffectiveTagsResponse>
    kGetEffectiveTags{"TagService", "GetEffectiveTags"};
inline constexpr Method<v1::DeclassifyRequest, v1::Declassification> kDeclassify{"TagService",
                                                                                 "Declassify"};
inline constexpr Method<v1::ReclassifyRequest, v1::ReclassifyResponse> kReclassify{"TagService",
                                                                                   "Reclassify"};
inline constexpr Method<v1::ListDeclassificationsRequest, v1::ListDeclassificationsResponse>
    kListDeclassifications{"TagService", "ListDeclassifications"};

}  // namespace whence::cli
