#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "sql/connection.h"

// Full-text search: the one kind of SQL that engines do not share, so it sits behind these
// functions. The table is made by migration 0001:
//   CREATE VIRTUAL TABLE search_text USING fts5(
//     name, comment, columns, tags, prompt,
//     tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
namespace whence::sql {

// Makes the given texts what is found under `id`, replacing what was there. Part of the transaction
// the connection is in; costs tens of microseconds inside a savepoint, so call it only when texts
// changed.
absl::Status FullTextPut(Connection& connection, int64_t id, std::string_view name,
                         std::string_view comment, std::string_view columns, std::string_view tags,
                         std::string_view prompt);

// Removes what is found under `id`; not an error when nothing is.
absl::Status FullTextDelete(Connection& connection, int64_t id);

// All that a query finds, at one moment.
struct FullTextRanking {
  std::vector<int64_t> ids;         // best first, ties by id
  Position position = kNoPosition;  // the newest ledger entry then; unset where nothing is found
  bool truncated = false;           // there were more
};

// What matches every word of `user_query`, up to `most`. Words are found whole, the last one also
// as a prefix; case and accents do not count. A word with punctuation inside ("prod.raw") is found
// as its parts in sequence. Nothing in the query is syntax: quotes, stars, colons and operators are
// separators like spaces. Fails with
//   SEARCH_QUERY_EMPTY     (InvalidArgument, field "query") no letter or digit in it
//   SEARCH_QUERY_TOO_LONG  (InvalidArgument, field "query") more than kMaxSearchQueryBytes
// and the errors of connection.h. `most` must not be negative (asserted).
absl::StatusOr<FullTextRanking> FullTextSearch(Connection& connection, std::string_view user_query,
                                               int most);

struct FullTextHit {
  // Relevance by BM25, where the name counts most, then tags, columns, prompt, comment. Higher is
  // better.
  double rank = 0;
  // About a dozen words around the best match, "…" where cut, matches in [ and ].
  std::string snippet;
};

// What there is to say of those of the given ids that match the query now, by id. Fails as
// FullTextSearch. Goes through all that matches, so ask for many at once.
absl::StatusOr<absl::flat_hash_map<int64_t, FullTextHit>> FullTextHits(
    Connection& connection, std::string_view user_query, std::span<const int64_t> ids);

}  // namespace whence::sql
