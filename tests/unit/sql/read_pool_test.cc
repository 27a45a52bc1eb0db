#include "sql/read_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "scratch.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::Reason;
using test::ScratchFolder;

constexpr Query kCount{"SELECT count(*) FROM t"};
constexpr Query kInsert{"INSERT INTO t (id) VALUES (?1)"};

struct Database {
  ScratchFolder folder;
  std::string path = folder.File("a.db");
  std::unique_ptr<Connection> writer = MustOpen(path);

  Database() {
    REQUIRE(writer->ExecuteScript("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT").ok());
  }
};

int64_t Count(Connection& connection) {
  Rows rows = connection.Run(kCount);
  return rows.Next() ? rows.Int64(0) : -1;
}

TEST_CASE("the pool opens connections as they are needed and lends the warmest one") {
  Database database;
  ReadPool pool(database.path);
  CHECK(pool.open_connections() == 0);
  Connection* second_seen = nullptr;
  {
    auto first = pool.Acquire();
    auto second = pool.Acquire();
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(&first->connection() != &second->connection());
    CHECK(first->connection().read_only());
    CHECK(Count(**first) == 0);
    second_seen = &second->connection();
    CHECK(pool.open_connections() == 2);
    const ReadPool::Lease moved = *std::move(first);
    CHECK(Count(*moved) == 0);
    { const ReadPool::Lease given_back_last = *std::move(second); }
    const auto again = pool.Acquire();
    CHECK(&again->connection() == second_seen);
  }
  CHECK(pool.open_connections() == 2);
}

TEST_CASE("beyond the bound a caller waits, and gets a named error in the end") {
  Database database;
  ReadPoolOptions options;
  options.max_connections = 1;
  options.wait = absl::Milliseconds(20);
  ReadPool pool(database.path, options);
  {
    const auto held = pool.Acquire();
    REQUIRE(held.ok());
    const auto refused = pool.Acquire();
    CHECK(Reason(refused.status()) == "READ_POOL_EXHAUSTED");
    CHECK(refused.status().code() == absl::StatusCode::kResourceExhausted);
  }
  CHECK(pool.Acquire().ok());
}

TEST_CASE("a waiting caller gets the connection that comes back") {
  Database database;
  ReadPoolOptions options;
  options.max_connections = 1;
  ReadPool pool(database.path, options);
  auto held = pool.Acquire();
  REQUIRE(held.ok());
  std::atomic<bool> got{false};
  std::thread waiter([&] { got = pool.Acquire().ok(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_FALSE(got);
  { const ReadPool::Lease given_back = *std::move(held); }
  waiter.join();
  CHECK(got);
}

TEST_CASE("a connection that cannot be opened is not counted") {
  const ScratchFolder folder;
  ReadPoolOptions options;
  options.max_connections = 1;
  ReadPool pool(folder.File("none.db"), options);
  for (int i = 0; i < 3; ++i) {
    CHECK(Reason(pool.Acquire().status()) == "IO_ERROR");
  }
  CHECK(pool.open_connections() == 0);
}

TEST_CASE("many threads read while one writes; nobody sees numbers go back") {
  Database database;
  ReadPoolOptions options;
  options.max_connections = 3;
  ReadPool pool(database.path, options);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back([&] {
      int64_t last = 0;
      while (!stop) {
        auto lease = pool.Acquire();
        const int64_t count = lease.ok() ? Count(**lease) : -1;
        wrong += count < last ? 1 : 0;
        last = count;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    REQUIRE(database.writer->Execute(kInsert, i).ok());
  }
  stop = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  CHECK(wrong == 0);
  CHECK(pool.open_connections() <= 3);
}

}  // namespace
}  // namespace whence::sql
