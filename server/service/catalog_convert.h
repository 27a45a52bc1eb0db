// The catalog's plain structs as messages of the contract, and kinds both ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/alias.h"
#include "catalog/dataset_identity.h"
#include "catalog/kind.h"
#include "catalog/securable.h"
#include "catalog/tag.h"
#include "catalog/version.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "sql/connection.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// The same number in both worlds. ToKind gives kUnspecified for a number that is no asset's kind.
v1::Kind ToProto(catalog::Kind kind);
catalog::Kind ToKind(v1::Kind kind);
// KIND_REQUIRED for KIND_UNSPECIFIED, ENUM_VALUE_UNKNOWN for a number that is no kind.
absl::Status CheckKind(v1::Kind kind, std::string_view field);

// "asset@3" and the like.
std::string VersionName(const std::vector<std::string>& path, int64_t number);

std::vector<catalog::Tag> ToTags(const google::protobuf::RepeatedPtrField<v1::Tag>& tags);
void PutTags(const std::vector<catalog::Tag>& tags,
             google::protobuf::RepeatedPtrField<v1::Tag>* out);

// The message of a securable, with what stands beside its state as of the position: tags, and for
// assets the newest version, aliases and tags of columns. DataLoss STORED_MESSAGE_UNREADABLE when
// stored bytes are damaged.
absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Catalog* out);
absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Schema* out);
absl::Status Convert(sql::Connection& connection, Position as_of,
                     const catalog::Securable& securable, v1::Asset* out);

// The message of a version of `asset`, with its tags and aliases as of the position.
absl::StatusOr<v1::Version> Convert(sql::Connection& connection, Position as_of,
                                    const catalog::Securable& asset,
                                    const catalog::Version& version);

v1::Alias Convert(const catalog::Alias& alias, std::string_view asset_name);

v1::DatasetIdentity Convert(const catalog::DatasetIdentity& identity, std::string_view asset_name);

}  // namespace whence::service
