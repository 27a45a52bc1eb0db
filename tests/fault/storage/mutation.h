// One request to change something, of whatever kind.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "access/trust.h"
#include "base/digest.h"
#include "service/blobs.h"
#include "service/corridor.h"
#include "service/operation.h"
#include "whence/v1/access.pb.h"

namespace whence::fault {

// Purpose: a request with a request id of its own where such a request has one, and its answer. It
// may be sent again once it was answered. Ownership: owns both. Thread-safety: none.
class Mutation {
 public:
  virtual ~Mutation() = default;
  virtual void Send(service::Corridor& corridor, service::Done done) = 0;
  // The last answer that was OK, as bytes.
  virtual std::string answer() const = 0;

  // What a test calls it.
  const std::string& id() const { return id_; }
  // What the ledger knows it by: SHA-256 of the request, in hexadecimal digits.
  const std::string& digest() const { return digest_; }
  // Sent again it is answered the same; predictions are only not recorded again.
  bool has_request_id() const { return has_request_id_; }

 protected:
  std::string id_;
  std::string digest_;
  bool has_request_id_ = false;
};

// A caller of this process: who holds a certificate that TrustOfTests() knows to be user:ana's.
service::CallInfo AsAna();
const access::Trust* TrustOfTests();

namespace internal {

template <class Request, class Response>
class TypedMutation final : public Mutation {
 public:
  TypedMutation(const service::MutationOperation<Request, Response>& operation, std::string id,
                Request request)
      : operation_(operation), request_(std::move(request)) {
    if constexpr (requires { request_.set_request_id(id); }) {
      request_.set_request_id(id);
      has_request_id_ = true;
    }
    id_ = std::move(id);
    digest_ = Sha256Hex(service::SerializeDeterministic(request_));
  }
  void Send(service::Corridor& corridor, service::Done done) override {
    response_.Clear();
    corridor.Run(operation_, AsAna(), request_, &response_, std::move(done));
  }
  std::string answer() const override {
    if constexpr (std::is_same_v<Response, v1::CreateTokenResponse>) {
      // A secret, and what hints at it, are others each time.
      Response told = response_;
      told.clear_secret();
      told.mutable_token()->clear_hint();
      return service::SerializeDeterministic(told);
    }
    if constexpr (std::is_same_v<Response, v1::Token>) {
      Response told = response_;
      told.clear_hint();
      return service::SerializeDeterministic(told);
    }
    return service::SerializeDeterministic(response_);
  }

 private:
  const service::MutationOperation<Request, Response>& operation_;
  Request request_;
  Response response_;
};

}  // namespace internal

template <class Request, class Response>
std::unique_ptr<Mutation> MakeMutation(
    const service::MutationOperation<Request, Response>& operation, std::string id,
    Request request) {
  return std::make_unique<internal::TypedMutation<Request, Response>>(operation, std::move(id),
                                                                      std::move(request));
}

}  // namespace whence::fault
