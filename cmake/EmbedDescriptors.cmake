# Writes OUTPUT, a C++ file with the bytes of INPUT: a FileDescriptorSet of the contract with its comments.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE "${OUTPUT}" "// Generated from proto/ by cmake/EmbedDescriptors.cmake.
#include \"contract/descriptors.h\"

namespace whence {
namespace {

constexpr unsigned char kBytes[] = {
${hex}};

}  // namespace

std::string_view ContractDescriptors() {
  return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes)};
}

}  // namespace whence
")
