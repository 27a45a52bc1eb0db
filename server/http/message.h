// One HTTP request and its response, as handlers see them: nothing here knows of sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace whence::http {

struct Header {
  std::string name;  // in lower case
  std::string value;
};

struct Request {
  std::string method;           // for example GET
  std::string path;             // as it was sent, still percent-encoded, without the query
  std::string query;            // what stood behind the `?`, still encoded
  std::vector<Header> headers;  // those before the body, in their order
  std::string body;

  // The first header of that name (in lower case); null when there is none.
  const std::string* Find(std::string_view name) const {
    for (const Header& header : headers) {
      if (header.name == name) return &header.value;
    }
    return nullptr;
  }
};

// Purpose: a body that is too large to be held at once. Ownership: the response's. Thread-safety:
// one thread at a time.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // The next piece, when the one before was taken by the network; false at the end. After an error
  // the connection is closed, so that the reader sees that something is missing.
  virtual absl::StatusOr<bool> Next(std::string* piece) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Header> headers{};  // beside content-type, content-length, date and connection
  std::string body{};
  // When set, the body instead of `body`: exactly so many bytes.
  std::unique_ptr<BodySource> source{};
  uint64_t source_bytes = 0;
  // Of something that has happened: not replaced by an error when too many replies are unread.
  bool must = false;
};

}  // namespace whence::http
