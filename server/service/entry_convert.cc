#include "service/entry_convert.h"

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

v1::EntryKind KindToProto(ledger::EntryKind kind) {
  switch (kind) {
    case ledger::EntryKind::kMutation:
      return v1::ENTRY_KIND_MUTATION;
    case ledger::EntryKind::kDenied:
      return v1::ENTRY_KIND_DENIED;
    case ledger::EntryKind::kDecision:
      return v1::ENTRY_KIND_DECISION;
    case ledger::EntryKind::kRead:
      return v1::ENTRY_KIND_READ;
  }
  return v1::ENTRY_KIND_UNSPECIFIED;
}

}  // namespace

std::string HexOf(const tlog::Hash& hash) { return absl::BytesToHexString(ToAbsl(hash.view())); }

std::optional<ledger::EntryKind> EntryKindFromProto(v1::EntryKind kind) {
  switch (kind) {
    case v1::ENTRY_KIND_MUTATION:
      return ledger::EntryKind::kMutation;
    case v1::ENTRY_KIND_DENIED:
      return ledger::EntryKind::kDenied;
    case v1::ENTRY_KIND_DECISION:
      return ledger::EntryKind::kDecision;
    case v1::ENTRY_KIND_READ:
      return ledger::EntryKind::kRead;
    default:
      return std::nullopt;
  }
}

v1::LedgerEntry EntryToProto(const ledger::StoredEntry& stored) {
  const ledger::Entry& entry = stored.entry;
  v1::LedgerEntry message;
  message.set_position(entry.position);
  *message.mutable_time() = TimeToProto(entry.time);
  message.set_kind(KindToProto(entry.kind));
  message.set_actor(entry.actor);
  message.set_via(entry.via);
  message.set_action(entry.action);
  message.set_resource(entry.resource);
  message.set_request_id(entry.request_id);
  if (!entry.digest.empty()) {
    message.set_digest(StrCat("sha256:", absl::BytesToHexString(entry.digest)));
  }
  message.set_outcome(entry.outcome);
  message.set_detail(entry.detail);
  message.set_repeats(entry.repeats);
  message.set_rate(entry.rate);
  message.set_row_count(stored.rows.count);
  if (stored.rows.count > 0) message.set_rows_root(HexOf(stored.rows.root));
  message.set_commitment(HexOf(stored.commitment));
  if (stored.salt.has_value()) {
    const absl::string_view salt(reinterpret_cast<const char*>(stored.salt->data()),
                                 stored.salt->size());
    message.set_salt(absl::BytesToHexString(salt));
  }
  message.set_erased(!stored.salt.has_value());
  return message;
}

v1::Checkpoint CheckpointToProto(ledger::Log& log, const ledger::SignedCheckpoint& head) {
  v1::Checkpoint message;
  message.set_origin(log.origin());
  message.set_size(static_cast<int64_t>(head.size));
  message.set_root(HexOf(head.root));
  *message.mutable_time() = TimeToProto(head.time);
  // The same head, as witnesses have cosigned it.
  const std::optional<ledger::SignedCheckpoint> cosigned = log.witness_book().LatestCosigned();
  const bool same =
      cosigned.has_value() && cosigned->size == head.size && cosigned->root == head.root;
  message.set_note(same ? cosigned->note : head.note);
  for (const ledger::CosignedBy& by : log.witness_book().SignaturesOf(message.note())) {
    v1::Cosignature* const cosignature = message.add_cosignatures();
    cosignature->set_witness(by.witness);
    *cosignature->mutable_time() = TimeToProto(absl::FromUnixSeconds(by.time));
  }
  return message;
}

}  // namespace whence::service
