// What the machine allows and what a process takes of it.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace whence::test {

// A line of /proc/PID/status in KiB, for example "VmRSS" (now) or "VmHWM" (at most so far); -1 when
// it cannot be read.
inline int64_t MemoryKib(pid_t pid, const std::string& line) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;) {
    if (word != line + ":") continue;
    int64_t kib = -1;
    file >> kib;
    return kib;
  }
  return -1;
}

// Lets this process, and the servers it starts, have so many files; false where the machine forbids
// it.
inline bool AllowFiles(rlim_t files) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= files) return true;
  if (limit.rlim_max < files) limit.rlim_max = files;  // root may
  limit.rlim_cur = files;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace whence::test
