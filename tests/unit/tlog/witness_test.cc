#include "tlog/witness.h"

#include <catch2/catch.hpp>

#include "base/base_test_util.h"
#include "base/limits.h"
#include "base/strings.h"
#include "naive_tree.h"
#include "tlog/memory_tree.h"

namespace whence::tlog {
namespace {

using testing::MakeLeaves;
using whence::testing::ReasonOf;

constexpr char kOrigin[] = "whence.example/log";
constexpr int64_t kTime = 1679315147;

// A log that grows, and a witness that remembers what it cosigned.
struct Witnessed {
  std::string Signed(uint64_t size, MemoryTree& of, const SignerKey& by) const {
    Note note = Note::Make(FormatCheckpoint({kOrigin, size, *TreeHead(size, of), {}})).value();
    REQUIRE(note.Sign(by, 0).ok());
    return note.ToText();
  }
  std::string Request(uint64_t old_size, uint64_t size, MemoryTree& of) const {
    std::vector<Hash> proof;
    if (old_size > 0) proof = ConsistencyProof(old_size, size, of).value();
    return FormatAddCheckpoint({old_size, proof, Signed(size, of, log)});
  }
  WitnessAnswer Ask(std::string_view body) {
    const VerifierKey key = log.verifier();
    WitnessAnswer answer = AnswerAddCheckpoint(body, kOrigin, {&key, 1}, latest, witness, kTime);
    if (answer.http_status == 200) latest = answer.latest;
    return answer;
  }

  SignerKey log = SignerKey::Generate(kOrigin, KeyType::kEd25519).value();
  SignerKey witness = SignerKey::Generate("witness.example/w", KeyType::kCosignature).value();
  MemoryTree tree{MakeLeaves(20)};
  Checkpoint latest;
};

TEST_CASE("a witness cosigns what continues what it saw", "[witness]") {
  Witnessed world;
  const std::vector<std::pair<uint64_t, uint64_t>> steps = {{0, 3}, {3, 3}, {3, 8}, {8, 20}};
  for (const auto& [old_size, size] : steps) {
    const std::string body = world.Request(old_size, size, world.tree);
    const WitnessAnswer answer = world.Ask(body);
    REQUIRE(answer.http_status == 200);
    CHECK(world.latest.size == size);
    Note note = Note::Parse(ParseAddCheckpoint(body)->checkpoint).value();
    const VerifierKey witness = world.witness.verifier();
    CHECK(*AddCosignatures(answer.body, {&witness, 1}, &note) == 1);
    const CheckpointPolicy policy{kOrigin, {world.log.verifier()}, {witness}, 1};
    const auto opened = OpenCheckpoint(note.ToText(), policy);
    REQUIRE(opened.ok());
    CHECK(opened->cosigned[0].time == kTime);
  }
}

TEST_CASE("a log with two histories is found by its witness", "[witness]") {
  Witnessed world;
  REQUIRE(world.Ask(world.Request(0, 8, world.tree)).http_status == 200);
  std::vector<Hash> leaves = MakeLeaves(20);
  leaves[5] = LeafHash("another history");
  MemoryTree forked(leaves);
  CHECK(world.Ask(world.Request(8, 20, forked)).http_status == 422);
  CHECK(world.Ask(world.Request(8, 8, forked)).http_status == 422);
  const WitnessAnswer behind = world.Ask(world.Request(3, 20, world.tree));
  CHECK(behind.http_status == 409);
  CHECK(behind.body == "8\n");
  CHECK(world.Ask(world.Request(0, 20, world.tree)).http_status == 409);
  CHECK(world.latest.size == 8);
  CHECK(world.Ask(world.Request(8, 20, world.tree)).http_status == 200);
}

TEST_CASE("a witness answers what is wrong as C2SP has it", "[witness]") {
  Witnessed world;
  CHECK(world.Ask("").http_status == 400);
  CHECK(world.Ask("old 0\n\nno note\n").http_status == 400);
  CHECK(
      world.Ask(FormatAddCheckpoint({9, {}, world.Signed(8, world.tree, world.log)})).http_status ==
      400);
  Note no_checkpoint = Note::Make("hello\n").value();
  REQUIRE(no_checkpoint.Sign(world.log, 0).ok());
  CHECK(world.Ask(FormatAddCheckpoint({0, {}, no_checkpoint.ToText()})).http_status == 400);
  const SignerKey other = SignerKey::Generate(kOrigin, KeyType::kEd25519).value();
  CHECK(world.Ask(FormatAddCheckpoint({0, {}, world.Signed(8, world.tree, other)})).http_status ==
        403);
  Note elsewhere =
      Note::Make(FormatCheckpoint({"other.example/log", 8, world.tree.Head(), {}})).value();
  REQUIRE(elsewhere.Sign(world.log, 0).ok());
  CHECK(world.Ask(FormatAddCheckpoint({0, {}, elsewhere.ToText()})).http_status == 404);
  CHECK(world.Ask(FormatAddCheckpoint({0, {LeafHash("a")}, world.Signed(8, world.tree, world.log)}))
            .http_status == 422);
  CHECK(world.latest.size == 0);
}

TEST_CASE("requests to witnesses make the round trip, in one spelling", "[witness]") {
  const Hash hash = LeafHash("a");
  const AddCheckpoint request{20852014, {hash, hash}, "checkpoint\n"};
  const std::string body = FormatAddCheckpoint(request);
  CHECK(body ==
        StrCat("old 20852014\n", hash.ToBase64(), "\n", hash.ToBase64(), "\n\ncheckpoint\n"));
  CHECK(*ParseAddCheckpoint(body) == request);
  std::string deep = "old 1\n";
  for (size_t i = 0; i < kMaxProofHashes; ++i) deep += hash.ToBase64() + "\n";
  CHECK(ParseAddCheckpoint(deep + "\n").ok());
  for (const std::string& text : std::vector<std::string>{
           "", "old", "old 1", "old 1\n", "old 01\n\n", "old -1\n\n", "old\n\n", "Old 1\n\n",
           "old 1\nx\n\n", "old 1 \n\n", deep, deep + hash.ToBase64() + "\n\n"}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseAddCheckpoint(text)) == "WITNESS_REQUEST_MALFORMED");
  }
}

TEST_CASE("cosignatures of others are passed over, and wrong ones refused", "[witness]") {
  Witnessed world;
  const std::string text = world.Signed(8, world.tree, world.log);
  Note note = Note::Parse(text).value();
  const SignerKey other = SignerKey::Generate("other.example/w", KeyType::kCosignature).value();
  const VerifierKey witness = world.witness.verifier();
  const auto line = [](const SignerKey& key, std::string_view over) {
    return FormatNoteSignature(
               {key.verifier().name(), key.verifier().id(), key.SignNote(over, kTime)}) +
           "\n";
  };
  CHECK(*AddCosignatures("", {&witness, 1}, &note) == 0);
  CHECK(*AddCosignatures(line(other, note.text()), {&witness, 1}, &note) == 0);
  CHECK(note.ToText() == text);
  const std::string good = line(world.witness, note.text());
  CHECK(ReasonOf(AddCosignatures(line(world.witness, "other\n"), {&witness, 1}, &note)) ==
        "SIGNATURE_INVALID");
  CHECK(ReasonOf(AddCosignatures(good.substr(0, good.size() - 1), {&witness, 1}, &note)) ==
        "NOTE_MALFORMED");
  CHECK(ReasonOf(AddCosignatures("x\n", {&witness, 1}, &note)) == "NOTE_MALFORMED");
  CHECK(note.ToText() == text);
  CHECK(*AddCosignatures(line(other, note.text()) + good, {&witness, 1}, &note) == 1);
  CHECK(note.signatures().size() == 2);
}

}  // namespace
}  // namespace whence::tlog
