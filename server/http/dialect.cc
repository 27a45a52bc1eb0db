#include "http/dialect.h"

#include "base/error.h"
#include "http/binding.h"

namespace whence::http {

absl::Status CheckJsonBody(const Request& request) {
  if (request.Find("content-type") != nullptr) return CheckContentType(request);
  return InvalidArgument("CONTENT_TYPE_UNSUPPORTED", "",
                         "the request does not say what its body is",
                         "send `content-type: application/json`");
}

}  // namespace whence::http
