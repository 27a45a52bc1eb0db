#include "catalog/kind.h"

#include "base/assert.h"

namespace whence::catalog {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kUnspecified:
      return "unspecified";
    case Kind::kTable:
      return "table";
    case Kind::kView:
      return "view";
    case Kind::kVolume:
      return "volume";
    case Kind::kFunction:
      return "function";
    case Kind::kModel:
      return "model";
    case Kind::kPrompt:
      return "prompt";
    case Kind::kIndex:
      return "index";
    case Kind::kEndpoint:
      return "endpoint";
    case Kind::kJob:
      return "job";
    case Kind::kDashboard:
      return "dashboard";
    case Kind::kCatalog:
      return "catalog";
    case Kind::kSchema:
      return "schema";
  }
  return "unspecified";
}

std::optional<Kind> KindFromNumber(int64_t number) {
  const bool asset = number >= 1 && number <= 10;
  if (asset || number == 101 || number == 102) return static_cast<Kind>(number);
  return std::nullopt;
}

std::string_view LevelName(size_t depth) {
  WHENCE_ASSERT(depth >= 1 && depth <= 3);
  return depth == 1 ? "catalog" : depth == 2 ? "schema" : "asset";
}

std::string_view NotFoundReason(size_t depth) {
  WHENCE_ASSERT(depth >= 1 && depth <= 3);
  return depth == 1 ? "CATALOG_NOT_FOUND" : depth == 2 ? "SCHEMA_NOT_FOUND" : "ASSET_NOT_FOUND";
}

std::string_view AlreadyExistsReason(size_t depth) {
  WHENCE_ASSERT(depth >= 1 && depth <= 3);
  return depth == 1   ? "CATALOG_ALREADY_EXISTS"
         : depth == 2 ? "SCHEMA_ALREADY_EXISTS"
                      : "ASSET_ALREADY_EXISTS";
}

}  // namespace whence::catalog
