#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <string>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base_test_util.h"

namespace whence {
namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("ODD", "n", "is odd");
  return n / 2;
}

absl::Status CheckEven(int n) { return Half(n).status(); }

absl::StatusOr<int> Quarter(int n, int& reached) {
  WHENCE_RETURN_IF_ERROR(CheckEven(n));
  reached = 1;
  WHENCE_ASSIGN_OR_RETURN(const int half, Half(n));
  int quarter = 0;
  WHENCE_ASSIGN_OR_RETURN(quarter, Half(half));
  reached = 2;
  return quarter;
}

TEST_CASE("the status macros go on or return early", "[macros]") {
  int reached = 0;
  CHECK(Quarter(8, reached).value() == 2);
  CHECK(reached == 2);
  reached = 0;
  CHECK(testing::ReasonOf(Quarter(3, reached)) == "ODD");
  CHECK(reached == 0);
  CHECK(testing::ReasonOf(Quarter(6, reached)) == "ODD");
  CHECK(reached == 1);
}

TEST_CASE("the status macros move, evaluate once and nest", "[macros]") {
  int calls = 0;
  const auto make = [&calls]() -> absl::StatusOr<std::unique_ptr<int>> {
    ++calls;
    return std::make_unique<int>(7);
  };
  const auto run = [&]() -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<int> owned, make());
    WHENCE_RETURN_IF_ERROR([&]() -> absl::Status {
      WHENCE_ASSIGN_OR_RETURN(const int n, Half(*owned * 2));
      WHENCE_RETURN_IF_ERROR(CheckEven(n - 1));
      return absl::OkStatus();
    }());
    const std::array<int, 2> pair = {1, 2};
    WHENCE_RETURN_IF_ERROR(CheckEven(std::array<int, 2>{2, 4}[1] + pair[1]));
    return absl::OkStatus();
  };
  CHECK(run().ok());
  CHECK(calls == 1);
}

TEST_CASE("WHENCE_ASSERT passes the truth, also with commas in it", "[macros]") {
  int evaluated = 0;
  WHENCE_ASSERT(++evaluated == 1);
  WHENCE_ASSERT(std::array<int, 2>{1, 2}[1] == 2);
  CHECK(evaluated == 1);
}

TEST_CASE("WHENCE_ASSERT names the place and aborts", "[macros]") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The test framework's handler would report the abort as a failed test.
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    WHENCE_ASSERT(1 + 1 == 3);
    _exit(0);
  }
  close(ends[1]);
  std::string output;
  std::array<char, 256> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    output.append(buffer.data(), static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK(testing::Contains(output, "macros_test.cc:"));
  CHECK(testing::Contains(output, "assertion failed: 1 + 1 == 3"));
}

}  // namespace
}  // namespace whence
