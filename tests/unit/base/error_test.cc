#include "base/error.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;

TEST_CASE("a reason is UPPER_SNAKE of 2 to 63 characters", "[error]") {
  CHECK(IsErrorReason("NAME_MALFORMED"));
  CHECK(IsErrorReason("OK"));
  CHECK(IsErrorReason("SHA256_BAD"));
  CHECK(IsErrorReason(std::string(63, 'A')));
  CHECK_FALSE(IsErrorReason(std::string(64, 'A')));
  CHECK_FALSE(IsErrorReason(""));
  CHECK_FALSE(IsErrorReason("A"));
  CHECK_FALSE(IsErrorReason("name"));
  CHECK_FALSE(IsErrorReason("_NAME"));
  CHECK_FALSE(IsErrorReason("NAME_"));
  CHECK_FALSE(IsErrorReason("9NAME"));
  CHECK_FALSE(IsErrorReason("NAME-X"));
  CHECK_FALSE(IsErrorReason("NAME X"));
}

TEST_CASE("the detail comes back as it was put in", "[error]") {
  const ErrorDetail detail{
      "ASSET_GONE", "items[3].name", "Look elsewhere.", {{"id", "7"}, {"", ""}}};
  const absl::Status status = MakeError(absl::StatusCode::kNotFound, "it is gone", detail);
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(MessageOf(status) == "it is gone");
  CHECK(GetErrorDetail(status) == detail);
}

TEST_CASE("any text can stand in a detail", "[error]") {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    ErrorDetail detail{"SOME_REASON", RandomBytes(random, 30), RandomBytes(random, 30), {}};
    for (size_t n = random.Below(4); n > 0; --n) {
      detail.metadata[RandomBytes(random, 10)] = RandomBytes(random, 300);
    }
    REQUIRE(GetErrorDetail(MakeError(absl::StatusCode::kAborted, "m", detail)) == detail);
  }
}

TEST_CASE("a status of foreign origin has no detail", "[error]") {
  CHECK(GetErrorDetail(absl::OkStatus()) == ErrorDetail{});
  CHECK(GetErrorDetail(absl::InternalError("boom")) == ErrorDetail{});
  for (const char* payload :
       {"", "x", "5:AB", "2:AB", "2:AB0:", "-1:", "2:AB0:0:3:key", "99999999999999999999:AB",
        "2:AB0:0:1:k", "2:AB0:9:hint", "2:AB0:0:1:k9:value"}) {
    absl::Status damaged = absl::InternalError("boom");
    damaged.SetPayload("whence/error_detail", absl::Cord(payload));
    CHECK(GetErrorDetail(damaged) == ErrorDetail{});
  }
}

TEST_CASE("each named maker has its code", "[error]") {
  using Maker = absl::Status (*)(std::string_view, std::string_view, std::string_view);
  struct Case {
    Maker make;
    absl::StatusCode code;
  };
  const std::vector<Case> cases = {
      {&NotFound, absl::StatusCode::kNotFound},
      {&AlreadyExists, absl::StatusCode::kAlreadyExists},
      {&FailedPrecondition, absl::StatusCode::kFailedPrecondition},
      {&Aborted, absl::StatusCode::kAborted},
      {&ResourceExhausted, absl::StatusCode::kResourceExhausted},
      {&Unavailable, absl::StatusCode::kUnavailable},
      {&PermissionDenied, absl::StatusCode::kPermissionDenied},
      {&Unauthenticated, absl::StatusCode::kUnauthenticated},
      {&Internal, absl::StatusCode::kInternal},
      {&DataLoss, absl::StatusCode::kDataLoss},
  };
  for (const Case& c : cases) {
    const absl::Status status = c.make("SOME_REASON", "what", "do this");
    CHECK(status.code() == c.code);
    CHECK(MessageOf(status) == "what");
    CHECK(GetErrorDetail(status) == ErrorDetail{"SOME_REASON", "", "do this", {}});
  }
}

TEST_CASE("InvalidArgument says the field once", "[error]") {
  CHECK(MessageOf(InvalidArgument("BAD", "name", "is empty")) == "name: is empty");
  CHECK(MessageOf(InvalidArgument("BAD", "name", "name is empty")) == "name is empty");
  CHECK(MessageOf(InvalidArgument("BAD", "name", "name: is empty")) == "name: is empty");
  CHECK(MessageOf(InvalidArgument("BAD", "name", "names are bad")) == "name: names are bad");
  CHECK(MessageOf(InvalidArgument("BAD", "", "it is bad")) == "it is bad");
  CHECK(GetErrorDetail(InvalidArgument("BAD", "name", "is empty", "h")) ==
        ErrorDetail{"BAD", "name", "h", {}});
}

TEST_CASE("WithFieldPrefix moves an error into the message around it", "[error]") {
  const absl::Status inner = InvalidArgument("BAD", "name", "is empty", "Fill it.");
  const absl::Status outer = WithFieldPrefix(inner, "reads[2]");
  CHECK(outer.code() == inner.code());
  CHECK(MessageOf(outer) == "reads[2].name: is empty");
  CHECK(GetErrorDetail(outer) == ErrorDetail{"BAD", "reads[2].name", "Fill it.", {}});
  CHECK(MessageOf(WithFieldPrefix(outer, "items[0]")) == "items[0].reads[2].name: is empty");

  const absl::Status no_field = WithFieldPrefix(NotFound("GONE", "it is gone"), "items[1]");
  CHECK(MessageOf(no_field) == "items[1]: it is gone");
  CHECK(GetErrorDetail(no_field).field == "items[1]");

  const absl::Status other_opening =
      MakeError(absl::StatusCode::kInvalidArgument, "that is bad", {"BAD", "name", "", {}});
  CHECK(MessageOf(WithFieldPrefix(other_opening, "x")) == "that is bad");
  CHECK(GetErrorDetail(WithFieldPrefix(other_opening, "x")).field == "x.name");

  CHECK(WithFieldPrefix(absl::OkStatus(), "x").ok());
  CHECK(WithFieldPrefix(absl::InternalError("boom"), "x") == absl::InternalError("boom"));
  CHECK(WithFieldPrefix(inner, "") == inner);
}

TEST_CASE("WithMetadata adds a fact and keeps the rest", "[error]") {
  absl::Status status = InvalidArgument("BAD", "name", "is empty", "Fill it.");
  status.SetPayload("somebody.else", absl::Cord("theirs"));
  const absl::Status more = WithMetadata(WithMetadata(status, "limit", "1"), "limit", "2");
  CHECK(GetErrorDetail(more) == ErrorDetail{"BAD", "name", "Fill it.", {{"limit", "2"}}});
  CHECK(MessageOf(more) == MessageOf(status));
  CHECK(more.GetPayload("somebody.else") == absl::Cord("theirs"));
  CHECK(WithMetadata(absl::OkStatus(), "a", "b").ok());
  CHECK(WithMetadata(absl::InternalError("boom"), "a", "b") == absl::InternalError("boom"));
}

}  // namespace
}  // namespace whence
