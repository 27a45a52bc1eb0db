// Logs as files, and what is wrong with them.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "captured_app.h"
#include "cli/audit/head_check.h"
#include "cli/audit/tree_check.h"
#include "cli/error.h"
#include "tlog/memory_tree.h"
#include "tlog/tile.h"

namespace whence::cli {
namespace {

using test::Printed;

// A log in memory that anybody may change.
class FileLog : public LogSource {
 public:
  explicit FileLog(size_t size) {
    tlog::Appender appender;
    std::string bundle;
    for (size_t i = 0; i < size; ++i) {
      const std::string leaf = StrCat(R"({"position":)", i + 1, "}");
      appender.Append(tlog::LeafHash(leaf));
      tree.Append(tlog::LeafHash(leaf));
      tlog::AppendToBundle(leaf, &bundle);
      if ((i + 1) % tlog::kTileWidth == 0 || i + 1 == size) {
        files[tlog::EntriesPath(i / tlog::kTileWidth, static_cast<int>(i % tlog::kTileWidth) + 1)] =
            bundle;
        bundle.clear();
      }
    }
    for (const tlog::TileData& tile : appender.TakeChanges()) {
      files[tlog::TilePath(tile.tile)] = tile.hashes;
    }
  }

  absl::StatusOr<std::string> Checkpoint() override { return std::string(); }
  absl::StatusOr<std::string> Tile(const std::string& path) override {
    if (denied) return absl::PermissionDeniedError("no");
    const auto found = files.find(path);
    if (found == files.end()) return absl::NotFoundError(path);
    return found->second;
  }
  absl::StatusOr<v1::ListKeysResponse> Keys() override { return v1::ListKeysResponse(); }
  absl::StatusOr<v1::ConsistencyProof> Consistency(uint64_t old_size, uint64_t new_size) override {
    v1::ConsistencyProof proof;
    proof.set_old_size(static_cast<int64_t>(old_size));
    proof.set_new_size(static_cast<int64_t>(new_size));
    auto hashes = tlog::ConsistencyProof(old_size, new_size, tree);
    if (!hashes.ok()) return hashes.status();
    for (const tlog::Hash& hash : *hashes) proof.add_hashes(std::string(hash.view()));
    return proof;
  }
  absl::StatusOr<bool> Database(const std::string&, std::string*) override { return false; }

  tlog::Checkpoint HeadOf(uint64_t size) {
    return {.origin = "whence.test/log",
            .size = size,
            .root = tlog::TreeHead(size, tree).value(),
            .extensions = {}};
  }

  std::map<std::string, std::string> files;
  tlog::MemoryTree tree;
  bool denied = false;
};

std::string Check(FileLog& log, const std::optional<KeptHead>& kept = std::nullopt) {
  test::CapturedApp app;
  AuditReport report;
  const tlog::Checkpoint head = log.HeadOf(log.tree.size());
  TreeCheck check(app.app(), log, head, &report);
  if (kept.has_value()) check.Keep(*kept);
  REQUIRE(check.Run().ok());
  return app.Print(report);
}

constexpr size_t kSize = 300;  // two tiles, and one above them
constexpr char kUpper[] = "tile/1/000.p/1";

TEST_CASE("a log whose every file holds is good") {
  FileLog log(kSize);
  CHECK(Check(log) == "checked 300 entries, 1 checkpoint, 3 tiles\n");
  CHECK(Check(log, KeptHead{.checkpoint = log.HeadOf(7), .file = "kept"}) ==
        "checked 300 entries, 2 checkpoints, 3 tiles\n");
  FileLog empty(0);
  CHECK(Check(empty) == "checked 0 entries, 1 checkpoint, 0 tiles\n");
}

TEST_CASE("a tile or a bundle that is missing is named with its first entry") {
  for (const auto& [path, position] :
       std::map<std::string, std::string>{{"tile/0/000", "1"},
                                          {"tile/0/001.p/44", "257"},
                                          {kUpper, "1"},
                                          {"tile/entries/000", "1"},
                                          {"tile/entries/001.p/44", "257"}}) {
    FileLog log(kSize);
    REQUIRE(log.files.erase(path) == 1);
    CHECK(Check(log) == StrCat("checked 300 entries, 1 checkpoint, 3 tiles\nFAILED at position ",
                               position, ": ", path, " is missing\n"));
  }
}

TEST_CASE("a tile or a bundle that is short is named") {
  FileLog log(kSize);
  log.files["tile/0/000"].pop_back();
  log.files["tile/entries/001.p/44"].pop_back();
  CHECK(Check(log) ==
        "checked 300 entries, 1 checkpoint, 3 tiles\n"
        "FAILED at position 1: tile/0/000 has 8191 bytes, not 8192\n"
        "FAILED at position 257: tile/entries/001.p/44 does not hold just 44 entries\n");
  FileLog upper(kSize);
  upper.files[kUpper].clear();
  CHECK(Check(upper).find("tile/1/000.p/1 does not follow from the tiles below it") !=
        std::string::npos);
}

TEST_CASE("an upper tile that was changed does not follow from those below it") {
  FileLog log(kSize);
  log.files[kUpper][3] ^= 1;
  CHECK(Check(log) ==
        "checked 300 entries, 1 checkpoint, 3 tiles\n"
        "FAILED at position 1: tile/1/000.p/1 does not follow from the tiles below it\n");
}

TEST_CASE("entries that changed places are named, also where their hashes went with them") {
  FileLog log(kSize);
  std::string& bundle = log.files["tile/entries/001.p/44"];
  std::vector<std::string> leaves;
  const std::vector<std::string_view> parsed = tlog::ParseBundle(bundle, 44).value();
  for (const std::string_view leaf : parsed) leaves.emplace_back(leaf);
  std::swap(leaves[2], leaves[3]);
  bundle.clear();
  for (const std::string& leaf : leaves) tlog::AppendToBundle(leaf, &bundle);
  CHECK(Check(log) ==
        "checked 300 entries, 1 checkpoint, 3 tiles\n"
        "FAILED at position 259: the entry is not the one in the tree\n"
        "FAILED at position 260: the entry is not the one in the tree\n");
  std::string& tile = log.files["tile/0/001.p/44"];
  std::swap_ranges(tile.begin() + 64, tile.begin() + 96, tile.begin() + 96);
  CHECK(Check(log) ==
        "checked 300 entries, 1 checkpoint, 3 tiles\n"
        "FAILED at position 259: the entry says that it is at position 260\n"
        "FAILED at position 259: the first 300 entries are not those of the signed checkpoint\n"
        "FAILED at position 260: the entry says that it is at position 259\n");
}

TEST_CASE("a kept checkpoint that is larger than the log, or another's, is refused") {
  FileLog larger(kSize + 5);
  FileLog log(kSize);
  CHECK(Check(log, KeptHead{.checkpoint = larger.HeadOf(kSize + 5), .file = "kept"}) ==
        "checked 300 entries, 1 checkpoint, 3 tiles\n"
        "FAILED at position 301: the ledger has 300 entries; kept has 305: entries were taken "
        "away\n");
  tlog::Checkpoint other = log.HeadOf(260);
  other.root = log.HeadOf(259).root;
  CHECK(Check(log, KeptHead{.checkpoint = other, .file = "kept"}) ==
        "checked 300 entries, 2 checkpoints, 3 tiles\n"
        "FAILED at position 1: the first 260 entries are not those of kept: the first that is "
        "another is "
        "one of 1 to 260\n");
}

TEST_CASE("who is shown no tiles is told so, before anything is said of the log") {
  FileLog log(kSize);
  log.denied = true;
  test::CapturedApp app;
  AuditReport report;
  const tlog::Checkpoint head = log.HeadOf(kSize);
  TreeCheck check(app.app(), log, head, &report);
  check.Keep({.checkpoint = FileLog(kSize + 5).HeadOf(kSize + 5), .file = "kept"});
  CHECK(absl::IsPermissionDenied(check.Run()));
  CHECK(app.Print(report).empty());
}

TEST_CASE("heads are checked against each other without the entries") {
  FileLog log(kSize);
  const auto grown = [&log](tlog::Checkpoint kept) {
    AuditReport report;
    REQUIRE(CheckGrowth(log, log.HeadOf(kSize), {{.checkpoint = std::move(kept), .file = "kept"}},
                        &report)
                .ok());
    return Printed(report);
  };
  const std::string good = "checked 2 checkpoints\n";
  CHECK(grown(log.HeadOf(0)) == good);
  CHECK(grown(log.HeadOf(1)) == good);
  CHECK(grown(log.HeadOf(256)) == good);
  CHECK(grown(log.HeadOf(kSize)) == good);
  for (const uint64_t size : {uint64_t{1}, uint64_t{256}, uint64_t{kSize}}) {
    tlog::Checkpoint other = log.HeadOf(size);
    other.root = log.HeadOf(2).root;
    CHECK(grown(other) == StrCat(good, "FAILED at position ", size, ": the first ",
                                 size == 1 ? "1 entry" : StrCat(size, " entries"),
                                 " are not those of kept\n"));
  }
  CHECK(grown(FileLog(kSize + 1).HeadOf(kSize + 1)) ==
        StrCat(good,
               "FAILED at position 301: the ledger has 300 entries; kept has 301: entries were "
               "taken away\n"));
}

TEST_CASE("a consistency proof is checked before anybody is shown it") {
  FileLog log(9);
  v1::ConsistencyProof proof = log.Consistency(3, 9).value();
  const auto hex = [&log](uint64_t size) {
    return absl::BytesToHexString(std::string(log.HeadOf(size).root.view()));
  };
  proof.set_old_root(hex(3));
  proof.set_new_root(hex(9));
  CHECK(CheckConsistencyProof(proof).ok());
  const std::string text = FormatConsistencyProof(proof, "whence.test/log");
  CHECK(text.starts_with(StrCat("whence.dev/consistency-proof@v1\nwhence.test/log\nold 3 ",
                                log.HeadOf(3).root.ToBase64(), "\nnew 9 ")));
  for (const auto change : {+[](v1::ConsistencyProof& p) { p.set_old_root(p.new_root()); },
                            +[](v1::ConsistencyProof& p) { p.set_new_root("00"); },
                            +[](v1::ConsistencyProof& p) { p.set_old_size(4); },
                            +[](v1::ConsistencyProof& p) { p.mutable_hashes()->RemoveLast(); },
                            +[](v1::ConsistencyProof& p) { p.add_hashes("short"); }}) {
    v1::ConsistencyProof wrong = proof;
    change(wrong);
    CHECK(ErrorText(CheckConsistencyProof(wrong)).find("does not show") != std::string::npos);
  }
}

}  // namespace
}  // namespace whence::cli
