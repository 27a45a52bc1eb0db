#include "catalog/search.h"

namespace whence::catalog {

absl::Status Reindex(sql::WriteContext& context, int64_t asset_id, const SearchTexts& texts) {
  return sql::FullTextPut(context.connection(), asset_id, texts.name, texts.comment, texts.columns,
                          texts.tags, texts.prompt);
}

absl::Status Unindex(sql::WriteContext& context, int64_t asset_id) {
  return sql::FullTextDelete(context.connection(), asset_id);
}

absl::StatusOr<sql::FullTextRanking> Search(sql::Connection& connection, std::string_view query,
                                            int most) {
  return sql::FullTextSearch(connection, query, most);
}

absl::StatusOr<absl::flat_hash_map<int64_t, sql::FullTextHit>> Hits(sql::Connection& connection,
                                                                    std::string_view query,
                                                                    std::span<const int64_t> ids) {
  return sql::FullTextHits(connection, query, ids);
}

}  // namespace whence::catalog
