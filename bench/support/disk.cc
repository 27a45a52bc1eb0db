#include "support/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "support/figure.h"

namespace whence::bench {
namespace {

constexpr size_t kBlock = 4096;
constexpr off_t kFileBytes = off_t{4} << 20;

}  // namespace

double WriteAndSyncMicros(const std::string& folder, Place place, int count) {
  std::string path = folder + "/sync-XXXXXX";
  const int file = mkstemp(path.data());
  Expect(file >= 0, "cannot make " + path);
  unlink(path.c_str());
  const std::vector<char> block(kBlock, 'x');
  for (off_t at = 0; at < kFileBytes; at += off_t{kBlock}) {
    Expect(pwrite(file, block.data(), kBlock, at) == ssize_t{kBlock}, "cannot write " + path);
  }
  Expect(fsync(file) == 0, "cannot sync " + path);
  std::vector<double> micros;
  for (int i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const off_t offset = off_t{i} * off_t{kBlock};
    const off_t at = place == Place::kInside ? offset % kFileBytes : kFileBytes + offset;
    Expect(pwrite(file, block.data(), kBlock, at) == ssize_t{kBlock}, "cannot write " + path);
    Expect(fdatasync(file) == 0, "cannot sync " + path);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    micros.push_back(took.count());
  }
  close(file);
  return Median(std::move(micros));
}

}  // namespace whence::bench
