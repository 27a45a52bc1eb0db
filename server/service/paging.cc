#include "service/paging.h"

#include "base/error.h"
#include "base/page_token.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/as_of.h"
#include "service/blobs.h"

namespace whence::service {

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
  if (page_token.empty()) {
    WHENCE_ASSIGN_OR_RETURN(page.position, ResolveAsOf(call, as_of));
    return page;
  }
  WHENCE_ASSIGN_OR_RETURN(PageToken token, DecodePageToken(page_token, page.fingerprint));
  // A token is input: it may not reach past what is published.
  if (token.position < 0 || token.position > call.position() || token.key.empty()) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  page.position = token.position;
  page.key = std::move(token.key);
  return page;
}

std::string NextPageToken(const Page& page, std::vector<std::string> key) {
  return EncodePageToken(
      PageToken{.fingerprint = page.fingerprint, .position = page.position, .key = std::move(key)});
}

}  // namespace whence::service
