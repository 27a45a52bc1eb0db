// How answers and errors look in HTTP.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "http/message.h"

namespace whence::http {

// The status code of HTTP that is next to one of google.rpc, as Google's APIs have it.
int HttpStatusOf(absl::StatusCode code);
// For example `NOT_FOUND`.
std::string NameOf(absl::StatusCode code);

// An error as `{"error": {"code": 404, "status": "NOT_FOUND", "message": ..., "details": [...]}}`,
// with `retry-after` where the error says when to come again, and where the details are those of
// gRPC in Protobuf's JSON. `http_status` 0: the one above.
Response ErrorResponse(const absl::Status& status, int http_status = 0);

Response JsonResponse(std::string json);

// Decodes percent-encoding; with `plus_is_space` also a form's plus signs. False when it is broken.
bool DecodeUrl(std::string_view text, bool plus_is_space, std::string* decoded);

}  // namespace whence::http
