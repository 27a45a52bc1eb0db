#include "tlog/checkpoint.h"

#include <catch2/catch.hpp>

#include "base/base_test_util.h"
#include "base/limits.h"
#include "base/strings.h"
#include "naive_tree.h"
#include "tlog/memory_tree.h"
#include "tlog/proof.h"

namespace whence::tlog {
namespace {

using testing::Entry;
using testing::MakeLeaves;
using whence::testing::ReasonOf;

constexpr char kOrigin[] = "whence.example/log";

SignerKey NewKey(std::string_view name, KeyType type = KeyType::kEd25519) {
  return SignerKey::Generate(name, type).value();
}

TEST_CASE("C2SP's example of a checkpoint is read and written", "[checkpoint]") {
  const std::string text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const Checkpoint checkpoint = ParseCheckpoint(text).value();
  CHECK(checkpoint.origin == "example.com/behind-the-sofa");
  CHECK(checkpoint.size == 20852163);
  CHECK(checkpoint.root.ToBase64() == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  CHECK(checkpoint.extensions.empty());
  CHECK(FormatCheckpoint(checkpoint) == text);
  const Checkpoint extended = ParseCheckpoint(text + "more\nand more\n").value();
  CHECK(extended.extensions == std::vector<std::string>{"more", "and more"});
  CHECK(FormatCheckpoint(extended) == text + "more\nand more\n");
}

TEST_CASE("a checkpoint has one spelling", "[checkpoint]") {
  const std::string root = LeafHash("a").ToBase64();
  CHECK(ParseCheckpoint(StrCat("o\n1\n", root, "\n")).ok());
  CHECK(ParseCheckpoint(StrCat("o\n", kMaxTreeSize, "\n", root, "\n")).ok());
  CHECK(ParseCheckpoint(StrCat("o\n0\n", EmptyRoot().ToBase64(), "\n")).ok());
  for (const std::string& text :
       std::vector<std::string>{"",
                                "o",
                                "o\n",
                                "o\n1",
                                "o\n1\n",
                                StrCat("o\n1\n", root),
                                StrCat("\n1\n", root, "\n"),
                                StrCat("o\n\n", root, "\n"),
                                StrCat("o\n01\n", root, "\n"),
                                StrCat("o\n+1\n", root, "\n"),
                                StrCat("o\n-1\n", root, "\n"),
                                StrCat("o\n 1\n", root, "\n"),
                                StrCat("o\n1 \n", root, "\n"),
                                StrCat("o\n1x\n", root, "\n"),
                                StrCat("o\n0x1\n", root, "\n"),
                                StrCat("o\n", kMaxTreeSize + 1, "\n", root, "\n"),
                                StrCat("o\n99999999999999999999\n", root, "\n"),
                                StrCat("o\n0\n", root, "\n"),
                                StrCat("o\n1\n", root.substr(1), "\n"),
                                StrCat("o\n1\n", root, " \n"),
                                "o\n1\nAAAA\n",
                                StrCat("o\n1\n", root, "\n\n"),
                                StrCat("o\n1\n", root, "\n\nx\n"),
                                StrCat("o\n1\n", root, "\nx"),
                                StrCat("o\r\n1\n", root, "\n"),
                                StrCat("\xff\n1\n", root, "\n")}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseCheckpoint(text)) == "CHECKPOINT_MALFORMED");
  }
}

// A log of a few entries, its keys and two witnesses.
struct SmallLog {
  SmallLog() : tree(MakeLeaves(7)) {
    policy.origin = kOrigin;
    policy.logs = {key.verifier()};
    policy.witnesses = {first.verifier(), second.verifier()};
  }

  std::string Signed(std::string_view origin = kOrigin) const {
    Note note = Unsigned(origin);
    REQUIRE(note.Sign(key, 0).ok());
    return note.ToText();
  }
  Note Unsigned(std::string_view origin = kOrigin) const {
    return Note::Make(FormatCheckpoint({std::string(origin), 7, tree.Head(), {}})).value();
  }

  SignerKey key = NewKey(kOrigin);
  SignerKey first = NewKey("witness.example/1", KeyType::kCosignature);
  SignerKey second = NewKey("witness.example/2", KeyType::kCosignature);
  MemoryTree tree;
  CheckpointPolicy policy;
};

TEST_CASE("a checkpoint is believed when the log has signed it", "[checkpoint]") {
  const SmallLog log;
  const auto opened = OpenCheckpoint(log.Signed(), log.policy);
  REQUIRE(opened.ok());
  CHECK(opened->checkpoint.size == 7);
  CHECK(opened->checkpoint.root == log.tree.Head());
  CHECK(opened->cosigned.empty());
  CHECK(ReasonOf(OpenCheckpoint(log.Signed("other.example/log"), log.policy)) ==
        "CHECKPOINT_OTHER_LOG");
  Note by_another = log.Unsigned();
  REQUIRE(by_another.Sign(NewKey(kOrigin), 0).ok());
  CHECK(ReasonOf(OpenCheckpoint(by_another.ToText(), log.policy)) == "NOTE_NOT_SIGNED");
  Note by_witness = log.Unsigned();
  REQUIRE(by_witness.Sign(log.first, 1).ok());
  CHECK(ReasonOf(OpenCheckpoint(by_witness.ToText(), log.policy)) == "NOTE_NOT_SIGNED");
  Note no_checkpoint = Note::Make("hello\n").value();
  REQUIRE(no_checkpoint.Sign(log.key, 0).ok());
  CHECK(ReasonOf(OpenCheckpoint(no_checkpoint.ToText(), log.policy)) == "CHECKPOINT_MALFORMED");
  CHECK(ReasonOf(OpenCheckpoint("", log.policy)) == "NOTE_MALFORMED");
}

TEST_CASE("a quorum counts witnesses, not names or signatures", "[checkpoint]") {
  SmallLog log;
  log.policy.quorum = 2;
  Note note = Note::Parse(log.Signed()).value();
  REQUIRE(note.Sign(log.first, 100).ok());
  CHECK(ReasonOf(OpenCheckpoint(note.ToText(), log.policy)) == "WITNESSES_TOO_FEW");
  // The same public key by another name.
  const VerifierKey alias = VerifierKey::Make("witness.example/3", KeyType::kCosignature,
                                              log.first.verifier().public_key())
                                .value();
  log.policy.witnesses.push_back(alias);
  REQUIRE(note.Add({alias.name(), alias.id(), log.first.SignNote(note.text(), 100)}).ok());
  CHECK(ReasonOf(OpenCheckpoint(note.ToText(), log.policy)) == "WITNESSES_TOO_FEW");
  REQUIRE(note.Sign(log.second, 200).ok());
  const auto opened = OpenCheckpoint(note.ToText(), log.policy);
  REQUIRE(opened.ok());
  REQUIRE(opened->cosigned.size() == 3);
  CHECK(opened->cosigned[2].witness == "witness.example/2");
  CHECK(opened->cosigned[2].time == 200);
  // One that does not hold is no matter of how many others do.
  log.policy.quorum = 1;
  Note forged = Note::Parse(log.Signed()).value();
  REQUIRE(forged.Sign(log.first, 100).ok());
  REQUIRE(forged.Add({"witness.example/2", log.second.verifier().id(), std::string(72, 'x')}).ok());
  CHECK(ReasonOf(OpenCheckpoint(forged.ToText(), log.policy)) == "SIGNATURE_INVALID");
}

TEST_CASE("a proof in a file is checked without a server", "[proof]") {
  SmallLog log;
  for (uint64_t index = 0; index < 7; ++index) {
    TlogProof proof{std::nullopt, index, *InclusionProof(index, 7, log.tree), log.Signed()};
    if (index % 2 == 0) proof.extra = std::string("what the application wants\0", index);
    const std::string text = FormatTlogProof(proof);
    const auto parsed = ParseTlogProof(text);
    REQUIRE(parsed.ok());
    REQUIRE(*parsed == proof);
    REQUIRE(FormatTlogProof(*parsed) == text);
    const auto checked = CheckTlogProof(*parsed, LeafHash(Entry(index)), log.policy);
    REQUIRE(checked.ok());
    CHECK(checked->checkpoint.size == 7);
    CHECK(ReasonOf(CheckTlogProof(*parsed, LeafHash("other"), log.policy)) == "PROOF_INVALID");
  }
}

TEST_CASE("every bit of a small proof matters", "[proof]") {
  SmallLog log;
  const TlogProof proof{std::nullopt, 2, *InclusionProof(2, 7, log.tree), log.Signed()};
  const std::string text = FormatTlogProof(proof);
  for (size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      const auto parsed = ParseTlogProof(changed);
      if (!parsed.ok()) continue;
      CAPTURE(i, bit);
      REQUIRE_FALSE(CheckTlogProof(*parsed, LeafHash(Entry(2)), log.policy).ok());
    }
  }
}

TEST_CASE("a proof's text is written as C2SP has it", "[proof]") {
  const Hash hash = LeafHash("a");
  const std::string with_extra = FormatTlogProof({"data", 73894, {hash, hash}, "checkpoint\n"});
  CHECK(with_extra == StrCat("c2sp.org/tlog-proof@v1\nextra ZGF0YQ==\nindex 73894\n",
                             hash.ToBase64(), "\n", hash.ToBase64(), "\n\ncheckpoint\n"));
  CHECK(FormatTlogProof({std::nullopt, 0, {}, "c"}) == "c2sp.org/tlog-proof@v1\nindex 0\n\nc");
}

TEST_CASE("what is no proof is refused", "[proof]") {
  const std::string hash = LeafHash("a").ToBase64() + "\n";
  const std::string header = "c2sp.org/tlog-proof@v1\n";
  std::string deep = header + "index 0\n";
  for (size_t i = 0; i < kMaxProofHashes; ++i) deep += hash;
  CHECK(ParseTlogProof(deep + "\n").ok());
  for (const std::string& text : std::vector<std::string>{
           "", "\n", header, header + "index 1\n", header + "index 1\n" + hash,
           header + "index 01\n\n", header + "index\n\n", header + "index -1\n\n",
           header + "index 9223372036854775808\n\n", header + "extra x\nindex 1\n\n",
           header + "extra \nextra \nindex 1\n\n", header + "index 1\nextra \n\n",
           header + "index 1\nAAAA\n\n", header + "index 1\n" + hash + "x\n\n",
           "c2sp.org/tlog-proof@v2\nindex 1\n\n", " " + header + "index 1\n\n", deep + hash + "\n",
           header + "\nindex 1\n\n"}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseTlogProof(text)) == "TLOG_PROOF_MALFORMED");
  }
  const std::string bounds = header + "index 0\n\n";
  CHECK(ParseTlogProof(bounds + std::string(kMaxTlogProofBytes - bounds.size(), 'x')).ok());
  CHECK(ReasonOf(ParseTlogProof(bounds + std::string(kMaxTlogProofBytes, 'x'))) ==
        "TLOG_PROOF_MALFORMED");
}

}  // namespace
}  // namespace whence::tlog
