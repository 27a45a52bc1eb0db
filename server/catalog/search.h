#pragma once

// Text search over the assets of the present. The texts of an asset are its own: names of schemas
// and catalogs are not among them, so that renaming or deleting a schema touches no other row;
// whoever shows hits looks up their present path and drops those whose parents are gone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sql/connection.h"
#include "sql/full_text.h"
#include "sql/writer.h"

namespace whence::catalog {

// What an asset is found by.
struct SearchTexts {
  std::string name = {};  // the last part of its name
  std::string comment = {};
  std::string columns = {};  // names and comments of columns, parameters, fields
  std::string tags = {};     // keys and values of its own and its columns' tags
  std::string prompt = {};   // a prompt's template

  friend bool operator==(const SearchTexts&, const SearchTexts&) = default;
};

// Makes the asset found by `texts` and nothing else.
absl::Status Reindex(sql::WriteContext& context, int64_t asset_id, const SearchTexts& texts);

// Makes the asset found by nothing.
absl::Status Unindex(sql::WriteContext& context, int64_t asset_id);

// Ids of the assets that hold all words of the query (the last may be the beginning of a word),
// best first. InvalidArgument SEARCH_QUERY_EMPTY, SEARCH_QUERY_TOO_LONG.
absl::StatusOr<std::vector<sql::FullTextHit>> Search(sql::Connection& connection,
                                                     std::string_view query, int limit, int offset);

}  // namespace whence::catalog
