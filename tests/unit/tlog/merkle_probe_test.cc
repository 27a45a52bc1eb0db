// The probes that the Certificate Transparency projects check their own verifiers with: proofs that
// are right, and proofs with one thing wrong.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"
#include "tlog/canonical_json.h"
#include "tlog/encoding.h"
#include "tlog/merkle.h"

namespace whence::tlog {
namespace {

namespace fs = std::filesystem;

// The folder of data that other projects wrote, beside the source unless the environment says
// where.
fs::path Fixtures() {
  if (const char* const folder = std::getenv("WHENCE_FIXTURES")) return fs::path(folder);
  const char* const source = std::getenv("WHENCE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "../shared/fixtures";
}

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One probe. What is no hash of 32 bytes is nothing.
struct Probe {
  explicit Probe(const Json& probe) : json(probe) {}

  uint64_t Number(const char* name) const {
    const double number = *json.Find(name)->number();
    // Some are -1 as 64 bits have it, which no double is.
    if (number >= 0x1p64) return std::numeric_limits<uint64_t>::max();
    return static_cast<uint64_t>(number);
  }
  std::optional<Hash> HashOf(const char* name) const {
    const std::optional<std::string> bytes = DecodeBase64(*json.Find(name)->text());
    REQUIRE(bytes.has_value());
    return Hash::FromBytes(*bytes);
  }
  std::optional<std::vector<Hash>> Proof() const {
    std::vector<Hash> proof;
    const Json::Array* const items = json.Find("proof")->array();
    if (items == nullptr) return proof;
    for (const Json& item : *items) {
      const std::optional<Hash> hash = Hash::FromBase64(*item.text());
      if (!hash) return std::nullopt;
      proof.push_back(*hash);
    }
    return proof;
  }
  Range Subtree() const { return {Number("start"), Number("end")}; }

  const Json& json;
};

bool HoldsInclusion(const Probe& probe, bool is_subtree) {
  const std::optional<Hash> leaf = probe.HashOf("leafHash");
  const std::optional<Hash> root = probe.HashOf("root");
  const std::optional<std::vector<Hash>> proof = probe.Proof();
  if (!leaf || !root || !proof) return false;
  const uint64_t index = probe.Number("leafIdx");
  if (is_subtree) return CheckSubtreeInclusion(index, probe.Subtree(), *leaf, *proof, *root).ok();
  return CheckInclusion(index, probe.Number("treeSize"), *leaf, *proof, *root).ok();
}

bool HoldsConsistency(const Probe& probe, bool is_subtree) {
  // Where it does not matter which roots they are, some are words; the same word is the same root.
  const auto root_of = [&probe](const char* name) {
    return probe.HashOf(name).value_or(LeafHash(*probe.json.Find(name)->text()));
  };
  const Hash head = root_of("root1");
  const Hash root = root_of("root2");
  const std::optional<std::vector<Hash>> proof = probe.Proof();
  if (!proof) return false;
  if (is_subtree) {
    return CheckSubtree(probe.Subtree(), probe.Number("size"), head, root, *proof).ok();
  }
  return CheckConsistency(probe.Number("size1"), probe.Number("size2"), head, root, *proof).ok();
}

bool Holds(const std::string& kind, const Json& json) {
  const Probe probe(json);
  if (kind == "inclusion") return HoldsInclusion(probe, false);
  if (kind == "subtreeinclusion") return HoldsInclusion(probe, true);
  if (kind == "consistency") return HoldsConsistency(probe, false);
  REQUIRE(kind == "subtreeconsistency");
  return HoldsConsistency(probe, true);
}

TEST_CASE("published probes: the good hold, the bad do not", "[merkle][probes]") {
  const fs::path folder = Fixtures() / "merkle/testdata";
  if (!fs::is_directory(folder)) {
    std::cout << "skipped: no folder of fixtures (WHENCE_FIXTURES): the probes of Merkle proofs\n";
    return;
  }
  std::map<bool, int> count;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string kind = fs::relative(entry.path(), folder).begin()->string();
    CAPTURE(entry.path().string());
    const absl::StatusOr<Json> json = ParseJson(ReadText(entry.path()));
    REQUIRE(json.ok());
    const bool is_bad = *json->Find("wantErr")->boolean();
    CHECK(Holds(kind, *json) == !is_bad);
    ++count[is_bad];
  }
  CHECK(count[false] == 36);
  CHECK(count[true] == 482);
}

}  // namespace
}  // namespace whence::tlog
