#include "sql/read_pool.h"

#include <chrono>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence::sql {

ReadPool::ReadPool(std::string path, ReadPoolOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  WHENCE_ASSERT(options_.max_connections > 0);
}

ReadPool::~ReadPool() { WHENCE_ASSERT(idle_.size() == open_); }

absl::StatusOr<ReadPool::Lease> ReadPool::Acquire() {
  {
    std::unique_lock lock(mutex_);
    const auto can_serve = [&] { return !idle_.empty() || open_ < options_.max_connections; };
    if (!returned_.wait_for(lock, absl::ToChronoMilliseconds(options_.wait), can_serve)) {
      return ResourceExhausted(
          "READ_POOL_EXHAUSTED",
          StrCat("all ", options_.max_connections, " read connections were busy for ",
                 absl::FormatDuration(options_.wait)),
          "repeat the call later, with fewer long reads at the same time");
    }
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(connection));
    }
    ++open_;
  }
  // Opening reads the file: not under the lock.
  OpenOptions open;
  open.read_only = true;
  open.cache_kib = options_.cache_kib;
  open.vfs = options_.vfs;
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(path_, open);
  if (!connection.ok()) {
    const std::lock_guard lock(mutex_);
    --open_;
    returned_.notify_one();
    return std::move(connection).status();
  }
  if (options_.prepare != nullptr) options_.prepare(**connection);
  return Lease(this, *std::move(connection));
}

void ReadPool::Return(std::unique_ptr<Connection> connection) {
  WHENCE_ASSERT(!connection->InTransaction());  // a ReadTransaction outlives its lease
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

size_t ReadPool::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

ReadPool::Lease::Lease(ReadPool* pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}

ReadPool::Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_), connection_(std::move(other.connection_)) {}

ReadPool::Lease::~Lease() {
  if (connection_ != nullptr) {
    pool_->Return(std::move(connection_));
  }
}

}  // namespace whence::sql
