#include "service/alias_ops.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "catalog/alias.h"
#include "catalog/version.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/paging.h"
#include "service/securable_names.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using catalog::kNow;

std::string AliasReference(const catalog::Securable& asset, const std::string& alias) {
  Reference reference;
  reference.kind = Reference::Kind::kAlias;
  reference.name = asset.path;
  reference.alias = alias;
  return FormatReference(reference);
}

// The position in a page token of an alias's history.
absl::StatusOr<Position> HistoryStart(const Page& page) {
  if (page.key.empty()) return kForever;
  Position before = 0;
  if (absl::SimpleAtoi(page.key.front(), &before) && before > 0) return before;
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

}  // namespace

absl::Status ValidateSetAlias(const v1::SetAliasRequest& request) {
  WHENCE_RETURN_IF_ERROR(ParsePath<v1::Asset>(request.asset(), "asset").status());
  WHENCE_RETURN_IF_ERROR(ValidateAliasName(request.alias(), "alias"));
  return CheckVersionNumber(request.version(), "version");
}

absl::StatusOr<v1::Alias> SetAlias(Call& call, const v1::SetAliasRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetLive<v1::Asset>(call, request.asset(), "asset"));
  WHENCE_ASSIGN_OR_RETURN(const catalog::VersionId version,
                          catalog::FindVersion(connection, kNow, asset.id, request.version()));
  if (version.id == 0) {
    return catalog::VersionNotFound(connection, kNow, asset.id, request.version());
  }
  WHENCE_ASSIGN_OR_RETURN(std::optional<catalog::Alias> alias,
                          catalog::FindAlias(connection, kNow, asset.id, request.alias()));
  if (!alias.has_value() || alias->version_id != version.id) {
    const ledger::Change& change = call.Change(AliasReference(asset, request.alias()));
    WHENCE_RETURN_IF_ERROR(catalog::SetAlias(call.write(), change, asset.id, request.alias(),
                                             version.id, version.number));
    WHENCE_ASSIGN_OR_RETURN(alias, catalog::FindAlias(connection, kNow, asset.id, request.alias()));
  }
  return Convert(*alias, asset.FullName());
}

absl::Status ValidateDeleteAlias(const v1::DeleteAliasRequest& request) {
  WHENCE_RETURN_IF_ERROR(ParsePath<v1::Asset>(request.asset(), "asset").status());
  return ValidateAliasName(request.alias(), "alias");
}

absl::StatusOr<v1::Alias> DeleteAlias(Call& call, const v1::DeleteAliasRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetLive<v1::Asset>(call, request.asset(), "asset"));
  WHENCE_RETURN_IF_ERROR(
      catalog::GetAlias(call.connection(), kNow, asset.id, request.alias()).status());
  const ledger::Change& change = call.Change(AliasReference(asset, request.alias()));
  WHENCE_RETURN_IF_ERROR(catalog::DeleteAlias(call.write(), change, asset.id, request.alias()));
  // As it now stands: it means no version since this position.
  v1::Alias deleted;
  deleted.set_asset(asset.FullName());
  deleted.set_alias(request.alias());
  *deleted.mutable_update_time() = TimeToProto(change.time);
  deleted.set_updater(std::string(change.actor));
  deleted.set_position(change.position);
  return deleted;
}

absl::StatusOr<v1::ListAliasesResponse> ListAliases(Call& call,
                                                    const v1::ListAliasesRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListAliases", request.asset()}));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetAssetNamed(connection, page.position, request.asset(), "asset"));
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<catalog::Alias> aliases,
      catalog::ListAliases(connection, page.position, asset.id,
                           page.key.empty() ? std::string() : page.key.front(), page.limit + 1));
  v1::ListAliasesResponse response;
  for (const catalog::Alias& alias : aliases) {
    if (response.aliases_size() == page.limit) {
      response.set_next_page_token(NextPageToken(page, {response.aliases(page.limit - 1).alias()}));
      break;
    }
    *response.add_aliases() = Convert(alias, asset.FullName());
  }
  return response;
}

absl::StatusOr<v1::ListAliasHistoryResponse> ListAliasHistory(
    Call& call, const v1::ListAliasHistoryRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_RETURN_IF_ERROR(ValidateAliasName(request.alias(), "alias"));
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListAliasHistory", request.asset(), request.alias()}));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetAssetNamed(connection, page.position, request.asset(), "asset"));
  WHENCE_ASSIGN_OR_RETURN(const Position before, HistoryStart(page));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Alias> stretches,
                          catalog::AliasHistory(connection, page.position, asset.id,
                                                request.alias(), before, page.limit + 1));
  if (stretches.empty() && page.key.empty()) {
    return catalog::GetAlias(connection, page.position, asset.id, request.alias()).status();
  }
  v1::ListAliasHistoryResponse response;
  for (const catalog::Alias& stretch : stretches) {
    if (response.entries_size() == page.limit) {
      response.set_next_page_token(
          NextPageToken(page, {absl::StrCat(response.entries(page.limit - 1).position())}));
      break;
    }
    *response.add_entries() = Convert(stretch, asset.FullName());
  }
  return response;
}

}  // namespace whence::service
