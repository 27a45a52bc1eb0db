#include "ledger/governed_tables.h"

#include <array>

namespace whence::ledger {
namespace {

using Names = std::string_view;

constexpr Names kSecurableColumns[] = {"id", "kind", "position", "creator", "create_time_us"};
constexpr sql::Query kSecurableRows{
    "SELECT position, NULL, id, kind, position, creator, create_time_us FROM securable"};
constexpr Names kSecurableStateColumns[] = {
    "securable_id", "valid_from", "parent_id", "name",    "comment",        "owner",
    "properties",   "detail",     "deleted",   "updater", "update_time_us", "valid_to"};
constexpr sql::Query kSecurableStateRows{
    "SELECT valid_from, valid_to, securable_id, valid_from, parent_id, name, comment, "
    "owner, properties, detail, deleted, updater, update_time_us, valid_to FROM "
    "securable_state"};
constexpr Names kSecurableMoveColumns[] = {"position", "securable_id"};
constexpr sql::Query kSecurableMoveRows{
    "SELECT position, NULL, position, securable_id FROM securable_move"};
constexpr Names kVersionColumns[] = {"id",     "asset_id", "number",         "digest",  "location",
                                     "detail", "creator",  "create_time_us", "position"};
constexpr sql::Query kVersionRows{
    "SELECT position, NULL, id, asset_id, number, digest, location, detail, creator, "
    "create_time_us, position FROM version"};
constexpr Names kVersionStateColumns[] = {"version_id", "valid_from", "comment", "properties",
                                          "valid_to"};
constexpr sql::Query kVersionStateRows{
    "SELECT valid_from, valid_to, version_id, valid_from, comment, properties, valid_to "
    "FROM version_state"};
constexpr Names kAliasColumns[] = {"asset_id", "name",    "valid_from",     "version_id",
                                   "number",   "updater", "update_time_us", "valid_to"};
constexpr sql::Query kAliasRows{
    "SELECT valid_from, valid_to, asset_id, name, valid_from, version_id, number, "
    "updater, update_time_us, valid_to FROM alias"};
constexpr Names kTagColumns[] = {"target_id",  "column_name", "key",
                                 "valid_from", "value",       "valid_to"};
constexpr sql::Query kTagRows{
    "SELECT valid_from, valid_to, target_id, column_name, key, valid_from, value, "
    "valid_to FROM tag"};
constexpr Names kDatasetIdentityColumns[] = {"namespace", "name", "valid_from", "asset_id",
                                             "valid_to"};
constexpr sql::Query kDatasetIdentityRows{
    "SELECT valid_from, valid_to, namespace, name, valid_from, asset_id, valid_to FROM "
    "dataset_identity"};
constexpr Names kRunColumns[] = {"id",         "valid_from",    "uuid",           "job_id",
                                 "state",      "start_time_us", "end_time_us",    "parent_uuid",
                                 "attributes", "recorder",      "create_time_us", "update_time_us",
                                 "valid_to"};
constexpr sql::Query kRunRows{
    "SELECT valid_from, valid_to, id, valid_from, uuid, job_id, state, start_time_us, "
    "end_time_us, parent_uuid, attributes, recorder, create_time_us, update_time_us, "
    "valid_to FROM run"};
constexpr Names kDeclarationColumns[] = {"id", "comment", "creator", "create_time_us", "position"};
constexpr sql::Query kDeclarationRows{
    "SELECT position, NULL, id, comment, creator, create_time_us, position FROM "
    "declaration"};
constexpr Names kEdgeColumns[] = {"via_id", "direction", "node_id", "position", "alias"};
constexpr sql::Query kEdgeRows{
    "SELECT position, NULL, via_id, direction, node_id, position, alias FROM edge"};
constexpr Names kColumnNodeColumns[] = {"id", "asset_id", "name", "position"};
constexpr sql::Query kColumnNodeRows{
    "SELECT position, NULL, id, asset_id, name, position FROM column_node"};
constexpr Names kColumnEdgeColumns[] = {"via_id",  "target_id",   "source_id", "transformation",
                                        "masking", "description", "position"};
constexpr sql::Query kColumnEdgeRows{
    "SELECT position, NULL, via_id, target_id, source_id, transformation, masking, "
    "description, position FROM column_edge"};
constexpr Names kOriginColumns[] = {"id", "digest", "position"};
constexpr sql::Query kOriginRows{"SELECT position, NULL, id, digest, position FROM origin"};
constexpr Names kOriginParentColumns[] = {"origin_id", "role", "ordinal", "node_id"};
constexpr sql::Query kOriginParentRows{
    "SELECT p.position, NULL, t.origin_id, t.role, t.ordinal, t.node_id FROM "
    "origin_parent AS t LEFT JOIN origin AS p ON p.id = t.origin_id"};
constexpr Names kPredictionColumns[] = {"row_id",         "id",
                                        "origin_id",      "run_uuid",
                                        "status",         "position",
                                        "recorder",       "create_time_us",
                                        "start_time_us",  "latency_us",
                                        "input_tokens",   "output_tokens",
                                        "cost_micros",    "currency",
                                        "input_digest",   "output_digest",
                                        "content_digest", "error_message",
                                        "attributes",     "input_text",
                                        "output_text"};
constexpr sql::Query kPredictionRows{
    "SELECT position, NULL, row_id, id, origin_id, run_uuid, status, position, recorder, "
    "create_time_us, start_time_us, latency_us, input_tokens, output_tokens, cost_micros, "
    "currency, input_digest, output_digest, content_digest, error_message, attributes, "
    "input_text, output_text FROM prediction"};
constexpr Names kPrincipalColumns[] = {"id",      "kind",           "name",
                                       "creator", "create_time_us", "position"};
constexpr sql::Query kPrincipalRows{
    "SELECT position, NULL, id, kind, name, creator, create_time_us, position FROM "
    "principal"};
constexpr Names kPrincipalStateColumns[] = {
    "principal_id", "valid_from",           "active",
    "deleted",      "max_calls_per_second", "max_request_bytes_per_second",
    "updater",      "update_time_us",       "display_name",
    "emails",       "external_id",          "valid_to"};
constexpr sql::Query kPrincipalStateRows{
    "SELECT valid_from, valid_to, principal_id, valid_from, active, deleted, "
    "max_calls_per_second, max_request_bytes_per_second, updater, update_time_us, display_name, "
    "emails, external_id, "
    "valid_to FROM principal_state"};
constexpr Names kMembershipColumns[] = {"group_id", "member_id", "valid_from", "valid_to"};
constexpr sql::Query kMembershipRows{
    "SELECT valid_from, valid_to, group_id, member_id, valid_from, valid_to FROM "
    "membership"};
constexpr Names kTokenColumns[] = {
    "id",      "principal_id",   "digest",         "hint",     "comment",         "read_only",
    "creator", "create_time_us", "expire_time_us", "position", "revoke_position", "revoke_time_us"};
constexpr sql::Query kTokenRows{
    "SELECT position, revoke_position, id, principal_id, digest, hint, comment, "
    "read_only, creator, create_time_us, expire_time_us, position, revoke_position, "
    "revoke_time_us FROM token"};
constexpr Names kTokenScopeColumns[] = {"token_id", "securable_id"};
constexpr sql::Query kTokenScopeRows{
    "SELECT p.position, NULL, t.token_id, t.securable_id FROM token_scope AS t LEFT JOIN "
    "token AS p ON p.id = t.token_id"};
constexpr Names kPrivilegeGrantColumns[] = {"securable_id", "principal_id", "privilege",
                                            "valid_from",   "grantor",      "grant_time_us",
                                            "valid_to"};
constexpr sql::Query kPrivilegeGrantRows{
    "SELECT valid_from, valid_to, securable_id, principal_id, privilege, valid_from, "
    "grantor, grant_time_us, valid_to FROM privilege_grant"};
constexpr Names kMetastoreStateColumns[] = {"valid_from", "owner_id", "updater", "update_time_us",
                                            "valid_to"};
constexpr sql::Query kMetastoreStateRows{
    "SELECT valid_from, valid_to, valid_from, owner_id, updater, update_time_us, valid_to "
    "FROM metastore_state"};
constexpr Names kPolicyColumns[] = {"id", "name", "creator", "create_time_us", "position"};
constexpr sql::Query kPolicyRows{
    "SELECT position, NULL, id, name, creator, create_time_us, position FROM policy"};
constexpr Names kPolicyStateColumns[] = {"policy_id", "valid_from",     "securable_id",
                                         "state",     "definition",     "deleted",
                                         "updater",   "update_time_us", "valid_to"};
constexpr sql::Query kPolicyStateRows{
    "SELECT valid_from, valid_to, policy_id, valid_from, securable_id, state, definition, "
    "deleted, updater, update_time_us, valid_to FROM policy_state"};
constexpr Names kTagDefinitionColumns[] = {"key",     "valid_from",     "definition",
                                           "updater", "update_time_us", "valid_to"};
constexpr sql::Query kTagDefinitionRows{
    "SELECT valid_from, valid_to, key, valid_from, definition, updater, update_time_us, "
    "valid_to FROM tag_definition"};
constexpr Names kDeclassificationColumns[] = {"asset_id",       "column_name", "key",
                                              "valid_from",     "comment",     "updater",
                                              "update_time_us", "valid_to"};
constexpr sql::Query kDeclassificationRows{
    "SELECT valid_from, valid_to, asset_id, column_name, key, valid_from, comment, "
    "updater, update_time_us, valid_to FROM declassification"};

constexpr Names kErasureColumns[] = {"what", "id", "state", "position"};
constexpr sql::Query kErasureRows{"SELECT position, NULL, what, id, state, position FROM erasure"};

constexpr GovernedTable kTables[] = {
    {.name = "securable",
     .columns = kSecurableColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kSecurableRows},
    {.name = "securable_state",
     .columns = kSecurableStateColumns,
     .keys = 2,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kSecurableStateRows},
    {.name = "securable_move",
     .columns = kSecurableMoveColumns,
     .keys = 2,
     .birth = "position",
     .rows = &kSecurableMoveRows},
    {.name = "version",
     .columns = kVersionColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kVersionRows},
    {.name = "version_state",
     .columns = kVersionStateColumns,
     .keys = 2,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kVersionStateRows},
    {.name = "alias",
     .columns = kAliasColumns,
     .keys = 3,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kAliasRows},
    {.name = "tag",
     .columns = kTagColumns,
     .keys = 4,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kTagRows},
    {.name = "dataset_identity",
     .columns = kDatasetIdentityColumns,
     .keys = 3,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kDatasetIdentityRows},
    {.name = "run",
     .columns = kRunColumns,
     .keys = 2,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kRunRows},
    {.name = "declaration",
     .columns = kDeclarationColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kDeclarationRows},
    {.name = "edge", .columns = kEdgeColumns, .keys = 3, .birth = "position", .rows = &kEdgeRows},
    {.name = "column_node",
     .columns = kColumnNodeColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kColumnNodeRows},
    {.name = "column_edge",
     .columns = kColumnEdgeColumns,
     .keys = 4,
     .birth = "position",
     .rows = &kColumnEdgeRows},
    {.name = "origin",
     .columns = kOriginColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kOriginRows},
    {.name = "origin_parent",
     .columns = kOriginParentColumns,
     .keys = 3,
     .rows = &kOriginParentRows},
    {.name = "prediction",
     .columns = kPredictionColumns,
     .keys = 1,
     .erasable = 2,
     .birth = "position",
     .rows = &kPredictionRows},
    {.name = "principal",
     .columns = kPrincipalColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kPrincipalRows},
    {.name = "principal_state",
     .columns = kPrincipalStateColumns,
     .keys = 2,
     .erasable = 3,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kPrincipalStateRows},
    {.name = "membership",
     .columns = kMembershipColumns,
     .keys = 3,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kMembershipRows},
    {.name = "token",
     .columns = kTokenColumns,
     .keys = 1,
     .closing = 2,
     .birth = "position",
     .closure = "revoke_position",
     .rows = &kTokenRows},
    {.name = "token_scope", .columns = kTokenScopeColumns, .keys = 2, .rows = &kTokenScopeRows},
    {.name = "privilege_grant",
     .columns = kPrivilegeGrantColumns,
     .keys = 4,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kPrivilegeGrantRows},
    {.name = "metastore_state",
     .columns = kMetastoreStateColumns,
     .keys = 1,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kMetastoreStateRows},
    {.name = "policy",
     .columns = kPolicyColumns,
     .keys = 1,
     .birth = "position",
     .rows = &kPolicyRows},
    {.name = "policy_state",
     .columns = kPolicyStateColumns,
     .keys = 2,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kPolicyStateRows},
    {.name = "tag_definition",
     .columns = kTagDefinitionColumns,
     .keys = 2,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kTagDefinitionRows},
    {.name = "declassification",
     .columns = kDeclassificationColumns,
     .keys = 4,
     .closing = 1,
     .birth = "valid_from",
     .closure = "valid_to",
     .rows = &kDeclassificationRows},
    {.name = "erasure",
     .columns = kErasureColumns,
     .keys = 3,
     .birth = "position",
     .rows = &kErasureRows},
};

}  // namespace

std::span<const GovernedTable> GovernedTables() { return kTables; }

}  // namespace whence::ledger
