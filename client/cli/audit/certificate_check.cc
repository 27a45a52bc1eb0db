// Checks certificates: explanations that a ledger's key has signed.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/digest.h"
#include "base/strings.h"
#include "cli/audit/proof_parts.h"
#include "cli/audit/statement_check.h"
#include "cli/text/human.h"
#include "ledger/row_leaf.h"
#include "tlog/dsse.h"
#include "tlog/encoding.h"
#include "tlog/merkle.h"

namespace whence::cli {
namespace {

using tlog::Json;

constexpr std::string_view kPredicateType = "https://whence.dev/explanation/v1";

// Protobuf's JSON has 64-bit numbers as text; 0 where there is none.
int64_t PositionIn(const Json& node) {
  return static_cast<int64_t>(tlog::ParseDecimal(TextIn(node, "position")).value_or(0));
}

// The SHA-256 that is the digest of a version; empty where it has no such one.
std::string Sha256In(const Json& dataset) {
  constexpr std::string_view kPrefix = "sha256:";
  const std::string digest = TextIn(dataset, "digest");
  return digest.starts_with(kPrefix) && digest.size() == kPrefix.size() + 2 * tlog::kHashBytes
             ? digest.substr(kPrefix.size())
             : "";
}

// "the bound on depth".
std::string BoundOf(std::string_view truncation) {
  constexpr std::string_view kPrefix = "TRUNCATION_";
  if (truncation.starts_with(kPrefix)) truncation.remove_prefix(kPrefix.size());
  return StrCat("the bound on ", Lower(truncation));
}

// Purpose: one certificate. Ownership: borrows. One thread.
class CertificateCheck {
 public:
  CertificateCheck(const tlog::Statement& statement, const Trust& trust, AuditReport* report)
      : statement_(statement),
        predicate_(statement.predicate),
        trust_(trust),
        report_(*report),
        graphs_(GraphsOf(statement.predicate)) {}

  void Run() {
    const absl::StatusOr<tlog::TrustedCheckpoint> head =
        tlog::OpenCheckpoint(TextIn(predicate_, "checkpoint"), trust_.policy);
    if (!head.ok()) {
      report_.Fail(0, StrCat("the checkpoint: ", ToStd(head.status().message())));
      return;
    }
    if (graphs_.empty()) {
      report_.Fail(0, "it has no explanation");
      return;
    }
    CheckEntries(*head);
    CheckReference();
    CheckRows();
    CheckPositions();
    // Whose hash a row that does not hold gives, nobody can say.
    if (report_.ok()) CheckSubjects();
    report_.Looked(entries_.size() == 1 ? "entry" : "entries", std::ssize(entries_));
    report_.Looked(rows_ == 1 ? "row" : "rows", rows_);
    if (!report_.ok()) return;
    report_.Holds(StrCat("what ", TextIn(predicate_, "reference"), " comes from rests on ",
                         CountOf(std::ssize(entries_), "entry", "entries"), " of ",
                         HeadText(*head)));
    TellSigners(*head, trust_, &report_);
    TellGaps();
  }

 private:
  // The graph of the explanation, and that of its columns where it has one.
  static std::vector<const Json*> GraphsOf(const Json& predicate) {
    std::vector<const Json*> graphs;
    const Json* const explanation = predicate.Find("explanation");
    const Json* const graph = explanation == nullptr ? nullptr : explanation->Find("graph");
    if (graph == nullptr) return graphs;
    graphs.push_back(graph);
    if (const Json* const columns = explanation->Find("columns")) graphs.push_back(columns);
    return graphs;
  }

  void CheckEntries(const tlog::TrustedCheckpoint& head) {
    for (const Json& entry : ArrayIn(predicate_, "entries")) {
      const std::optional<uint64_t> index = NumberIn(entry, "index");
      const std::optional<std::vector<tlog::Hash>> proof = HashesIn(entry, "proof");
      const std::string leaf = TextIn(entry, "leaf");
      if (!index.has_value() || !proof.has_value()) {
        report_.Fail(0, "an entry of it is none");
        continue;
      }
      const auto position = static_cast<int64_t>(*index) + 1;
      const std::optional<LeafSaid> said = ReadLeaf(leaf);
      const absl::Status in = tlog::CheckInclusion(
          *index, head.checkpoint.size, tlog::LeafHash(leaf), *proof, head.checkpoint.root);
      if (!in.ok() || !said.has_value() || said->position != position) {
        report_.Fail(position, "the entry is not in the ledger");
        continue;
      }
      entries_.emplace(position, *said);
    }
  }

  // What it says that it is about is what the explanation is about.
  void CheckReference() {
    const std::string root = TextIn(*graphs_.front(), "root");
    const std::string reference = TextIn(predicate_, "reference");
    if (root != reference) {
      report_.Fail(0, StrCat("it is about ", reference, ", and its explanation about ", root));
    }
  }

  void CheckRows() {
    const Json* const prediction = FindPrediction();
    for (const Json& row : ArrayIn(predicate_, "rows")) {
      ++rows_;
      const auto position = static_cast<int64_t>(NumberIn(row, "position").value_or(0));
      const auto entry = entries_.find(position);
      std::string leaf;
      const std::string wrong = entry == entries_.end() ? "the row's entry is not there"
                                                        : CheckRow(row, entry->second, &leaf);
      if (wrong.empty()) {
        CheckPrediction(position, leaf, prediction);
      } else {
        report_.Fail(position, StrCat(TextIn(row, "reference"), ": ", wrong));
      }
    }
    if (prediction != nullptr && rows_ == 0) {
      report_.Fail(PositionIn(*prediction),
                   StrCat("prediction:", TextIn(*prediction, "id"), ": its row is not there"));
    }
  }

  // That the explanation says of the prediction what the row does.
  void CheckPrediction(int64_t position, const std::string& leaf, const Json* said) {
    const absl::StatusOr<ledger::RowLeaf> row = ledger::ParseRowLeaf(leaf);
    if (!row.ok() || row->table != "prediction" || said == nullptr) {
      report_.Fail(position, "the row is of no prediction that the explanation is about");
      return;
    }
    constexpr std::pair<const char*, const char*> kSame[] = {{"id", "id"},
                                                             {"inputDigest", "input_digest"},
                                                             {"outputDigest", "output_digest"},
                                                             {"errorMessage", "error_message"},
                                                             {"recorder", "recorder"}};
    for (const auto& [member, name] : kSame) {
      const ledger::LeafColumn* const column = row->Find(name);
      if (column == nullptr || column->bytes.value_or("") != TextIn(*said, member)) {
        report_.Fail(position,
                     StrCat("the explanation has another ", name, " than what was recorded"));
      }
    }
    if (PositionIn(*said) != position) {
      report_.Fail(position, "the explanation has another position than what was recorded");
    }
    hashes_.emplace(StrCat("prediction:", TextIn(*said, "id")),
                    absl::BytesToHexString(std::string(tlog::LeafHash(leaf).view())));
  }

  // The prediction that all of it is about; null where it is about something else.
  const Json* FindPrediction() const {
    const Json::Array& nodes = ArrayIn(*graphs_.front(), "nodes");
    return nodes.empty() ? nullptr : nodes.front().Find("prediction");
  }

  // Every position that the explanation names has its entry, and that is of a change.
  void CheckPositions() {
    std::set<int64_t> positions;
    for (const Json* const graph : graphs_) {
      for (const Json& edge : ArrayIn(*graph, "edges")) positions.insert(PositionIn(edge));
      for (const Json& node : ArrayIn(*graph, "nodes")) {
        for (const char* what : {"dataset", "run", "declaration", "prediction"}) {
          if (const Json* const one = node.Find(what)) positions.insert(PositionIn(*one));
        }
      }
    }
    positions.erase(0);
    for (const int64_t position : positions) {
      const auto entry = entries_.find(position);
      if (entry == entries_.end()) {
        report_.Fail(position, "its entry is not there");
      } else if (!entry->second.is_change) {
        report_.Fail(position, StrCat("the entry (", entry->second.action,
                                      ") changed nothing, and the explanation rests on it"));
      }
    }
  }

  // What it is signed to be about: the versions by their digests and the prediction by its row, as
  // the predicate has them, and nothing else.
  void CheckSubjects() {
    for (const Json& node : ArrayIn(*graphs_.front(), "nodes")) {
      const Json* const dataset = node.Find("dataset");
      if (dataset == nullptr) continue;
      const std::string sha256 = Sha256In(*dataset);
      if (!sha256.empty()) hashes_.emplace(TextIn(node, "reference"), sha256);
    }
    if (hashes_.empty()) {
      // What has no digest of its own is known by what is said of it.
      const auto text = tlog::CanonicalJson(*predicate_.Find("explanation"));
      hashes_.emplace(TextIn(*graphs_.front(), "root"), text.ok() ? Sha256Hex(*text) : "");
    }
    for (const tlog::Subject& subject : statement_.subjects) {
      const auto said = hashes_.find(subject.name);
      if (said == hashes_.end()) {
        report_.Fail(0, StrCat("its subject ", subject.name,
                               " is nothing that the explanation has a digest of"));
      } else if (said->second != subject.sha256) {
        report_.Fail(0, StrCat("its subject ", subject.name,
                               " has another SHA-256 than the explanation says"));
      }
    }
    for (const auto& [name, sha256] : hashes_) {
      if (std::none_of(
              statement_.subjects.begin(), statement_.subjects.end(),
              [&name = name](const tlog::Subject& subject) { return subject.name == name; })) {
        report_.Fail(0, StrCat(name, " is no subject of it, and the explanation has its digest"));
      }
    }
  }

  // What it does not say: all of it may hold, and yet not be all.
  void TellGaps() {
    std::set<std::string> bounds;
    uint64_t redacted = 0;
    int64_t unproved = 0;
    for (const Json* const graph : graphs_) {
      for (const Json& bound : ArrayIn(*graph, "truncations")) {
        if (bound.text() != nullptr) bounds.insert(BoundOf(*bound.text()));
      }
      redacted += NumberIn(*graph, "redactedCount").value_or(0);
      for (const Json& node : ArrayIn(*graph, "nodes")) {
        const Json* const dataset = node.Find("dataset");
        if (dataset == nullptr || TextIn(*dataset, "digest").empty()) continue;
        if (PositionIn(*dataset) == 0) ++unproved;
      }
    }
    for (const std::string& bound : bounds) {
      report_.Unchecked(StrCat("what else it comes from: the explanation is cut at ", bound));
    }
    if (redacted > 0) {
      report_.Unchecked(StrCat("what ", CountOf(static_cast<int64_t>(redacted), "node"),
                               " of it are: they are redacted, for who asked for it may not see "
                               "them"));
    }
    if (unproved > 0) {
      report_.Unchecked(StrCat("that ", CountOf(unproved, "version"),
                               " of it were registered: it is of a server that did not say where"));
    }
  }

  const tlog::Statement& statement_;
  const Json& predicate_;
  const Trust& trust_;
  AuditReport& report_;
  const std::vector<const Json*> graphs_;
  std::map<int64_t, LeafSaid> entries_;
  std::map<std::string, std::string> hashes_;  // SHA-256 of what has one, by its reference
  int64_t rows_ = 0;
};

}  // namespace

absl::Status CheckCertificate(std::string_view json, const Trust& trust, AuditReport* report) {
  const absl::StatusOr<tlog::DsseEnvelope> envelope = tlog::ParseDsse(json);
  if (!envelope.ok() || envelope->payload_type != tlog::kInTotoPayloadType) {
    return NotOne("certificate");
  }
  if (const absl::Status is_signed = tlog::CheckDsse(*envelope, trust.policy.logs);
      !is_signed.ok()) {
    report->Fail(0, "the certificate was not signed by the ledger's key");
    return absl::OkStatus();
  }
  const absl::StatusOr<tlog::Statement> statement = tlog::ParseStatement(envelope->payload);
  if (!statement.ok() || statement->predicate_type != kPredicateType) return NotOne("certificate");
  CertificateCheck(*statement, trust, report).Run();
  return absl::OkStatus();
}

}  // namespace whence::cli
