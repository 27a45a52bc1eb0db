#pragma once

// Early return on errors. Debian's Abseil has no such macros, so the house has its own pair.
//
//   absl::StatusOr<Asset> Load(Connection& db, int64_t id) {
//     WHENCE_RETURN_IF_ERROR(Check(id));
//     WHENCE_ASSIGN_OR_RETURN(Row row, Find(db, id));
//     ...
//   }
//
// Both work in functions that return absl::Status or absl::StatusOr<T>. The names they make are
// unique per use (`__COUNTER__`, not `__LINE__`), so a use inside a lambda inside another use
// does not shadow anything.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define WHENCE_INTERNAL_CONCAT_2(a, b) a##b
#define WHENCE_INTERNAL_CONCAT(a, b) WHENCE_INTERNAL_CONCAT_2(a, b)

#define WHENCE_INTERNAL_RETURN_IF_ERROR(name, ...)       \
  do {                                                   \
    if (absl::Status name = (__VA_ARGS__); !name.ok()) { \
      return name;                                       \
    }                                                    \
  } while (false)

#define WHENCE_INTERNAL_ASSIGN_OR_RETURN(name, lhs, ...) \
  auto name = (__VA_ARGS__);                             \
  if (!name.ok()) {                                      \
    return std::move(name).status();                     \
  }                                                      \
  lhs = *std::move(name)

// Evaluates an expression of type absl::Status and returns it from the function if it is an error.
#define WHENCE_RETURN_IF_ERROR(...) \
  WHENCE_INTERNAL_RETURN_IF_ERROR(WHENCE_INTERNAL_CONCAT(whence_status_, __COUNTER__), __VA_ARGS__)

// Evaluates an expression of type absl::StatusOr<T>; returns its status from the function if it is
// an error, else moves the value into `lhs` (a declaration or an assignable expression without
// commas). Two statements long: use braces around it under an `if`.
#define WHENCE_ASSIGN_OR_RETURN(lhs, ...)                                                       \
  WHENCE_INTERNAL_ASSIGN_OR_RETURN(WHENCE_INTERNAL_CONCAT(whence_status_or_, __COUNTER__), lhs, \
                                   __VA_ARGS__)
