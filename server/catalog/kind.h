#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace whence::catalog {

// What a securable is. Stored, so numbers never change. Assets have the numbers of whence.v1.Kind.
enum class Kind : int {
  kUnspecified = 0,
  kTable = 1,
  kView = 2,
  kVolume = 3,
  kFunction = 4,
  kModel = 5,
  kPrompt = 6,
  kIndex = 7,
  kEndpoint = 8,
  kJob = 9,
  kDashboard = 10,
  kCatalog = 101,
  kSchema = 102,
};

// "table", "model", "catalog" ...; "unspecified" for kUnspecified.
std::string_view KindName(Kind kind);

// The kind with that number, if there is one besides kUnspecified.
std::optional<Kind> KindFromNumber(int64_t number);

// True for what stands in a schema: everything but catalogs, schemas and kUnspecified.
constexpr bool IsAssetKind(Kind kind) {
  return static_cast<int>(kind) >= 1 && static_cast<int>(kind) <= 10;
}

// Parts of a full name of that kind: catalog 1, schema 2, asset 3.
constexpr size_t NameDepth(Kind kind) {
  return kind == Kind::kCatalog ? 1 : kind == Kind::kSchema ? 2 : 3;
}

// The reasons and words of errors by depth of the name: CATALOG_NOT_FOUND, "catalog" ...
std::string_view LevelName(size_t depth);            // "catalog", "schema", "asset"
std::string_view NotFoundReason(size_t depth);       // "CATALOG_NOT_FOUND" ...
std::string_view AlreadyExistsReason(size_t depth);  // "CATALOG_ALREADY_EXISTS" ...

}  // namespace whence::catalog
