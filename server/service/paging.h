// Pages of lists: stable whatever is written meanwhile, because every page is read as of the
// position of the first. A token is of use to who got it alone, and unchanged: it says as of when
// names mean what they mean, which what the caller needs is not asked about again.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "service/call.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

// A page that a request asks for.
struct Page {
  int limit = 0;                 // most results
  Position position = 0;         // read as of this
  std::vector<std::string> key;  // last item of the page before; empty for the first page
  uint64_t fingerprint = 0;      // of the request, for the next token
  std::string sealed_for{};      // the metastore's secret and who asks, for the next token
};

// Opens a page. `arguments` are the operation's name and all arguments of the request that must
// stay the same from page to page (all but page_size and page_token; as_of is added here).
// PAGE_SIZE_NEGATIVE, PAGE_TOKEN_INVALID, PAGE_TOKEN_OTHER_REQUEST and the errors of ResolveAsOf.
absl::StatusOr<Page> OpenPage(Call& call, int32_t page_size, std::string_view page_token,
                              const v1::AsOf& as_of,
                              std::initializer_list<std::string_view> arguments);

// The token of the page after `page`, which begins after the item with `key`.
std::string NextPageToken(const Page& page, std::vector<std::string> key);

}  // namespace whence::service
