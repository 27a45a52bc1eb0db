// Writes a log as a folder of files that any web server can serve as C2SP tlog-tiles, for a
// verifier that shares no code with it:
//
//   whence_write_log FOLDER SIZE...
//
// After each SIZE the checkpoint is signed and kept as FOLDER/checkpoint and
// FOLDER/checkpoint.SIZE. Prints the public key.
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/strings.h"
#include "tlog/appender.h"
#include "tlog/canonical_json.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace whence::tlog {
namespace {

namespace fs = std::filesystem;

constexpr char kOrigin[] = "whence.example/log";

void WriteFile(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  WHENCE_ASSERT(out.good());
}

std::string EntryAt(uint64_t index) {
  return CanonicalJson(Json::Object{{"position", static_cast<int64_t>(index + 1)},
                                    {"actor", "user:bo"},
                                    {"action", "catalog.CreateAsset"},
                                    {"resource", StrCat("prod.tables.", index)}})
      .value();
}

// Entries of one bundle after the other; the last one is written again when it is longer.
class LogFolder {
 public:
  explicit LogFolder(fs::path folder)
      : folder_(std::move(folder)), key_(SignerKey::Generate(kOrigin, KeyType::kEd25519).value()) {}

  void Grow(uint64_t size) {
    while (appender_.size() < size) Append(EntryAt(appender_.size()));
    const auto width = static_cast<int>(size % kTileWidth);
    if (width != 0) WriteFile(folder_ / EntriesPath(size / kTileWidth, width), bundle_);
    for (const TileData& tile : appender_.TakeChanges()) {
      WriteFile(folder_ / TilePath(tile.tile), tile.hashes);
    }
    Note note = Note::Make(FormatCheckpoint({kOrigin, size, appender_.Head(), {}})).value();
    WHENCE_ASSERT(note.Sign(key_, 0).ok());
    WriteFile(folder_ / "checkpoint", note.ToText());
    WriteFile(folder_ / StrCat("checkpoint.", size), note.ToText());
  }

  const VerifierKey& verifier() const { return key_.verifier(); }

 private:
  void Append(const std::string& entry) {
    AppendToBundle(entry, &bundle_);
    appender_.Append(LeafHash(entry));
    if (appender_.size() % kTileWidth != 0) return;
    WriteFile(folder_ / EntriesPath(appender_.size() / kTileWidth - 1, kTileWidth), bundle_);
    bundle_.clear();
  }

  const fs::path folder_;
  const SignerKey key_;
  Appender appender_;
  std::string bundle_;
};

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: whence_write_log FOLDER SIZE...\n");
    return 2;
  }
  LogFolder log(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const std::string_view text(argv[i]);
    uint64_t size = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
    WHENCE_ASSERT(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size());
    log.Grow(size);
  }
  std::printf("%s\n", log.verifier().ToText().c_str());
  return 0;
}

}  // namespace
}  // namespace whence::tlog

int main(int argc, char** argv) { return whence::tlog::Main(argc, argv); }
