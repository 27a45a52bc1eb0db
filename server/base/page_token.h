#pragma once

// Paging. A page token holds where the next page starts: the key of the last item given and the
// position that all pages are read at, which is what makes pages stable under concurrent writes.
// It also holds a fingerprint of the request, so that it cannot be used with another one.
//
// Tokens are opaque but not secret and not signed: a checksum finds accidents, not forgery. A
// forged one can only start a page elsewhere in a list that the caller may read anyway, so
// whoever lists authorises first and treats the key as input.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/limits.h"
#include "base/position.h"

namespace whence {

struct PageToken {
  uint64_t fingerprint = 0;      // Fingerprint() of what must stay the same from page to page
  Position position = 0;         // the position that every page is read at
  std::vector<std::string> key;  // sort key of the last item given; its meaning is the list's own

  friend bool operator==(const PageToken&, const PageToken&) = default;
};

// The token as text for next_page_token: URL-safe characters only. It must come out at no more
// than kMaxPageTokenBytes (asserted): about 3,000 bytes of key.
std::string EncodePageToken(const PageToken& token);

// The token in `token`, as EncodePageToken made it for the same request. Else InvalidArgument on
// the field "page_token":
//   PAGE_TOKEN_INVALID        not made by this server, or damaged
//   PAGE_TOKEN_OTHER_REQUEST  made for a request with another fingerprint
absl::StatusOr<PageToken> DecodePageToken(std::string_view token, uint64_t expected_fingerprint);

// A stable hash of the parts in order; ("ab", "c") and ("a", "bc") differ. For a list: the
// operation's name and every argument but page_size and page_token.
uint64_t Fingerprint(std::initializer_list<std::string_view> parts);

// The page size to use: kDefaultPageSize for 0, at most kMaxPageSize. InvalidArgument
// PAGE_SIZE_NEGATIVE on the field "page_size" below 0.
absl::StatusOr<int32_t> CoercePageSize(int32_t requested);

}  // namespace whence
