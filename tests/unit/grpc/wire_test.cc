#include "grpc/wire.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "grpc/server_fixture.h"

namespace whence::rpc {
namespace {

using test::Details;
using test::ServerFixture;
using test::WireError;

TEST_CASE("an error arrives with its reason, field, hint and code") {
  ServerFixture fixture;
  v1::CreateCatalogRequest request;
  v1::Catalog response;
  grpc::ClientContext context;
  const grpc::Status status = fixture.catalog->CreateCatalog(&context, request, &response);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  const WireError error = Details(status);
  CHECK(error.status.code() == static_cast<int>(status.error_code()));
  CHECK(error.status.message() == status.error_message());
  CHECK(error.info.domain() == "whence");
  CHECK(error.info.reason() == "NAME_PART_EMPTY");
  CHECK(error.info.metadata().at("field") == "catalog.name");
  REQUIRE(error.bad_request.field_violations_size() == 1);
  CHECK(error.bad_request.field_violations(0).field() == "catalog.name");
  CHECK(error.bad_request.field_violations(0).description() == status.error_message());
  REQUIRE(error.help.links_size() == 1);
  CHECK(error.help.links(0).description() == error.info.metadata().at("hint"));
  // As every gRPC library looks for it.
  CHECK(context.GetServerTrailingMetadata().count("grpc-status-details-bin") == 1);
}

TEST_CASE("an error without a field has no bad request") {
  ServerFixture fixture;
  const grpc::Status status = fixture.Get("nothing");
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
  const WireError error = Details(status);
  CHECK(error.info.reason() == "CATALOG_NOT_FOUND");
  CHECK(error.info.metadata().count("field") == 0);
  CHECK(error.bad_request.field_violations_size() == 0);
}

TEST_CASE("an error that nobody named is an internal one") {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "oops");
    const grpc::Status wire = ToWire(status);
    CHECK(static_cast<int>(wire.error_code()) == code);
    CHECK(wire.error_message() == "oops");
    const WireError error = Details(wire);
    CHECK(error.info.reason() == "INTERNAL_ERROR");
    CHECK(error.info.domain() == "whence");
    CHECK(error.info.metadata().empty());
    CHECK(error.help.links_size() == 0);
  }
  CHECK(ToWire(absl::OkStatus()).ok());
}

TEST_CASE("further facts of an error are in its metadata") {
  const absl::Status status =
      WithMetadata(Aborted("ETAG_MISMATCH", "somebody was faster"), "etag", "7");
  CHECK(Details(ToWire(status)).info.metadata().at("etag") == "7");
}

TEST_CASE("a long error is cut between characters and keeps its reason") {
  std::string message;
  while (message.size() < 100'000) message += "\xC3\xA4\xE2\x82\xAC";
  const absl::Status status =
      WithMetadata(InvalidArgument("SOME_REASON", "field", message, message), "fact", message);
  const grpc::Status wire = ToWire(status);
  CHECK(wire.error_message().size() <= kMaxWireMessageBytes);
  CHECK(IsValidUtf8(wire.error_message()));
  CHECK(wire.error_message().ends_with("..."));
  const WireError error = Details(wire);
  CHECK(error.info.reason() == "SOME_REASON");
  CHECK(IsValidUtf8(error.info.metadata().at("hint")));
  CHECK(error.info.metadata().at("hint").size() <= kMaxWireHintBytes);
  // Percent encoding makes three bytes of one in the message, base64 four of three in the details.
  CHECK(3 * wire.error_message().size() + wire.error_details().size() * 4 / 3 < 8000);
}

TEST_CASE("the longest names there are can be missed over the wire") {
  ServerFixture fixture;
  std::string part;
  while (part.size() + 4 <= kMaxNamePartBytes) part += "\xF0\x9F\x90\x98";
  v1::GetAssetRequest request;
  request.set_name("`" + part + "`.`" + part + "`.`" + part + "`");
  v1::Asset response;
  grpc::ClientContext context;
  const grpc::Status status = fixture.catalog->GetAsset(&context, request, &response);
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(Details(status).info.reason() == "CATALOG_NOT_FOUND");
}

TEST_CASE("a caller is who its token says") {
  ServerFixture fixture;
  v1::Catalog made;
  REQUIRE(fixture.Create("a", &made).ok());
  CHECK(made.creator() == "user:ana");
  grpc::ClientContext context;
  context.AddMetadata("whence-principal", "user:bob");
  REQUIRE(fixture.Create("b", &made, &context).ok());
  CHECK(made.creator() == "user:ana");
}

TEST_CASE("an error that says when to try again says it in RetryInfo") {
  const auto delay_of = [](const std::string& text) {
    const grpc::Status wire =
        ToWire(WithMetadata(ResourceExhausted("RATE_LIMITED", "slowly"), "retry_delay", text));
    const WireError error = Details(wire);
    google::rpc::RetryInfo retry;
    for (const google::protobuf::Any& detail : error.status.details()) {
      if (detail.Is<google::rpc::RetryInfo>()) {
        detail.UnpackTo(&retry);
        return absl::Seconds(retry.retry_delay().seconds()) +
               absl::Nanoseconds(retry.retry_delay().nanos());
      }
    }
    return -absl::InfiniteDuration();
  };
  CHECK(delay_of("250ms") == absl::Milliseconds(250));
  CHECK(delay_of("1m1.5s") == absl::Milliseconds(61'500));
  CHECK(delay_of("soon") == -absl::InfiniteDuration());
}

TEST_CASE("a caller's deadline is the call's") {
  ServerFixture fixture;
  v1::Catalog made;
  grpc::ClientContext context;
  const whence::test::HeldWriter held(fixture.house());
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  const grpc::Status status = fixture.Create("late", &made, &context);
  CHECK(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace
}  // namespace whence::rpc
