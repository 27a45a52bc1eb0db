// A whole server in this process, on a port of its own, over a database in a folder of its own.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"

namespace whence::bench {

// Purpose: what benchmarks call. The folder stands below $WHENCE_BENCH_DIR (default: the current
// folder), so that syncs meet a real disk and not a memory file system.
// Ownership: removes the folder on destruction. Thread-safety: const after construction.
class LocalServer {
 public:
  // Ends the process with a message when the server cannot start: a benchmark has no way on.
  LocalServer();
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  // A connection that is ready.
  std::shared_ptr<grpc::Channel> Connect() const;
  const std::string& folder() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace whence::bench
