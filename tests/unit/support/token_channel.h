#pragma once

// A channel whose calls all show a token, so that a test says what it is about and not, at every
// call, who it is. Header only; who includes it links gRPC.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "grpcpp/support/client_interceptor.h"

namespace whence::test {

// Adds the token to a call, unless the call has a credential of its own.
class TokenShower final : public grpc::experimental::Interceptor {
 public:
  explicit TokenShower(const std::string& token) : token_(token) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      auto* const metadata = methods->GetSendInitialMetadata();
      if (metadata->count("authorization") == 0) {
        metadata->emplace("authorization", "Bearer " + token_);
      }
    }
    methods->Proceed();
  }

 private:
  const std::string& token_;
};

class TokenShowers final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenShowers(std::string token) : token_(std::move(token)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new TokenShower(token_);
  }

 private:
  const std::string token_;  // lives as long as the channel
};

// A plain connection to `address` on which every call shows `token`.
inline std::shared_ptr<grpc::Channel> ChannelWithToken(
    const std::string& address, const std::string& token,
    const grpc::ChannelArguments& arguments = grpc::ChannelArguments()) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> showers;
  showers.push_back(std::make_unique<TokenShowers>(token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address, grpc::InsecureChannelCredentials(), arguments, std::move(showers));
}

}  // namespace whence::test
