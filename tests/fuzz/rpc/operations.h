// Every operation of the corridor, behind one face.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "support/house_fixture.h"

namespace whence::fuzz {

struct Outcome {
  absl::Status status;
  std::unique_ptr<google::protobuf::Message> reply;  // null for an error
};

// An operation of service/*_operations.h. A plain value.
struct RpcOperation {
  std::string_view name;
  bool mutation = false;
  std::unique_ptr<google::protobuf::Message> (*make_request)() = nullptr;
  // `request` is one that make_request made.
  Outcome (*run)(test::HouseFixture& house, const google::protobuf::Message& request) = nullptr;
};

// All of them, in the order of the contract: every call of it but the streams, which is asserted
// when they are first asked for.
std::span<const RpcOperation> Operations();
// The one of that name, or null.
const RpcOperation* FindOperation(std::string_view name);

}  // namespace whence::fuzz
