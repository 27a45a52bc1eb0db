# whence::descriptors: the contract as a FileDescriptorSet with its comments ("contract/descriptors.h"), for what
# explains it to others. The descriptors in whence::proto have no comments.
include_guard(GLOBAL)

set(descriptors_out "${PROJECT_BINARY_DIR}/generated/descriptors")
file(CONFIGURE OUTPUT "${descriptors_out}/include/contract/descriptors.h" CONTENT [[
#pragma once

#include <string_view>

namespace whence {

// A serialized google.protobuf.FileDescriptorSet: whence/v1 with comments, and what it imports before it. Static storage.
std::string_view ContractDescriptors();

}  // namespace whence
]] @ONLY)
file(GLOB contract_protos RELATIVE "${PROJECT_SOURCE_DIR}/proto" CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/proto/whence/v1/*.proto")
list(TRANSFORM contract_protos PREPEND "${PROJECT_SOURCE_DIR}/proto/" OUTPUT_VARIABLE contract_paths)
add_custom_command(OUTPUT "${descriptors_out}/descriptors.cc"
  COMMAND protobuf::protoc "--proto_path=${PROJECT_SOURCE_DIR}/proto" --include_imports --include_source_info
    "--descriptor_set_out=${descriptors_out}/descriptors.pb" ${contract_protos}
  COMMAND "${CMAKE_COMMAND}" "-DINPUT=${descriptors_out}/descriptors.pb" "-DOUTPUT=${descriptors_out}/descriptors.cc"
    -P "${PROJECT_SOURCE_DIR}/cmake/EmbedDescriptors.cmake"
  DEPENDS ${contract_paths} "${PROJECT_SOURCE_DIR}/cmake/EmbedDescriptors.cmake"
  COMMENT "Embedding the contract's descriptors" VERBATIM)
whence_library(whence_descriptors ALIAS whence::descriptors SOURCES "${descriptors_out}/descriptors.cc"
  INCLUDE "${descriptors_out}/include")
