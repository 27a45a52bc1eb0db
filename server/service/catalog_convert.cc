#include "service/catalog_convert.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "service/blobs.h"
#include "service/detail_columns.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

// What catalogs, schemas and assets have in common.
template <class Message>
absl::Status ConvertCommon(sql::Connection& connection, Position as_of,
                           const catalog::Securable& securable, Message* out) {
  out->set_name(securable.FullName());
  out->set_id(securable.id);
  out->set_comment(securable.comment);
  out->set_owner(securable.owner);
  WHENCE_RETURN_IF_ERROR(ParseProperties(securable.properties, out->mutable_properties()));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, as_of, securable.id, ""));
  PutTags(tags, out->mutable_tags());
  out->set_state(securable.live() ? v1::STATE_ACTIVE : v1::STATE_DELETED);
  *out->mutable_create_time() = TimeToProto(securable.create_time);
  out->set_creator(securable.creator);
  *out->mutable_update_time() = TimeToProto(securable.update_time);
  out->set_updater(securable.updater);
  out->set_etag(securable.Etag());
  out->set_position(securable.position);
  return absl::OkStatus();
}

}  // namespace

v1::Kind ToProto(catalog::Kind kind) {
  return catalog::IsAssetKind(kind) ? static_cast<v1::Kind>(kind) : v1::KIND_UNSPECIFIED;
}

catalog::Kind ToKind(v1::Kind kind) {
  const std::optional<catalog::Kind> known = catalog::KindFromNumber(static_cast<int>(kind));
  return known.has_value() && catalog::IsAssetKind(*known) ? *known : catalog::Kind::kUnspecified;
}

absl::Status CheckKind(v1::Kind kind, std::string_view field) {
  if (kind == v1::KIND_UNSPECIFIED) {
    return InvalidArgument("KIND_REQUIRED", field, "the kind is not given",
                           "say what it is: TABLE, MODEL, PROMPT ...");
  }
  if (ToKind(kind) != catalog::Kind::kUnspecified) return absl::OkStatus();
  return InvalidArgument("ENUM_VALUE_UNKNOWN", field,
                         absl::StrCat(static_cast<int>(kind), " is no kind"),
                         "use a value of the contract; is the client newer than the server?");
}

std::string VersionName(const std::vector<std::string>& path, int64_t number) {
  Reference reference;
  reference.kind = Reference::Kind::kVersion;
  reference.name = path;
  reference.version = number;
  return FormatReference(reference);
}

std::vector<catalog::Tag> ToTags(const google::protobuf::RepeatedPtrField<v1::Tag>& tags) {
  std::vector<catalog::Tag> result;
  result.reserve(static_cast<size_t>(tags.size()));
  for (const v1::Tag& tag : tags) result.push_back({.key = tag.key(), .value = tag.value()});
  return result;
}

void PutTags(const std::vector<catalog::Tag>& tags,
             google::protobuf::RepeatedPtrField<v1::Tag>* out) {
  for (const catalog::Tag& tag : tags) {
    v1::Tag* added = out->Add();
    added->set_key(tag.key);
    added->set_value(tag.value);
  }
}

absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Catalog* out) {
  return ConvertCommon(connection, as_of, securable, out);
}

absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Schema* out) {
  return ConvertCommon(connection, as_of, securable, out);
}

absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Asset* out) {
  WHENCE_RETURN_IF_ERROR(ConvertCommon(connection, as_of, securable, out));
  out->set_kind(ToProto(securable.kind));
  if (!securable.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(*out->mutable_detail(), ParseDetail(securable.detail));
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> tags,
                            catalog::ListColumnTags(connection, as_of, securable.id));
    PutColumnTags(tags, *out->mutable_detail());
  }
  WHENCE_ASSIGN_OR_RETURN(const catalog::VersionId newest,
                          catalog::FindCurrentVersion(connection, as_of, securable.id));
  out->set_current_version(newest.number);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Alias> aliases,
                          catalog::ListAliases(connection, as_of, securable.id, "",
                                               static_cast<int>(kMaxAliasesPerAsset)));
  for (const catalog::Alias& alias : aliases) *out->add_aliases() = Convert(alias, out->name());
  return absl::OkStatus();
}

absl::StatusOr<v1::Version> Convert(sql::Connection& connection, Position as_of,
                                    const catalog::Securable& asset,
                                    const catalog::Version& version) {
  v1::Version out;
  out.set_name(VersionName(asset.path, version.number));
  out.set_asset(asset.FullName());
  out.set_number(version.number);
  out.set_digest(version.digest);
  out.set_location(version.location);
  out.set_comment(version.comment);
  WHENCE_RETURN_IF_ERROR(ParseProperties(version.properties, out.mutable_properties()));
  if (!version.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(*out.mutable_detail(), ParseDetail(version.detail));
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> tags,
                            catalog::ListColumnTags(connection, as_of, asset.id));
    PutColumnTags(tags, *out.mutable_detail());
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, as_of, version.id, ""));
  PutTags(tags, out.mutable_tags());
  WHENCE_ASSIGN_OR_RETURN(std::vector<std::string> aliases,
                          catalog::AliasesOfVersion(connection, as_of, asset.id, version.id));
  for (std::string& alias : aliases) out.add_aliases(std::move(alias));
  *out.mutable_create_time() = TimeToProto(version.create_time);
  out.set_creator(version.creator);
  out.set_etag(version.Etag());
  out.set_position(version.position);
  out.set_kind(ToProto(asset.kind));
  return out;
}

v1::Alias Convert(const catalog::Alias& alias, std::string_view asset_name) {
  v1::Alias out;
  out.set_asset(std::string(asset_name));
  out.set_alias(alias.name);
  out.set_version(alias.number);
  *out.mutable_update_time() = TimeToProto(alias.update_time);
  out.set_updater(alias.updater);
  out.set_position(alias.position);
  out.set_end_position(alias.end == kForever ? 0 : alias.end);
  return out;
}

v1::DatasetIdentity Convert(const catalog::DatasetIdentity& identity, std::string_view asset_name) {
  v1::DatasetIdentity out;
  out.set_namespace_(identity.name_space);
  out.set_name(identity.name);
  out.set_asset(std::string(asset_name));
  out.set_position(identity.position);
  return out;
}

}  // namespace whence::service
