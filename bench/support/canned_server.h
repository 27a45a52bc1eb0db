// A gRPC server that answers every call with the same bytes: what a reply of that size costs gRPC
// and the kernel, whoever made it.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"

namespace whence::bench {

// Purpose: the second floor of calls whose replies are not empty. Ownership: owns its server, which
// ends with it; connections must be gone by then. Thread-safety: const after construction.
class CannedServer {
 public:
  explicit CannedServer(const std::string& reply);
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  // A connection of its own that is ready; its calls show a token as those of LocalServer's do.
  std::shared_ptr<grpc::Channel> Connect(const std::string& token) const;

 private:
  class Service;

  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace whence::bench
