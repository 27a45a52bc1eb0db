#include "support/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "support/figure.h"

namespace whence::bench {

std::string BenchFolder() {
  const char* base = std::getenv("WHENCE_BENCH_DIR");
  return base == nullptr || *base == '\0' ? "." : base;
}

TemporaryFolder::TemporaryFolder() : path_(BenchFolder() + "/whence-bench-XXXXXX") {
  Expect(mkdtemp(path_.data()) != nullptr, "cannot make a folder " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void CopyDatabase(const std::string& from_folder, const std::string& to_folder) {
  std::error_code error;
  std::filesystem::copy_file(from_folder + "/whence.db", to_folder + "/whence.db",
                             std::filesystem::copy_options::overwrite_existing, error);
  Expect(!error, "cannot copy " + from_folder + ": " + error.message());
  std::filesystem::copy_file(from_folder + "/admin.token", to_folder + "/admin.token",
                             std::filesystem::copy_options::overwrite_existing, error);
  Expect(!error, "cannot copy the token of " + from_folder + ": " + error.message());
  const int file = open((to_folder + "/whence.db").c_str(), O_RDWR | O_CLOEXEC);
  Expect(file >= 0 && fsync(file) == 0, "cannot sync " + to_folder);
  close(file);
}

}  // namespace whence::bench
