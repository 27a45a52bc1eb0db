#pragma once

// WHENCE_ASSERT(condition): states what must hold if the program is right. It is on in every
// build, because an invariant that only debug builds check does not protect anybody's data: a
// server that stops is restored from its last commit, a server that goes on may write nonsense.
//
// For programmer errors only. Whatever a caller of the server can cause gets an error
// (base/error.h), never an assertion.

#include <cstdio>
#include <cstdlib>

namespace whence {

// Prints "file:line: assertion failed: text" to stderr and aborts.
[[noreturn]] inline void AssertionFailed(const char* file, int line, const char* text) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, text);
  std::fflush(stderr);
  std::abort();
}

}  // namespace whence

#define WHENCE_ASSERT(...)                                         \
  do {                                                             \
    if (!static_cast<bool>(__VA_ARGS__)) [[unlikely]] {            \
      ::whence::AssertionFailed(__FILE__, __LINE__, #__VA_ARGS__); \
    }                                                              \
  } while (false)
