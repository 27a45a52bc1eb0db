#include "http/tls_contexts.h"

#include <openssl/ssl.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/ssl/context.hpp"

namespace whence::http {
namespace {

using boost::asio::buffer;
using boost::asio::ssl::context;
using ErrorCode = boost::system::error_code;

absl::Status Unusable(std::string_view what, const ErrorCode& error) {
  return FailedPrecondition("TLS_FILES_UNUSABLE",
                            StrCat("cannot use ", what, ": ", error.message()),
                            "give a certificate with its chain, its private key and authorities, "
                            "all as PEM");
}

// Of what the client offers, HTTP/1.1; when it offers only others, nothing is agreed on.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, kHttp, sizeof(kHttp), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// A session that is taken up again would bring a certificate along that nobody looked at again.
void ForgetSessions(SSL_CTX* raw) {
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(raw, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContexts>> TlsContexts::Open(net::TlsFiles* files,
                                                               bool require_client_certificate) {
  std::unique_ptr<TlsContexts> contexts(new TlsContexts(files, require_client_certificate));
  contexts->material_ = files->Current();
  WHENCE_ASSIGN_OR_RETURN(contexts->context_, contexts->Make(*contexts->material_));
  return contexts;
}

absl::StatusOr<std::shared_ptr<context>> TlsContexts::Make(const net::TlsMaterial& material) const {
  auto made = std::make_shared<context>(context::tls_server);
  SSL_CTX* const raw = made->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep none
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  ErrorCode error;
  made->use_certificate_chain(buffer(material.certificate), error);
  if (error) return Unusable("the server's certificate", error);
  made->use_private_key(buffer(material.key), context::pem, error);
  if (error) return Unusable("its private key", error);
  if (material.client_ca.empty()) return made;
  made->add_certificate_authority(buffer(material.client_ca), error);
  if (error) return Unusable("the authorities of clients", error);
  made->set_verify_mode(boost::asio::ssl::verify_peer |
                        (require_ ? boost::asio::ssl::verify_fail_if_no_peer_cert : 0));
  ForgetSessions(raw);
  return made;
}

std::shared_ptr<context> TlsContexts::Current() {
  std::shared_ptr<const net::TlsMaterial> now = files_->Current();
  const std::lock_guard lock(mutex_);
  if (now == material_) return context_;
  material_ = std::move(now);
  absl::StatusOr<std::shared_ptr<context>> made = Make(*material_);
  if (made.ok()) {
    context_ = *std::move(made);
  } else {
    std::fprintf(stderr, "whenced: %s; those before stay in use for HTTP\n",
                 std::string(made.status().message()).c_str());
  }
  return context_;
}

}  // namespace whence::http
