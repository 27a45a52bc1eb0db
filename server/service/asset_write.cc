#include "service/asset_write.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/search.h"
#include "catalog/tag.h"
#include "service/access_checks.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/detail_columns.h"

namespace whence::service {
namespace {

// Adds a text to one field of the search index, as far as it goes. What does not fit is whole
// texts, so that no half word is found.
void AddText(std::string_view text, std::string& field) {
  const size_t before = field.empty() ? 0 : field.size() + 1;
  if (text.empty() || before + text.size() > kMaxSearchTextBytes) return;
  if (!field.empty()) field += '\n';
  field += text;
}

void AddTag(const catalog::Tag& tag, std::string& field) {
  AddText(tag.value.empty() ? tag.key : StrCat(tag.key, " ", tag.value), field);
}

absl::StatusOr<catalog::SearchTexts> TextsOf(sql::Connection& connection,
                                             const catalog::Securable& asset) {
  catalog::SearchTexts texts;
  texts.name = asset.path.back();
  texts.comment = asset.comment;
  if (!asset.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const v1::Detail detail, ParseDetail(asset.detail));
    // Names of all columns before the first comment: they count more, should there be no room.
    const v1::Detail& columns = detail;
    ForEachColumn(columns,
                  [&](const v1::Column& column) { AddText(column.name(), texts.columns); });
    ForEachColumn(columns,
                  [&](const v1::Column& column) { AddText(column.comment(), texts.columns); });
    AddText(detail.prompt().template_(), texts.prompt);
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, catalog::kNow, asset.id, ""));
  for (const catalog::Tag& tag : tags) AddTag(tag, texts.tags);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> column_tags,
                          catalog::ListColumnTags(connection, catalog::kNow, asset.id));
  for (const catalog::ColumnTag& tag : column_tags) AddTag(tag.tag, texts.tags);
  return texts;
}

// Returns how many bytes of text the index took.
absl::StatusOr<size_t> WriteTexts(sql::WriteContext& context, const catalog::Securable& asset) {
  if (asset.deleted) {
    WHENCE_RETURN_IF_ERROR(catalog::Unindex(context, asset.id));
    return 0;
  }
  WHENCE_ASSIGN_OR_RETURN(const catalog::SearchTexts texts, TextsOf(context.connection(), asset));
  WHENCE_RETURN_IF_ERROR(catalog::Reindex(context, asset.id, texts));
  return texts.comment.size() + texts.columns.size() + texts.tags.size() + texts.prompt.size();
}

// The version's digest: the one given, else the one its detail determines.
absl::StatusOr<std::string> DigestOf(const v1::Version& version, const std::string& detail,
                                     std::string_view field) {
  if (!version.digest().empty()) return version.digest();
  if (!detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const v1::Detail parsed, ParseDetail(detail));
    if (parsed.has_prompt()) return Sha256Digest(parsed.prompt().template_());
  }
  return InvalidArgument("DIGEST_REQUIRED", StrCat(field, ".digest"),
                         "the digest of the content is not given",
                         "give sha256:<hex> of the content, or opaque:<text> for another system's "
                         "id; a prompt's is taken from its template");
}

}  // namespace

absl::StatusOr<catalog::Securable> CreateInCatalog(Call& call, catalog::NewSecurable wanted) {
  WHENCE_RETURN_IF_ERROR(catalog::CheckCreatable(call.connection(), wanted.path).status());
  if (wanted.owner.empty()) wanted.owner = call.info().principal;
  WHENCE_RETURN_IF_ERROR(CheckNewOwner(call, wanted.owner, call.info().principal,
                                       StrCat(catalog::LevelName(wanted.path.size()), ".owner")));
  const ledger::Change& change = call.Change(FormatName(wanted.path));
  WHENCE_ASSIGN_OR_RETURN(catalog::Securable created,
                          catalog::CreateSecurable(call.write(), change, wanted));
  if (catalog::IsAssetKind(created.kind)) {
    call.graph_changes().AddAsset(created.id, created.kind, change.position);
    WHENCE_RETURN_IF_ERROR(IndexForSearch(call, created));
  }
  return created;
}

absl::Status ValidateNewVersion(const v1::Version& version, std::string_view field) {
  const auto at = [field](std::string_view member) { return StrCat(field, ".", member); };
  if (!version.digest().empty()) {
    WHENCE_RETURN_IF_ERROR(ValidateDigest(version.digest(), at("digest")));
  }
  WHENCE_RETURN_IF_ERROR(
      ValidateText(version.location(), at("location"), kMaxUriBytes, /*allow_newlines=*/false));
  WHENCE_RETURN_IF_ERROR(CheckComment(version.comment(), at("comment")));
  WHENCE_RETURN_IF_ERROR(CheckProperties(version.properties(), at("properties")));
  return CheckDetail(version.detail(), at("detail"));
}

absl::StatusOr<catalog::Registered> RegisterVersionOf(Call& call, const catalog::Securable& asset,
                                                      const v1::Version& version,
                                                      std::string_view field) {
  sql::Connection& connection = call.connection();
  WHENCE_RETURN_IF_ERROR(WithFieldPrefix(call.Inherit(asset.detail.size()), field));
  catalog::NewVersion wanted;
  const std::string own_detail = SerializeDetail(StoredDetail(version.detail()));
  if (!own_detail.empty()) {
    WHENCE_RETURN_IF_ERROR(
        CheckDetailSuits(version.detail(), asset.kind, StrCat(field, ".detail")));
  }
  wanted.detail = own_detail.empty() ? asset.detail : own_detail;
  WHENCE_ASSIGN_OR_RETURN(wanted.digest, DigestOf(version, wanted.detail, field));
  WHENCE_ASSIGN_OR_RETURN(
      std::optional<catalog::Version> existing,
      catalog::FindVersionByDigest(connection, catalog::kNow, asset.id, wanted.digest));
  if (existing.has_value()) return catalog::Registered{.version = *std::move(existing)};
  wanted.location = version.location();
  wanted.comment = version.comment();
  wanted.properties = SerializeProperties(version.properties());
  WHENCE_ASSIGN_OR_RETURN(const catalog::VersionId newest,
                          catalog::FindCurrentVersion(connection, catalog::kNow, asset.id));
  const ledger::Change& change = call.Change(VersionName(asset.path, newest.number + 1));
  WHENCE_ASSIGN_OR_RETURN(catalog::Registered registered,
                          catalog::RegisterVersion(call.write(), change, asset.id, wanted));
  call.graph_changes().AddVersion(registered.version.id, asset.id, registered.version.number,
                                  change.position);
  catalog::SecurableUpdate update;
  update.detail = wanted.detail;
  if (update.Changes(asset)) {
    WHENCE_ASSIGN_OR_RETURN(const catalog::Securable updated,
                            catalog::UpdateSecurable(call.write(), change, asset, update));
    WHENCE_RETURN_IF_ERROR(IndexForSearch(call, updated));
  }
  return registered;
}

absl::Status IndexForSearch(Call& call, const catalog::Securable& securable) {
  if (!catalog::IsAssetKind(securable.kind)) return absl::OkStatus();
  // All texts are written again, however little of them changed: once for all of a batch's changes.
  const auto again = [id = securable.id](sql::WriteContext& context) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const catalog::Securable now,
                            catalog::GetSecurableById(context.connection(), catalog::kNow, id));
    return WriteTexts(context, now).status();
  };
  if (call.write().Postpone(securable.id, again)) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const size_t bytes, WriteTexts(call.write(), securable));
  call.write().Weigh(std::min(bytes * kSearchTextWeight, kMaxSearchTextWeight));
  return absl::OkStatus();
}

}  // namespace whence::service
