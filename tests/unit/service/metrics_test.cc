// Calls as they are counted.
#include "service/metrics.h"

#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "support/house_fixture.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {
namespace {

TEST_CASE("calls are counted by operation, door and code, from many threads") {
  CallMetrics metrics;
  constexpr int kThreads = 4;
  constexpr int kCalls = 5000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&metrics] {
      for (int call = 0; call < kCalls; ++call) {
        metrics.Begin("One", "grpc").End(absl::StatusCode::kOk);
        metrics.Begin("One", "http").End(absl::StatusCode::kNotFound);
        metrics.Begin("Two", "elsewhere").End(absl::StatusCode::kOk);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto all = metrics.Read();
  CHECK(all.size() == 3);
  constexpr uint64_t kEach = kThreads * kCalls;
  CHECK(all.at({"One", "grpc"}).codes[0] == kEach);
  CHECK(all.at({"One", "http"}).codes[5] == kEach);
  CHECK(all.at({"One", "http"}).codes[0] == 0);
  CHECK(all.at({"Two", "other"}).codes[0] == kEach);
  uint64_t timed = 0;
  for (const uint64_t step : all.at({"One", "grpc"}).steps) timed += step;
  CHECK(timed == kEach);
}

TEST_CASE("the corridor counts what it runs, what it refuses, and repeats") {
  whence::test::HouseFixture house;
  v1::CreateCatalogRequest create;
  create.mutable_catalog()->set_name("c");
  create.set_request_id("r");
  CHECK(house.Run(kCreateCatalog, create).ok());
  CHECK(house.Run(kCreateCatalog, create).ok());
  create.mutable_catalog()->set_name("");
  CHECK_FALSE(house.Run(kCreateCatalog, create).ok());
  v1::ListCatalogsRequest list;
  CHECK(house.Run(kListCatalogs, list).ok());
  CallInfo nobody;
  nobody.via = "test";
  CHECK_FALSE(house.RunAs(nobody, kListCatalogs, list).ok());
  const auto all = house.corridor().metrics().Read();
  CHECK(all.at({"CreateCatalog", "other"}).codes[0] == 2);
  CHECK(all.at({"CreateCatalog", "other"}).codes[3] == 1);
  CHECK(all.at({"ListCatalogs", "other"}).codes[0] == 1);
  CHECK(all.at({"ListCatalogs", "other"}).codes[16] == 1);
}

}  // namespace
}  // namespace whence::service
