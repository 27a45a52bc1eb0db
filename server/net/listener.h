// The socket that callers connect to, whatever they speak.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::net {

// Asks the system for as many open files as kMaxDescriptors, if it grants more than it gave.
void RaiseDescriptorLimit();

// Purpose: accepts connections and hands them on. gRPC and Asio have acceptors of their own, but
// gRPC's never accepts again after the process was once out of file descriptors, and neither leaves
// any to the house. This one waits until there are some again, and closes at once what would take
// the last kReservedDescriptors of them. Ownership: owns its sockets and its thread; what it hands
// on belongs to the receiver. Thread-safety: Start and Stop once each, from one thread.
class Listener {
 public:
  // A new connection, non-blocking, and the socket that it came in by.
  using Take = absl::AnyInvocable<void(int connection, int socket)>;

  // Binds to every address of `host:port` (`[::1]:0` for IPv6; port 0: the system chooses one).
  // Fails with LISTEN_FAILED when that is malformed, in use or not this machine's; `flag` is what
  // the user chooses the address with.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address,
                                                        std::string_view flag = "--listen");
  ~Listener();  // Stop()
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Where it listens, with the port that was chosen.
  const std::string& address() const { return address_; }
  // True when nobody but this machine can reach it, on any of its addresses.
  bool is_loopback() const;
  // Tokens travel in the clear where nothing is encrypted: that is for this machine alone.
  // FailedPrecondition PLAINTEXT_REFUSED, unless somebody wants it so.
  absl::Status CheckEncrypted(bool encrypted, bool insecure_plaintext) const;

  // Calls `take` for each connection, on a thread of its own.
  void Start(Take take);
  // Accepts no more. Nothing is handed on when it has returned.
  void Stop();

 private:
  Listener() = default;
  absl::Status Failed(std::string_view why) const;
  absl::Status Bind(const std::string& host, const std::string& port);
  void Loop();
  // False when there is nothing to accept, or nothing to accept it with.
  bool AcceptOne(int socket, bool* exhausted);

  std::string address_;
  std::string flag_;
  std::vector<int> sockets_;
  int stop_ = -1;  // readable when the thread should end
  Take take_;
  std::thread thread_;
};

}  // namespace whence::net
