#include "http/trino_operations.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/name.h"

namespace whence::http {
namespace {

using access::Privilege;
using Verdict = TrinoItem::Verdict;
using Must = TrinoItem::Must;

template <Privilege... kPrivileges>
constexpr std::array<Privilege, sizeof...(kPrivileges)> kAnyOf = {kPrivileges...};

constexpr std::span<const Privilege> kNone{};
constexpr std::span<const Privilege> kBrowse{kAnyOf<Privilege::kBrowse>};
constexpr std::span<const Privilege> kManage{kAnyOf<Privilege::kManage>};
constexpr std::span<const Privilege> kModify{kAnyOf<Privilege::kModify>};
constexpr std::span<const Privilege> kSelect{kAnyOf<Privilege::kSelect>};
constexpr std::span<const Privilege> kExecute{kAnyOf<Privilege::kExecute>};
constexpr std::span<const Privilege> kUseCatalog{kAnyOf<Privilege::kUseCatalog>};
constexpr std::span<const Privilege> kCreateCatalog{kAnyOf<Privilege::kCreateCatalog>};
constexpr std::span<const Privilege> kCreateSchema{kAnyOf<Privilege::kCreateSchema>};
constexpr std::span<const Privilege> kCreateTable{kAnyOf<Privilege::kCreateTable>};
constexpr std::span<const Privilege> kCreateFunction{kAnyOf<Privilege::kCreateFunction>};
// To see that something is there; that which is granted most often first.
constexpr std::span<const Privilege> kSeeCatalog{
    kAnyOf<Privilege::kUseCatalog, Privilege::kBrowse>};
constexpr std::span<const Privilege> kSeeSchema{kAnyOf<Privilege::kUseSchema, Privilege::kBrowse>};
constexpr std::span<const Privilege> kSeeTable{
    kAnyOf<Privilege::kSelect, Privilege::kBrowse, Privilege::kModify, Privilege::kApplyTag,
           Privilege::kManage>};
constexpr std::span<const Privilege> kSeeColumn{kAnyOf<Privilege::kSelect, Privilege::kBrowse>};
constexpr std::span<const Privilege> kSeeFunction{
    kAnyOf<Privilege::kExecute, Privilege::kBrowse, Privilege::kModify, Privilege::kApplyTag,
           Privilege::kManage>};

constexpr bool kLooks = true;

constexpr TrinoOperation kOperations[] = {
    {"AccessCatalog", TrinoOn::kCatalog, kSeeCatalog, kLooks},
    {"AddColumn", TrinoOn::kTable, kModify},
    {"AlterColumn", TrinoOn::kTable, kModify},
    {"CreateCatalog", TrinoOn::kMetastore, kCreateCatalog},
    {"CreateFunction", TrinoOn::kSchemaOfNew, kCreateFunction},
    {"CreateMaterializedView", TrinoOn::kSchemaOfNew, kCreateTable},
    {"CreateSchema", TrinoOn::kCatalogOfNew, kCreateSchema},
    {"CreateTable", TrinoOn::kSchemaOfNew, kCreateTable},
    {"CreateView", TrinoOn::kSchemaOfNew, kCreateTable},
    {"CreateViewWithExecuteFunction", TrinoOn::kFunction, kExecute, kLooks},
    {"CreateViewWithSelectFromColumns", TrinoOn::kColumns, kSelect, kLooks},
    {"DeleteFromTable", TrinoOn::kTable, kModify},
    {"DenySchemaPrivilege", TrinoOn::kSchema, kManage},
    {"DenyTablePrivilege", TrinoOn::kTable, kManage},
    {"DropCatalog", TrinoOn::kCatalog, kManage},
    {"DropColumn", TrinoOn::kTable, kModify},
    {"DropFunction", TrinoOn::kFunction, kManage},
    {"DropMaterializedView", TrinoOn::kTable, kManage},
    {"DropSchema", TrinoOn::kSchema, kManage},
    {"DropTable", TrinoOn::kTable, kManage},
    {"DropView", TrinoOn::kTable, kManage},
    {"ExecuteFunction", TrinoOn::kFunction, kExecute, kLooks},
    {"ExecuteProcedure", TrinoOn::kFunction, kExecute},
    {"ExecuteQuery", TrinoOn::kNothing, kNone, kLooks},
    {"ExecuteTableProcedure", TrinoOn::kTable, kModify},
    {"FilterCatalogs", TrinoOn::kCatalog, kSeeCatalog, kLooks},
    {"FilterColumns", TrinoOn::kEachColumn, kSeeColumn, kLooks},
    {"FilterFunctions", TrinoOn::kFunction, kSeeFunction, kLooks},
    {"FilterSchemas", TrinoOn::kSchema, kSeeSchema, kLooks},
    {"FilterTables", TrinoOn::kTable, kSeeTable, kLooks},
    {"FilterViewQueryOwnedBy", TrinoOn::kUser, kBrowse, kLooks},
    {"GrantExecuteFunctionPrivilege", TrinoOn::kFunction, kManage},
    {"GrantSchemaPrivilege", TrinoOn::kSchema, kManage},
    {"GrantTablePrivilege", TrinoOn::kTable, kManage},
    {"ImpersonateUser", TrinoOn::kUser, kManage},
    {"InsertIntoTable", TrinoOn::kTable, kModify},
    {"KillQueryOwnedBy", TrinoOn::kUser, kManage},
    {"ReadSystemInformation", TrinoOn::kMetastore, kBrowse, kLooks},
    {"RefreshMaterializedView", TrinoOn::kTable, kModify},
    {"RenameColumn", TrinoOn::kTable, kManage},  // by another name a column has other masks
    {"RenameMaterializedView", TrinoOn::kRenamed, kManage},
    {"RenameSchema", TrinoOn::kSchema, kManage},
    {"RenameTable", TrinoOn::kRenamed, kManage},
    {"RenameView", TrinoOn::kRenamed, kManage},
    {"RevokeSchemaPrivilege", TrinoOn::kSchema, kManage},
    {"RevokeTablePrivilege", TrinoOn::kTable, kManage},
    {"SelectFromColumns", TrinoOn::kColumns, kSelect, kLooks},
    {"SetCatalogSessionProperty", TrinoOn::kCatalog, kUseCatalog},
    {"SetColumnComment", TrinoOn::kTable, kModify},
    {"SetMaterializedViewComment", TrinoOn::kTable, kModify},
    {"SetMaterializedViewProperties", TrinoOn::kTable, kModify},
    {"SetSchemaAuthorization", TrinoOn::kSchema, kManage},
    {"SetSystemSessionProperty", TrinoOn::kNothing, kNone, kLooks},
    {"SetTableAuthorization", TrinoOn::kTable, kManage},
    {"SetTableComment", TrinoOn::kTable, kModify},
    {"SetTableProperties", TrinoOn::kTable, kModify},
    {"SetViewAuthorization", TrinoOn::kTable, kManage},
    {"SetViewComment", TrinoOn::kTable, kModify},
    {"ShowColumns", TrinoOn::kTable, kSeeTable, kLooks},
    {"ShowCreateFunction", TrinoOn::kFunction, kSeeFunction, kLooks},
    {"ShowCreateSchema", TrinoOn::kSchema, kSeeSchema, kLooks},
    {"ShowCreateTable", TrinoOn::kTable, kSeeTable, kLooks},
    {"ShowCurrentRoles", TrinoOn::kNothing, kNone, kLooks},
    {"ShowFunctions", TrinoOn::kSchema, kSeeSchema, kLooks},
    {"ShowRoleGrants", TrinoOn::kNothing, kNone, kLooks},
    {"ShowRoles", TrinoOn::kNothing, kNone, kLooks},
    {"ShowSchemas", TrinoOn::kCatalog, kSeeCatalog, kLooks},
    {"ShowTables", TrinoOn::kSchema, kSeeSchema, kLooks},
    {"TruncateTable", TrinoOn::kTable, kModify},
    {"UpdateTableColumns", TrinoOn::kColumns, kModify},
    {"ViewQueryOwnedBy", TrinoOn::kUser, kBrowse, kLooks},
    {"WriteSystemInformation", TrinoOn::kMetastore, kManage},
};

constexpr std::string_view kSystem = "system";
constexpr std::string_view kInformationSchema = "information_schema";
// What Trino itself shows to everybody only as far as they may see it: drivers need it.
constexpr std::array<std::string_view, 4> kOpenSchemas = {"builtin", kInformationSchema, "jdbc",
                                                          "metadata"};

v1::Securable Named(std::initializer_list<std::string_view> parts) {
  v1::Securable securable;
  std::vector<std::string> names;
  for (const std::string_view part : parts) names.emplace_back(part);
  securable.set_name(FormatName(names));
  return securable;
}

v1::Securable Metastore() {
  v1::Securable securable;
  securable.set_type(v1::SECURABLE_TYPE_METASTORE);
  return securable;
}

TrinoItem Present() { return {.verdict = Verdict::kPresent}; }
TrinoItem Denied() { return {.verdict = Verdict::kDenied}; }
TrinoItem OnMetastore(std::span<const Privilege> any) {
  return {.securable = Metastore(), .any = any};
}

// An item on what the parts name; denied when one is missing.
TrinoItem On(std::initializer_list<std::string_view> parts, std::span<const Privilege> any,
             Must must = Must::kAny) {
  const auto missing = [](std::string_view part) { return part.empty(); };
  if (std::any_of(parts.begin(), parts.end(), missing)) return Denied();
  return {.securable = Named(parts), .any = any, .must = must};
}

// What is of Trino itself, and in no catalog of Whence.
TrinoItem OnOwnTable(const TrinoOperation& operation, const TrinoResource& r) {
  if (!operation.looks) return Denied();
  if (r.catalog != kSystem) return On({r.catalog}, kSeeCatalog);
  const bool open = r.schema.empty() || std::find(kOpenSchemas.begin(), kOpenSchemas.end(),
                                                  r.schema) != kOpenSchemas.end();
  return open ? Present() : OnMetastore(kBrowse);
}

TrinoItem OnFunction(const TrinoOperation& operation, const TrinoResource& r) {
  // Early releases name Trino's own functions without a catalog.
  const bool own = r.catalog.data() == nullptr || r.catalog == kSystem;
  if (own && operation.looks && (r.schema.empty() || r.schema == "builtin")) return Present();
  if (own && operation.looks) return Denied();
  if (own) return operation.name == "ExecuteProcedure" ? OnMetastore(kManage) : Denied();
  if (r.schema == kInformationSchema) return Denied();
  // A connector's procedures and table functions: they reach past tables, into the source itself.
  if (r.schema == kSystem) return On({r.catalog}, kManage);
  return On({r.catalog, r.schema, r.function}, operation.any, Must::kBeFunction);
}

TrinoItem OnUser(const TrinoOperation& operation, const TrinoRequest& request,
                 const TrinoResource& r) {
  if (r.user.empty()) return Denied();
  return r.user == request.user ? Present() : OnMetastore(operation.any);
}

TrinoItem OnTable(const TrinoOperation& operation, const TrinoResource& r) {
  TrinoItem item = On({r.catalog, r.schema, r.table}, operation.any, Must::kBeTable);
  if (operation.on == TrinoOn::kColumns || operation.on == TrinoOn::kEachColumn) {
    item.columns.assign(r.columns.begin(), r.columns.end());
  }
  // Who may not read a column is not offered it by `SELECT *` either.
  item.deny_ends_it = operation.on == TrinoOn::kEachColumn;
  // But the others are, so the table is there.
  item.some_columns = operation.any.data() == kSeeTable.data();
  return item;
}

// What stands where something new shall be. Trino asks the same of CREATE and of CREATE OR REPLACE,
// by which it is dropped.
TrinoItem OnReplaced(const TrinoOperation& operation, const TrinoResource& r) {
  const bool function = operation.name == "CreateFunction";
  TrinoItem item = On({r.catalog, r.schema, function ? r.function : r.table}, kManage);
  item.may_be_missing = true;
  return item;
}

}  // namespace

std::span<const TrinoOperation> TrinoOperations() { return kOperations; }

const TrinoOperation* FindTrinoOperation(std::string_view name) {
  const auto* const found = std::lower_bound(
      std::begin(kOperations), std::end(kOperations), name,
      [](const TrinoOperation& operation, std::string_view n) { return operation.name < n; });
  return found != std::end(kOperations) && found->name == name ? found : nullptr;
}

bool IsTrinoOwn(const TrinoResource& resource) {
  return resource.catalog == kSystem || resource.schema == kInformationSchema;
}

v1::Securable TrinoTable(const TrinoResource& resource) {
  return Named({resource.catalog, resource.schema, resource.table});
}

std::vector<TrinoItem> TrinoItems(const TrinoOperation& operation, const TrinoRequest& request,
                                  const TrinoResource& r) {
  switch (operation.on) {
    case TrinoOn::kNothing:
      return {Present()};
    case TrinoOn::kMetastore:
      if (r.catalog == kSystem) return {Denied()};
      return {OnMetastore(operation.any)};
    case TrinoOn::kUser:
      return {OnUser(operation, request, r)};
    case TrinoOn::kFunction:
      return {OnFunction(operation, r)};
    case TrinoOn::kCatalog:
    case TrinoOn::kCatalogOfNew:
      if (IsTrinoOwn(r)) return {OnOwnTable(operation, r)};
      return {On({r.catalog}, operation.any)};
    case TrinoOn::kSchema:
      if (IsTrinoOwn(r)) return {OnOwnTable(operation, r)};
      return {On({r.catalog, r.schema}, operation.any)};
    case TrinoOn::kSchemaOfNew:
      if (IsTrinoOwn(r)) return {OnOwnTable(operation, r)};
      return {On({r.catalog, r.schema}, operation.any), OnReplaced(operation, r)};
    case TrinoOn::kTable:
    case TrinoOn::kColumns:
    case TrinoOn::kEachColumn:
      if (IsTrinoOwn(r)) return {OnOwnTable(operation, r)};
      return {OnTable(operation, r)};
    case TrinoOn::kRenamed: {
      const TrinoResource& target = request.target;
      if (IsTrinoOwn(r) || IsTrinoOwn(target)) return {Denied()};
      std::vector<TrinoItem> items = {OnTable(operation, r)};
      if (target.catalog != r.catalog || target.schema != r.schema || target.table.empty()) {
        items.push_back(target.table.empty() ? Denied()
                                             : On({target.catalog, target.schema}, kCreateTable));
      }
      return items;
    }
  }
  return {Denied()};
}

TrinoItem TrinoColumnItem(const TrinoItem& table, std::string_view column) {
  TrinoItem item = table;
  item.columns = {std::string(column)};
  return item;
}

}  // namespace whence::http
