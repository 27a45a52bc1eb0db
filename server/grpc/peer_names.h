// Who a client is by its certificate.
#pragma once

#include "access/certificate.h"
#include "grpcpp/security/auth_context.h"

namespace whence::rpc {

// The subject alternative names of the peer's certificate, and its end; none without one. The door
// asks for certificates only where it verifies them, so what is here was issued by a trusted
// authority.
access::CertificateNames PeerNames(const grpc::AuthContext& context);

// Whether the connection is encrypted.
bool IsEncrypted(const grpc::AuthContext& context);

}  // namespace whence::rpc
