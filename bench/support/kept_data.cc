#include "support/kept_data.h"

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/digest.h"
#include "migrations/embedded.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/local_server.h"

namespace whence::bench {
namespace {

// Counted up when a rule by which data is made changes.
constexpr int kGeneration = 2;

std::string Fingerprint() {
  Sha256 sha;
  for (const sql::Migration& migration : EmbeddedMigrations()) sha.Update(migration.sql);
  return std::to_string(kGeneration) + "-" + sha.HexDigest().substr(0, 12);
}

void RemoveOlder(const std::string& name, const std::string& fingerprint) {
  for (const auto& entry : std::filesystem::directory_iterator(BenchFolder())) {
    const std::string found = entry.path().filename().string();
    if (found.starts_with(name + "-") && !found.ends_with(fingerprint)) {
      std::filesystem::remove_all(entry.path());
    }
  }
}

}  // namespace

std::string KeptData(const std::string& name,
                     const std::function<void(const std::string& folder)>& make) {
  const std::string fingerprint = Fingerprint();
  std::string path = BenchFolder() + "/" + name + "-" + fingerprint;
  if (std::filesystem::exists(path)) return path;
  RemoveOlder(name, fingerprint);
  const auto start = std::chrono::steady_clock::now();
  const std::string part = path + ".part";
  std::filesystem::remove_all(part);
  std::filesystem::create_directories(part);
  { const LocalServer migrates(part); }
  make(part);
  std::filesystem::rename(part, path);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "  made %s in %.1f s\n", path.c_str(), took.count());
  return path;
}

}  // namespace whence::bench
