// Where benchmarks keep their files.
#pragma once

#include <string>

namespace whence::bench {

// $WHENCE_BENCH_DIR, or the current folder: on a real disk, so that syncs cost what they cost.
std::string BenchFolder();

// Purpose: a folder of its own below BenchFolder(). Ownership: removed, with all in it, on
// destruction. Thread-safety: const after construction.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  // The database of a server that has its data here.
  std::string database() const { return path_ + "/whence.db"; }

 private:
  std::string path_;
};

// Copies the database of a closed server into another data folder, down to the disk: what is
// written in the background would slow the syncs that are measured.
void CopyDatabase(const std::string& from_folder, const std::string& to_folder);

}  // namespace whence::bench
