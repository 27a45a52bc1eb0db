#include "http/routes.h"

#include "http/rest.h"
#include "service/access_operations.h"
#include "service/audit_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "service/server_operations.h"
#include "service/tag_operations.h"

namespace whence::http {
namespace {

using namespace service;  // NOLINT(google-build-using-namespace): the operations, one a line

constexpr Route kRoutes[] = {
    // CatalogService
    {"POST", "/v1/catalogs", "catalog", Rest<kCreateCatalog>()},
    {"GET", "/v1/catalogs/{name}", "", Rest<kGetCatalog>()},
    {"GET", "/v1/catalogs", "", Rest<kListCatalogs>()},
    {"PATCH", "/v1/catalogs/{catalog.name}", "catalog", Rest<kUpdateCatalog>()},
    {"POST", "/v1/catalogs/{name}:rename", "*", Rest<kRenameCatalog>()},
    {"DELETE", "/v1/catalogs/{name}", "", Rest<kDeleteCatalog>()},
    {"POST", "/v1/catalogs/{name}:undelete", "*", Rest<kUndeleteCatalog>()},
    {"POST", "/v1/schemas", "schema", Rest<kCreateSchema>()},
    {"GET", "/v1/schemas/{name}", "", Rest<kGetSchema>()},
    {"GET", "/v1/schemas", "", Rest<kListSchemas>()},
    {"PATCH", "/v1/schemas/{schema.name}", "schema", Rest<kUpdateSchema>()},
    {"POST", "/v1/schemas/{name}:rename", "*", Rest<kRenameSchema>()},
    {"DELETE", "/v1/schemas/{name}", "", Rest<kDeleteSchema>()},
    {"POST", "/v1/schemas/{name}:undelete", "*", Rest<kUndeleteSchema>()},
    {"POST", "/v1/assets", "asset", Rest<kCreateAsset>()},
    {"GET", "/v1/assets/{name}", "", Rest<kGetAsset>()},
    {"GET", "/v1/assets", "", Rest<kListAssets>()},
    {"PATCH", "/v1/assets/{asset.name}", "asset", Rest<kUpdateAsset>()},
    {"POST", "/v1/assets/{name}:rename", "*", Rest<kRenameAsset>()},
    {"DELETE", "/v1/assets/{name}", "", Rest<kDeleteAsset>()},
    {"POST", "/v1/assets/{name}:undelete", "*", Rest<kUndeleteAsset>()},
    {"POST", "/v1/assets/{asset}/versions", "version", Rest<kRegisterVersion>()},
    {"GET", "/v1/versions/{name}", "", Rest<kGetVersion>()},
    {"GET", "/v1/assets/{asset}/versions", "", Rest<kListVersions>()},
    {"PATCH", "/v1/versions/{version.name}", "version", Rest<kUpdateVersion>()},
    {"PUT", "/v1/assets/{asset}/aliases/{alias}", "*", Rest<kSetAlias>()},
    {"DELETE", "/v1/assets/{asset}/aliases/{alias}", "", Rest<kDeleteAlias>()},
    {"GET", "/v1/assets/{asset}/aliases", "", Rest<kListAliases>()},
    {"GET", "/v1/assets/{asset}/aliases/{alias}/history", "", Rest<kListAliasHistory>()},
    {"POST", "/v1/tags:set", "*", Rest<kSetTags>()},
    {"POST", "/v1/datasetIdentities", "identity", Rest<kAttachDatasetIdentity>()},
    {"DELETE", "/v1/datasetIdentities", "", Rest<kDetachDatasetIdentity>()},
    {"GET", "/v1/datasetIdentities:resolve", "", Rest<kResolveDatasetIdentity>()},
    {"GET", "/v1/assets/{asset}/datasetIdentities", "", Rest<kListDatasetIdentities>()},
    {"GET", "/v1/search", "", Rest<kSearch>()},
    // LineageService
    {"POST", "/v1/runs:start", "run", Rest<kStartRun>()},
    {"PATCH", "/v1/runs/{run.id}", "run", Rest<kUpdateRun>()},
    {"POST", "/v1/runs/{id}:finish", "*", Rest<kFinishRun>()},
    {"POST", "/v1/runs", "run", Rest<kRecordRun>()},
    {"POST", "/v1/runs:record", "*", Rest<kRecordRuns>()},
    {"POST", "/v1/declarations", "*", Rest<kRecordEdges>()},
    {"GET", "/v1/runs/{id}", "", Rest<kGetRun>()},
    {"GET", "/v1/runs", "", Rest<kListRuns>()},
    {"GET", "/v1/declarations", "", Rest<kListDeclarations>()},
    {"GET", "/v1/lineage/{reference}", "", Rest<kGetLineage>()},
    {"GET", "/v1/explanations/{reference}", "", Rest<kExplain>()},
    {"GET", "/v1/impact/{reference}", "", Rest<kImpact>()},
    {"GET", "/v1/paths", "", Rest<kFindPath>()},
    // PredictionService
    {"POST", "/v1/predictions", "prediction", Rest<kRecordPrediction>()},
    {"POST", "/v1/predictions:record", "*", Rest<kRecordPredictions>()},
    {"GET", "/v1/predictions/{id}", "", Rest<kGetPrediction>()},
    {"GET", "/v1/predictions", "", Rest<kListPredictions>()},
    // AccessService
    {"POST", "/v1/principals", "principal", Rest<kCreatePrincipal>()},
    {"GET", "/v1/principals/{name}", "", Rest<kGetPrincipal>()},
    {"GET", "/v1/principals", "", Rest<kListPrincipals>()},
    {"PATCH", "/v1/principals/{principal.name}", "principal", Rest<kUpdatePrincipal>()},
    {"DELETE", "/v1/principals/{name}", "", Rest<kDeletePrincipal>()},
    {"PUT", "/v1/groups/{group}/members/{member}", "*", Rest<kAddMember>()},
    {"DELETE", "/v1/groups/{group}/members/{member}", "", Rest<kRemoveMember>()},
    {"GET", "/v1/groups/{group}/members", "", Rest<kListMembers>()},
    {"GET", "/v1/principals/{principal}/groups", "", Rest<kListGroups>()},
    {"POST", "/v1/tokens", "token", Rest<kCreateToken>()},
    {"GET", "/v1/tokens", "", Rest<kListTokens>()},
    {"POST", "/v1/tokens/{id}:revoke", "*", Rest<kRevokeToken>()},
    {"GET", "/v1/whoami", "", Rest<kWhoAmI>()},
    {"POST", "/v1/grants:change", "*", Rest<kChangeGrants>()},
    {"GET", "/v1/grants", "", Rest<kListGrants>()},
    {"GET", "/v1/metastore", "", Rest<kGetMetastore>()},
    {"POST", "/v1/metastore:transfer", "*", Rest<kTransferMetastore>()},
    {"GET", "/v1/effectivePrivileges", "", Rest<kGetEffectivePrivileges>()},
    {"GET", "/v1/access:explain", "", Rest<kExplainAccess>()},
    {"GET", "/v1/assetAccess", "", Rest<kListAssetAccess>()},
    // AuditService
    {"GET", "/v1/ledger/entries", "", Rest<kListEntries>()},
    {"GET", "/v1/ledger/entries/{position}", "", Rest<kGetEntry>()},
    {"GET", "/v1/ledger/proof", "", Rest<kGetProof>()},
    {"GET", "/v1/ledger/consistencyProof", "", Rest<kGetConsistencyProof>()},
    {"GET", "/v1/ledger/checkpoint", "", Rest<kGetCheckpoint>()},
    {"GET", "/v1/ledger/keys", "", Rest<kListKeys>()},
    {"GET", "/v1/ledger/witnesses", "", Rest<kListWitnesses>()},
    {"GET", "/v1/ledger/tile", "", Rest<kGetTile>()},
    {"GET", "/v1/certificates/{reference}", "", Rest<kCertify>()},
    {"POST", "/v1/ledger:erase", "*", Rest<kErase>()},
    // PolicyService
    {"POST", "/v1/policies", "policy", Rest<kCreatePolicy>()},
    {"GET", "/v1/policies/{name}", "", Rest<kGetPolicy>()},
    {"GET", "/v1/policies", "", Rest<kListPolicies>()},
    {"PATCH", "/v1/policies/{policy.name}", "policy", Rest<kUpdatePolicy>()},
    {"DELETE", "/v1/policies/{name}", "", Rest<kDeletePolicy>()},
    {"POST", "/v1/policies:preview", "*", Rest<kPreviewPolicy>()},
    {"POST", "/v1/access:decide", "*", Rest<kDecide>()},
    {"POST", "/v1/access:decideBatch", "*", Rest<kDecideBatch>()},
    {"POST", "/v1/views:compile", "*", Rest<kCompileView>()},
    // ServerService
    {"GET", "/v1/server", "", Rest<kGetServerInfo>()},
    // TagService
    {"POST", "/v1/tagDefinitions", "definition", Rest<kCreateTagDefinition>()},
    {"GET", "/v1/tagDefinitions/{key}", "", Rest<kGetTagDefinition>()},
    {"GET", "/v1/tagDefinitions", "", Rest<kListTagDefinitions>()},
    {"PATCH", "/v1/tagDefinitions/{definition.key}", "definition", Rest<kUpdateTagDefinition>()},
    {"DELETE", "/v1/tagDefinitions/{key}", "", Rest<kDeleteTagDefinition>()},
    {"GET", "/v1/effectiveTags/{reference}", "", Rest<kGetEffectiveTags>()},
    {"POST", "/v1/declassifications:declassify", "*", Rest<kDeclassify>()},
    {"POST", "/v1/declassifications:reclassify", "*", Rest<kReclassify>()},
    {"GET", "/v1/declassifications", "", Rest<kListDeclassifications>()},
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace whence::http
