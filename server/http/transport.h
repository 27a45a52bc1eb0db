// Bytes to and from one peer, in the clear or through TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "access/certificate.h"

namespace whence::http {

class TlsContexts;

// Purpose: a connection on which nothing blocks and nothing happens twice at a time: everything
// that is passed to it is called on one of its loop's threads, one after the other. Keeps Asio out
// of the headers. Ownership: owns the socket; buffers must live until they are done with.
// Thread-safety: Post, Dispatch from any thread; the rest inside of what it calls.
class Transport {
 public:
  enum class Outcome { kOk, kEnd, kFailed };
  // With the number of bytes.
  using Done = absl::AnyInvocable<void(Outcome, size_t)>;
  using Task = absl::AnyInvocable<void()>;

  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  // Agrees on TLS, where there is any.
  virtual void Open(Done done) = 0;
  // Reads what there is, at least one byte. One at a time.
  virtual void Read(char* into, size_t size, Done done) = 0;
  // Writes both. One at a time.
  virtual void Write(std::string_view first, std::string_view second, Done done) = 0;
  // The names in the peer's certificate, once it is open: only what was verified.
  virtual access::CertificateNames PeerNames() = 0;
  // Says that nothing more will be written.
  virtual void EndWriting(Done done) = 0;
  // What is under way fails.
  virtual void Close() = 0;
  // Calls the task after a time, unless it is closed before. One at a time.
  virtual void Wait(absl::Duration time, Task task) = 0;
  // Calls the task later; or at once, when it may.
  virtual void Post(Task task) = 0;
  virtual void Dispatch(Task task) = 0;
};

// Purpose: a few threads on which all connections live. Ownership: owns the threads.
// Thread-safety: Adopt from any thread; Stop once.
class IoLoop {
 public:
  explicit IoLoop(int threads);
  ~IoLoop();  // Stop()
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Takes a connected, non-blocking socket. `tls` may be null. Null when the peer has gone already.
  std::unique_ptr<Transport> Adopt(int socket, TlsContexts* tls);
  // Ends the threads. No transport may be in use.
  void Stop();

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace whence::http
