#include "catalog/search.h"

namespace whence::catalog {

absl::Status Reindex(sql::WriteContext& context, int64_t asset_id, const SearchTexts& texts) {
  return sql::FullTextPut(context.connection(), asset_id, texts.name, texts.comment, texts.columns,
                          texts.tags, texts.prompt);
}

absl::Status Unindex(sql::WriteContext& context, int64_t asset_id) {
  return sql::FullTextDelete(context.connection(), asset_id);
}

absl::StatusOr<std::vector<sql::FullTextHit>> Search(sql::Connection& connection,
                                                     std::string_view query, int limit,
                                                     int offset) {
  return sql::FullTextSearch(connection, query, limit, offset);
}

}  // namespace whence::catalog
