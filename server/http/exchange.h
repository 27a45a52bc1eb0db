// A request on its way to its response.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "access/certificate.h"
#include "http/message.h"
#include "service/call.h"

namespace whence::http {

// Purpose: what a handler gets: the request, and where its response goes. Ownership: shared by the
// connection and by whoever has yet to answer. Thread-safety: Answer and Run may be called from any
// thread, Answer once; the request is not changed by others.
class Exchange {
 public:
  // `peer`: the names in the certificate that the connection's TLS has verified.
  explicit Exchange(Request request, access::CertificateNames peer = {})
      : request_(std::move(request)), peer_(std::move(peer)) {}
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request() const { return request_; }
  // Who asks, for the corridor, and through which door. The exchange must outlive the call.
  service::CallInfo Info(std::string_view door = "http") const;

  // Ends the exchange. Does not block.
  virtual void Answer(Response response) = 0;
  // Runs a task on the connection's own thread: for what is too long for the writer's.
  virtual void Run(absl::AnyInvocable<void()> task) = 0;

  // The caller has gone.
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  const Request request_;
  const access::CertificateNames peer_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace whence::http
