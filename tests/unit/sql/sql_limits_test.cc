// Bounds of the writer and of the read pool as the server uses them.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "sql/read_pool.h"
#include "writer_fixture.h"

namespace whence::sql {
namespace {

using test::Reason;
using test::WriterFixture;

TEST_CASE("as many changes wait as may, and one commit takes as many as it may") {
  size_t done = 0;
  std::string refusal;
  WriterFixture fixture;  // goes first: its end answers what still waits
  const auto submit = [&] {
    fixture.writer->Submit({.execute = [](WriteContext&) { return absl::OkStatus(); },
                            .finish =
                                [&](const absl::Status& status) {
                                  if (status.ok()) {
                                    ++done;
                                  } else {
                                    refusal = Reason(status);
                                  }
                                }});
  };
  for (size_t i = 0; i < kMaxWriterQueue; ++i) submit();
  CHECK(refusal.empty());
  submit();
  CHECK(refusal == "WRITER_QUEUE_FULL");
  CHECK(fixture.writer->RunQueued() == kMaxWriterBatch);
  CHECK(done == kMaxWriterBatch);
  refusal.clear();
  submit();  // there is room again
  CHECK(refusal.empty());
}

TEST_CASE("as many connections are lent as may be open") {
  const test::ScratchFolder folder;
  const std::string path = folder.File("a.db");
  const auto database = test::MustOpen(path);
  ReadPoolOptions options;
  CHECK(options.max_connections == kMaxReadConnections);
  CHECK(options.wait == kReadConnectionWait);
  options.wait = absl::Milliseconds(1);
  ReadPool pool(path, options);
  std::vector<ReadPool::Lease> leases;
  for (size_t i = 0; i < kMaxReadConnections; ++i) {
    auto lease = pool.Acquire();
    REQUIRE(lease.ok());
    leases.push_back(*std::move(lease));
  }
  CHECK(Reason(pool.Acquire().status()) == "READ_POOL_EXHAUSTED");
  leases.pop_back();
  CHECK(pool.Acquire().ok());
}

}  // namespace
}  // namespace whence::sql
