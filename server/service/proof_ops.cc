// Heads, keys, proofs and tiles of the ledger.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "inference/prediction.h"
#include "ledger/row_proof.h"
#include "service/audit_ops.h"
#include "service/entry_convert.h"
#include "service/need.h"
#include "service/needs_audit.h"
#include "service/signed_head.h"
#include "service/time_convert.h"
#include "tlog/tile.h"

namespace whence::service {
namespace {

constexpr std::string_view kPredictionPrefix = "prediction:";

absl::Status NothingSigned() {
  return NotFound("LEDGER_UNSIGNED", "the ledger has no such signed head yet",
                  "ask again, or for one of this moment");
}

// The position of a prediction that the caller may see.
absl::StatusOr<Position> PositionOfPrediction(Call& call, std::string_view id) {
  WHENCE_ASSIGN_OR_RETURN(const inference::Prediction prediction,
                          inference::GetPrediction(call.connection(), call.position(), id));
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesPrediction(prediction));
  if (!sees) return Denied(call, StrCat("see prediction:", id));
  return prediction.position;
}

}  // namespace

absl::StatusOr<v1::LedgerProof> ProveEntry(Call& call, Position position) {
  if (position < 1 || position > call.position()) {
    return NotFound("POSITION_NOT_FOUND", StrCat("no ledger entry at position ", position),
                    "positions run from 1 to the newest, which 'whence admin info' shows");
  }
  WHENCE_ASSIGN_OR_RETURN(SignedHead signed_head,
                          SignedHead::With(call, static_cast<uint64_t>(position)));
  ledger::Log& log = call.house().log();
  v1::LedgerProof proof;
  proof.set_position(position);
  proof.set_index(position - 1);
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<tlog::Hash> hashes,
      log.InclusionProof(signed_head.connection(), position, signed_head.size()));
  AddHashes(hashes, proof.mutable_hashes());
  WHENCE_ASSIGN_OR_RETURN(*proof.mutable_leaf(), log.Leaf(signed_head.connection(), position));
  *proof.mutable_checkpoint() = CheckpointToProto(log, signed_head.head());
  return proof;
}

absl::StatusOr<v1::LedgerProof> GetProof(Call& call, const v1::GetProofRequest& request) {
  WHENCE_RETURN_IF_ERROR(ValidateText(request.prediction(), "prediction",
                                      kPredictionPrefix.size() + kMaxPredictionIdBytes,
                                      /*allow_newlines=*/false));
  if (request.prediction().empty() == (request.position() == 0)) {
    return InvalidArgument("POSITION_MISSING", "position",
                           "either a position or a prediction is needed",
                           "say which entry, or which prediction, is to be proved");
  }
  if (request.prediction().empty()) {
    WHENCE_ASSIGN_OR_RETURN(const ledger::Entry entry,
                            call.house().ledger().GetEntry(call.connection(), request.position()));
    WHENCE_RETURN_IF_ERROR(NeedForEntriesOf(call, entry.actor));
    return ProveEntry(call, request.position());
  }
  std::string_view id = request.prediction();
  if (id.starts_with(kPredictionPrefix)) id.remove_prefix(kPredictionPrefix.size());
  WHENCE_ASSIGN_OR_RETURN(const Position position, PositionOfPrediction(call, id));
  WHENCE_ASSIGN_OR_RETURN(v1::LedgerProof proof, ProveEntry(call, position));
  WHENCE_ASSIGN_OR_RETURN(const ledger::RowProof row,
                          ledger::ProvePrediction(call.connection(), call.house().ledger(), id));
  proof.mutable_row()->set_row_count(row.row_count);
  proof.mutable_row()->set_index(static_cast<int64_t>(row.index));
  AddHashes(row.hashes, proof.mutable_row()->mutable_hashes());
  proof.mutable_row()->set_leaf(row.leaf);
  return proof;
}

absl::StatusOr<v1::ConsistencyProof> GetConsistencyProof(
    Call& call, const v1::GetConsistencyProofRequest& request) {
  const auto too_small = [&](std::string_view field, int64_t size) {
    return InvalidArgument(
        "TREE_TOO_SMALL", field,
        StrCat("is ", size, "; the ledger has ", call.house().log().size(), " entries"),
        "ask for sizes from 1 to the newest checkpoint's, the old one not larger than the new one");
  };
  if (request.old_size() < 1) return too_small("old_size", request.old_size());
  if (request.new_size() < 0) return too_small("new_size", request.new_size());
  WHENCE_ASSIGN_OR_RETURN(SignedHead signed_head,
                          SignedHead::With(call, static_cast<uint64_t>(std::max(
                                                     request.old_size(), request.new_size()))));
  const int64_t new_size =
      request.new_size() == 0 ? static_cast<int64_t>(signed_head.size()) : request.new_size();
  if (request.old_size() > new_size) return too_small("old_size", request.old_size());
  if (new_size > static_cast<int64_t>(signed_head.size())) return too_small("new_size", new_size);
  ledger::Log& log = call.house().log();
  sql::Connection& connection = signed_head.connection();
  const auto old_tree = static_cast<uint64_t>(request.old_size());
  const auto new_tree = static_cast<uint64_t>(new_size);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<tlog::Hash> hashes,
                          log.ConsistencyProof(connection, old_tree, new_tree));
  WHENCE_ASSIGN_OR_RETURN(const tlog::Hash old_root, log.Root(connection, old_tree));
  WHENCE_ASSIGN_OR_RETURN(const tlog::Hash new_root, log.Root(connection, new_tree));
  v1::ConsistencyProof proof;
  proof.set_old_size(request.old_size());
  proof.set_new_size(new_size);
  proof.set_old_root(HexOf(old_root));
  proof.set_new_root(HexOf(new_root));
  AddHashes(hashes, proof.mutable_hashes());
  return proof;
}

absl::StatusOr<v1::Checkpoint> GetCheckpoint(Call& call, const v1::GetCheckpointRequest& request) {
  ledger::Log& log = call.house().log();
  if (request.now()) {
    WHENCE_ASSIGN_OR_RETURN(const ledger::SignedCheckpoint head,
                            HeadWith(call, static_cast<uint64_t>(call.position())));
    return CheckpointToProto(log, head);
  }
  const std::optional<ledger::SignedCheckpoint> head =
      request.cosigned() ? log.witness_book().LatestCosigned() : log.LatestCheckpoint();
  if (!head.has_value()) return NothingSigned();
  return CheckpointToProto(log, *head);
}

absl::StatusOr<v1::Checkpoint> ServedCheckpoint(House& house) {
  ledger::Log& log = house.log();
  std::optional<ledger::SignedCheckpoint> head = log.witness_book().LatestCosigned();
  if (!head.has_value()) head = log.LatestCheckpoint();
  if (!head.has_value()) return NothingSigned();
  return CheckpointToProto(log, *head);
}

absl::StatusOr<v1::ListKeysResponse> ListKeys(Call& call, const v1::ListKeysRequest&) {
  ledger::Log& log = call.house().log();
  v1::ListKeysResponse response;
  response.set_origin(log.origin());
  response.set_problem(std::string(log.signing_status().message()));
  for (const ledger::LogKey& key : log.keys()) {
    v1::LedgerKey* const message = response.add_keys();
    message->set_number(key.number);
    message->set_vkey(key.vkey);
    message->set_from_size(static_cast<int64_t>(key.from_size));
    *message->mutable_create_time() = TimeToProto(key.time);
    message->set_endorsement(key.endorsement);
  }
  return response;
}

absl::StatusOr<v1::ListWitnessesResponse> ListWitnesses(Call& call,
                                                        const v1::ListWitnessesRequest&) {
  v1::ListWitnessesResponse response;
  for (const ledger::WitnessState& state : call.house().log().witness_book().states()) {
    v1::Witness* const message = response.add_witnesses();
    message->set_url(state.url);
    message->set_vkey(state.vkey);
    message->set_problem(state.problem);
    if (!state.cosigned.has_value()) continue;
    message->set_size(static_cast<int64_t>(state.cosigned->size));
    *message->mutable_time() = TimeToProto(state.time);
  }
  return response;
}

absl::StatusOr<std::string> ReadTile(House& house, sql::Connection& connection,
                                     std::string_view path) {
  WHENCE_ASSIGN_OR_RETURN(const tlog::TileRequest asked, tlog::ParseTilePath(path));
  if (asked.is_entries) {
    return house.log().EntryBundle(connection, asked.tile.index, asked.tile.width);
  }
  return house.log().TileHashes(connection, asked.tile);
}

absl::StatusOr<v1::GetTileResponse> GetTile(Call& call, const v1::GetTileRequest& request) {
  v1::GetTileResponse response;
  WHENCE_ASSIGN_OR_RETURN(*response.mutable_data(),
                          ReadTile(call.house(), call.connection(), request.path()));
  return response;
}

}  // namespace whence::service
