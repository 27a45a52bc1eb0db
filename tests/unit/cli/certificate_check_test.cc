// Certificates that the ledger's own key has signed, and that do not hold all the same.

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "base/digest.h"
#include "base/strings.h"
#include "captured_app.h"
#include "cli/audit/statement_check.h"
#include "cli/error.h"
#include "ledger/governed_tables.h"
#include "ledger/row_hash.h"
#include "tlog/canonical_json.h"
#include "tlog/checkpoint.h"
#include "tlog/dsse.h"
#include "tlog/encoding.h"
#include "tlog/memory_tree.h"
#include "tlog/proof.h"

namespace whence::cli {
namespace {

using test::Printed;
using tlog::Json;
using Kind = sql::ColumnValue::Kind;

constexpr char kOrigin[] = "whence.test/log";

// The leaf of a row of a table, as the ledger hashes it.
std::string RowLeafOf(std::string_view table_name, std::string_view id) {
  const auto tables = ledger::GovernedTables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const auto& one) { return one.name == table_name; });
  REQUIRE(table != tables.end());
  std::vector<sql::ColumnValue> values;
  for (const std::string_view column : table->columns) {
    std::string_view text;
    if (column == "id") text = id;
    if (column == "input_digest") text = "sha256:11";
    if (column == "output_digest") text = "sha256:22";
    if (column == "recorder") text = "user:ana";
    values.push_back({.kind = Kind::kText, .bytes = text});
  }
  ledger::RowHasher hasher(std::string(32, 's'));
  hasher.Birth(*table, values);
  return std::string(hasher.leaf());
}

Json::Array HashesOf(const std::vector<tlog::Hash>& hashes) {
  Json::Array array;
  for (const tlog::Hash& hash : hashes) array.emplace_back(hash.ToBase64());
  return array;
}

// A log of five entries: a version, a run, a prediction, something that was refused, and what came
// after. A certificate of the prediction rests on the first three.
class CertifiedLog {
 public:
  CertifiedLog() {
    row_leaves_ = {RowLeafOf("prediction", "p-1"), RowLeafOf("run", "p-1")};
    std::sort(row_leaves_.begin(), row_leaves_.end(),
              [](const auto& a, const auto& b) { return tlog::LeafHash(a) < tlog::LeafHash(b); });
    for (const std::string& leaf : row_leaves_) rows_.Append(tlog::LeafHash(leaf));
    Append("RegisterVersion", "mutation");
    Append("RecordRun", "mutation");
    Append("RecordPrediction", "mutation",
           StrCat(R"(,"rows":{"count":2,"root":")",
                  absl::BytesToHexString(std::string(rows_.Head().view())), R"("})"));
    Append("CreateAsset", "denied");
    Append("CreateAsset", "mutation");
  }

  const tlog::SignerKey& key() const { return key_; }

  Trust TrustInIt() const {
    Trust trust;
    trust.policy.origin = kOrigin;
    trust.policy.logs = {key_.verifier()};
    return trust;
  }

  // The row of the prediction, or of the run that its entry wrote as well.
  Json Row(std::string_view table) {
    const std::string leaf = RowLeafOf(table, "p-1");
    const auto at = std::find(row_leaves_.begin(), row_leaves_.end(), leaf) - row_leaves_.begin();
    return Json::Object{
        {"count", 2},
        {"index", int64_t{at}},
        {"leaf", tlog::EncodeBase64(leaf)},
        {"position", 3},
        {"proof", HashesOf(tlog::InclusionProof(static_cast<uint64_t>(at), 2, rows_).value())},
        {"reference", "prediction:p-1"}};
  }

  Json Entry(int64_t position) {
    const auto index = static_cast<uint64_t>(position - 1);
    return Json::Object{
        {"index", position - 1},
        {"leaf", leaves_[index]},
        {"proof", HashesOf(tlog::InclusionProof(index, tree_.size(), tree_).value())}};
  }

  std::string Checkpoint() const {
    tlog::Note note =
        tlog::Note::Make(
            tlog::FormatCheckpoint(
                {.origin = kOrigin, .size = tree_.size(), .root = tree_.Head(), .extensions = {}}))
            .value();
    REQUIRE(note.Sign(key_, 0).ok());
    return note.ToText();
  }

  // The payload of a good certificate; `explanation` is JSON.
  std::string Payload(const std::string& explanation, std::vector<tlog::Subject> subjects,
                      Json::Array rows) {
    Json::Array entries;
    for (int64_t position = 1; position <= 4; ++position) entries.push_back(Entry(position));
    return tlog::FormatStatement(
               {.subjects = std::move(subjects),
                .predicate_type = "https://whence.dev/explanation/v1",
                .predicate = Json::Object{{"checkpoint", Checkpoint()},
                                          {"entries", std::move(entries)},
                                          {"explanation", tlog::ParseJson(explanation).value()},
                                          {"keys", Json::Array{}},
                                          {"position", 5},
                                          {"reference", "prediction:p-1"},
                                          {"rows", std::move(rows)}}})
        .value();
  }
  std::string Payload() {
    return Payload(kExplanation,
                   {{.name = "prediction:p-1", .sha256 = RowHash()},
                    {.name = "a.b.users@1", .sha256 = std::string(64, 'a')}},
                   {Row("prediction")});
  }

  std::string RowHash() const {
    return absl::BytesToHexString(
        std::string(tlog::LeafHash(RowLeafOf("prediction", "p-1")).view()));
  }

  std::string Sign(std::string payload) const {
    tlog::DsseEnvelope envelope{
        .payload_type = tlog::kInTotoPayloadType, .payload = std::move(payload), .signatures = {}};
    tlog::SignDsse(key_, &envelope);
    return tlog::FormatDsse(envelope).value();
  }

  // What a check of the payload says, signed anew.
  std::string Check(const std::string& payload) const {
    AuditReport report;
    REQUIRE(CheckCertificate(Sign(payload), TrustInIt(), &report).ok());
    return Printed(report);
  }

  static constexpr char kExplanation[] =
      R"({"graph":{"root":"prediction:p-1","position":"5",
      "nodes":[
        {"reference":"prediction:p-1","prediction":{"id":"p-1","inputDigest":"sha256:11",
         "outputDigest":"sha256:22","recorder":"user:ana","position":"3"}},
        {"reference":"run:1","run":{"position":"2"}},
        {"reference":"a.b.users@1","dataset":{"digest":"sha256:)"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaa"
      R"(","position":"1"}}],
      "edges":[{"source":1,"target":0,"position":"3"},{"source":2,"target":1,"position":"2"}]}})";

 private:
  void Append(std::string_view action, std::string_view kind, std::string_view rows = {}) {
    leaves_.push_back(StrCat(R"({"action":")", action, R"(","kind":")", kind,
                             R"(","outcome":"OK","position":)", leaves_.size() + 1, rows,
                             R"(,"time":"2026-03-01T00:00:00Z","v":1,"via":"grpc"})"));
    tree_.Append(tlog::LeafHash(leaves_.back()));
  }

  const tlog::SignerKey key_ = tlog::SignerKey::Generate(kOrigin, tlog::KeyType::kEd25519).value();
  std::vector<std::string> row_leaves_;
  tlog::MemoryTree rows_;
  std::vector<std::string> leaves_;
  tlog::MemoryTree tree_;
};

// The text with all of `from` replaced, which must be there.
std::string With(const std::string& text, const std::string& from, const std::string& to) {
  INFO(from);
  REQUIRE(text.find(from) != std::string::npos);
  return absl::StrReplaceAll(text, {{from, to}});
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a certificate whose every part holds is good") {
  CertifiedLog log;
  CHECK(log.Check(log.Payload()) ==
        "checked 4 entries, 1 row\n"
        "ok  what prediction:p-1 comes from rests on 4 entries of the ledger whence.test/log of 5 "
        "entries\n");
}

TEST_CASE("a certificate with another entry than the ledger's is refused") {
  CertifiedLog log;
  const std::string good = log.Payload();
  const auto changed = [&](const std::string& from, const std::string& to) {
    return log.Check(With(good, from, to));
  };
  CHECK(Has(changed(R"("index":1,"leaf":"{\"action\":\"RecordRun)",
                    R"("index":-1,"leaf":"{\"action\":\"RecordRun)"),
            "FAILED: an entry of it is none\n"));
  // Another leaf, a right leaf elsewhere, and another way to the head.
  CHECK(Has(changed(R"(\"action\":\"RecordRun\")", R"(\"action\":\"RecordRuns\")"),
            "FAILED at position 2: the entry is not in the ledger\n"));
  CHECK(Has(changed(R"("index":1,"leaf":"{\"action\":\"RecordRun)",
                    R"("index":0,"leaf":"{\"action\":\"RecordRun)"),
            "FAILED at position 1: the entry is not in the ledger\n"));
  const std::string way = log.Entry(2).Find("proof")->array()->front().text()->substr(0, 20);
  CHECK(Has(changed(way, "AAAA" + way.substr(4)), "the entry is not in the ledger\n"));
}

TEST_CASE(
    "an explanation that rests on an entry which is not there, or changed nothing, is refused") {
  CertifiedLog log;
  const std::string good = log.Payload();
  const std::string entry = StrCat(tlog::CanonicalJson(log.Entry(1)).value(), ",");
  CHECK(Has(log.Check(With(good, entry, "")), "FAILED at position 1: its entry is not there\n"));
  CHECK(Has(log.Check(With(good, R"("position":"1")", R"("position":"5")")),
            "FAILED at position 5: its entry is not there\n"));
  CHECK(Has(log.Check(With(good, R"("run":{"position":"2"})", R"("run":{"position":"4"})")),
            "FAILED at position 4: the entry (CreateAsset) changed nothing, and the explanation "
            "rests on it\n"));
  CHECK(Has(log.Check(With(good, R"("explanation":{)", R"("explained":{)")),
            "FAILED: it has no explanation\n"));
}

TEST_CASE("a prediction's row that is missing, of another entry, or changed is refused") {
  CertifiedLog log;
  const std::string good = log.Payload();
  const std::string row = tlog::CanonicalJson(log.Row("prediction")).value();
  const auto changed = [&](const std::string& from, const std::string& to) {
    return log.Check(With(good, row, With(row, from, to)));
  };
  CHECK(Has(log.Check(With(good, row, "")),
            "FAILED at position 3: prediction:p-1: its row is not there\n"));
  CHECK(Has(changed(R"("position":3)", R"("position":5)"),
            "FAILED at position 5: prediction:p-1: the row's entry is not there\n"));
  CHECK(Has(changed(R"("position":3)", R"("position":1)"),
            "FAILED at position 1: prediction:p-1: the entry speaks for no rows\n"));
  CHECK(Has(changed(R"("leaf":")", R"("leaf":"!)"),
            "FAILED at position 3: prediction:p-1: the row is none\n"));
  const std::string other = tlog::EncodeBase64(RowLeafOf("prediction", "p-2"));
  const std::string own = tlog::EncodeBase64(RowLeafOf("prediction", "p-1"));
  CHECK(
      Has(changed(own, other),
          "FAILED at position 3: prediction:p-1: the row is not one that the entry speaks for\n"));
  CHECK(Has(log.Check(With(good, row, tlog::CanonicalJson(log.Row("run")).value())),
            "FAILED at position 3: the row is of no prediction that the explanation is about\n"));
}

TEST_CASE("an explanation that says something else of the prediction than its row is refused") {
  CertifiedLog log;
  const std::string good = log.Payload();
  const auto changed = [&](const std::string& from, const std::string& to) {
    return log.Check(With(good, from, to));
  };
  CHECK(Has(changed(R"("id":"p-1")", R"("id":"p-2")"),
            "the explanation has another id than what was recorded\n"));
  CHECK(Has(changed("sha256:11", "sha256:12"),
            "the explanation has another input_digest than what was recorded\n"));
  CHECK(Has(changed("sha256:22", "sha256:23"),
            "the explanation has another output_digest than what was recorded\n"));
  CHECK(Has(changed("user:ana", "user:bo"),
            "the explanation has another recorder than what was recorded\n"));
  CHECK(Has(changed(R"("id":"p-1")", R"("errorMessage":"no","id":"p-1")"),
            "the explanation has another error_message than what was recorded\n"));
  CHECK(Has(changed(R"("position":"3","recorder")", R"("position":"2","recorder")"),
            "the explanation has another position than what was recorded\n"));
}

TEST_CASE("a certificate whose subjects are not what its explanation says is refused") {
  CertifiedLog log;
  const std::string good = log.Payload();
  const std::string digest = R"({"sha256":")" + std::string(64, 'a') + R"("},"name":"a.b.users@1")";
  REQUIRE(Has(good, digest));
  CHECK(Has(log.Check(With(good, digest,
                           R"({"sha256":")" + std::string(64, 'b') + R"("},"name":"a.b.users@1")")),
            "FAILED: its subject a.b.users@1 has another SHA-256 than the explanation says\n"));
  CHECK(Has(log.Check(With(good, R"("name":"a.b.users@1")", R"("name":"a.b.users@2")")),
            "FAILED: its subject a.b.users@2 is nothing that the explanation has a digest of\n"
            "FAILED: a.b.users@1 is no subject of it, and the explanation has its digest\n"));
  CHECK(Has(log.Check(With(good, log.RowHash(), std::string(64, '0'))),
            "FAILED: its subject prediction:p-1 has another SHA-256 than the explanation says\n"));
  CHECK(Has(log.Check(With(good, R"("reference":"prediction:p-1","rows")",
                           R"("reference":"prediction:p-2","rows")")),
            "FAILED: it is about prediction:p-2, and its explanation about prediction:p-1\n"));
}

TEST_CASE("what has no digest is known by what is said of it") {
  CertifiedLog log;
  const std::string explanation = R"({"graph":{"root":"prediction:p-1",)"
                                  R"("nodes":[{"reference":"run:1","run":{"position":"2"}}]}})";
  const std::string text = tlog::CanonicalJson(tlog::ParseJson(explanation).value()).value();
  const std::string good =
      log.Payload(explanation, {{.name = "prediction:p-1", .sha256 = Sha256Hex(text)}}, {});
  CHECK(Has(log.Check(good), "ok  what prediction:p-1 comes from"));
  CHECK(
      Has(log.Check(With(good, R"("run":{"position":"2"})", R"("run":{"job":"j","position":"2"})")),
          "FAILED: its subject prediction:p-1 has another SHA-256 than the explanation says\n"));
}

TEST_CASE("a certificate says where its explanation is cut, and what in it nobody is shown") {
  CertifiedLog log;
  const std::string good = log.Payload();
  CHECK(Has(log.Check(With(good, R"("root":"prediction:p-1")",
                           R"("redactedCount":2,"root":"prediction:p-1","truncations":)"
                           R"(["TRUNCATION_NODES","TRUNCATION_DEPTH"])")),
            "not checked  what else it comes from: the explanation is cut at the bound on depth\n"
            "not checked  what else it comes from: the explanation is cut at the bound on nodes\n"
            "not checked  what 2 nodes of it are: they are redacted, for who asked for it may not "
            "see them\n"));
  // As servers wrote it that did not say where a version was registered.
  CHECK(Has(log.Check(With(good, R"(,"position":"1")", "")),
            "not checked  that 1 version of it were registered"));
}

TEST_CASE("a certificate of another key, log or kind is refused") {
  CertifiedLog log;
  const CertifiedLog other;
  AuditReport report;
  REQUIRE(CheckCertificate(other.Sign(log.Payload()), log.TrustInIt(), &report).ok());
  CHECK(Printed(report) == "FAILED: the certificate was not signed by the ledger's key\n");
  // The head of another log, in the name of ours.
  const std::string head = tlog::CanonicalJson(Json(log.Checkpoint())).value();
  const std::string foreign = tlog::CanonicalJson(Json(other.Checkpoint())).value();
  CHECK(Has(log.Check(With(log.Payload(), head, foreign)), "FAILED: the checkpoint: "));
  const absl::Status kind = CheckCertificate(
      log.Sign(With(log.Payload(), "explanation/v1", "explanation/v2")), log.TrustInIt(), &report);
  CHECK(ErrorText(kind) == "this is no certificate of Whence's");
}

TEST_CASE("what a file holds is known by its form") {
  CertifiedLog log;
  CHECK(KindOfStatement(log.Sign(log.Payload())) == StatementKind::kCertificate);
  CHECK(KindOfStatement(log.Checkpoint()) == StatementKind::kCheckpoint);
  CHECK(KindOfStatement(tlog::FormatTlogProof(
            {.extra = std::nullopt, .index = 0, .hashes = {}, .checkpoint = log.Checkpoint()})) ==
        StatementKind::kProof);
  CHECK(KindOfStatement("hello\n") == StatementKind::kNone);
  CHECK(KindOfStatement("{}") == StatementKind::kNone);
  CHECK(KindOfStatement("") == StatementKind::kNone);
  CHECK(KindOfStatement(log.key().verifier().ToText()) == StatementKind::kNone);
}

}  // namespace
}  // namespace whence::cli
