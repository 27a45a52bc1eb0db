// What a read is decided by, and what it reads, are of one position.

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <thread>

#include "access/principal.h"
#include "base/status_macros.h"
#include "ledger/ledger.h"
#include "service/access_operations.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::Pending;

TEST_CASE("a read knows of no change of access whose position is not published yet") {
  HouseFixture fixture;
  House& house = fixture.house();
  std::promise<void> shown;
  std::promise<void> released;
  // A mutation that stands still where the index has its change, and nobody else may see it.
  const auto change_access = [&](sql::WriteContext& context) -> absl::Status {
    const ledger::Change change{.position = context.Next(sql::Counter::kPosition),
                                .time = context.now(),
                                .actor = "user:ana"};
    access::NewPrincipal wanted;
    wanted.name = "user:new";
    WHENCE_RETURN_IF_ERROR(access::CreatePrincipal(context, change, wanted).status());
    WHENCE_RETURN_IF_ERROR(
        house.ledger().Append(context, ledger::Entry{.position = change.position,
                                                     .time = change.time,
                                                     .actor = "user:ana",
                                                     .via = "test",
                                                     .action = "CreatePrincipal",
                                                     .resource = "user:new",
                                                     .request_id = {},
                                                     .digest = std::string(32, 'd')}));
    context.OnCommit([&house, &shown, &released, position = change.position] {
      shown.set_value();
      released.get_future().wait();
      house.graph().Publish(position);
      house.ledger().Publish(position);
    });
    return absl::OkStatus();
  };
  house.writer().Submit({.execute = change_access, .finish = [](absl::Status) {}});
  shown.get_future().wait();
  CHECK(house.access().snapshot().Find("user:new") != access::kNobody);
  CHECK(fixture.position() == kNoPosition);

  const v1::WhoAmIRequest request;
  Pending<v1::WhoAmIResponse> pending;
  std::thread reader([&] { fixture.Begin(fixture.caller, kWhoAmI, request, &pending); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK_FALSE(pending.answered());
  released.set_value();
  reader.join();
  CHECK(pending.Wait().value().position() == fixture.position());
  CHECK(fixture.position() == 1);
}

}  // namespace
}  // namespace whence::service
