#include "http/request_reader.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/core/buffers_range.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/parser.hpp"

namespace whence::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

std::string_view ToStd(const beast::string_view& text) { return {text.data(), text.size()}; }

// Beast's string_body makes room for as much as a caller announces; this one for what comes.
struct TextBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(bhttp::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<uint64_t>&, beast::error_code& error) { error = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, beast::error_code& error) {
      const size_t before = body_.size();
      for (const auto& buffer : beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      error = {};
      return body_.size() - before;
    }
    void finish(beast::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// `http://host/path` and `/path` are the same to us.
std::string_view PathAndQuery(std::string_view target) {
  if (target.empty() || target.front() == '/') return target;
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

struct RequestReader::Parser : bhttp::request_parser<TextBody> {};

RequestReader::RequestReader(const RequestLimits& limits)
    : limits_(limits), parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<uint32_t>(limits.header_bytes));
  parser_->body_limit(limits.body_bytes);
}

RequestReader::~RequestReader() = default;

RequestReader::Step RequestReader::Fail(int http_status, absl::Status error) {
  http_status_ = http_status;
  error_ = std::move(error);
  return Step::kFailed;
}

RequestReader::Step RequestReader::FailTooLarge() {
  return Fail(431, InvalidArgument("HEADERS_TOO_LARGE", "",
                                   StrCat("the request's line and headers have over ",
                                          limits_.header_bytes, " bytes"),
                                   "send fewer or shorter headers"));
}

RequestReader::Step RequestReader::FailMalformed(std::string_view why) {
  return Fail(
      400, InvalidArgument("REQUEST_MALFORMED", "", StrCat("that is no request of HTTP/1.1: ", why),
                           "send one that follows RFC 9112"));
}

RequestReader::Step RequestReader::Take(std::string_view bytes, size_t* used) {
  *used = 0;
  if (header_read_ && parser_->is_done()) return Step::kDone;
  if (bytes.empty()) return Step::kMore;
  beast::error_code error;
  parser_->eager(header_read_);
  *used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (!header_read_) {
    // Beast's own limit counts the line and the headers each by itself.
    header_bytes_ += *used;
    const size_t waiting = error == bhttp::error::need_more ? bytes.size() - *used : 0;
    if (error == bhttp::error::header_limit || header_bytes_ + waiting > limits_.header_bytes) {
      return FailTooLarge();
    }
  }
  if (error == bhttp::error::need_more) return Step::kMore;
  if (error == bhttp::error::body_limit || error == bhttp::error::buffer_overflow) {
    return Fail(
        413, ResourceExhausted("REQUEST_TOO_LARGE",
                               StrCat("the request's body has over ", limits_.body_bytes, " bytes"),
                               "send less at a time"));
  }
  if (error) return FailMalformed(error.message());
  if (!header_read_) return parser_->is_header_done() ? ReadHeader() : Step::kMore;
  return parser_->is_done() ? Step::kDone : Step::kMore;
}

RequestReader::Step RequestReader::ReadHeader() {
  header_read_ = true;
  const auto& message = parser_->get();
  request_.method = std::string(ToStd(message.method_string()));
  const std::string_view target = PathAndQuery(ToStd(message.target()));
  const size_t question = target.find('?');
  request_.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request_.query = std::string(target.substr(question + 1));
  for (const auto& field : message) {
    request_.headers.push_back(
        {.name = absl::AsciiStrToLower(std::string(ToStd(field.name_string()))),
         .value = std::string(ToStd(field.value()))});
  }
  if (!parser_->chunked()) content_length_ = parser_->content_length().value_or(0);
  keep_alive_ = parser_->keep_alive() && message.version() >= 11;
  const std::string* expects = request_.Find("expect");
  expects_continue_ = expects != nullptr && absl::EqualsIgnoreCase(*expects, "100-continue") &&
                      message.version() >= 11 && content_length_ != uint64_t{0};
  return CheckHeader();
}

RequestReader::Step RequestReader::CheckHeader() {
  int hosts = 0;
  int credentials = 0;
  for (const Header& header : request_.headers) {
    hosts += header.name == "host" ? 1 : 0;
    credentials += header.name == "authorization" ? 1 : 0;
    // Two ways to say where the body ends are how requests are smuggled past a proxy.
    if (header.name == "transfer-encoding" && (!absl::EqualsIgnoreCase(header.value, "chunked") ||
                                               request_.Find("content-length") != nullptr)) {
      return FailMalformed("its body has no clear end");
    }
    if (header.name == "content-encoding" && !absl::EqualsIgnoreCase(header.value, "identity")) {
      return Fail(415, InvalidArgument("CONTENT_ENCODING_UNSUPPORTED", "", "the body is compressed",
                                       "send it as it is"));
    }
  }
  if (hosts > 1 || (hosts == 0 && parser_->get().version() >= 11)) {
    return FailMalformed("it has not exactly one header `host`");
  }
  if (credentials > 1) return FailMalformed("it has several headers `authorization`");
  return Step::kHeader;
}

Request RequestReader::TakeRequest() {
  WHENCE_ASSERT(parser_->is_done());
  request_.body = std::move(parser_->get().body());
  return std::move(request_);
}

}  // namespace whence::http
