#include "whence/status.h"

#include <catch2/catch.hpp>

#include "fake_server.h"
#include "src/error_info.h"
#include "src/grpc_status.h"

namespace whence {
namespace {

using client_internal::FromGrpcStatus;

absl::Status Converted(const grpc::Status& status) {
  return FromGrpcStatus(status, "host:7070", "GetAsset", absl::Seconds(10));
}

TEST_CASE("An error of the server keeps its code, message, reason, hint and field",
          "[client][status]") {
  const absl::Status status = Converted(test::DetailedStatus(
      grpc::StatusCode::NOT_FOUND, "no asset prod.fraud.scroes", "ASSET_NOT_FOUND",
      "prod.fraud.scores exists; see 'whence asset list prod.fraud'", "name"));
  REQUIRE(absl::IsNotFound(status));
  REQUIRE(ErrorReason(status) == "ASSET_NOT_FOUND");
  REQUIRE(ErrorField(status) == "name");
  REQUIRE(DescribeError(status) ==
          "error: no asset prod.fraud.scroes (NOT_FOUND, ASSET_NOT_FOUND)\n"
          "hint: prod.fraud.scores exists; see 'whence asset list prod.fraud'\n");
  REQUIRE(ErrorMetadata(status).size() == 2);
}

TEST_CASE("Errors of gRPC itself say which server and what to do", "[client][status]") {
  const absl::Status away = Converted({grpc::StatusCode::UNAVAILABLE, "connection refused"});
  REQUIRE(absl::IsUnavailable(away));
  REQUIRE(ErrorReason(away) == "SERVER_UNREACHABLE");
  REQUIRE(DescribeError(away).find("host:7070: connection refused") != std::string::npos);
  REQUIRE(ErrorHint(away).find("whenced") != std::string::npos);

  const absl::Status late = Converted({grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"});
  REQUIRE(absl::IsDeadlineExceeded(late));
  REQUIRE(late.message() == "the server at host:7070 did not answer GetAsset within 10s");

  const absl::Status old = Converted({grpc::StatusCode::UNIMPLEMENTED, ""});
  REQUIRE(absl::IsUnimplemented(old));
  REQUIRE(ErrorReason(old) == "CALL_NOT_IMPLEMENTED");

  REQUIRE(Converted(grpc::Status::OK).ok());
}

TEST_CASE("Details that cannot be read leave code and message", "[client][status]") {
  const absl::Status status =
      Converted({grpc::StatusCode::INTERNAL, "broken", std::string("\xff\xff\xff not a proto")});
  REQUIRE(absl::IsInternal(status));
  REQUIRE(status.message() == "broken");
  REQUIRE(ErrorReason(status).empty());

  absl::Status foreign = absl::InternalError("x");
  foreign.SetPayload(client_internal::kErrorInfoUrl, absl::Cord("\xff\xff\xff"));
  REQUIRE(ErrorReason(foreign).empty());
  REQUIRE(ErrorHint(foreign).empty());
}

TEST_CASE("Exit codes are those of the command line", "[client][status]") {
  REQUIRE(ExitCode(absl::OkStatus()) == 0);
  REQUIRE(ExitCode(absl::InternalError("x")) == 1);
  REQUIRE(ExitCode(absl::FailedPreconditionError("x")) == 1);
  REQUIRE(ExitCode(absl::InvalidArgumentError("x")) == 1);
  REQUIRE(ExitCode(absl::PermissionDeniedError("x")) == 4);
  REQUIRE(ExitCode(absl::UnauthenticatedError("x")) == 4);
  REQUIRE(ExitCode(absl::NotFoundError("x")) == 5);
  REQUIRE(ExitCode(absl::AlreadyExistsError("x")) == 6);
  REQUIRE(ExitCode(absl::AbortedError("x")) == 6);
  REQUIRE(ExitCode(absl::UnavailableError("x")) == 7);
  REQUIRE(ExitCode(absl::DeadlineExceededError("x")) == 7);
  REQUIRE(Exit(absl::OkStatus()) == 0);
  REQUIRE(DescribeError(absl::OkStatus()).empty());
  REQUIRE(DescribeError(absl::InternalError("x")) == "error: x (INTERNAL)\n");
}

TEST_CASE("A kept status is one, and may be left unread", "[client][status]") {
  const auto fails = [] { return KeptStatus(absl::NotFoundError("x")); };
  fails();
  const absl::Status status = fails();
  REQUIRE(absl::IsNotFound(status));
  REQUIRE_FALSE(fails().ok());
  REQUIRE(KeptStatus().ok());
  const KeptStatusOr<int> value = 7;
  REQUIRE(*value == 7);
  const absl::StatusOr<int> plain = value;
  REQUIRE(*plain == 7);
}

}  // namespace
}  // namespace whence
