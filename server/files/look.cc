#include "files/look.h"

#include <sys/stat.h>

#include <ctime>

namespace whence::files {

Look LookAt(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .changed_ns = int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

bool IsFresh(const Look& look) {
  constexpr int64_t kTick = 50'000'000;  // generously
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const int64_t age = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec - look.changed_ns;
  return -kTick < age && age < kTick;
}

}  // namespace whence::files
