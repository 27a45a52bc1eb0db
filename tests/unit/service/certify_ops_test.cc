// Certificates: what an explanation rests on, signed, with every proof in it.
#include <catch2/catch.hpp>

#include "ask.h"
#include "base/limits.h"
#include "service/audit_operations.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "tlog/checkpoint.h"
#include "tlog/dsse.h"
#include "tlog/merkle.h"

namespace whence::service::test {
namespace {

class CertifiedHouse : public Asked {
 public:
  CertifiedHouse() {
    Asset("prod.fraud.users", v1::KIND_TABLE);
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Ask(kRegisterVersion, StrCat("asset: 'prod.fraud.users' version { digest: 'sha256:",
                                 std::string(64, 'a'), "' }"));
    Version("prod.fraud.model");
    Ask(kRecordRun,
        "run { id: '00000000-0000-7000-8000-000000000001' state: RUN_STATE_COMPLETE"
        " start_time { seconds: 1 } end_time { seconds: 2 }"
        " reads { reference: 'prod.fraud.users@1' } writes { reference: 'prod.fraud.model@1' } }");
    Ask(kRecordPrediction, "prediction { id: 'p-1' model: 'prod.fraud.model@1' input_text: 'in' }");
  }

  std::vector<tlog::VerifierKey> Keys() {
    std::vector<tlog::VerifierKey> keys;
    const v1::ListKeysResponse answer = Ask(kListKeys, "");
    for (const v1::LedgerKey& key : answer.keys()) {
      keys.push_back(tlog::VerifierKey::Parse(key.vkey()).value());
    }
    return keys;
  }
};

tlog::Statement StatementOf(CertifiedHouse& house, const v1::Certificate& certificate) {
  const auto envelope = tlog::ParseDsse(certificate.envelope());
  REQUIRE(envelope.ok());
  CHECK(tlog::CheckDsse(*envelope, house.Keys()).ok());
  return tlog::ParseStatement(envelope->payload).value();
}

TEST_CASE("a certificate has the proof of every entry that it rests on") {
  CertifiedHouse house;
  const v1::Certificate certificate = house.Ask(kCertify, "reference: 'prediction:p-1'");
  const tlog::Statement statement = StatementOf(house, certificate);
  CHECK(statement.predicate_type == "https://whence.dev/explanation/v1");
  CHECK(*statement.predicate.Find("reference")->text() == "prediction:p-1");
  const auto head = tlog::OpenCheckpoint(
      *statement.predicate.Find("checkpoint")->text(),
      {.origin = house.house().log().origin(), .logs = house.Keys(), .witnesses = {}});
  REQUIRE(head.ok());
  const tlog::Json::Array& entries = *statement.predicate.Find("entries")->array();
  CHECK(std::ssize(entries) == certificate.entry_count());
  // The prediction's, the run's, and those that registered the two versions.
  CHECK(entries.size() == 4);
  for (const tlog::Json& entry : entries) {
    std::vector<tlog::Hash> hashes;
    for (const tlog::Json& hash : *entry.Find("proof")->array()) {
      hashes.push_back(tlog::Hash::FromBase64(*hash.text()).value());
    }
    CHECK(tlog::CheckInclusion(static_cast<uint64_t>(*entry.Find("index")->number()),
                               head->checkpoint.size, tlog::LeafHash(*entry.Find("leaf")->text()),
                               hashes, head->checkpoint.root)
              .ok());
  }
  CHECK(statement.predicate.Find("rows")->array()->size() == 1);
  REQUIRE(statement.subjects.size() == 2);
  CHECK(statement.subjects[0].name == "prediction:p-1");
  CHECK(statement.subjects[1].name == "prod.fraud.users@1");
  CHECK(statement.subjects[1].sha256 == std::string(64, 'a'));
}

TEST_CASE("a certificate of the past is of the past, and of less depth of less") {
  CertifiedHouse house;
  const int64_t before = house.position();
  house.Version("prod.fraud.model");
  const v1::Certificate past =
      house.Ask(kCertify, StrCat("reference: 'prod.fraud.model' as_of { position: ", before, " }"));
  CHECK(past.position() == before);
  CHECK(StatementOf(house, past).predicate.Find("explanation") != nullptr);
  const v1::Certificate whole = house.Ask(kCertify, "reference: 'prediction:p-1'");
  const v1::Certificate shallow = house.Ask(kCertify, "reference: 'prediction:p-1' max_depth: 1");
  CHECK(shallow.entry_count() < whole.entry_count());
  CHECK(house.Why(kCertify, "reference: 'prod.fraud.none'") == "ASSET_NOT_FOUND");
}

TEST_CASE("what nobody may be shown is not in a certificate either") {
  CertifiedHouse house;
  v1::CertifyRequest request;
  request.set_reference("prediction:p-1");
  CHECK(ReasonOf(house.RunAs(CallInfo{.bearer = "x", .via = "test"}, kCertify, request).status()) ==
        "TOKEN_INVALID");
}

TEST_CASE("an explanation that rests on too many entries is not certified") {
  CertifiedHouse house;
  house.Asset("prod.fraud.wide", v1::KIND_TABLE);
  // Each declaration is an entry of its own.
  const auto declare = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      house.Ask(kRecordEdges,
                StrCat("comment: '", i,
                       "' edges { source: 'prod.fraud.users@1' target: 'prod.fraud.wide' }"));
    }
  };
  // Besides, the table's and the source's: they were registered.
  declare(kMaxCertifiedEntries - 2);
  CHECK(house.Ask(kCertify, "reference: 'prod.fraud.wide'").entry_count() ==
        static_cast<int32_t>(kMaxCertifiedEntries));
  declare(1);
  CHECK(house.Why(kCertify, "reference: 'prod.fraud.wide'") == "CERTIFICATE_TOO_LARGE");
}

}  // namespace
}  // namespace whence::service::test
