#include "sql/full_text.h"

#include <iterator>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::sql {
namespace {

constexpr Query kDelete{"DELETE FROM search_text WHERE rowid = ?1"};
constexpr Query kInsert{
    "INSERT INTO search_text (rowid, name, comment, columns, tags, prompt) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
// ORDER BY rank alone is sorted inside FTS5; its sort keeps equal ranks in the order of rowid. To
// ask for the rank as well would make FTS5 compute it a second time for every row. One statement
// sees one moment: what the index knew, and how far the ledger was.
constexpr Query kSearch{
    "SELECT rowid, (SELECT MAX(position) FROM ledger_entry) FROM search_text "
    "WHERE search_text MATCH ?1 AND rank MATCH 'bm25(10.0, 1.0, 3.0, 4.0, 2.0)' "
    "ORDER BY rank LIMIT ?2"};
// The plus keeps it one walk through what matches: a look-up of each id would begin anew, and
// unfold the last word's prefix, each time.
constexpr Query kHits{
    "SELECT rowid, bm25(search_text, 10.0, 1.0, 3.0, 4.0, 2.0), "
    "snippet(search_text, -1, '[', ']', '…', 12) FROM search_text "
    "WHERE search_text MATCH ?1 AND +rowid IN (SELECT value FROM json_each(?2)) LIMIT ?3"};

bool IsAsciiWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether the tokenizer may find something in it: a letter or digit, or anything beyond ASCII.
bool IsSearchable(std::string_view word) {
  for (const char c : word) {
    if (IsAsciiWordCharacter(c) || static_cast<unsigned char>(c) >= 0x80) {
      return true;
    }
  }
  return false;
}

bool IsSeparator(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f || c == '"';
}

// The query in FTS5's language: every word a string in quotes, which makes all of it plain text,
// side by side, which means AND; the last one with the star of a prefix. Empty when no word is
// searchable.
std::string MatchExpression(std::string_view query) {
  std::string out;
  size_t at = 0;
  while (at < query.size()) {
    size_t end = at;
    while (end < query.size() && !IsSeparator(query[end])) {
      ++end;
    }
    const std::string_view word = query.substr(at, end - at);
    if (IsSearchable(word)) {
      StrAppend(&out, out.empty() ? "" : " ", "\"", word, "\"");
    }
    at = end + 1;
  }
  return out.empty() ? out : StrCat(out, "*");
}

// The same, or why it cannot be searched for.
absl::StatusOr<std::string> CheckedExpression(std::string_view user_query) {
  if (user_query.size() > kMaxSearchQueryBytes) {
    return InvalidArgument(
        "SEARCH_QUERY_TOO_LONG", "query",
        StrCat(user_query.size(), " bytes, where ", kMaxSearchQueryBytes, " are allowed"),
        "search for the few words that matter");
  }
  std::string expression = MatchExpression(user_query);
  if (expression.empty()) {
    return InvalidArgument("SEARCH_QUERY_EMPTY", "query", "there is no letter or digit in it",
                           "give one or more words to look for");
  }
  return expression;
}

}  // namespace

absl::Status FullTextPut(Connection& connection, int64_t id, std::string_view name,
                         std::string_view comment, std::string_view columns, std::string_view tags,
                         std::string_view prompt) {
  WHENCE_RETURN_IF_ERROR(connection.Execute(kDelete, id));
  return connection.Execute(kInsert, id, name, comment, columns, tags, prompt);
}

absl::Status FullTextDelete(Connection& connection, int64_t id) {
  return connection.Execute(kDelete, id);
}

absl::StatusOr<FullTextRanking> FullTextSearch(Connection& connection, std::string_view user_query,
                                               int most) {
  WHENCE_ASSERT(most >= 0);
  WHENCE_ASSIGN_OR_RETURN(const std::string expression, CheckedExpression(user_query));
  FullTextRanking ranking;
  Rows rows = connection.Run(kSearch, expression, most + 1);
  while (rows.Next()) {
    ranking.ids.push_back(rows.Int64(0));
    ranking.position = rows.Int64(1);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  ranking.truncated = std::ssize(ranking.ids) > most;
  if (ranking.truncated) ranking.ids.pop_back();
  ranking.ids.shrink_to_fit();
  return ranking;
}

absl::StatusOr<absl::flat_hash_map<int64_t, FullTextHit>> FullTextHits(
    Connection& connection, std::string_view user_query, std::span<const int64_t> ids) {
  WHENCE_ASSIGN_OR_RETURN(const std::string expression, CheckedExpression(user_query));
  std::string list = "[";
  for (const int64_t id : ids) StrAppend(&list, list.size() > 1 ? "," : "", id);
  list += "]";
  absl::flat_hash_map<int64_t, FullTextHit> hits;
  Rows rows = connection.Run(kHits, expression, list, static_cast<int64_t>(ids.size()));
  while (rows.Next()) {
    hits[rows.Int64(0)] = {.rank = -rows.Double(1), .snippet = std::string(rows.Text(2))};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return hits;
}

}  // namespace whence::sql
