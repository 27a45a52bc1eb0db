// A real whenced in a process of its own, to be killed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace whence::test {

// Purpose: starts the binary named by $WHENCED on a data folder and a free port, and ends it in the
// rude way or the polite one. Later starts listen where the first did, so that clients find it
// again. Ownership: the process ends with the object.
// Thread-safety: one thread; channels may be used from any.
class ServerProcess {
 public:
  explicit ServerProcess(std::string data_folder, std::vector<std::string> more_arguments = {})
      : data_folder_(std::move(data_folder)), more_arguments_(std::move(more_arguments)) {}
  ~ServerProcess() { Kill(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts it and waits until it listens. False, with what it printed on stderr, when it ends first
  // or takes longer than 30 s.
  bool Start();
  // Starts it and kills it `milliseconds` later, wherever it is on its way up.
  void StartAndKill(int milliseconds);
  // kill -9.
  void Kill();
  // It stands still, and the kernel still takes what is sent to it; until it goes on.
  void StandStill();
  void GoOn();
  // SIGTERM; returns the exit code.
  int Stop();

  const std::string& address() const { return address_; }
  // -1 when it does not run.
  pid_t pid() const { return pid_; }
  // That of the metastore's owner, `user:admin`, which the first start wrote into the folder.
  std::string token() const;
  // A new connection, so that none remembers an earlier server's failures. Its calls show the
  // token.
  std::shared_ptr<grpc::Channel> Connect() const;

 private:
  std::string PortFile() const { return data_folder_ + ".port"; }
  void Spawn();

  const std::string data_folder_;
  const std::vector<std::string> more_arguments_;
  std::string address_ = "127.0.0.1:0";
  pid_t pid_ = -1;
};

}  // namespace whence::test
