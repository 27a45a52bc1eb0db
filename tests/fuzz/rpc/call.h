// One call as the bytes of an input.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/operations.h"

namespace whence::fuzz {

// An operation and its request. An input is
//   "GetAsset: name: \"prod.raw.users\""   the request as protobuf text, for seeds that people read
//   "GetAsset=<bytes>"                     the request as it comes over the wire
struct RpcCall {
  const RpcOperation* operation = nullptr;
  std::unique_ptr<google::protobuf::Message> request;
};

// The call in an input; nothing for an unknown operation or bytes that gRPC would refuse.
std::optional<RpcCall> ParseCall(std::string_view input);
// The input of a call, in the second form.
std::string WriteCall(const RpcCall& call);

}  // namespace whence::fuzz
