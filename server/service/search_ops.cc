// Search. The first page takes the whole ranking from the index, and all pages show it as of the
// position that the index then stood at.

#include "service/search_ops.h"

#include <algorithm>
#include <memory>
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
#include "service/open_searches.h"
#include "service/paging.h"

namespace whence::service {
namespace {

// What the request asks for besides the text, as of a position.
class Wanted {
 public:
  // CATALOG_NOT_FOUND and the errors of names.
  static absl::StatusOr<Wanted> Make(Call& call, const v1::SearchRequest& request,
                                     const OpenSearch& search) {
    Wanted wanted(call.connection(), request, search);
    if (request.catalog().empty()) return wanted;
    WHENCE_ASSIGN_OR_RETURN(wanted.catalog_, ParseName(request.catalog(), "catalog", 1, 1));
    WHENCE_RETURN_IF_ERROR(
        catalog::RequireSecurable(call.connection(), search.position, wanted.catalog_).status());
    return wanted;
  }

  absl::StatusOr<bool> Matches(const catalog::Securable& asset) const {
    if (!asset.live()) return false;  // it, its schema or its catalog is a tombstone
    if (!std::equal(search_.above.rbegin(), search_.above.rend(), asset.path.rbegin() + 1)) {
      return false;
    }
    if (!catalog_.empty() && asset.path.front() != catalog_.front()) return false;
    if (!request_.owner().empty() && asset.owner != request_.owner()) return false;
    if (!request_.kinds().empty() &&
        std::ranges::find(request_.kinds(), static_cast<int>(ToProto(asset.kind))) ==
            request_.kinds().end()) {
      return false;
    }
    return request_.tag().empty() ? true : HasTag(asset.id);
  }

 private:
  Wanted(sql::Connection& connection, const v1::SearchRequest& request, const OpenSearch& search)
      : connection_(connection), request_(request), search_(search) {}

  bool IsTag(const catalog::Tag& tag) const {
    return tag.key == request_.tag() || StrCat(tag.key, "=", tag.value) == request_.tag();
  }

  absl::StatusOr<bool> HasTag(int64_t asset_id) const {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                            catalog::ListTags(connection_, search_.position, asset_id, ""));
    if (std::ranges::any_of(tags, [this](const catalog::Tag& tag) { return IsTag(tag); })) {
      return true;
    }
    WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::ColumnTag> column_tags,
                            catalog::ListColumnTags(connection_, search_.position, asset_id));
    return std::ranges::any_of(column_tags,
                               [this](const catalog::ColumnTag& tag) { return IsTag(tag.tag); });
  }

  sql::Connection& connection_;
  const v1::SearchRequest& request_;
  const OpenSearch& search_;
  std::vector<std::string> catalog_;  // empty: any
};

// Purpose: fills a page with those of a search's matches that are wanted.
// Ownership: borrows everything. Thread-safety: one thread.
class HitFiller {
 public:
  HitFiller(Call& call, const OpenSearch& search, const Wanted& wanted, int limit,
            v1::SearchResponse* response)
      : call_(call), search_(search), wanted_(wanted), limit_(limit), response_(*response) {}

  // From the match at `offset` on. Returns where the next page begins; the number of matches when
  // there is none.
  absl::StatusOr<size_t> Fill(size_t offset) {
    const size_t size = search_.ranking.ids.size();
    const size_t end = size - offset > kScan ? offset + kScan : size;
    for (; offset < end; ++offset) {
      WHENCE_ASSIGN_OR_RETURN(const bool taken, Take(search_.ranking.ids[offset]));
      if (!taken) break;
    }
    return offset;
  }

  // What matched in the hits, and how well, as the index says now.
  absl::Status PutMatches() {
    if (response_.hits().empty()) return absl::OkStatus();
    std::vector<int64_t> ids;
    for (const v1::SearchHit& hit : response_.hits()) ids.push_back(hit.asset().id());
    WHENCE_ASSIGN_OR_RETURN(auto matches, catalog::Hits(call_.connection(), search_.text, ids));
    for (v1::SearchHit& hit : *response_.mutable_hits()) {
      sql::FullTextHit& match = matches[hit.asset().id()];
      hit.set_snippet(std::move(match.snippet));
      hit.set_score(match.rank);
    }
    return absl::OkStatus();
  }

 private:
  static constexpr auto kScan = static_cast<size_t>(kMaxScanPerPage);

  // False: there is no room for it.
  absl::StatusOr<bool> Take(int64_t id) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    absl::StatusOr<catalog::Securable> asset =
        catalog::GetSecurableById(call_.connection(), search_.position, id);
    if (absl::IsNotFound(asset.status())) return true;
    WHENCE_RETURN_IF_ERROR(asset.status());
    WHENCE_ASSIGN_OR_RETURN(const bool matches, wanted_.Matches(*asset));
    if (!matches) return true;
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().Sees(*asset));
    if (!sees) return true;
    if (response_.hits_size() >= limit_) return false;
    v1::SearchHit message;
    WHENCE_RETURN_IF_ERROR(
        Convert(call_.connection(), search_.position, *asset, message.mutable_asset()));
    bytes_ += message.ByteSizeLong();
    if (bytes_ > kMaxPageBytes && response_.hits_size() > 0) return false;
    *response_.add_hits() = std::move(message);
    return true;
  }

  Call& call_;
  const OpenSearch& search_;
  const Wanted& wanted_;
  const int limit_;
  v1::SearchResponse& response_;
  size_t bytes_ = 0;
};

std::string KindsText(const v1::SearchRequest& request) {
  std::string text;
  for (const int kind : request.kinds()) absl::StrAppend(&text, kind, ",");
  return text;
}

absl::Status CheckWanted(const v1::SearchRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckKinds(request.kinds(), "kinds"));
  WHENCE_RETURN_IF_ERROR(ValidateText(request.tag(), "tag", kMaxTagKeyBytes + 1 + kMaxTagValueBytes,
                                      /*allow_newlines=*/false));
  return ValidateText(request.owner(), "owner", kMaxPrincipalBytes, /*allow_newlines=*/false);
}

// Fills the page that begins with the match at `offset`. Returns where the next one begins; the
// number of matches when there is none.
absl::StatusOr<size_t> FillPage(Call& call, const v1::SearchRequest& request, int limit,
                                const OpenSearch& search, size_t offset,
                                v1::SearchResponse* response) {
  WHENCE_ASSIGN_OR_RETURN(const Wanted wanted, Wanted::Make(call, request, search));
  HitFiller filler(call, search, wanted, limit, response);
  WHENCE_ASSIGN_OR_RETURN(const size_t next, filler.Fill(offset));
  WHENCE_RETURN_IF_ERROR(filler.PutMatches());
  response->set_truncated(search.ranking.truncated);
  return next;
}

// Asks the index, and notes as of what: of what it knew.
absl::StatusOr<std::shared_ptr<const OpenSearch>> Open(Call& call, std::string text,
                                                       std::vector<std::string> above) {
  auto search = std::make_shared<OpenSearch>();
  search->text = std::move(text);
  search->above = std::move(above);
  // What is committed but not published yet is so a moment later.
  do {
    WHENCE_ASSIGN_OR_RETURN(search->ranking,
                            catalog::Search(call.connection(), search->text, kMaxSearchHits));
  } while (search->ranking.position > call.house().ledger().published());
  search->position = std::max(search->ranking.position, call.position());
  return search;
}

// The first page of what the index finds for a text, in assets below `above`.
absl::StatusOr<v1::SearchResponse> Begin(Call& call, const v1::SearchRequest& request,
                                         const Page& page, std::string text,
                                         std::vector<std::string> above) {
  WHENCE_ASSIGN_OR_RETURN(std::shared_ptr<const OpenSearch> search,
                          Open(call, std::move(text), std::move(above)));
  v1::SearchResponse response;
  WHENCE_ASSIGN_OR_RETURN(const size_t next,
                          FillPage(call, request, page.limit, *search, 0, &response));
  if (next < search->ranking.ids.size()) {
    const std::string name = call.house().ids().NewUuid();
    response.set_next_page_token(NextPageToken(page, {name, absl::StrCat(next)}));
    call.house().searches().Keep(name, std::move(search));
  }
  return response;
}

absl::StatusOr<v1::SearchResponse> Continue(Call& call, const v1::SearchRequest& request,
                                            const Page& page) {
  const std::string& name = page.key.front();
  const std::shared_ptr<const OpenSearch> search = call.house().searches().Find(name);
  if (search == nullptr) {
    return Aborted("SEARCH_EXPIRED", "the server no longer remembers what this search found",
                   "search again without a page_token");
  }
  size_t offset = 0;
  if (page.key.size() != 2 || !absl::SimpleAtoi(page.key.back(), &offset) ||
      offset > search->ranking.ids.size()) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  v1::SearchResponse response;
  WHENCE_ASSIGN_OR_RETURN(const size_t next,
                          FillPage(call, request, page.limit, *search, offset, &response));
  if (next < search->ranking.ids.size()) {
    response.set_next_page_token(NextPageToken(page, {name, absl::StrCat(next)}));
  }
  return response;
}

}  // namespace

absl::StatusOr<v1::SearchResponse> Search(Call& call, const v1::SearchRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), v1::AsOf(),
                                   {"Search", request.query(), KindsText(request), request.tag(),
                                    request.owner(), request.catalog()}));
  WHENCE_RETURN_IF_ERROR(CheckWanted(request));
  if (!page.key.empty()) return Continue(call, request, page);
  WHENCE_ASSIGN_OR_RETURN(v1::SearchResponse response,
                          Begin(call, request, page, request.query(), {}));
  if (!response.hits().empty() || !response.next_page_token().empty()) return response;
  // What finds nothing may be a full name, or the end of one: the index knows assets by the last
  // part of their names, and what is above them by where they stand.
  absl::StatusOr<std::vector<std::string>> name = ParseName(request.query(), "query", 2, 3);
  if (!name.ok()) return response;
  std::string last = std::move(name->back());
  name->pop_back();
  const bool truncated = response.truncated();
  WHENCE_ASSIGN_OR_RETURN(response, Begin(call, request, page, std::move(last), *std::move(name)));
  response.set_truncated(response.truncated() || truncated);
  return response;
}

}  // namespace whence::service
