#include "tlog/dsse.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_replace.h"
#include "base/base_test_util.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::tlog {
namespace {

using whence::testing::ReasonOf;

SignerKey NewKey() { return SignerKey::Generate("whence.example/log", KeyType::kEd25519).value(); }

TEST_CASE("the encoding that is signed is that of DSSE's test vector", "[dsse]") {
  CHECK(DssePreAuthEncoding("http://example.com/HelloWorld", "hello world") ==
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  CHECK(DssePreAuthEncoding("", "") == "DSSEv1 0  0 ");
  CHECK(DssePreAuthEncoding("a", "\u00e9") == "DSSEv1 1 a 2 \u00e9");
}

TEST_CASE("an envelope is signed, written, read and checked", "[dsse]") {
  const SignerKey key = NewKey();
  DsseEnvelope envelope{kInTotoPayloadType, R"({"a":1})", {}};
  SignDsse(key, &envelope);
  const std::string text = FormatDsse(envelope).value();
  CHECK(IsCanonicalJson(text));
  const DsseEnvelope read = ParseDsse(text).value();
  CHECK(read == envelope);
  const VerifierKey verifier = key.verifier();
  CHECK(CheckDsse(read, {&verifier, 1}).ok());
  const VerifierKey other = NewKey().verifier();
  CHECK(ReasonOf(CheckDsse(read, {&other, 1})) == "SIGNATURE_INVALID");
  const std::vector<VerifierKey> both = {other, verifier};
  CHECK(CheckDsse(read, both).ok());
  // A key of cosignatures signs no envelopes, even if it is the same underneath.
  const VerifierKey witness =
      VerifierKey::Make(verifier.name(), KeyType::kCosignature, verifier.public_key()).value();
  CHECK(ReasonOf(CheckDsse(read, {&witness, 1})) == "SIGNATURE_INVALID");
}

TEST_CASE("every bit of an envelope's payload, type and signature matters", "[dsse]") {
  const SignerKey key = NewKey();
  DsseEnvelope envelope{"t", "payload", {}};
  SignDsse(key, &envelope);
  const VerifierKey verifier = key.verifier();
  for (std::string* part :
       {&envelope.payload_type, &envelope.payload, &envelope.signatures[0].bytes}) {
    for (size_t bit = 0; bit < 8 * part->size(); ++bit) {
      (*part)[bit / 8] = static_cast<char>((*part)[bit / 8] ^ 1 << bit % 8);
      REQUIRE_FALSE(CheckDsse(envelope, {&verifier, 1}).ok());
      (*part)[bit / 8] = static_cast<char>((*part)[bit / 8] ^ 1 << bit % 8);
    }
  }
  CHECK(CheckDsse(envelope, {&verifier, 1}).ok());
}

TEST_CASE("envelopes of others are read in either alphabet, with what else they have", "[dsse]") {
  const DsseEnvelope envelope =
      ParseDsse(R"({"payload":"-_-_","payloadType":"t","signatures":[{"sig":"+/+/"}],"more":1})")
          .value();
  CHECK(envelope.payload == "\xfb\xff\xbf");
  CHECK(envelope.signatures[0].bytes == "\xfb\xff\xbf");
  CHECK(envelope.signatures[0].key_id.empty());
}

TEST_CASE("what is no envelope is refused", "[dsse]") {
  for (const char* text :
       {"[]", "{}", R"({"payload":"","payloadType":"t"})",
        R"({"payload":"","payloadType":"t","signatures":[]})",
        R"({"payload":"","payloadType":"t","signatures":[{}]})",
        R"({"payload":"","payloadType":"t","signatures":[{"sig":""}]})",
        R"({"payload":"","payloadType":"t","signatures":[{"sig":"x"}]})",
        R"({"payload":"","payloadType":"t","signatures":[{"sig":"AA==","keyid":1}]})",
        R"({"payload":"x","payloadType":"t","signatures":[{"sig":"AA=="}]})",
        R"({"payload":"","payloadType":1,"signatures":[{"sig":"AA=="}]})"}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseDsse(text)) == "DSSE_MALFORMED");
  }
  CHECK(ReasonOf(ParseDsse("{")) == "JSON_MALFORMED");
  DsseEnvelope envelope{"t", "", {}};
  for (size_t i = 0; i < kMaxNoteSignatures; ++i) envelope.signatures.push_back({"", "x"});
  CHECK(ParseDsse(*FormatDsse(envelope)).ok());
  envelope.signatures.push_back({"", "x"});
  CHECK(ReasonOf(ParseDsse(*FormatDsse(envelope))) == "DSSE_MALFORMED");
}

TEST_CASE("a statement is in-toto's", "[dsse]") {
  const std::string sha256(64, 'a');
  const Statement statement{{{"prod.fraud.scores@3", sha256}},
                            "https://whence.example/explanation/v1",
                            Json::Object{{"kind", "explanation"}}};
  const std::string text = FormatStatement(statement).value();
  CHECK(text == StrCat(R"({"_type":"https://in-toto.io/Statement/v1",)",
                       R"("predicate":{"kind":"explanation"},)",
                       R"("predicateType":"https://whence.example/explanation/v1",)",
                       R"("subject":[{"digest":{"sha256":")", sha256,
                       R"("},"name":"prod.fraud.scores@3"}]})"));
  const Statement read = ParseStatement(text).value();
  CHECK(read.subjects == statement.subjects);
  CHECK(read.predicate_type == statement.predicate_type);
  CHECK(*read.predicate.Find("kind")->text() == "explanation");
  const auto with = [&text](const char* part, const char* instead) {
    const std::string changed = absl::StrReplaceAll(text, {{part, instead}});
    REQUIRE(changed != text);
    return ReasonOf(ParseStatement(changed));
  };
  CHECK(with("Statement/v1", "Statement/v2") == "STATEMENT_MALFORMED");
  CHECK(with("{\"kind\":\"explanation\"}", "1") == "STATEMENT_MALFORMED");
  CHECK(with("https://whence.example/explanation/v1", "") == "STATEMENT_MALFORMED");
  CHECK(with("aaaa\"", "aaa\"") == "STATEMENT_MALFORMED");
  CHECK(with("sha256", "sha512") == "STATEMENT_MALFORMED");
  CHECK(with("\"subject\":[", "\"subject\":[],\"other\":[") == "STATEMENT_MALFORMED");
  CHECK(ReasonOf(ParseStatement("{")) == "JSON_MALFORMED");
}

}  // namespace
}  // namespace whence::tlog
