#include "catalog/dataset_identity.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kFind{
    "SELECT asset_id, valid_from, valid_to FROM dataset_identity"
    " WHERE namespace = ?1 AND name = ?2 AND valid_from <= ?3 ORDER BY valid_from DESC LIMIT 1"};

constexpr sql::Query kListOfAsset{
    "SELECT namespace, name, valid_from FROM dataset_identity"
    " WHERE asset_id = ?1 AND namespace >= ?2 AND (namespace > ?2 OR name > ?3)"
    " AND valid_from <= ?4 AND valid_to > ?4 ORDER BY namespace, name LIMIT ?5"};

constexpr sql::Query kInsert{
    "INSERT INTO dataset_identity (namespace, name, valid_from, valid_to, asset_id)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kClose{
    "UPDATE dataset_identity SET valid_to = ?4"
    " WHERE namespace = ?1 AND name = ?2 AND valid_from = ?3"};

constexpr sql::Query kErase{
    "DELETE FROM dataset_identity WHERE namespace = ?1 AND name = ?2 AND valid_from = ?3"};

std::string Describe(std::string_view name_space, std::string_view name) {
  return StrCat("(", QuoteForMessage(name_space), ", ", QuoteForMessage(name), ")");
}

absl::Status IdentityNotFound(std::string_view name_space, std::string_view name,
                              std::string_view hint) {
  return NotFound("DATASET_IDENTITY_NOT_FOUND",
                  StrCat("no asset has the dataset identity ", Describe(name_space, name)), hint);
}

// Ends an attachment. One of this same mutation was never seen: it goes.
absl::Status End(sql::Connection& connection, Position position, const DatasetIdentity& current) {
  if (current.position == position) {
    return connection.Execute(kErase, current.name_space, current.name, position);
  }
  return connection.Execute(kClose, current.name_space, current.name, current.position, position);
}

}  // namespace

absl::StatusOr<std::optional<DatasetIdentity>> FindIdentity(sql::Connection& connection,
                                                            Position as_of,
                                                            std::string_view name_space,
                                                            std::string_view name) {
  sql::Rows rows = connection.Run(kFind, name_space, name, as_of);
  if (rows.Next() && rows.Int64(2) > as_of) {
    return DatasetIdentity{.name_space = std::string(name_space),
                           .name = std::string(name),
                           .asset_id = rows.Int64(0),
                           .position = rows.Int64(1)};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<DatasetIdentity> ResolveIdentity(sql::Connection& connection, Position as_of,
                                                std::string_view name_space,
                                                std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<DatasetIdentity> found,
                          FindIdentity(connection, as_of, name_space, name));
  if (!found.has_value()) {
    return IdentityNotFound(name_space, name,
                            "attach it to its asset with 'whence identity attach'");
  }
  WHENCE_ASSIGN_OR_RETURN(const bool live, IsLive(connection, as_of, found->asset_id));
  if (live) return *std::move(found);
  WHENCE_ASSIGN_OR_RETURN(const std::string asset, FullNameOf(connection, as_of, found->asset_id));
  return IdentityNotFound(name_space, name,
                          StrCat("it belonged to ", asset,
                                 ", which is deleted: undelete that, or "
                                 "attach the identity to another asset"));
}

absl::StatusOr<std::vector<DatasetIdentity>> ListIdentities(sql::Connection& connection,
                                                            Position as_of, int64_t asset_id,
                                                            std::string_view after_space,
                                                            std::string_view after_name,
                                                            int limit) {
  std::vector<DatasetIdentity> identities;
  sql::Rows rows = connection.Run(kListOfAsset, asset_id, after_space, after_name, as_of, limit);
  while (rows.Next()) {
    identities.push_back({.name_space = std::string(rows.Text(0)),
                          .name = std::string(rows.Text(1)),
                          .asset_id = asset_id,
                          .position = rows.Int64(2)});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return identities;
}

absl::Status CheckAttachable(sql::Connection& connection, int64_t asset_id,
                             std::string_view name_space, std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<DatasetIdentity> current,
                          FindIdentity(connection, kNow, name_space, name));
  if (current.has_value()) {
    if (current->asset_id == asset_id) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(const bool live, IsLive(connection, kNow, current->asset_id));
    if (live) {
      WHENCE_ASSIGN_OR_RETURN(const std::string holder,
                              FullNameOf(connection, kNow, current->asset_id));
      return AlreadyExists(
          "DATASET_IDENTITY_TAKEN",
          StrCat("dataset identity ", Describe(name_space, name), " belongs to ", holder),
          "detach it there first, if it shall move");
    }
  }
  const auto most = static_cast<int>(kMaxDatasetIdentities);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<DatasetIdentity> of_asset,
                          ListIdentities(connection, kNow, asset_id, "", "", most));
  if (of_asset.size() < kMaxDatasetIdentities) return absl::OkStatus();
  return FailedPrecondition(
      "TOO_MANY_DATASET_IDENTITIES",
      absl::StrCat("the asset has ", most, " dataset identities, and that is the most"),
      "detach one that is no longer used");
}

absl::StatusOr<DatasetIdentity> AttachIdentity(sql::WriteContext& context,
                                               const ledger::Change& change, int64_t asset_id,
                                               std::string_view name_space, std::string_view name) {
  sql::Connection& connection = context.connection();
  WHENCE_RETURN_IF_ERROR(CheckAttachable(connection, asset_id, name_space, name));
  WHENCE_ASSIGN_OR_RETURN(std::optional<DatasetIdentity> current,
                          FindIdentity(connection, kNow, name_space, name));
  if (current.has_value()) {
    if (current->asset_id == asset_id) return *std::move(current);
    WHENCE_RETURN_IF_ERROR(End(connection, change.position, *current));
  }
  WHENCE_RETURN_IF_ERROR(
      connection.Execute(kInsert, name_space, name, change.position, kForever, asset_id));
  return DatasetIdentity{.name_space = std::string(name_space),
                         .name = std::string(name),
                         .asset_id = asset_id,
                         .position = change.position};
}

absl::Status DetachIdentity(sql::WriteContext& context, const ledger::Change& change,
                            std::string_view name_space, std::string_view name) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<DatasetIdentity> current,
                          FindIdentity(connection, kNow, name_space, name));
  if (!current.has_value()) return absl::OkStatus();
  return End(connection, change.position, *current);
}

}  // namespace whence::catalog
