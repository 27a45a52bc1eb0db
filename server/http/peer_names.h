// Who a client is by its certificate.
#pragma once

#include "access/certificate.h"

struct ssl_st;  // OpenSSL's SSL

namespace whence::http {

// The subject alternative names of the peer's certificate, and its end, where the handshake has
// verified one; none otherwise. Names with a zero byte are left out: they read differently to
// different eyes.
access::CertificateNames PeerNames(const ssl_st* tls);

}  // namespace whence::http
