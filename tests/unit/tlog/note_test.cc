#include "tlog/note.h"

#include <catch2/catch.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "base/base_test_util.h"
#include "base/limits.h"
#include "base/strings.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

using whence::testing::Contains;
using whence::testing::MessageOf;
using whence::testing::Random;
using whence::testing::RandomBytes;
using whence::testing::ReasonOf;

// The worked example of c2sp.org/signed-note.
constexpr char kSpecKey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kSpecNote[] =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

// The example of Go's note package: a private key, its public one, and what it signs.
constexpr char kGoSigner[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr char kGoKey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kGoText[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr char kGoLine[] =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

constexpr char kCheckpoint[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

VerifierKey Key(std::string_view vkey) { return VerifierKey::Parse(vkey).value(); }

// The first test key of RFC 8032.
constexpr char kSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublic[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr char kSignsNothing[] =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6b"
    "d25bf5f0595bbe24655141438e7a100b";

std::string Bytes(const char* hex) { return absl::HexStringToBytes(hex); }

SignerKey Signer(std::string_view name, KeyType type) {
  const VerifierKey verifier = VerifierKey::Make(name, type, Bytes(kPublic)).value();
  std::string typed(1, static_cast<char>(type));
  typed += Bytes(kSeed);
  const std::string id = absl::StrFormat("%08x", verifier.id());
  SignerKey key =
      SignerKey::Parse(StrCat("PRIVATE+KEY+", name, "+", id, "+", EncodeBase64(typed))).value();
  REQUIRE(key.verifier() == verifier);
  return key;
}

TEST_CASE("C2SP's example of a note verifies", "[note]") {
  const Note note = Note::Parse(kSpecNote).value();
  CHECK(note.text() == "This is an example message.\n");
  REQUIRE(note.signatures().size() == 1);
  CHECK(note.signatures()[0].name == "example.com/foo");
  CHECK(note.signatures()[0].key_id == 0x530d903a);
  CHECK(note.ToText() == kSpecNote);
  const VerifierKey key = Key(kSpecKey);
  CHECK(key.ToText() == kSpecKey);
  const auto good = note.CheckSignatures({&key, 1});
  REQUIRE(good.ok());
  REQUIRE(good->size() == 1);
  CHECK((*good)[0].key == 0);
  CHECK((*good)[0].time == 0);
}

TEST_CASE("every bit of a signed note's text and signature matters", "[note]") {
  const VerifierKey key = Key(kSpecKey);
  const std::string text = kSpecNote;
  for (size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      const absl::StatusOr<Note> note = Note::Parse(changed);
      if (!note.ok()) continue;
      CAPTURE(i, bit);
      REQUIRE_FALSE(note->CheckSignatures({&key, 1}).ok());
    }
  }
}

TEST_CASE("keys and signatures are those of Go's note package", "[note]") {
  const SignerKey signer = SignerKey::Parse(kGoSigner).value();
  CHECK(signer.ToText() == kGoSigner);
  CHECK(signer.verifier().ToText() == kGoKey);
  Note note = Note::Make(kGoText).value();
  REQUIRE(note.Sign(signer, 0).ok());
  CHECK(note.ToText() == StrCat(kGoText, "\n", kGoLine, "\n"));
}

TEST_CASE("Ed25519 is RFC 8032's", "[note]") {
  const SignerKey signer = Signer("a", KeyType::kEd25519);
  CHECK(signer.Sign("") == Bytes(kSignsNothing));
  CHECK(signer.verifier().public_key() == Bytes(kPublic));
  CHECK(signer.verifier().Signed("", Bytes(kSignsNothing)));
  CHECK_FALSE(signer.verifier().Signed("x", Bytes(kSignsNothing)));
  CHECK_FALSE(signer.verifier().Signed("", ""));
  CHECK_FALSE(signer.verifier().Signed("", Bytes(kSignsNothing).substr(1)));
}

TEST_CASE("a cosignature is over its header, its time and the checkpoint", "[note]") {
  const SignerKey witness = Signer("witness.example.com/w1", KeyType::kCosignature);
  const std::string signature = witness.SignNote(kCheckpoint, 1679315147);
  REQUIRE(signature.size() == 72);
  CHECK(FromBigEndian64(signature.substr(0, 8)) == 1679315147);
  // As c2sp.org/tlog-cosignature writes the message.
  CHECK(
      witness.verifier().Signed("cosignature/v1\n"
                                "time 1679315147\n"
                                "example.com/behind-the-sofa\n"
                                "20852163\n"
                                "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                                signature.substr(8)));
  CHECK(*witness.verifier().CheckNote(kCheckpoint, signature) == 1679315147);
  std::string later = signature;
  later[7] ^= 1;
  CHECK(ReasonOf(witness.verifier().CheckNote(kCheckpoint, later)) == "SIGNATURE_INVALID");
  std::string before_1970 = signature;
  before_1970[0] ^= static_cast<char>(0x80);
  CHECK(ReasonOf(witness.verifier().CheckNote(kCheckpoint, before_1970)) == "SIGNATURE_INVALID");
  CHECK(ReasonOf(witness.verifier().CheckNote(kCheckpoint, signature.substr(8))) ==
        "SIGNATURE_INVALID");
  // The same public key for the other kind of signature is another key.
  CHECK(Signer("witness.example.com/w1", KeyType::kEd25519).verifier().id() !=
        witness.verifier().id());
}

TEST_CASE("only checkpoints are cosigned", "[note]") {
  const SignerKey witness = Signer("w", KeyType::kCosignature);
  Note other = Note::Make("Nothing of the kind.\n").value();
  CHECK(ReasonOf(other.Sign(witness, 1)) == "CHECKPOINT_MALFORMED");
  REQUIRE(other.Add({"w", witness.verifier().id(), witness.SignNote(other.text(), 1)}).ok());
  CHECK(ReasonOf(other.CheckSignatures({&witness.verifier(), 1})) == "CHECKPOINT_MALFORMED");
}

TEST_CASE("a note keeps signatures that nobody here knows, and passes them over", "[note]") {
  // As C2SP's example of a cosigned checkpoint has them: of keys that are not at hand.
  const std::string text =
      StrCat(kCheckpoint, "\n",
             "\u2014 example.com/behind-the-sofa "
             "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
             "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
             "\u2014 witness.example.com/w1 "
             "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/"
             "zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n");
  Note note = Note::Parse(text).value();
  REQUIRE(note.signatures().size() == 2);
  CHECK(FromBigEndian64(note.signatures()[1].bytes.substr(0, 8)) == 1679315147);
  CHECK(note.ToText() == text);
  // A name or an id alone does not make it the key's.
  const SignerKey old_key =
      SignerKey::Generate("example.com/behind-the-sofa", KeyType::kEd25519).value();
  const SignerKey new_key = Signer("example.com/behind-the-sofa", KeyType::kEd25519);
  const std::vector<VerifierKey> both = {old_key.verifier(), new_key.verifier()};
  CHECK(ReasonOf(note.CheckSignatures(both)) == "NOTE_NOT_SIGNED");
  // While a key is replaced, both sign; whoever has either is served.
  REQUIRE(note.Sign(old_key, 0).ok());
  REQUIRE(note.Sign(new_key, 0).ok());
  CHECK(note.signatures().size() == 4);
  CHECK(note.CheckSignatures(both)->size() == 2);
  CHECK(note.CheckSignatures({&both[0], 1}).ok());
  CHECK(note.CheckSignatures({&both[1], 1}).ok());
  REQUIRE(note.Sign(new_key, 0).ok());  // again: in its own place
  CHECK(note.signatures().size() == 4);
  CHECK(note.CheckSignatures(both)->size() == 2);
}

TEST_CASE("a signature that names a known key must hold, whatever else does", "[note]") {
  const SignerKey key = Signer("a", KeyType::kEd25519);
  const SignerKey other = SignerKey::Generate("b", KeyType::kEd25519).value();
  const std::vector<VerifierKey> keys = {key.verifier(), other.verifier()};
  Note note = Note::Make("text\n").value();
  REQUIRE(note.Sign(key, 0).ok());
  CHECK(note.CheckSignatures(keys).ok());
  REQUIRE(note.Add({"b", other.verifier().id(), std::string(64, 'x')}).ok());
  CHECK(ReasonOf(note.CheckSignatures(keys)) == "SIGNATURE_INVALID");
  CHECK(note.CheckSignatures({&keys[0], 1}).ok());
  // Also a second one of a key whose first holds.
  REQUIRE(note.Add({"a", key.verifier().id(), std::string(64, 'x')}).ok());
  CHECK(ReasonOf(note.CheckSignatures({&keys[0], 1})) == "SIGNATURE_INVALID");
}

TEST_CASE("what is no note is refused", "[note]") {
  const std::string line = StrCat(kGoLine, "\n");
  CHECK(Note::Parse(StrCat("t\n\n", line)).ok());
  CHECK(Note::Parse(StrCat("\n\n", line)).ok());          // an empty text has a line
  CHECK(Note::Parse(StrCat("a\n\nb\n\n\n", line)).ok());  // the last empty line counts
  CHECK(Note::Parse(StrCat("t\n\n", line, line)).ok());
  for (const std::string& text :
       std::vector<std::string>{"",
                                "\n",
                                "t\n",
                                "t\n\n",
                                line,
                                StrCat("\n", line),
                                StrCat("t\n", line),
                                StrCat("t\n\n", kGoLine),
                                StrCat("t\n\n", line, "\n"),
                                StrCat("t\n\n", line, "x\n"),
                                StrCat("t\r\n\n", line),
                                StrCat("t\tt\n\n", line),
                                StrCat("\xff\n\n", line),
                                StrCat("t\n\n", std::string(1, '\0'), line),
                                "t\n\n\u2014 name\n",
                                "t\n\n\u2014 name \n",
                                "t\n\n\u2014  AAAAAAE=\n",
                                "t\n\n\u2014 a+b AAAAAAE=\n",
                                "t\n\n\u2014 name AAAAAA==\n",
                                "t\n\n\u2014 name AAAAAAF=\n",
                                "t\n\n\u2014 name AAAAAAE\n",
                                "t\n\n\u2014 name  AAAAAAE=\n",
                                "t\n\n\u2014 a\u00a0b AAAAAAE=\n",
                                "t\n\n\u2014 a\u0085b AAAAAAE=\n",
                                "t\n\n- name AAAAAAE=\n",
                                "t\n\n\u2014name AAAAAAE=\n"}) {
    CAPTURE(text);
    CHECK(ReasonOf(Note::Parse(text)) == "NOTE_MALFORMED");
  }
  CHECK(Note::Parse("t\n\n\u2014 name AAAAAAE=\n").ok());
  CHECK(ReasonOf(Note::Make("no end")) == "NOTE_MALFORMED");
  CHECK(ReasonOf(Note::Make("\x01\n")) == "NOTE_MALFORMED");
}

TEST_CASE("notes have bounds", "[note]") {
  std::string text = "t\n\n";
  for (size_t i = 0; i < kMaxNoteSignatures; ++i) StrAppend(&text, kGoLine, "\n");
  Note note = Note::Parse(text).value();
  CHECK(ReasonOf(Note::Parse(StrCat(text, kGoLine, "\n"))) == "NOTE_MALFORMED");
  CHECK(note.Add(note.signatures()[0]).ok());  // it is there
  CHECK(ReasonOf(note.Sign(Signer("a", KeyType::kEd25519), 0)) == "NOTE_MALFORMED");
  CHECK(Note::Make(StrCat(std::string(kMaxNoteBytes - 1, 'x'), "\n")).ok());
  CHECK(ReasonOf(Note::Make(StrCat(std::string(kMaxNoteBytes, 'x'), "\n"))) == "NOTE_MALFORMED");
}

TEST_CASE("names of keys", "[note]") {
  CHECK(IsKeyName("example.com/log"));
  CHECK(IsKeyName(std::string(kMaxKeyNameBytes, 'a')));
  CHECK_FALSE(IsKeyName(std::string(kMaxKeyNameBytes + 1, 'a')));
  for (const char* name :
       {"", " ", "a b", "a+b", "a\nb", "a\tb", "\u00a0", "a\u2003b", "\u0085", "\xff", "a\u3000"}) {
    CAPTURE(name);
    CHECK_FALSE(IsKeyName(name));
    CHECK(ReasonOf(SignerKey::Generate(name, KeyType::kEd25519)) == "KEY_MALFORMED");
  }
}

TEST_CASE("keys that are none are refused, and private ones not repeated", "[note]") {
  for (const std::string& text : std::vector<std::string>{
           "", "+", "++", "name", "a+b", "example.com/foo+530d903a",
           "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
           "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
           "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"}) {
    CAPTURE(text);
    CHECK(ReasonOf(VerifierKey::Parse(text)) == "KEY_MALFORMED");
  }
  CHECK(ReasonOf(VerifierKey::Make("a", KeyType::kEd25519, "short")) == "KEY_MALFORMED");
  const std::string secret = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
  for (const std::string& text :
       std::vector<std::string>{"", kGoKey, StrCat("PRIVATE+KEY+PeterNeumann+c74f20a4+", secret),
                                StrCat("PRIVATE+KEY+PeterNeumann+c74f20a3+", secret, "\n"),
                                StrCat("PRIVATE+KEY+Peter Neumann+c74f20a3+", secret),
                                StrCat("PRIVATE+KEY++c74f20a3+", secret)}) {
    const absl::StatusOr<SignerKey> key = SignerKey::Parse(text);
    CHECK(ReasonOf(key) == "KEY_MALFORMED");
    CHECK_FALSE(Contains(MessageOf(key), "AYEK"));
  }
}

TEST_CASE("new keys differ, and make the round trip", "[note]") {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kCosignature}) {
    const SignerKey key = SignerKey::Generate("whence.example/log", type).value();
    CHECK(SignerKey::Parse(key.ToText())->verifier() == key.verifier());
    CHECK(Key(key.verifier().ToText()) == key.verifier());
    CHECK(SignerKey::Generate("whence.example/log", type)->verifier() != key.verifier());
  }
}

TEST_CASE("notes of any text make the round trip", "[note]") {
  Random random(8);
  const SignerKey key = Signer("a", KeyType::kEd25519);
  int made = 0;
  for (int i = 0; i < 2000; ++i) {
    const absl::StatusOr<Note> plain = Note::Make(RandomBytes(random, 30) + "\n");
    if (!plain.ok()) continue;
    Note note = *plain;
    REQUIRE(note.Sign(key, 0).ok());
    const Note again = Note::Parse(note.ToText()).value();
    REQUIRE(again.text() == note.text());
    REQUIRE(again.signatures() == note.signatures());
    REQUIRE(again.CheckSignatures({&key.verifier(), 1}).ok());
    ++made;
  }
  CHECK(made > 100);
}

}  // namespace
}  // namespace whence::tlog
