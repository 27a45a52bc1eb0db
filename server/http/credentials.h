// What a caller shows to be somebody.
#pragma once

#include "http/message.h"
#include "service/call.h"

namespace whence::http {

// Takes `authorization: Bearer X` over into the call: once, in whatever case the scheme is written.
// Whether X is worth anything is the corridor's to say.
void ReadCredentials(const Request& request, service::CallInfo* info);

}  // namespace whence::http
