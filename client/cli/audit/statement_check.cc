#include "cli/audit/statement_check.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/audit/proof_parts.h"
#include "cli/error.h"
#include "cli/text/human.h"
#include "ledger/row_leaf.h"
#include "tlog/canonical_json.h"
#include "tlog/checkpoint.h"
#include "tlog/dsse.h"
#include "tlog/encoding.h"
#include "tlog/note.h"
#include "tlog/proof.h"

namespace whence::cli {
namespace {

using tlog::Json;

// What people read of a row: "prediction p-1".
std::string NameOfRow(std::string_view leaf) {
  const absl::StatusOr<ledger::RowLeaf> row = ledger::ParseRowLeaf(leaf);
  if (!row.ok()) return "a row";
  const ledger::LeafColumn* const id = row->Find("id");
  return id != nullptr && id->bytes.has_value() ? StrCat(row->table, " ", *id->bytes) : row->table;
}

}  // namespace

StatementKind KindOfStatement(std::string_view text) {
  if (tlog::ParseTlogProof(text).ok()) return StatementKind::kProof;
  if (tlog::ParseDsse(text).ok()) return StatementKind::kCertificate;
  const absl::StatusOr<tlog::Note> note = tlog::Note::Parse(text);
  return note.ok() && tlog::ParseCheckpoint(note->text()).ok() ? StatementKind::kCheckpoint
                                                               : StatementKind::kNone;
}

absl::StatusOr<std::string> FormatProof(const v1::LedgerProof& proof,
                                        const v1::ListKeysResponse& keys) {
  Json::Array list;
  for (const v1::LedgerKey& key : keys.keys()) {
    list.emplace_back(Json::Object{{"endorsement", key.endorsement()}, {"vkey", key.vkey()}});
  }
  Json::Object extra = {{"keys", std::move(list)}, {"leaf", proof.leaf()}};
  if (proof.has_row()) {
    Json::Array hashes;
    for (const std::string& hash : proof.row().hashes()) {
      hashes.emplace_back(tlog::EncodeBase64(hash));
    }
    extra.push_back({"row", Json::Object{{"count", proof.row().row_count()},
                                         {"index", proof.row().index()},
                                         {"leaf", tlog::EncodeBase64(proof.row().leaf())},
                                         {"proof", std::move(hashes)}}});
  }
  tlog::TlogProof file{.extra = std::nullopt,
                       .index = static_cast<uint64_t>(proof.index()),
                       .hashes = {},
                       .checkpoint = proof.checkpoint().note()};
  WHENCE_ASSIGN_OR_RETURN(file.extra, tlog::CanonicalJson(extra));
  for (const std::string& bytes : proof.hashes()) {
    const auto hash = tlog::Hash::FromBytes(bytes);
    if (!hash.has_value()) return LocalError("the server's proof has something that is no hash");
    file.hashes.push_back(*hash);
  }
  return tlog::FormatTlogProof(file);
}

absl::Status CheckProof(std::string_view text, const Trust& trust, AuditReport* report) {
  const absl::StatusOr<tlog::TlogProof> proof = tlog::ParseTlogProof(text);
  if (!proof.ok()) return NotOne("proof");
  const absl::StatusOr<Json> extra = tlog::ParseJson(proof->extra.value_or(""));
  if (!extra.ok() || TextIn(*extra, "leaf").empty()) return NotOne("proof");
  const std::string leaf = TextIn(*extra, "leaf");
  const std::optional<LeafSaid> said = ReadLeaf(leaf);
  const int64_t position = static_cast<int64_t>(proof->index) + 1;
  report->Looked("entry", 1);
  const absl::StatusOr<tlog::TrustedCheckpoint> head =
      tlog::CheckTlogProof(*proof, tlog::LeafHash(leaf), trust.policy);
  if (!head.ok()) {
    report->Fail(position, ToStd(head.status().message()));
    return absl::OkStatus();
  }
  if (!said.has_value() || said->position != position) {
    report->Fail(position, "the entry says that it is at another position");
    return absl::OkStatus();
  }
  report->Holds(StrCat("entry ", HumanCount(position), " (", said->action, ", ", said->time,
                       ") is in ", HeadText(*head)));
  if (const Json* const row = extra->Find("row"); row != nullptr) {
    report->Looked("row", 1);
    std::string row_leaf;
    const std::string wrong = CheckRow(*row, *said, &row_leaf);
    if (wrong.empty()) {
      report->Holds(StrCat(NameOfRow(row_leaf), " is one of the ",
                           HumanCount(static_cast<int64_t>(said->rows->count)),
                           " rows that it wrote"));
    } else {
      report->Fail(position, wrong);
    }
  }
  TellSigners(*head, trust, report);
  return absl::OkStatus();
}

v1::ListKeysResponse KeysIn(std::string_view text) {
  v1::ListKeysResponse keys;
  std::string note;
  Json holder;
  if (const auto proof = tlog::ParseTlogProof(text); proof.ok()) {
    note = proof->checkpoint;
    holder = tlog::ParseJson(proof->extra.value_or("")).value_or(Json());
  } else if (const auto envelope = tlog::ParseDsse(text); envelope.ok()) {
    const auto statement = tlog::ParseStatement(envelope->payload);
    if (statement.ok()) holder = statement->predicate;
    note = TextIn(holder, "checkpoint");
  }
  keys.set_origin(note.substr(0, note.find('\n')));
  const Json* const list = holder.Find("keys");
  if (list == nullptr || list->array() == nullptr) return keys;
  for (const Json& key : *list->array()) {
    v1::LedgerKey* const added = keys.add_keys();
    added->set_vkey(TextIn(key, "vkey"));
    added->set_endorsement(TextIn(key, "endorsement"));
  }
  return keys;
}

}  // namespace whence::cli
