#include "grpc/tls_credentials.h"

#include <mutex>
#include <string>
#include <utility>

#include "base/assert.h"
#include "grpc/grpc_security.h"

namespace whence::rpc {
namespace {

// gRPC's C core asks a callback for certificates at every handshake, and keeps those it has when
// they cannot be used; its C++ has only credentials that never change, and a watcher of files that
// takes one that was renewed without the other. This is the C core's, in the form that
// grpc::ServerBuilder wants.
class ReloadingCredentials final : public grpc::ServerCredentials {
 public:
  ReloadingCredentials(net::TlsFiles* files, grpc_ssl_client_certificate_request_type request)
      : files_(files),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(request, &Fetch,
                                                                            this))) {
    WHENCE_ASSERT(credentials_ != nullptr);
  }
  ~ReloadingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& processor) override {
    WHENCE_ASSERT(processor == nullptr);  // who calls is the corridor's business
  }

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<ReloadingCredentials*>(self)->Fetch(config);
  }

  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config) {
    std::shared_ptr<const net::TlsMaterial> now = files_->Current();
    const std::lock_guard lock(mutex_);
    if (now == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{now->key.c_str(), now->certificate.c_str()};
    // gRPC wants authorities here in any case; where no client is asked for a certificate they are
    // never looked at, and the server's own will do.
    const std::string& authorities = now->client_ca.empty() ? now->certificate : now->client_ca;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    given_ = std::move(now);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  net::TlsFiles* const files_;
  grpc_server_credentials* const credentials_;
  std::mutex mutex_;
  std::shared_ptr<const net::TlsMaterial> given_;  // under mutex_; to gRPC, last
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> ReloadingTlsCredentials(net::TlsFiles* files,
                                                                 bool require_client_certificate) {
  grpc_ssl_client_certificate_request_type request = GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
  if (files->asks_clients()) {
    request = require_client_certificate
                  ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                  : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return std::make_shared<ReloadingCredentials>(files, request);
}

}  // namespace whence::rpc
