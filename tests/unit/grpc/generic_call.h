#pragma once

// Calls without generated code: services whose messages Debian does not ship, and any service at
// all.

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace whence::rpc::test {

inline grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// One unary call; waits for its answer.
inline grpc::Status CallUnary(const std::shared_ptr<grpc::Channel>& channel,
                              const std::string& method, const std::string& request,
                              std::string* response) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const grpc::ByteBuffer sent = ToBuffer(request);
  grpc::ByteBuffer received;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  grpc::Status outcome;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &sent, &received, [&](grpc::Status status) {
    const std::lock_guard lock(mutex);
    outcome = std::move(status);
    done = true;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
  *response = outcome.ok() ? ToBytes(received) : "";
  return outcome;
}

// One message to a stream, its first answer, and the end. On the wire a unary call is one as well.
class OneMessageStream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  OneMessageStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                   const std::string& request)
      : stub_(channel), request_(ToBuffer(request)) {
    stub_.PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&answer_);
    StartCall();
  }

  // The first answer; empty when there was none.
  std::string Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    return answered_ ? ToBytes(answer_) : "";
  }
  // How it ended, after Wait.
  const grpc::Status& outcome() const { return outcome_; }

 private:
  // A call does not end before its answers are read.
  void OnReadDone(bool ok) override {
    if (!ok) return;
    answered_ = true;
    StartRead(&further_);
  }
  void OnDone(const grpc::Status& outcome) override {
    const std::lock_guard lock(mutex_);
    outcome_ = outcome;
    done_ = true;
    changed_.notify_all();
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  grpc::ByteBuffer further_;  // not looked at
  bool answered_ = false;     // before done_
  grpc::Status outcome_;      // before done_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // guarded by mutex_
};

}  // namespace whence::rpc::test
