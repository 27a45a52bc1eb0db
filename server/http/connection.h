// One caller's connection: requests in, responses out, one after the other.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "http/byte_room.h"
#include "http/exchange.h"
#include "http/request_reader.h"
#include "http/router.h"
#include "http/transport.h"

namespace whence::http {

class Connection;

// Bounds of connections; tests have smaller ones.
struct ConnectionLimits {
  RequestLimits request{};
  size_t max_connections = kMaxHttpConnections;
  size_t max_incoming_bytes = kMaxHttpIncomingBytes;
  size_t max_pipelined_bytes = kMaxPipelinedBytes;
  size_t max_unread_reply_bytes = kMaxUnreadReplyBytes;
  absl::Duration handshake_time = kHandshakeTimeout;
  absl::Duration idle = kHttpIdle;
  absl::Duration header_time = kHttpHeaderTime;
  absl::Duration body_grace = kHttpBodyGrace;
  size_t min_body_bytes_per_second = kMinHttpBodyBytesPerSecond;
  absl::Duration reply_grace = kReplyGrace;
  size_t min_reply_bytes_per_second = kMinReplyBytesPerSecond;
  absl::Duration linger = kHttpLinger;
};

// What all connections of a door share.
struct ConnectionHall {
  ConnectionHall(const ConnectionLimits& bounds, const Router* routes)
      : limits(bounds),
        router(routes),
        incoming(bounds.max_incoming_bytes),
        replies(bounds.max_unread_reply_bytes) {}

  const ConnectionLimits limits;
  const Router* const router;
  ByteRoom incoming;
  ByteRoom replies;
  std::atomic<bool> draining = false;
  std::atomic<uint64_t> accepted = 0;
  std::atomic<uint64_t> refused = 0;  // there were too many
  mutable std::mutex mutex;
  std::condition_variable left;                              // one of those below has gone
  std::map<Connection*, std::weak_ptr<Connection>> present;  // guarded by mutex
};

// Purpose: reads requests, hands them to the router, writes the responses, and keeps its caller to
// the limits. What comes while a request is under way is read up to a bound, so that it is noticed
// when the caller goes; its call is then cancelled.
// Ownership: lives as long as something is under way on it: it owns its transport and is owned by
// what it waits for. Thread-safety: the methods may be called from any thread; everything else
// happens on the transport.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // Enters the hall, unless it is full: then null.
  static std::shared_ptr<Connection> Open(std::unique_ptr<Transport> transport,
                                          ConnectionHall* hall);
  ~Connection();  // leaves the hall
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Ends it as soon as no request is under way.
  void Drain();
  // Ends it now; what is under way is cancelled.
  void Abort();

 private:
  class OwnExchange;
  friend class OwnExchange;

  enum class State {
    kOpening,    // TLS
    kIdle,       // nothing of a request has come
    kHeader,     // something has
    kBody,       // line and headers have
    kWorking,    // the response is awaited
    kWriting,    // it is on its way
    kLingering,  // it is out, and nothing follows
    kClosed,
  };
  using Clock = std::chrono::steady_clock;
  using Outcome = Transport::Outcome;

  Connection(std::unique_ptr<Transport> transport, ConnectionHall* hall);

  void Start();
  void ArmTimer();
  void OnTimer();
  void SetDeadline(absl::Duration time);

  void AwaitRequest();
  void Read();
  void OnRead(Outcome outcome, size_t bytes);
  void Parse();
  void OnHeader();
  bool TakeIncoming();
  void SayContinue();
  void OnRequest();
  void Watch();
  void Refuse(const absl::Status& status, int http_status);

  void Send(Response response);
  void Write(std::string_view body);
  void OnWritten(Outcome outcome);
  void OnResponseSent();
  void Linger();
  void Close();
  void LeaveIncoming();

  ConnectionHall* const hall_;
  std::unique_ptr<Transport> transport_;
  const absl::Duration tick_;

  access::CertificateNames peer_;  // verified; known once it is open
  State state_ = State::kOpening;
  std::optional<Clock::time_point> deadline_;
  std::unique_ptr<RequestReader> reader_;
  std::unique_ptr<std::array<char, size_t{8} << 10>> chunk_;  // what is read goes here first
  std::string input_;                                         // read, and not taken by a request
  bool reading_ = false;
  bool input_ended_ = false;
  size_t incoming_bytes_ = 0;  // of the room for those
  size_t body_bytes_ = 0;      // received
  Clock::time_point body_begin_;

  std::shared_ptr<OwnExchange> exchange_;  // from kWorking until it is answered
  bool head_only_ = false;
  bool close_after_ = false;
  std::string head_;
  Response response_;
  std::string piece_;  // of its source
  uint64_t piece_bytes_ = 0;
  size_t reply_bytes_ = 0;  // of the room for those
  size_t lingered_bytes_ = 0;
};

}  // namespace whence::http
