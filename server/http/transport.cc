#include "http/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "boost/asio/basic_stream_socket.hpp"
#include "boost/asio/basic_waitable_timer.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/write.hpp"
#include "http/peer_names.h"
#include "http/tls_contexts.h"

namespace whence::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Strand>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Strand>;
using TlsStream = asio::ssl::stream<Socket>;

Transport::Outcome OutcomeOf(const ErrorCode& error) {
  if (!error) return Transport::Outcome::kOk;
  // A peer that closes without TLS's goodbye is as gone as one that says it.
  const bool end = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  return end ? Transport::Outcome::kEnd : Transport::Outcome::kFailed;
}

template <class Stream>
class StreamTransport final : public Transport {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  // In the clear.
  explicit StreamTransport(Socket socket)
      : stream_(std::move(socket)), timer_(stream_.get_executor()) {}
  // Through TLS.
  StreamTransport(Socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)),
        stream_(std::move(socket), *context_),
        timer_(stream_.get_executor()) {}

  void Open(Done done) override {
    if constexpr (kTls) {
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [done = std::move(done)](const ErrorCode& error) mutable { done(OutcomeOf(error), 0); });
    } else {
      Post([done = std::move(done)]() mutable { done(Outcome::kOk, 0); });
    }
  }

  void Read(char* into, size_t size, Done done) override {
    reading_ = true;
    stream_.async_read_some(
        asio::buffer(into, size),
        [this, done = std::move(done)](const ErrorCode& error, size_t bytes) mutable {
          reading_ = false;  // who is called keeps this
          done(OutcomeOf(error), bytes);
        });
  }

  void Write(std::string_view first, std::string_view second, Done done) override {
    const std::array<asio::const_buffer, 2> buffers = {
        asio::const_buffer(first.data(), first.size()),
        asio::const_buffer(second.data(), second.size())};
    asio::async_write(stream_, buffers,
                      [done = std::move(done)](const ErrorCode& error, size_t bytes) mutable {
                        done(OutcomeOf(error), bytes);
                      });
  }

  access::CertificateNames PeerNames() override {
    if constexpr (kTls) {
      return http::PeerNames(stream_.native_handle());
    } else {
      return {};
    }
  }

  void EndWriting(Done done) override {
    if constexpr (kTls) {
      if (reading_) {
        // TLS's goodbye awaits the peer's, and only one may read.
        Post([done = std::move(done)]() mutable { done(Outcome::kOk, 0); });
        return;
      }
      stream_.async_shutdown(
          [done = std::move(done)](const ErrorCode& error) mutable { done(OutcomeOf(error), 0); });
    } else {
      ErrorCode ignored;
      stream_.shutdown(asio::socket_base::shutdown_send, ignored);
      Post([done = std::move(done)]() mutable { done(Outcome::kOk, 0); });
    }
  }

  void Close() override {
    ErrorCode ignored;
    stream_.lowest_layer().close(ignored);
    timer_.cancel();
  }

  void Wait(absl::Duration time, Task task) override {
    timer_.expires_after(absl::ToChronoNanoseconds(time));
    timer_.async_wait([task = std::move(task)](const ErrorCode& error) mutable {
      if (!error) task();
    });
  }

  void Post(Task task) override { asio::post(stream_.get_executor(), std::move(task)); }
  void Dispatch(Task task) override { asio::dispatch(stream_.get_executor(), std::move(task)); }

 private:
  const std::shared_ptr<asio::ssl::context> context_;
  Stream stream_;
  Timer timer_;
  bool reading_ = false;
};

}  // namespace

struct IoLoop::Parts {
  explicit Parts(int count) : io(count), work(asio::make_work_guard(io)) {
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([this] { io.run(); });
    }
  }

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
};

IoLoop::IoLoop(int threads) : parts_(std::make_unique<Parts>(threads)) {}

IoLoop::~IoLoop() { Stop(); }

std::unique_ptr<Transport> IoLoop::Adopt(int socket, TlsContexts* tls) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  Socket adopted(asio::make_strand(parts_->io));
  ErrorCode error;
  adopted.assign(bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket,
                 error);
  if (error) {
    ::close(socket);
    return nullptr;
  }
  if (tls == nullptr) {
    return std::make_unique<StreamTransport<Socket>>(std::move(adopted));
  }
  return std::make_unique<StreamTransport<TlsStream>>(std::move(adopted), tls->Current());
}

void IoLoop::Stop() {
  parts_->work.reset();
  parts_->io.stop();
  for (std::thread& thread : parts_->threads) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace whence::http
