// What a caller shows to be somebody.
#pragma once

#include "access/certificate.h"
#include "http/message.h"
#include "service/call.h"

namespace whence::http {

// Takes `authorization: Bearer X` over into the call, in whatever case the scheme is written; or,
// where the request has no `authorization`, the names of its connection's certificate. Neither
// where there is something else. Whether it is worth anything is the corridor's to say.
void ReadCredentials(const Request& request, const access::CertificateNames& peer,
                     service::CallInfo* info);

}  // namespace whence::http
