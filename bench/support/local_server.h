// A whole server in this process, on a port of its own.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "service/corridor.h"
#include "service/house.h"

namespace whence::bench {

struct LocalServerOptions {
  // HouseOptions::ledger_tree.
  bool ledger_tree = true;
};

// Purpose: what benchmarks call, over the wire or through the corridor.
// Ownership: owns the server; the data folder is the caller's and must outlive it.
// Thread-safety: const after construction; the corridor and the house say for themselves.
class LocalServer {
 public:
  // Opens `data_folder`, making a catalog there when it holds none. Ends the process with a message
  // when the server cannot start: a benchmark has no way on.
  explicit LocalServer(const std::string& data_folder, const LocalServerOptions& options = {});
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  // A connection that is ready, of its own: two channels do not share one. Its calls show the token
  // of the metastore's owner.
  std::shared_ptr<grpc::Channel> Connect() const;
  const std::string& token() const;
  // Opens the HTTP door too; returns its address.
  std::string OpenHttp();
  service::Corridor& corridor() const;
  service::House& house() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace whence::bench
