#pragma once

// What the contract has, said by itself, so that a test which goes through all of it leaves out
// nothing that comes later. Header only; who includes it links whence::descriptors.

#include <string>
#include <vector>

#include "base/assert.h"
#include "contract/descriptors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

namespace whence::test {

// All methods of all services, streams too, in the order of the files.
inline std::vector<const google::protobuf::MethodDescriptor*> ContractMethods() {
  google::protobuf::FileDescriptorSet files;
  const std::string_view bytes = ContractDescriptors();
  WHENCE_ASSERT(files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const auto& file : files.file()) {
    for (const auto& service : file.service()) {
      const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          file.package() + "." + service.name());
      WHENCE_ASSERT(found != nullptr);
      for (int i = 0; i < found->method_count(); ++i) methods.push_back(found->method(i));
    }
  }
  return methods;
}

inline bool IsStream(const google::protobuf::MethodDescriptor& method) {
  return method.client_streaming() || method.server_streaming();
}

}  // namespace whence::test
