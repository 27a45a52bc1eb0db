#include "src/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "absl/time/clock.h"

extern char** environ;  // POSIX leaves the declaration to the program

namespace whence::client_internal {
namespace {

constexpr size_t kMaxOutputBytes = size_t{1} << 20;

// Starts the program with its stdout on `write_end`. 0 when that failed.
pid_t Start(const std::string& folder, const std::vector<std::string>& command, int write_end) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return 0;
  bool good = posix_spawn_file_actions_addchdir_np(&actions, folder.c_str()) == 0;
  good = good && posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0;
  good = good && posix_spawn_file_actions_adddup2(&actions, write_end, 1) == 0;
  good = good && posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0;
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (good &&
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) {
    child = 0;
  }
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

// Everything up to the end of the stream; nothing when that takes too long or is too much.
std::optional<std::string> ReadAll(int fd, absl::Time deadline) {
  std::string output;
  std::array<char, 4096> buffer;
  for (;;) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0 || output.size() > kMaxOutputBytes) return std::nullopt;
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return std::nullopt;
    if (ready <= 0) continue;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return output;
    if (got < 0 && errno != EINTR) return std::nullopt;
    if (got > 0) output.append(buffer.data(), static_cast<size_t>(got));
  }
}

// Waits for the child; true when it ended by itself with 0.
bool Reap(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;  // the program reaps its children elsewhere
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::optional<std::string> RunProgram(const std::string& folder,
                                      const std::vector<std::string>& command,
                                      absl::Duration timeout) {
  std::array<int, 2> ends{};
  if (command.empty() || pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const absl::Time deadline = absl::Now() + timeout;
  const pid_t child = Start(folder, command, ends[1]);
  close(ends[1]);
  std::optional<std::string> output;
  if (child > 0) {
    output = ReadAll(ends[0], deadline);
    if (!output.has_value()) kill(child, SIGKILL);
    if (!Reap(child)) output.reset();
  }
  close(ends[0]);
  return output;
}

}  // namespace whence::client_internal
