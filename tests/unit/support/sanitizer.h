#pragma once

// What the tests run under, as the build says: some things cannot be seen there.

#include <chrono>
#include <cstdlib>
#include <string_view>

namespace whence::test {

// Whether this is a build with a sanitizer; with the one of that name (`address`, `undefined`,
// `thread`), when one is given.
inline bool Sanitized(std::string_view name = "") {
  const char* const sanitizers = std::getenv("WHENCE_SANITIZE");
  const std::string_view text = sanitizers == nullptr ? "" : sanitizers;
  return !text.empty() && text.find(name) != std::string_view::npos;
}

// Sanitizers keep what was freed and pad what was not: memory says nothing then.
inline bool MemoryIsMeasurable() { return !Sanitized(); }

// So many, or a twentieth under ThreadSanitizer: it takes a hundred times as long over each message
// that gRPC frees, and sees as much in fewer.
inline int Fewer(int count) { return Sanitized("thread") ? count / 20 : count; }

// How long to wait for what must come: sanitizers are slow, ThreadSanitizer most.
inline std::chrono::milliseconds Patience(std::chrono::milliseconds time) {
  return Sanitized() ? 10 * time : time;
}

}  // namespace whence::test
