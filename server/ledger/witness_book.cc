#include "ledger/witness_book.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kGetWitness{"SELECT time_us, note FROM ledger_witness WHERE vkey = ?1"};
constexpr sql::Query kPutWitness{
    "INSERT INTO ledger_witness (vkey, size, time_us, note) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (vkey) DO UPDATE SET size = excluded.size, time_us = excluded.time_us,"
    " note = excluded.note"};

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("WITNESS_MALFORMED", "", StrCat("a witness of the ledger ", what),
                         "write URL=VKEY, with the public key that the witness's operator gives");
}

// What stands in the table, if it is a head.
std::optional<SignedCheckpoint> Read(std::string_view text, absl::Time time) {
  const absl::StatusOr<tlog::Note> note = tlog::Note::Parse(text);
  if (!note.ok()) return std::nullopt;
  const absl::StatusOr<tlog::Checkpoint> head = tlog::ParseCheckpoint(note->text());
  if (!head.ok()) return std::nullopt;
  return SignedCheckpoint{
      .size = head->size, .root = head->root, .time = time, .note = std::string(text)};
}

// When the key signed the note; nothing when it did not.
std::optional<int64_t> TimeOfSignature(std::string_view text, const tlog::VerifierKey& key) {
  const absl::StatusOr<tlog::Note> note = tlog::Note::Parse(text);
  if (!note.ok()) return std::nullopt;
  const auto signatures = note->CheckSignatures({&key, 1});
  if (!signatures.ok()) return std::nullopt;
  return signatures->front().time;
}

}  // namespace

absl::StatusOr<Witness> ParseWitness(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return Malformed("is not URL=VKEY");
  std::string_view url = text.substr(0, equals);
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return Malformed("has no URL of http or https");
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  const absl::StatusOr<tlog::VerifierKey> key = tlog::VerifierKey::Parse(text.substr(equals + 1));
  if (!key.ok() || key->type() != tlog::KeyType::kCosignature) {
    return Malformed("has no public key of kind 4 (cosignature/v1)");
  }
  return Witness{.url = std::string(url), .key = *key};
}

absl::Status WitnessBook::Open(sql::Connection& connection, std::vector<Witness> witnesses) {
  if (witnesses.size() > kMaxWitnesses) {
    return Malformed(
        StrCat("is one of ", witnesses.size(), "; at most ", kMaxWitnesses, " are asked"));
  }
  std::vector<WitnessState> states;
  for (const Witness& witness : witnesses) {
    WitnessState state{
        .url = witness.url, .vkey = witness.key.ToText(), .cosigned = {}, .problem = {}};
    for (const WitnessState& other : states) {
      if (other.vkey == state.vkey) return Malformed("has the key of another");
    }
    sql::Rows rows = connection.Run(kGetWitness, state.vkey);
    if (rows.Next()) {
      const auto time = TimeOfSignature(rows.Text(1), witness.key);
      if (time.has_value()) {
        state.cosigned = Read(rows.Text(1), rows.Time(0));
        state.time = absl::FromUnixSeconds(*time);
      }
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    states.push_back(std::move(state));
  }
  const std::lock_guard lock(mutex_);
  witnesses_ = std::move(witnesses);
  states_ = std::move(states);
  return absl::OkStatus();
}

std::vector<Witness> WitnessBook::witnesses() const {
  const std::lock_guard lock(mutex_);
  return witnesses_;
}

std::vector<WitnessState> WitnessBook::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

std::optional<SignedCheckpoint> WitnessBook::LatestCosigned() const {
  const std::lock_guard lock(mutex_);
  std::optional<SignedCheckpoint> best;
  for (const WitnessState& state : states_) {
    if (!state.cosigned.has_value()) continue;
    const bool better =
        !best.has_value() || state.cosigned->size > best->size ||
        (state.cosigned->size == best->size && state.cosigned->note.size() > best->note.size());
    if (better) best = state.cosigned;
  }
  return best;
}

std::vector<CosignedBy> WitnessBook::SignaturesOf(std::string_view note) const {
  std::vector<CosignedBy> list;
  for (const Witness& witness : witnesses()) {
    const std::optional<int64_t> time = TimeOfSignature(note, witness.key);
    if (time.has_value()) list.push_back({.witness = witness.key.name(), .time = *time});
  }
  return list;
}

absl::Status WitnessBook::Store(sql::WriteContext& context, size_t index,
                                const SignedCheckpoint& cosigned) {
  std::string vkey;
  {
    const std::lock_guard lock(mutex_);
    vkey = states_.at(index).vkey;
  }
  WHENCE_RETURN_IF_ERROR(context.connection().Execute(
      kPutWitness, vkey, static_cast<int64_t>(cosigned.size), cosigned.time, cosigned.note));
  context.OnCommit([this, index, cosigned] { Remember(index, cosigned); });
  return absl::OkStatus();
}

void WitnessBook::Remember(size_t index, const SignedCheckpoint& cosigned) {
  const std::lock_guard lock(mutex_);
  WitnessState& state = states_.at(index);
  const auto time = TimeOfSignature(cosigned.note, witnesses_.at(index).key);
  state.cosigned = cosigned;
  state.time = absl::FromUnixSeconds(time.value_or(0));
  state.problem.clear();
}

void WitnessBook::NoteProblem(size_t index, std::string problem) {
  const std::lock_guard lock(mutex_);
  states_.at(index).problem = std::move(problem);
}

}  // namespace whence::ledger
