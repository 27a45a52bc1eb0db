// Explanations that others can check without the server.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/row_proof.h"
#include "service/audit_ops.h"
#include "service/entry_convert.h"
#include "service/lineage_ops.h"
#include "service/signed_head.h"
#include "tlog/canonical_json.h"
#include "tlog/dsse.h"
#include "tlog/encoding.h"

namespace whence::service {
namespace {

using tlog::Json;

constexpr char kPredicateType[] = "https://whence.dev/explanation/v1";
constexpr size_t kSha256Digits = 64;

// Positions of the entries that the answer rests on: those that recorded its nodes and edges.
std::set<Position> PositionsOf(const v1::Explanation& explanation) {
  std::set<Position> positions;
  for (const v1::LineageGraph* graph : {&explanation.graph(), &explanation.columns()}) {
    for (const v1::LineageEdge& edge : graph->edges()) positions.insert(edge.position());
    for (const v1::LineageNode& node : graph->nodes()) {
      positions.insert(node.dataset().position());
      positions.insert(node.run().position());
      positions.insert(node.declaration().position());
      positions.insert(node.prediction().position());
    }
  }
  positions.erase(kNoPosition);
  return positions;
}

absl::Status TooLarge(size_t entries) {
  return FailedPrecondition("CERTIFICATE_TOO_LARGE",
                            StrCat("the explanation rests on ", entries,
                                   " entries; a certificate has at most ", kMaxCertifiedEntries),
                            "ask for one of less depth");
}

// The message in Protobuf's JSON, as part of another document.
absl::StatusOr<Json> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = false;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) {
    return DataLoss("STORED_MESSAGE_UNREADABLE", "the explanation cannot be written as JSON",
                    "this is a bug: report it");
  }
  return tlog::ParseJson(text);
}

Json::Array HashesToJson(std::span<const tlog::Hash> hashes) {
  Json::Array array;
  for (const tlog::Hash& hash : hashes) array.emplace_back(hash.ToBase64());
  return array;
}

Json::Array KeysToJson(const std::vector<ledger::LogKey>& keys) {
  Json::Array array;
  for (const ledger::LogKey& key : keys) {
    array.emplace_back(Json::Object{{"endorsement", key.endorsement}, {"vkey", key.vkey}});
  }
  return array;
}

// Purpose: one certificate. Ownership: borrows the call. One thread.
class Certifier {
 public:
  Certifier(Call& call, const v1::Explanation& explanation, SignedHead& signed_head)
      : call_(call), explanation_(explanation), signed_head_(signed_head) {}

  absl::Status AddEntries(const std::set<Position>& positions) {
    ledger::Log& log = call_.house().log();
    for (const Position position : positions) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      WHENCE_ASSIGN_OR_RETURN(std::string leaf, log.Leaf(signed_head_.connection(), position));
      WHENCE_ASSIGN_OR_RETURN(
          const std::vector<tlog::Hash> hashes,
          log.InclusionProof(signed_head_.connection(), position, signed_head_.size()));
      entries_.push_back(Json::Object{
          {"index", position - 1}, {"leaf", std::move(leaf)}, {"proof", HashesToJson(hashes)}});
    }
    return absl::OkStatus();
  }

  // The row of a prediction, which its entry speaks for.
  absl::Status AddRow(const v1::Prediction& prediction) {
    WHENCE_ASSIGN_OR_RETURN(const ledger::RowProof row,
                            ledger::ProvePrediction(signed_head_.connection(),
                                                    call_.house().ledger(), prediction.id()));
    subjects_.push_back({.name = StrCat("prediction:", prediction.id()),
                         .sha256 = HexOf(tlog::LeafHash(row.leaf))});
    rows_.push_back(Json::Object{{"count", row.row_count},
                                 {"index", static_cast<int64_t>(row.index)},
                                 {"leaf", tlog::EncodeBase64(row.leaf)},
                                 {"position", row.position},
                                 {"proof", HashesToJson(row.hashes)},
                                 {"reference", StrCat("prediction:", prediction.id())}});
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Sign() {
    WHENCE_ASSIGN_OR_RETURN(Json explanation, ToJson(explanation_));
    AddDatasets();
    if (subjects_.empty()) {
      // What has no digest of its own is known by what is said of it.
      WHENCE_ASSIGN_OR_RETURN(const std::string text, tlog::CanonicalJson(explanation));
      subjects_.push_back({.name = explanation_.graph().root(), .sha256 = Sha256Hex(text)});
    }
    const v1::Checkpoint checkpoint = CheckpointToProto(call_.house().log(), signed_head_.head());
    tlog::Statement statement{
        .subjects = std::move(subjects_),
        .predicate_type = kPredicateType,
        .predicate = Json::Object{{"checkpoint", checkpoint.note()},
                                  {"entries", std::move(entries_)},
                                  {"explanation", std::move(explanation)},
                                  {"keys", KeysToJson(call_.house().log().keys())},
                                  {"position", explanation_.graph().position()},
                                  {"reference", explanation_.graph().root()},
                                  {"rows", std::move(rows_)}}};
    return call_.house().log().SignStatement(statement);
  }

 private:
  // Versions whose content is known by its SHA-256.
  void AddDatasets() {
    constexpr std::string_view kPrefix = "sha256:";
    std::set<std::string> seen;
    for (const v1::LineageNode& node : explanation_.graph().nodes()) {
      std::string_view digest = node.dataset().digest();
      if (!digest.starts_with(kPrefix)) continue;
      digest.remove_prefix(kPrefix.size());
      if (digest.size() != kSha256Digits || !seen.insert(node.reference()).second) continue;
      subjects_.push_back({.name = node.reference(), .sha256 = std::string(digest)});
    }
  }

  Call& call_;
  const v1::Explanation& explanation_;
  SignedHead& signed_head_;
  std::vector<tlog::Subject> subjects_;
  Json::Array entries_;
  Json::Array rows_;
};

}  // namespace

absl::StatusOr<v1::Certificate> Certify(Call& call, const v1::CertifyRequest& request) {
  v1::ExplainRequest asked;
  asked.set_reference(request.reference());
  if (request.has_as_of()) *asked.mutable_as_of() = request.as_of();
  asked.set_depth(request.max_depth());
  WHENCE_ASSIGN_OR_RETURN(const Encoded<v1::Explanation> encoded, Explain(call, asked));
  const v1::Explanation explanation = encoded.Decode();
  const std::set<Position> positions = PositionsOf(explanation);
  if (positions.size() > kMaxCertifiedEntries) return TooLarge(positions.size());
  const Position last = positions.empty() ? 1 : *positions.rbegin();
  WHENCE_ASSIGN_OR_RETURN(SignedHead signed_head,
                          SignedHead::With(call, static_cast<uint64_t>(last)));
  Certifier certifier(call, explanation, signed_head);
  WHENCE_RETURN_IF_ERROR(certifier.AddEntries(positions));
  if (explanation.graph().nodes_size() > 0 && explanation.graph().nodes(0).has_prediction()) {
    WHENCE_RETURN_IF_ERROR(certifier.AddRow(explanation.graph().nodes(0).prediction()));
  }
  v1::Certificate certificate;
  WHENCE_ASSIGN_OR_RETURN(*certificate.mutable_envelope(), certifier.Sign());
  certificate.set_position(explanation.graph().position());
  certificate.set_entry_count(static_cast<int32_t>(positions.size()));
  return certificate;
}

}  // namespace whence::service
