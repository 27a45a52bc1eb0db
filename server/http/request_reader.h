// From bytes to requests: Boost.Beast's parser, and what it leaves to its user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "base/limits.h"
#include "http/message.h"

namespace whence::http {

struct RequestLimits {
  size_t header_bytes = kMaxHttpHeaderBytes;
  size_t body_bytes = kMaxRequestBytes;
};

// Purpose: reads one request of HTTP/1.1 or 1.0. Ownership: owns what was read.
// Thread-safety: one thread.
class RequestReader {
 public:
  enum class Step {
    kMore,    // all of it is not there yet
    kHeader,  // line and headers are: once, before anything of the body is taken
    kDone,    // all of it is
    kFailed,  // it is no request that can be read: error() says why
  };

  explicit RequestReader(const RequestLimits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Reads on; `used` becomes how many of the bytes were taken, the others are to be given again.
  Step Take(std::string_view bytes, size_t* used);

  // From kHeader on: what it says of its body, none when that comes in pieces without a size.
  std::optional<uint64_t> content_length() const { return content_length_; }
  // Whether the caller waits to be told that the body is wanted.
  bool expects_continue() const { return expects_continue_; }
  // Whether another request may follow on the connection.
  bool keep_alive() const { return keep_alive_; }
  // What was read, once.
  Request TakeRequest();

  // From kFailed on: REQUEST_MALFORMED, HEADERS_TOO_LARGE, REQUEST_TOO_LARGE or
  // CONTENT_ENCODING_UNSUPPORTED, and the status code of HTTP that says so.
  const absl::Status& error() const { return error_; }
  int http_status() const { return http_status_; }

 private:
  struct Parser;

  Step Fail(int http_status, absl::Status error);
  Step FailTooLarge();
  Step FailMalformed(std::string_view why);
  // Takes over line and headers; what trails the body is not read.
  Step ReadHeader();
  Step CheckHeader();

  const RequestLimits limits_;
  const std::unique_ptr<Parser> parser_;
  Request request_;
  std::optional<uint64_t> content_length_;
  size_t header_bytes_ = 0;
  bool header_read_ = false;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  absl::Status error_;
  int http_status_ = 0;
};

}  // namespace whence::http
