#include "service/paging.h"

#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/page_token.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/as_of.h"
#include "service/blobs.h"

namespace whence::service {
namespace {

constexpr size_t kSealBytes = 8;

absl::Status NotMadeHere() {
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

// The last part of a token's key.
std::string SealOf(const Page& page, Position position, const std::vector<std::string>& key) {
  std::string text = StrCat(page.sealed_for, ":", page.fingerprint, ":", position);
  for (const std::string& part : key) StrAppend(&text, ":", part.size(), ":", part);
  return Sha256Bytes(text).substr(0, kSealBytes);
}

}  // namespace

absl::StatusOr<Page> OpenPage(Call& call, int32_t page_size, std::string_view page_token,
                              const v1::AsOf& as_of,
                              std::initializer_list<std::string_view> arguments) {
  Page page;
  WHENCE_ASSIGN_OR_RETURN(page.limit, CoercePageSize(page_size));
  const std::string asked_as_of = SerializeDeterministic(as_of);
  std::string joined;
  for (std::string_view argument : arguments) {
    StrAppend(&joined, argument.size(), ":", argument);
  }
  page.fingerprint = Fingerprint({joined, asked_as_of});
  const std::string& caller = call.info().principal;
  page.sealed_for = StrCat(call.house().redaction_key(), ":page:", caller.size(), ":", caller);
  if (page_token.empty()) {
    WHENCE_ASSIGN_OR_RETURN(page.position, ResolveAsOf(call, as_of));
    return page;
  }
  WHENCE_ASSIGN_OR_RETURN(PageToken token, DecodePageToken(page_token, page.fingerprint));
  if (token.key.empty()) return NotMadeHere();
  const std::string seal = std::move(token.key.back());
  token.key.pop_back();
  if (!EqualInConstantTime(seal, SealOf(page, token.position, token.key))) return NotMadeHere();
  // The metastore may have been set back to a backup since.
  if (token.position > call.position() || token.key.empty()) return NotMadeHere();
  page.position = token.position;
  page.key = std::move(token.key);
  return page;
}

std::string NextPageToken(const Page& page, std::vector<std::string> key) {
  std::string seal = SealOf(page, page.position, key);
  key.push_back(std::move(seal));
  return EncodePageToken(
      PageToken{.fingerprint = page.fingerprint, .position = page.position, .key = std::move(key)});
}

}  // namespace whence::service
