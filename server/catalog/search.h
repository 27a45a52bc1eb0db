#pragma once

// Text search over the assets of the present. The texts of an asset are its own: names of schemas
// and catalogs are not among them, so that renaming or deleting a schema touches no other row;
// whoever shows hits looks up their present path and drops those whose parents are gone.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
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

// The assets that hold all words of the query (the last may be the beginning of a word), best
// first, up to `most`, with the position at which the index stood. InvalidArgument
// SEARCH_QUERY_EMPTY, SEARCH_QUERY_TOO_LONG.
absl::StatusOr<sql::FullTextRanking> Search(sql::Connection& connection, std::string_view query,
                                            int most);

// What there is to say of those of the given assets that hold all words of the query now, by id.
absl::StatusOr<absl::flat_hash_map<int64_t, sql::FullTextHit>> Hits(sql::Connection& connection,
                                                                    std::string_view query,
                                                                    std::span<const int64_t> ids);

}  // namespace whence::catalog
