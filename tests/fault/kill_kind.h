// What the kinds of mutations share.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "kill_writes.h"

namespace whence::test {

// Calls a method; the reply when it went well. With `token` it is shown in place of the owner's.
template <class Stub, class Request, class Reply>
std::optional<Reply> Call(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
    const Request& request, grpc::Status* status = nullptr, const std::string& token = "") {
  grpc::ClientContext context;
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  Reply reply;
  const grpc::Status outcome = (stub.*method)(&context, request, &reply);
  if (status != nullptr) *status = outcome;
  if (!outcome.ok()) return std::nullopt;
  return reply;
}

template <class Reply>
std::optional<std::string> Text(const std::optional<Reply>& reply) {
  if (!reply) return std::nullopt;
  return reply->SerializeAsString();
}

// Their ids.
class Named : public KillWrites {
 protected:
  explicit Named(std::string name) : name_(std::move(name)) {}
  std::string IdOf(int number) const { return name_ + "-" + std::to_string(number); }

 private:
  const std::string name_;
};

}  // namespace whence::test
