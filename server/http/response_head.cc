#include "http/response_head.h"

#include <cstdint>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/assert.h"
#include "base/strings.h"

namespace whence::http {
namespace {

std::string_view Phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

// Once a second is often enough to write it.
const std::string& DateNow() {
  thread_local int64_t second = 0;
  thread_local std::string text;
  if (const int64_t now = absl::ToUnixSeconds(absl::Now()); now != second) {
    second = now;
    text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::FromUnixSeconds(now),
                            absl::UTCTimeZone());
  }
  return text;
}

}  // namespace

std::string ResponseHead(const Response& response, bool close) {
  const uint64_t bytes = response.source == nullptr ? response.body.size() : response.source_bytes;
  std::string head =
      StrCat("HTTP/1.1 ", response.status, " ", Phrase(response.status), "\r\ndate: ", DateNow(),
             "\r\ncontent-type: ", response.content_type, "\r\ncontent-length: ", bytes,
             // Answers are for who asked, and are what they say they are.
             "\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n");
  for (const Header& header : response.headers) {
    WHENCE_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
    StrAppend(&head, header.name, ": ", header.value, "\r\n");
  }
  if (close) head += "connection: close\r\n";
  head += "\r\n";
  return head;
}

}  // namespace whence::http
