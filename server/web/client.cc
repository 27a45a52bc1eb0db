#include "web/client.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"

namespace whence::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr size_t kPieceBytes = size_t{64} << 10;

bool IsAddress(const std::string& host) {
  ErrorCode error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

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

// Purpose: one connection. Ownership: owns everything of it; what is still under way when its time
// is over goes with it, unheard. Thread-safety: one thread, which waits.
class Client::Link {
 public:
  Link(const Url& url, const ClientOptions& options) : url_(url), options_(options) {}

  absl::Status Open(absl::Time end) {
    if (!url_.tls) {
      plain_.emplace(io_);
      return Connect(*plain_, end);
    }
    // Made each time, so that authorities that were renewed are believed.
    context_.emplace(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
    ErrorCode error;
    if (options_.authorities.empty()) {
      context_->set_default_verify_paths(error);
    } else {
      context_->load_verify_file(options_.authorities, error);
    }
    if (error) return absl::UnavailableError(StrCat("authorities: ", error.message()));
    tls_.emplace(io_, *context_);
    WHENCE_RETURN_IF_ERROR(Connect(beast::get_lowest_layer(*tls_), end));
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
    if (!IsAddress(url_.host)) SayName(tls_->native_handle());
    tls_->async_handshake(asio::ssl::stream_base::client, Note{&error_});
    return Await("TLS", end);
  }

  absl::StatusOr<Answer> Ask(const Request& request, const Take* take, absl::Time end) {
    return url_.tls ? AskOn(*tls_, request, take, end) : AskOn(*plain_, request, take, end);
  }
  // Whether another question may follow.
  bool lasts() const { return lasts_; }

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
  absl::Status Await(std::string_view what, absl::Time end) {
    io_.restart();
    io_.run_for(absl::ToChronoNanoseconds(std::min(end - absl::Now(), absl::Hours(24))));
    if (!io_.stopped()) return absl::UnavailableError(StrCat(what, " took too long"));
    if (error_) return absl::UnavailableError(StrCat(what, ": ", error_.message()));
    return absl::OkStatus();
  }

  absl::Status Connect(beast::tcp_stream& stream, absl::Time end) {
    Tcp::resolver resolver(io_);
    std::vector<Tcp::endpoint> found;
    resolver.async_resolve(url_.host, url_.port,
                           [&](const ErrorCode& error, const Tcp::resolver::results_type& all) {
                             error_ = error;
                             for (const auto& entry : all) found.push_back(entry.endpoint());
                           });
    WHENCE_RETURN_IF_ERROR(Await("looking up the name", end));
    if (!url_.tls && !options_.plaintext_anywhere) {
      std::erase_if(found, [](const Tcp::endpoint& to) { return !to.address().is_loopback(); });
    }
    if (found.empty()) return absl::UnavailableError("http is for this machine only");
    stream.async_connect(found, Note{&error_});
    return Await("connecting", end);
  }

  template <class Stream>
  absl::StatusOr<Answer> AskOn(Stream& stream, const Request& request, const Take* take,
                               absl::Time end) {
    http::request<http::string_body> message(
        request.method == "POST" ? http::verb::post : http::verb::get, request.target, 11);
    message.set(http::field::host, url_.authority);
    message.set(http::field::user_agent, options_.user_agent);
    for (const auto& [name, value] : request.headers) message.set(name, value);
    message.body() = request.body;
    if (request.method == "POST") message.prepare_payload();
    http::async_write(stream, message, Note{&error_});
    WHENCE_RETURN_IF_ERROR(Await("asking", end));
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);  // what is read is counted
    http::async_read_header(stream, buffer_, parser, Note{&error_});
    WHENCE_RETURN_IF_ERROR(Await("reading the answer", end));
    Answer answer{.status = static_cast<int>(parser.get().result_int()), .body = {}};
    const bool pieces = take != nullptr && answer.status == 200;
    WHENCE_RETURN_IF_ERROR(ReadBody(stream, parser, pieces ? take : nullptr, end, &answer.body));
    lasts_ = parser.get().keep_alive() && !parser.get().need_eof();
    return answer;
  }

  template <class Stream, class Parser>
  absl::Status ReadBody(Stream& stream, Parser& parser, const Take* take, absl::Time end,
                        std::string* body) {
    std::vector<char> piece(kPieceBytes);
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      parser.get().body().more = true;
      http::async_read(stream, buffer_, parser, Note{&error_});
      const absl::Time until = take == nullptr ? end : absl::Now() + options_.pause;
      const absl::Status status = Await("reading the answer", until);
      if (error_ != http::error::need_buffer) WHENCE_RETURN_IF_ERROR(status);
      const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
      if (take != nullptr) {
        WHENCE_RETURN_IF_ERROR((*take)(got));
      } else if (body->size() + got.size() > options_.max_bytes) {
        return absl::UnavailableError("reading the answer: body limit exceeded");
      } else {
        body->append(got);
      }
    }
    return absl::OkStatus();
  }

  const Url& url_;
  const ClientOptions& options_;
  asio::io_context io_;
  std::optional<asio::ssl::context> context_;
  std::optional<beast::tcp_stream> plain_;
  std::optional<TlsStream> tls_;
  beast::flat_buffer buffer_;
  ErrorCode error_;
  bool lasts_ = false;
};

Client::Client(Url url, ClientOptions options)
    : url_(std::move(url)), options_(std::move(options)) {}

Client::~Client() = default;

absl::StatusOr<Answer> Client::AskOnce(const Request& request, const Take* take, bool* fresh) {
  const absl::Time end = absl::Now() + options_.timeout;
  *fresh = link_ == nullptr;
  if (*fresh) {
    link_ = std::make_unique<Link>(url_, options_);
    if (absl::Status opened = link_->Open(end); !opened.ok()) {
      link_.reset();
      return opened;
    }
  }
  absl::StatusOr<Answer> answer = link_->Ask(request, take, end);
  if (!answer.ok() || !link_->lasts()) link_.reset();
  return answer;
}

absl::StatusOr<Answer> Client::Ask(const Request& request) {
  bool fresh = false;
  absl::StatusOr<Answer> answer = AskOnce(request, nullptr, &fresh);
  // The server may have closed a connection on which nothing was said for a while.
  if (!answer.ok() && !fresh) answer = AskOnce(request, nullptr, &fresh);
  return answer;
}

absl::StatusOr<Answer> Client::Download(const Request& request, Take take) {
  link_.reset();  // no second try once pieces were taken
  bool fresh = false;
  return AskOnce(request, &take, &fresh);
}

}  // namespace whence::web
