#pragma once

// A house that is asked in text: requests in protobuf's text format, answers as messages.

#include <string>

#include <catch2/catch.hpp>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "google/protobuf/text_format.h"
#include "service/catalog_operations.h"
#include "support/house_fixture.h"

namespace whence::service::test {

using whence::test::ReasonOf;

template <class Message>
Message Parse(const std::string& text) {
  Message message;
  WHENCE_ASSERT(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

inline std::string FieldOf(const absl::Status& status) { return GetErrorDetail(status).field; }
inline std::string HintOf(const absl::Status& status) { return GetErrorDetail(status).hint; }

class Asked : public whence::test::HouseFixture {
 public:
  // Asks for what must succeed.
  template <class Request, class Response, template <class, class> class Operation>
  Response Ask(const Operation<Request, Response>& operation, const std::string& text) {
    absl::StatusOr<Response> answer = Run(operation, Parse<Request>(text));
    INFO(text);
    INFO(answer.status().ToString());
    REQUIRE(answer.ok());
    return *std::move(answer);
  }
  // Asks for what must fail.
  template <class Request, class Response, template <class, class> class Operation>
  absl::Status Fail(const Operation<Request, Response>& operation, const std::string& text) {
    absl::Status status = Run(operation, Parse<Request>(text)).status();
    INFO(text);
    CHECK_FALSE(status.ok());
    return status;
  }
  // The reason why it fails.
  template <class Request, class Response, template <class, class> class Operation>
  std::string Why(const Operation<Request, Response>& operation, const std::string& text) {
    return ReasonOf(Run(operation, Parse<Request>(text)).status());
  }
  // The same for what validation refuses: with the field, "REASON at field".
  template <class Request, class Response, template <class, class> class Operation>
  std::string WhyAt(const Operation<Request, Response>& operation, const std::string& text) {
    const absl::Status status = Fail(operation, text);
    CHECK(absl::IsInvalidArgument(status));
    return ReasonOf(status) + " at " + FieldOf(status);
  }
};

}  // namespace whence::service::test
