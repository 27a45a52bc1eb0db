// Names in requests about catalogs, schemas and assets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "base/name.h"
#include "base/position.h"
#include "base/status_macros.h"
#include "catalog/securable.h"
#include "service/call.h"
#include "sql/connection.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Parts of the full name of a v1::Catalog, v1::Schema or v1::Asset.
template <class Message>
constexpr size_t DepthOf() {
  if constexpr (std::is_same_v<Message, v1::Catalog>) return 1;
  if constexpr (std::is_same_v<Message, v1::Schema>) return 2;
  if constexpr (std::is_same_v<Message, v1::Asset>) return 3;
}

// What a request may name: a full name, or `id:<number>`, which also reaches tombstones.
struct NameOrId {
  std::vector<std::string> path;  // empty when an id was given
  int64_t id = 0;                 // 0 when a name was given
};

// ID_MALFORMED for `id:` without a number from 1, the reasons of ParseName for anything else.
absl::StatusOr<NameOrId> ParseNameOrId(std::string_view text, std::string_view field, size_t depth);

// The live securable at that name, or the one with that id, as of the position. Errors of
// ParseNameOrId and catalog::GetSecurable; what has the id and stands on another level is not
// found.
absl::StatusOr<catalog::Securable> GetByNameOrId(sql::Connection& connection, Position as_of,
                                                 std::string_view text, std::string_view field,
                                                 size_t depth);
absl::StatusOr<catalog::Securable> GetById(sql::Connection& connection, Position as_of, int64_t id,
                                           size_t depth);

// The live asset that a request names, as of the position.
absl::StatusOr<catalog::Securable> GetAssetNamed(sql::Connection& connection, Position as_of,
                                                 std::string_view name, std::string_view field);

template <class Message>
absl::StatusOr<std::vector<std::string>> ParsePath(std::string_view name, std::string_view field) {
  return ParseName(name, field, DepthOf<Message>(), DepthOf<Message>());
}

template <class Message>
absl::StatusOr<NameOrId> ParseNameOrId(std::string_view text, std::string_view field) {
  return ParseNameOrId(text, field, DepthOf<Message>());
}

template <class Message>
absl::StatusOr<catalog::Securable> GetById(sql::Connection& connection, Position as_of,
                                           int64_t id) {
  return GetById(connection, as_of, id, DepthOf<Message>());
}

// For mutations: the present state of what has the name.
template <class Message>
absl::StatusOr<catalog::Securable> GetLive(Call& call, std::string_view name,
                                           std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> path, ParsePath<Message>(name, field));
  return catalog::GetSecurable(call.connection(), catalog::kNow, path);
}

}  // namespace whence::service
