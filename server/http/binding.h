// From what stands in a request of HTTP to a message of the contract.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "http/message.h"
#include "http/router.h"

namespace whence::http {

// Fills the message as google.api.http transcoding does: `body` names the field that the body is
// (`*`: the message itself; empty: none), `path` has values of fields by their paths, the query the
// fields that neither names (`as_of.position=7` or `asOf.position=7`; repeated ones repeatedly).
// The header `if-match` becomes the field `etag`, of the request or of the resource in it.
// Fails with REQUEST_UNREADABLE (the body), CONTENT_TYPE_UNSUPPORTED, QUERY_PARAMETER_UNKNOWN,
// QUERY_PARAMETER_MALFORMED, QUERY_TOO_LONG, URL_MALFORMED or HEADER_MALFORMED.
absl::Status BindRequest(const Request& request, std::string_view body, const PathValues& path,
                         google::protobuf::Message* message);

// CONTENT_TYPE_UNSUPPORTED when the request says that its body is something else than JSON.
absl::Status CheckContentType(const Request& request);

// The descriptor of a field by its path of proto or JSON names; null when there is none.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor* message,
                                                   std::string_view path);

}  // namespace whence::http
