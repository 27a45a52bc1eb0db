// Getting and listing catalogs, schemas and assets.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/filter.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable_list.h"
#include "service/as_of.h"
#include "service/catalog_convert.h"
#include "service/list_place.h"
#include "service/message_cache.h"
#include "service/paging.h"
#include "service/securable_filter.h"
#include "service/securable_names.h"
#include "service/securable_ops.h"
#include "service/visible_list.h"

namespace whence::service {
namespace {

template <class Message, class Request>
absl::StatusOr<Message> Get(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(
      const catalog::Securable securable,
      GetByNameOrId(call.connection(), as_of, request.name(), "name", DepthOf<Message>()));
  Message message;
  WHENCE_RETURN_IF_ERROR(Convert(call.connection(), as_of, securable, &message));
  return message;
}

// Fills a page until it holds `page.limit` items or kMaxPageBytes, whichever is first.
template <class Message>
class PageFiller {
 public:
  PageFiller(Call& call, const Page& page, const Filter& filter,
             google::protobuf::RepeatedPtrField<Message>* items)
      : call_(call),
        page_(page),
        filter_(filter),
        items_(items),
        cache_(call.connection().Attached<Cache>()) {}

  // False: there is no room for it.
  absl::StatusOr<bool> Take(const catalog::Securable& securable) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    sql::Connection& connection = call_.connection();
    WHENCE_ASSIGN_OR_RETURN(const bool matches,
                            MatchesSecurable(filter_, connection, page_.position, securable));
    if (!matches) return true;
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().Sees(securable));
    if (!sees) return true;
    if (full()) return false;
    Message message;
    WHENCE_RETURN_IF_ERROR(Convert(connection, page_.position, securable, &message));
    if (securable.id == missed_) cache_->Keep(page_.position, {.id = missed_}, message);
    return Put(std::move(message));
  }

  // The same for what is live and remembered; nothing when it has to be read.
  absl::StatusOr<std::optional<bool>> TakeKnown(int64_t id) {
    if (cache_ == nullptr || !filter_.empty()) return std::nullopt;
    const Message* const known = cache_->Find(page_.position, {.id = id});
    if (known == nullptr) {
      // Who sees few things asks for the same ones again. What is merely passed in a list of
      // everything would push these out.
      missed_ = id;
      return std::nullopt;
    }
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(id));
    if (!sees) return true;
    return !full() && Put(*known);
  }

 private:
  using Cache = MessageCache<Message>;

  bool full() const { return items_->size() >= page_.limit; }

  // False: there is no room for it.
  bool Put(Message message) {
    bytes_ += message.ByteSizeLong();
    if (bytes_ > kMaxPageBytes && !items_->empty()) return false;
    *items_->Add() = std::move(message);
    return true;
  }

  Call& call_;
  const Page& page_;
  const Filter& filter_;
  google::protobuf::RepeatedPtrField<Message>* const items_;
  Cache* const cache_;  // of assets; null where nothing is remembered
  int64_t missed_ = 0;  // what was looked for there last, and not found
  size_t bytes_ = 0;
};

// Returns the next page's token.
template <class Message, class Request>
absl::StatusOr<std::string> List(Call& call, const Request& request, std::string_view parent,
                                 google::protobuf::RepeatedPtrField<Message>* items) {
  constexpr size_t kDepth = DepthOf<Message>();
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {Message::descriptor()->name(), parent, request.filter(),
                                    request.show_deleted() ? "deleted" : ""}));
  WHENCE_ASSIGN_OR_RETURN(const Filter filter,
                          Filter::Parse(request.filter(), SecurableFilterFields(kDepth)));
  catalog::ListQuery query;
  query.as_of = page.position;
  query.depth = kDepth;
  query.show_deleted = request.show_deleted();
  query.max_rows = kMaxScanPerPage;
  if (!parent.empty()) {
    WHENCE_ASSIGN_OR_RETURN(query.parent, ParseName(parent, "parent", 1, kDepth - 1));
  }
  WHENCE_ASSIGN_OR_RETURN(query.after, FromKey(page.key, kDepth));
  PageFiller<Message> filler(call, page, filter, items);
  WHENCE_ASSIGN_OR_RETURN(
      const catalog::ListEnd end,
      ListVisible(
          call, query, [&](const catalog::Securable& securable) { return filler.Take(securable); },
          [&](int64_t id) { return filler.TakeKnown(id); }));
  return end.complete ? std::string() : NextPageToken(page, ToKey(end.place));
}

}  // namespace

absl::StatusOr<v1::Catalog> GetCatalog(Call& call, const v1::GetCatalogRequest& request) {
  return Get<v1::Catalog>(call, request);
}

absl::StatusOr<v1::Schema> GetSchema(Call& call, const v1::GetSchemaRequest& request) {
  return Get<v1::Schema>(call, request);
}

// As Get, and an asset that is asked for by its name is remembered.
absl::StatusOr<v1::Asset> GetAsset(Call& call, const v1::GetAssetRequest& request) {
  sql::Connection& connection = call.connection();
  AssetCache* const cache = connection.Attached<AssetCache>();
  WHENCE_ASSIGN_OR_RETURN(const NameOrId target, ParseNameOrId<v1::Asset>(request.name(), "name"));
  if (cache == nullptr || target.id != 0) return Get<v1::Asset>(call, request);
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableId found,
                          catalog::RequireSecurable(connection, as_of, target.path));
  const AssetCache::Key key{.id = found.id};
  if (const v1::Asset* known = cache->Find(as_of, key)) return *known;
  WHENCE_ASSIGN_OR_RETURN(v1::Asset asset, Get<v1::Asset>(call, request));
  cache->Keep(as_of, key, asset);
  return asset;
}

absl::StatusOr<v1::ListCatalogsResponse> ListCatalogs(Call& call,
                                                      const v1::ListCatalogsRequest& request) {
  v1::ListCatalogsResponse response;
  WHENCE_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          List(call, request, "", response.mutable_catalogs()));
  return response;
}

absl::StatusOr<v1::ListSchemasResponse> ListSchemas(Call& call,
                                                    const v1::ListSchemasRequest& request) {
  v1::ListSchemasResponse response;
  WHENCE_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          List(call, request, request.parent(), response.mutable_schemas()));
  return response;
}

absl::StatusOr<v1::ListAssetsResponse> ListAssets(Call& call,
                                                  const v1::ListAssetsRequest& request) {
  v1::ListAssetsResponse response;
  WHENCE_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          List(call, request, request.parent(), response.mutable_assets()));
  return response;
}

}  // namespace whence::service
