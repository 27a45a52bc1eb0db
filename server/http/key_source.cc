#include "http/key_source.h"

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"

namespace whence::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// https://login.example.org:8443/realms/data/certs?v=1, taken apart.
struct Url {
  bool tls = true;
  std::string host;  // a name, or an address without its brackets
  std::string port;
  std::string authority;  // as it stands in the header `host`
  std::string target;     // begins with '/'
};

std::optional<Url> ParseUrl(std::string_view text) {
  Url url;
  if (text.starts_with("http://")) {
    url.tls = false;
  } else if (!text.starts_with("https://")) {
    return std::nullopt;
  }
  text.remove_prefix(url.tls ? 8 : 7);
  text = text.substr(0, text.find('#'));
  const size_t end = text.find_first_of("/?");
  const std::string_view authority = text.substr(0, end);
  url.authority = std::string(authority);
  url.target = end == std::string_view::npos ? "/" : std::string(text.substr(end));
  if (url.target.front() != '/') url.target.insert(0, 1, '/');
  // An address has colons of its own, and stands in brackets.
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  url.host = std::string(host);
  url.port = colon == std::string_view::npos ? (url.tls ? "443" : "80")
                                             : std::string(authority.substr(colon + 1));
  const bool bad_port = url.port.empty() || url.port.size() > 5 ||
                        url.port.find_first_not_of("0123456789") != std::string::npos;
  // `user:secret@host`, and what only looks like a host.
  if (url.host.empty() || bad_port || host.find_first_of("@[]\\ ") != std::string_view::npos) {
    return std::nullopt;
  }
  return url;
}

bool IsAddress(const std::string& host) {
  ErrorCode error;
  asio::ip::make_address(host, error);
  return !error;
}

// Purpose: one GET, within its time. Ownership: owns everything of it; what is still under way when
// it is over goes with it, unheard. Thread-safety: one thread, which waits.
class Attempt {
 public:
  Attempt(const Url& url, absl::Time end) : url_(url), end_(end) {}

  // The body of an answer 200.
  absl::StatusOr<std::string> AskThroughTls(asio::ssl::context& context) {
    TlsStream stream(io_, context);
    WHENCE_RETURN_IF_ERROR(Connect(beast::get_lowest_layer(stream)));
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(url_.host));
    if (!IsAddress(url_.host)) SayName(stream.native_handle());
    stream.async_handshake(asio::ssl::stream_base::client, Note{&error_});
    WHENCE_RETURN_IF_ERROR(Await("TLS"));
    return Ask(stream);
  }
  absl::StatusOr<std::string> AskInTheClear() {
    beast::tcp_stream stream(io_);
    WHENCE_RETURN_IF_ERROR(Connect(stream));
    return Ask(stream);
  }

 private:
  // SSL_set_tlsext_host_name without the cast in OpenSSL's macro.
  void SayName(SSL* tls) const {
    std::string name = url_.host;
    SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }

  // Ends an operation: how it went is all that is wanted of it.
  struct Note {
    ErrorCode* into;
    template <class... More>
    void operator()(const ErrorCode& error, const More&... /*more*/) const {
      *into = error;
    }
  };

  // Runs what was begun until it is done, or the time is over.
  absl::Status Await(std::string_view what) {
    io_.restart();
    io_.run_for(absl::ToChronoNanoseconds(end_ - absl::Now()));
    if (!io_.stopped()) return absl::UnavailableError(StrCat(what, " took too long"));
    if (error_) return absl::UnavailableError(StrCat(what, ": ", error_.message()));
    return absl::OkStatus();
  }

  absl::Status Connect(beast::tcp_stream& stream) {
    Tcp::resolver resolver(io_);
    std::vector<Tcp::endpoint> found;
    resolver.async_resolve(url_.host, url_.port,
                           [&](const ErrorCode& error, const Tcp::resolver::results_type& all) {
                             error_ = error;
                             for (const auto& entry : all) found.push_back(entry.endpoint());
                           });
    WHENCE_RETURN_IF_ERROR(Await("looking up the name"));
    if (!url_.tls) {
      std::erase_if(found, [](const Tcp::endpoint& to) { return !to.address().is_loopback(); });
    }
    if (found.empty()) return absl::UnavailableError("http is for this machine only");
    stream.async_connect(found, Note{&error_});
    return Await("connecting");
  }

  template <class Stream>
  absl::StatusOr<std::string> Ask(Stream& stream) {
    namespace http = beast::http;
    http::request<http::empty_body> request(http::verb::get, url_.target, 11);
    request.set(http::field::host, url_.authority);
    request.set(http::field::accept, "application/jwk-set+json, application/json");
    request.set(http::field::user_agent, "whenced");
    request.set(http::field::connection, "close");
    http::async_write(stream, request, Note{&error_});
    WHENCE_RETURN_IF_ERROR(Await("asking"));
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> answer;
    answer.body_limit(kMaxKeySetBytes);
    http::async_read(stream, buffer, answer, Note{&error_});
    WHENCE_RETURN_IF_ERROR(Await("reading the answer"));
    const unsigned status = answer.get().result_int();
    if (status != 200) return absl::UnavailableError(StrCat("the answer is ", status, ", not 200"));
    return std::move(answer.get().body());
  }

  const Url& url_;
  const absl::Time end_;
  asio::io_context io_;
  ErrorCode error_;
};

class KeysAtUrl final : public access::KeySource {
 public:
  KeysAtUrl(Url url, std::string authorities, absl::Duration timeout)
      : url_(std::move(url)), authorities_(std::move(authorities)), timeout_(timeout) {}

  absl::StatusOr<std::optional<std::string>> Fetch() override {
    const std::string last = std::exchange(last_, "");
    absl::StatusOr<std::string> document = Ask();
    if (!document.ok()) {
      return Unavailable("KEYS_UNREADABLE",
                         StrCat("cannot fetch the keys at ", url_.authority, url_.target, ": ",
                                document.status().message()),
                         "see that this machine reaches the issuer; docs/identity.md has more");
    }
    last_ = *document;
    if (last_ == last) return std::nullopt;
    return *std::move(document);
  }
  bool is_quick() const override { return false; }

 private:
  absl::StatusOr<std::string> Ask() const {
    const absl::Time end = absl::Now() + timeout_;
    if (!url_.tls) return Attempt(url_, end).AskInTheClear();
    // Made each time, so that authorities that were renewed are believed.
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    ErrorCode error;
    if (authorities_.empty()) {
      context.set_default_verify_paths(error);
    } else {
      context.load_verify_file(authorities_, error);
    }
    if (error) return absl::UnavailableError(StrCat("authorities: ", error.message()));
    return Attempt(url_, end).AskThroughTls(context);
  }

  const Url url_;
  const std::string authorities_;
  const absl::Duration timeout_;
  std::string last_;  // what the last Fetch gave; empty after one that failed
};

}  // namespace

std::unique_ptr<access::KeySource> UrlKeySource(const access::IssuerConfig& config,
                                                absl::Duration timeout) {
  std::optional<Url> url = ParseUrl(config.keys_url);
  if (!url.has_value()) return nullptr;
  return std::make_unique<KeysAtUrl>(*std::move(url), config.keys_ca, timeout);
}

}  // namespace whence::http
