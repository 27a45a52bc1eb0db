#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "cli/app.h"

namespace whence::cli {

// All pages of a list as of a position, one after the other, until `use` fails.
template <class Request, class Response, class Use>
absl::Status ForEachPage(App& app, int64_t position, const Method<Request, Response>& method,
                         Request request, Use use) {
  request.mutable_as_of()->set_position(position);
  if (request.page_size() == 0) request.set_page_size(kMaxPageSize);
  for (;;) {
    WHENCE_ASSIGN_OR_RETURN(const Response page, app.Call(method, request));
    WHENCE_RETURN_IF_ERROR(use(page));
    if (page.next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace whence::cli
