#include "service/search_ops.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/search.h"
#include "catalog/securable.h"
#include "catalog/tag.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/paging.h"

namespace whence::service {
namespace {

// Hits fetched at a time when filters drop most of them: every fetch ranks all matches anew, so
// that few large ones cost less than many small ones.
constexpr int kMaxChunk = 2000;

// What the request asks for besides the text.
class Wanted {
 public:
  // CATALOG_NOT_FOUND and the errors of names, kinds and texts.
  static absl::StatusOr<Wanted> Make(Call& call, const v1::SearchRequest& request) {
    Wanted wanted(request);
    WHENCE_RETURN_IF_ERROR(CheckKinds(request.kinds(), "kinds"));
    WHENCE_RETURN_IF_ERROR(ValidateText(request.tag(), "tag",
                                        kMaxTagKeyBytes + 1 + kMaxTagValueBytes,
                                        /*allow_newlines=*/false));
    WHENCE_RETURN_IF_ERROR(
        ValidateText(request.owner(), "owner", kMaxPrincipalBytes, /*allow_newlines=*/false));
    if (request.catalog().empty()) return wanted;
    WHENCE_ASSIGN_OR_RETURN(wanted.catalog_, ParseName(request.catalog(), "catalog", 1, 1));
    WHENCE_RETURN_IF_ERROR(
        catalog::RequireSecurable(call.connection(), call.position(), wanted.catalog_).status());
    return wanted;
  }

  // Only assets whose catalog and schema, or schema, are called so.
  void Above(std::vector<std::string> above) { above_ = std::move(above); }

  absl::StatusOr<bool> Matches(Call& call, const catalog::Securable& asset) const {
    if (!asset.live()) return false;  // it, its schema or its catalog is a tombstone
    if (!std::equal(above_.rbegin(), above_.rend(), asset.path.rbegin() + 1)) return false;
    if (!catalog_.empty() && asset.path.front() != catalog_.front()) return false;
    if (!request_.owner().empty() && asset.owner != request_.owner()) return false;
    if (!request_.kinds().empty() &&
        std::ranges::find(request_.kinds(), static_cast<int>(ToProto(asset.kind))) ==
            request_.kinds().end()) {
      return false;
    }
    return request_.tag().empty() ? true : HasTag(call, asset.id);
  }

 private:
  explicit Wanted(const v1::SearchRequest& request) : request_(request) {}

  bool IsTag(const catalog::Tag& tag) const {
    return tag.key == request_.tag() || StrCat(tag.key, "=", tag.value) == request_.tag();
  }

  absl::StatusOr<bool> HasTag(Call& call, int64_t asset_id) const {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                            catalog::ListTags(call.connection(), call.position(), asset_id, ""));
    if (std::ranges::any_of(tags, [this](const catalog::Tag& tag) { return IsTag(tag); })) {
      return true;
    }
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> column_tags,
                            catalog::ListColumnTags(call.connection(), call.position(), asset_id));
    return std::ranges::any_of(column_tags,
                               [this](const catalog::ColumnTag& tag) { return IsTag(tag.tag); });
  }

  const v1::SearchRequest& request_;
  std::vector<std::string> catalog_;  // empty: any
  std::vector<std::string> above_;    // empty: any
};

// Fills a page with the hits that are wanted.
class HitFiller {
 public:
  HitFiller(Call& call, const Wanted& wanted, int limit, v1::SearchResponse* response)
      : call_(call), wanted_(wanted), limit_(limit), response_(response) {}

  // False: there is no room for it.
  absl::StatusOr<bool> Take(const sql::FullTextHit& hit) {
    absl::StatusOr<catalog::Securable> asset =
        catalog::GetSecurableById(call_.connection(), call_.position(), hit.id);
    // The index may be a moment ahead of what is published.
    if (absl::IsNotFound(asset.status())) return true;
    WHENCE_RETURN_IF_ERROR(asset.status());
    WHENCE_ASSIGN_OR_RETURN(const bool matches, wanted_.Matches(call_, *asset));
    if (!matches) return true;
    if (response_->hits_size() >= limit_) return false;
    v1::SearchHit message;
    WHENCE_RETURN_IF_ERROR(
        Convert(call_.connection(), call_.position(), *asset, message.mutable_asset()));
    message.set_snippet(hit.snippet);
    message.set_score(hit.rank);
    bytes_ += message.ByteSizeLong();
    if (bytes_ > kMaxPageBytes && response_->hits_size() > 0) return false;
    *response_->add_hits() = std::move(message);
    return true;
  }

 private:
  Call& call_;
  const Wanted& wanted_;
  const int limit_;
  v1::SearchResponse* const response_;
  size_t bytes_ = 0;
};

// In a page token: this search is by name (see below).
constexpr std::string_view kByName = "name";

// Where a page begins: the number of hits before it. Search is over the present, so what is written
// between two pages may move hits; within a page nothing does.
absl::StatusOr<int> OffsetOf(const Page& page) {
  int offset = 0;
  if (page.key.empty()) return offset;
  if (absl::SimpleAtoi(page.key.front(), &offset) && offset >= 0) return offset;
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

// Fills a page with what `text` finds. Returns the number of hits before the next page, nothing
// when there is none.
absl::StatusOr<std::optional<int>> Fill(Call& call, const std::string& text, int offset, int limit,
                                        const Wanted& wanted, v1::SearchResponse* response) {
  HitFiller filler(call, wanted, limit, response);
  int64_t looked_at = 0;
  for (int chunk = limit + 1; looked_at < kMaxScanPerPage; chunk = std::min(2 * chunk, kMaxChunk)) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<sql::FullTextHit> hits,
                            catalog::Search(call.connection(), text, chunk, offset));
    for (const sql::FullTextHit& hit : hits) {
      WHENCE_ASSIGN_OR_RETURN(const bool taken, filler.Take(hit));
      if (!taken) return offset;
      ++offset;
      ++looked_at;
    }
    if (std::ssize(hits) < chunk) return std::nullopt;
  }
  return offset;
}

std::string KindsText(const v1::SearchRequest& request) {
  std::string text;
  for (const int kind : request.kinds()) absl::StrAppend(&text, kind, ",");
  return text;
}

}  // namespace

absl::StatusOr<v1::SearchResponse> Search(Call& call, const v1::SearchRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), v1::AsOf(),
                                   {"Search", request.query(), KindsText(request), request.tag(),
                                    request.owner(), request.catalog()}));
  WHENCE_ASSIGN_OR_RETURN(Wanted wanted, Wanted::Make(call, request));
  WHENCE_ASSIGN_OR_RETURN(const int offset, OffsetOf(page));
  v1::SearchResponse response;
  bool by_name = page.key.size() > 1;
  std::optional<int> next;
  if (!by_name) {
    WHENCE_ASSIGN_OR_RETURN(next,
                            Fill(call, request.query(), offset, page.limit, wanted, &response));
    by_name = response.hits().empty() && !next.has_value() && page.key.empty();
  }
  // What finds nothing may be a full name, or the end of one: the index knows assets by the last
  // part of their names, and what is above them by where they stand.
  absl::StatusOr<std::vector<std::string>> name = ParseName(request.query(), "query", 2, 3);
  if (by_name && name.ok()) {
    const std::string last = std::move(name->back());
    name->pop_back();
    wanted.Above(*std::move(name));
    WHENCE_ASSIGN_OR_RETURN(next, Fill(call, last, offset, page.limit, wanted, &response));
  }
  if (next.has_value()) {
    std::vector<std::string> key = {absl::StrCat(*next)};
    if (by_name) key.emplace_back(kByName);
    response.set_next_page_token(NextPageToken(page, std::move(key)));
  }
  return response;
}

}  // namespace whence::service
