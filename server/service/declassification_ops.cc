#include "service/declassification_ops.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "access/declassification.h"
#include "access/tag_definition.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/checks.h"
#include "service/governed_tags.h"
#include "service/paging.h"
#include "service/run_convert.h"
#include "service/securable_names.h"
#include "service/tag_target.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using catalog::kNow;

template <class Request>
absl::Status CheckPlace(const Request& request) {
  WHENCE_RETURN_IF_ERROR(ParseTagColumn(request.reference(), "reference").status());
  return CheckTagKey(request.key(), "key");
}

// The column, and that the caller may assign the key.
template <class Request>
absl::StatusOr<TagTarget> FindPlace(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(const Reference reference,
                          ParseTagColumn(request.reference(), "reference"));
  WHENCE_ASSIGN_OR_RETURN(TagTarget target, FindTagTarget(call, kNow, reference));
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition definition,
                          access::GetTagDefinition(call.connection(), kNow, request.key()));
  WHENCE_RETURN_IF_ERROR(CheckAssigner(call, definition));
  return target;
}

v1::Declassification Convert(const access::Declassification& declassification,
                             std::string reference) {
  v1::Declassification message;
  message.set_reference(std::move(reference));
  message.set_key(declassification.place.key);
  message.set_comment(declassification.comment);
  message.set_creator(declassification.creator);
  *message.mutable_create_time() = TimeToProto(declassification.create_time);
  message.set_position(declassification.position);
  return message;
}

absl::StatusOr<access::DeclassifiedPlace> StartOf(const Page& page) {
  access::DeclassifiedPlace place;
  if (page.key.empty()) return place;
  if (page.key.size() == 3 && absl::SimpleAtoi(page.key[0], &place.asset_id)) {
    place.column = page.key[1];
    place.key = page.key[2];
    return place;
  }
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

// Purpose: fills one page with what the caller may see; remembers where it stopped. Ownership:
// borrows call and page. Thread-safety: one thread.
class DeclassificationPage {
 public:
  DeclassificationPage(Call& call, const Page& page)
      : call_(call), page_(page), names_(call, page.position) {}

  // False: it belongs to the next page, or there is an error.
  bool Take(access::Declassification&& declassification) {
    if (response_.declassifications_size() >= page_.limit || looked_at_ >= kMaxScanPerPage ||
        bytes_ >= kMaxPageBytes) {
      return false;
    }
    ++looked_at_;
    status_ = Put(declassification);
    if (!status_.ok()) return false;
    last_ = std::move(declassification.place);
    return true;
  }

  const absl::Status& status() const { return status_; }
  v1::ListDeclassificationsResponse Finish(bool is_last) {
    if (!is_last) {
      response_.set_next_page_token(
          NextPageToken(page_, {absl::StrCat(last_.asset_id), last_.column, last_.key}));
    }
    return std::move(response_);
  }

 private:
  absl::Status Put(const access::Declassification& declassification) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    const auto& [asset_id, column, key] = declassification.place;
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(asset_id));
    if (!sees) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(const std::string asset, names_.NameOf(asset_id));
    *response_.add_declassifications() =
        Convert(declassification, StrCat(asset, "#", QuoteNamePart(column)));
    bytes_ += response_.declassifications().rbegin()->ByteSizeLong();
    return absl::OkStatus();
  }

  Call& call_;
  const Page& page_;
  AssetNames names_;
  v1::ListDeclassificationsResponse response_;
  access::DeclassifiedPlace last_;
  int64_t looked_at_ = 0;
  size_t bytes_ = 0;
  absl::Status status_;
};

}  // namespace

absl::Status ValidateDeclassify(const v1::DeclassifyRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckPlace(request));
  if (request.comment().empty()) {
    return InvalidArgument("COMMENT_MISSING", "comment",
                           "a declassification says why it was decided",
                           "say it in a sentence: an auditor will ask");
  }
  return ValidateText(request.comment(), "comment", kMaxDeclassificationCommentBytes,
                      /*allow_newlines=*/true);
}

absl::StatusOr<v1::Declassification> Declassify(Call& call, const v1::DeclassifyRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const TagTarget target, FindPlace(call, request));
  const access::DeclassifiedPlace place{
      .asset_id = target.id, .column = target.column, .key = request.key()};
  WHENCE_ASSIGN_OR_RETURN(const std::optional<access::Declassification> current,
                          access::FindDeclassification(call.connection(), kNow, place));
  if (current.has_value() && current->comment == request.comment()) {
    return Convert(*current, target.name);
  }
  const ledger::Change& change = call.Change(target.name);
  WHENCE_ASSIGN_OR_RETURN(const access::Declassification made,
                          access::Declassify(call.write(), change, place, request.comment()));
  return Convert(made, target.name);
}

absl::Status ValidateReclassify(const v1::ReclassifyRequest& request) {
  return CheckPlace(request);
}

absl::StatusOr<v1::ReclassifyResponse> Reclassify(Call& call,
                                                  const v1::ReclassifyRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const TagTarget target, FindPlace(call, request));
  WHENCE_ASSIGN_OR_RETURN(
      const std::optional<access::Declassification> current,
      access::FindDeclassification(
          call.connection(), kNow,
          {.asset_id = target.id, .column = target.column, .key = request.key()}));
  v1::ReclassifyResponse response;
  if (!current.has_value()) return response;
  const ledger::Change& change = call.Change(target.name);
  WHENCE_RETURN_IF_ERROR(access::Reclassify(call.write(), change, *current));
  response.set_position(change.position);
  return response;
}

absl::StatusOr<v1::ListDeclassificationsResponse> ListDeclassifications(
    Call& call, const v1::ListDeclassificationsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListDeclassifications", request.asset()}));
  int64_t asset_id = 0;
  if (!request.asset().empty()) {
    WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                            GetAssetNamed(connection, page.position, request.asset(), "asset"));
    asset_id = asset.id;
  }
  WHENCE_ASSIGN_OR_RETURN(const access::DeclassifiedPlace after, StartOf(page));
  DeclassificationPage filled(call, page);
  WHENCE_ASSIGN_OR_RETURN(
      const bool is_last,
      access::ListDeclassifications(connection, page.position, asset_id, after,
                                    [&filled](access::Declassification&& declassification) {
                                      return filled.Take(std::move(declassification));
                                    }));
  WHENCE_RETURN_IF_ERROR(filled.status());
  return filled.Finish(is_last);
}

}  // namespace whence::service
