// Encryption of the gRPC door.
#pragma once

#include <memory>

#include "grpcpp/security/server_credentials.h"
#include "net/tls_files.h"

namespace whence::rpc {

// TLS 1.2 or 1.3 with whatever `files` hold when a connection begins. Where they name authorities,
// clients are asked for a certificate: one of another authority is refused, and so is a client
// without one when `require_client_certificate`; otherwise it has to show a token.
// Borrows `files`. Both, and what is returned, must outlive every server that they are given to:
// gRPC's builder lets go of credentials when the server is built, and this asks them again.
std::shared_ptr<grpc::ServerCredentials> ReloadingTlsCredentials(net::TlsFiles* files,
                                                                 bool require_client_certificate);

}  // namespace whence::rpc
