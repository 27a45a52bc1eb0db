#include "src/convert.h"

namespace whence::client_internal {
namespace {

// Fields that catalogs, schemas and assets have under the same names.
template <typename Struct, typename Proto>
void SetCommon(const Struct& resource, Proto* proto) {
  proto->set_name(resource.name);
  proto->set_comment(resource.comment);
  proto->set_owner(resource.owner);
  proto->mutable_properties()->insert(resource.properties.begin(), resource.properties.end());
}

template <typename Struct, typename Proto>
void GetCommon(const Proto& proto, Struct* resource) {
  resource->name = proto.name();
  resource->comment = proto.comment();
  resource->owner = proto.owner();
  resource->properties = {proto.properties().begin(), proto.properties().end()};
  resource->tags = FromRepeated<Tag>(proto.tags());
  resource->id = proto.id();
  resource->deleted = proto.state() == v1::STATE_DELETED;
  resource->audit = {.create_time = FromProto(proto.create_time()),
                     .creator = proto.creator(),
                     .update_time = FromProto(proto.update_time()),
                     .updater = proto.updater(),
                     .etag = proto.etag(),
                     .position = proto.position()};
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp* proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down
  proto->set_seconds(seconds);
  proto->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

absl::Time FromProto(const google::protobuf::Timestamp& proto) {
  // A message that is not set reads as zero; nothing in a catalog happened in 1970.
  if (proto.seconds() == 0 && proto.nanos() == 0) return absl::InfinitePast();
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

void ToProto(const Catalog& catalog, v1::Catalog* proto) { SetCommon(catalog, proto); }
void ToProto(const Schema& schema, v1::Schema* proto) { SetCommon(schema, proto); }

void ToProto(const Asset& asset, v1::Asset* proto) {
  SetCommon(asset, proto);
  proto->set_kind(static_cast<v1::Kind>(asset.kind));
  if (asset.detail.index() != 0) ToProto(asset.detail, proto->mutable_detail());
}

void ToProto(const NewVersion& version, v1::Version* proto) {
  proto->set_digest(version.digest);
  proto->set_location(version.location);
  proto->set_comment(version.comment);
  proto->mutable_properties()->insert(version.properties.begin(), version.properties.end());
  if (version.detail.index() != 0) ToProto(version.detail, proto->mutable_detail());
}

Tag FromProto(const v1::Tag& proto) { return {.key = proto.key(), .value = proto.value()}; }

Catalog FromProto(const v1::Catalog& proto) {
  Catalog catalog;
  GetCommon(proto, &catalog);
  return catalog;
}

Schema FromProto(const v1::Schema& proto) {
  Schema schema;
  GetCommon(proto, &schema);
  return schema;
}

Asset FromProto(const v1::Asset& proto) {
  Asset asset;
  GetCommon(proto, &asset);
  asset.kind = static_cast<Kind>(proto.kind());
  asset.detail = FromProto(proto.detail());
  asset.current_version = proto.current_version();
  asset.aliases = FromRepeated<Alias>(proto.aliases());
  return asset;
}

Version FromProto(const v1::Version& proto) {
  return {.name = proto.name(),
          .asset = proto.asset(),
          .number = proto.number(),
          .kind = static_cast<Kind>(proto.kind()),
          .digest = proto.digest(),
          .location = proto.location(),
          .comment = proto.comment(),
          .properties = {proto.properties().begin(), proto.properties().end()},
          .detail = FromProto(proto.detail()),
          .tags = FromRepeated<Tag>(proto.tags()),
          .aliases = FromStrings(proto.aliases()),
          .create_time = FromProto(proto.create_time()),
          .creator = proto.creator(),
          .etag = proto.etag(),
          .position = proto.position()};
}

Alias FromProto(const v1::Alias& proto) {
  return {.asset = proto.asset(),
          .alias = proto.alias(),
          .version = proto.version(),
          .update_time = FromProto(proto.update_time()),
          .updater = proto.updater(),
          .position = proto.position(),
          .end_position = proto.end_position()};
}

SearchHit FromProto(const v1::SearchHit& proto) {
  return {.asset = FromProto(proto.asset()), .snippet = proto.snippet(), .score = proto.score()};
}

ServerInfo FromProto(const v1::ServerInfo& proto) {
  return {.version = proto.version(),
          .build = proto.build(),
          .schema_version = proto.schema_version(),
          .position = proto.position(),
          .start_time = FromProto(proto.start_time())};
}

}  // namespace whence::client_internal
