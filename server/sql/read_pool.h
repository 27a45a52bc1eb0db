#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "sql/connection.h"

namespace whence::sql {

struct ReadPoolOptions {
  // Connections opened at most; a caller beyond that waits.
  size_t max_connections = kMaxReadConnections;
  // How long a caller waits for a connection before it fails with READ_POOL_EXHAUSTED.
  absl::Duration wait = kReadConnectionWait;
  int cache_kib = 8 * 1024;
  const char* vfs = nullptr;
  // Called with every connection that is opened, before it is lent: attaches what its users keep.
  std::function<void(Connection&)> prepare = nullptr;
};

// The read-only connections to one database file, lent to whoever reads.
//
// Grows on demand; the connection given back last is lent next, because its cache is warm.
// Ownership: owns its connections. Every Lease must be back before the pool is destroyed
// (asserted), and the pool must be destroyed before the writer stops, so that the log can be
// emptied.
// Thread-safety: all methods may be called from any thread.
class ReadPool {
 public:
  explicit ReadPool(std::string path, ReadPoolOptions options = {});
  ~ReadPool();
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  // A connection for one thread, given back on destruction. Movable; empty after a move.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    ~Lease();

    Connection& connection() const { return *connection_; }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class ReadPool;
    Lease(ReadPool* pool, std::unique_ptr<Connection> connection);

    ReadPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Lends a connection, opening one while fewer than the bound are open, else waiting for one.
  // Fails with READ_POOL_EXHAUSTED (ResourceExhausted) when none came back in time, or with the
  // error of opening (connection.h).
  absl::StatusOr<Lease> Acquire();

  // Connections open now, lent or not.
  size_t open_connections() const;

 private:
  void Return(std::unique_ptr<Connection> connection);

  const std::string path_;
  const ReadPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
  size_t open_ = 0;                                // guarded by mutex_; idle, lent or being opened
};

using Lease = ReadPool::Lease;

}  // namespace whence::sql
