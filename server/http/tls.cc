#include "http/tls.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "boost/asio/ssl/context.hpp"

namespace whence::http {
namespace {

using boost::asio::ssl::context;
using ErrorCode = boost::system::error_code;

absl::Status Unusable(const std::string& path, std::string_view why) {
  return FailedPrecondition("TLS_FILES_UNUSABLE", StrCat("cannot use ", path, ": ", why),
                            "give a certificate with its chain and its private key, both as PEM");
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

}  // namespace

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(std::string certificate, std::string key) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(certificate), std::move(key)));
  files->stamp_ = files->StampNow();
  WHENCE_RETURN_IF_ERROR(files->Load());
  return files;
}

TlsFiles::Stamp TlsFiles::StampNow() const {
  Stamp stamp{};
  size_t at = 0;
  for (const std::string* path : {&certificate_, &key_}) {
    struct stat found {};
    if (::stat(path->c_str(), &found) == 0) {
      stamp[at] = found.st_mtim.tv_sec;
      stamp[at + 1] = found.st_mtim.tv_nsec;
      stamp[at + 2] = found.st_size;
      stamp[at + 3] = static_cast<int64_t>(found.st_ino);
    }
    at += 4;
  }
  return stamp;
}

absl::Status TlsFiles::Load() {
  auto made = std::make_shared<context>(context::tls_server);
  SSL_CTX* const raw = made->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep none
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  ErrorCode error;
  made->use_certificate_chain_file(certificate_, error);
  if (error) return Unusable(certificate_, error.message());
  made->use_private_key_file(key_, context::pem, error);
  if (error) return Unusable(key_, error.message());
  if (SSL_CTX_check_private_key(raw) != 1) {
    return Unusable(key_, StrCat("it is not the key of ", certificate_));
  }
  context_ = std::move(made);
  return absl::OkStatus();
}

std::shared_ptr<context> TlsFiles::Current() {
  const std::lock_guard lock(mutex_);
  if (const Stamp now = StampNow(); now != stamp_) {
    stamp_ = now;
    if (absl::Status loaded = Load(); !loaded.ok()) {
      // Most likely one of the two is not written yet; the next change is noticed too.
      std::fprintf(stderr, "whenced: %s; the certificate before stays in use\n",
                   std::string(loaded.message()).c_str());
    }
  }
  return context_;
}

}  // namespace whence::http
