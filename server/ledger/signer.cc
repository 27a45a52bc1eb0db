#include "ledger/signer.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/tree_store.h"
#include "sql/data_folder.h"
#include "sql/transaction.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

namespace whence::ledger {
namespace {

constexpr char kKeyFile[] = "ledger.key";
constexpr char kNextKeyFile[] = "ledger.key.next";
constexpr char kSignedFile[] = "ledger.signed";
constexpr char kNewKeyHint[] =
    "put the key back; or start once with --new-ledger-key, and give auditors the new public key";

constexpr sql::Query kListKeys{
    "SELECT number, vkey, from_size, time_us, endorsement FROM ledger_key ORDER BY number"};

constexpr sql::Query kInsertKey{
    "INSERT INTO ledger_key (number, vkey, from_size, time_us, endorsement)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kListCheckpoints{
    "SELECT time_us, note FROM ledger_checkpoint ORDER BY size DESC LIMIT ?1"};

constexpr sql::Query kInsertCheckpoint{
    "INSERT INTO ledger_checkpoint (size, time_us, note) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (size) DO UPDATE SET time_us = excluded.time_us, note = excluded.note"};

constexpr sql::Query kForgetCheckpoints{
    "DELETE FROM ledger_checkpoint WHERE size <="
    " (SELECT size FROM ledger_checkpoint ORDER BY size DESC LIMIT 1 OFFSET ?1)"};

absl::Status StoreCheckpoint(sql::Connection& connection, const SignedCheckpoint& checkpoint) {
  WHENCE_RETURN_IF_ERROR(connection.Execute(
      kInsertCheckpoint, static_cast<int64_t>(checkpoint.size), checkpoint.time, checkpoint.note));
  return connection.Execute(kForgetCheckpoints, kMaxLedgerCheckpoints);
}

// What an old key says of the one that takes its place.
std::string EndorsementOf(std::string_view origin, std::string_view vkey, uint64_t size) {
  return StrCat("whence ledger key\n", origin, "\n", vkey, "\nfrom size ", size, "\n");
}

absl::StatusOr<std::string> Endorse(const tlog::SignerKey& old_key, const SignerOptions& options,
                                    const tlog::VerifierKey& key) {
  WHENCE_ASSIGN_OR_RETURN(
      tlog::Note note, tlog::Note::Make(EndorsementOf(options.origin, key.ToText(), options.size)));
  WHENCE_RETURN_IF_ERROR(note.Sign(old_key, 0));
  return note.ToText();
}

// One line, with or without its end.
absl::StatusOr<tlog::SignerKey> ParseKey(std::string_view file) {
  if (!file.empty() && file.back() == '\n') file.remove_suffix(1);
  return tlog::SignerKey::Parse(file);
}

absl::Status Foreign(std::string_view why) {
  return FailedPrecondition("LEDGER_KEY_FOREIGN", StrCat(kKeyFile, " ", why), kNewKeyHint);
}

absl::StatusOr<SignedCheckpoint> Parse(std::string_view text, absl::Time time) {
  WHENCE_ASSIGN_OR_RETURN(const tlog::Note note, tlog::Note::Parse(text));
  WHENCE_ASSIGN_OR_RETURN(const tlog::Checkpoint checkpoint, tlog::ParseCheckpoint(note.text()));
  return SignedCheckpoint{
      .size = checkpoint.size, .root = checkpoint.root, .time = time, .note = std::string(text)};
}

}  // namespace

absl::StatusOr<std::vector<LogKey>> ListKeys(sql::Connection& connection) {
  std::vector<LogKey> keys;
  sql::Rows rows = connection.Run(kListKeys);
  while (rows.Next()) {
    keys.push_back({.number = rows.Int64(0),
                    .vkey = std::string(rows.Text(1)),
                    .from_size = static_cast<uint64_t>(rows.Int64(2)),
                    .time = rows.Time(3),
                    .endorsement = std::string(rows.Text(4))});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return keys;
}

absl::StatusOr<std::vector<SignedCheckpoint>> ListCheckpoints(sql::Connection& connection,
                                                              int64_t limit) {
  std::vector<SignedCheckpoint> list;
  sql::Rows rows = connection.Run(kListCheckpoints, limit);
  while (rows.Next()) {
    absl::StatusOr<SignedCheckpoint> checkpoint = Parse(rows.Text(1), rows.Time(0));
    if (!checkpoint.ok()) {
      return DataLoss("LEDGER_DAMAGED", "a stored checkpoint is none",
                      "restore the newest backup, and find out who wrote to the database file");
    }
    list.push_back(*std::move(checkpoint));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return list;
}

Signer::Signer(std::string folder, std::string origin)
    : folder_(std::move(folder)), origin_(std::move(origin)) {}

Signer::~Signer() = default;

std::string Signer::Path(std::string_view name) const { return StrCat(folder_, "/", name); }

absl::StatusOr<std::unique_ptr<Signer>> Signer::Open(sql::Connection& writer,
                                                     const SignerOptions& options) {
  std::unique_ptr<Signer> signer(new Signer(options.folder, options.origin));
  WHENCE_RETURN_IF_ERROR(signer->LoadKeys(writer));
  WHENCE_RETURN_IF_ERROR(signer->FinishRotation());
  WHENCE_RETURN_IF_ERROR(signer->LoadLatest(writer));
  WHENCE_RETURN_IF_ERROR(signer->FindKey(writer, options));
  if (signer->status_.ok()) {
    WHENCE_RETURN_IF_ERROR(signer->CheckContinues(writer, options));
  }
  if (options.new_key) WHENCE_RETURN_IF_ERROR(signer->MakeKey(writer, options));
  return signer;
}

// ---- keys ---------------------------------------------------------------------------------------

absl::Status Signer::LoadKeys(sql::Connection& writer) {
  WHENCE_ASSIGN_OR_RETURN(keys_, ListKeys(writer));
  return absl::OkStatus();
}

// A new key is written beside the old one before it is on the record: what is there then was made
// by a start that ended early.
absl::Status Signer::FinishRotation() {
  absl::StatusOr<std::optional<std::string>> next = sql::ReadSecretFile(Path(kNextKeyFile));
  if (!next.ok() || !next->has_value()) {
    // One that others can read was not written here, and is not used.
    return absl::IsFailedPrecondition(next.status()) ? absl::OkStatus() : next.status();
  }
  const absl::StatusOr<tlog::SignerKey> key = ParseKey(**next);
  if (key.ok() && !keys_.empty() && key->verifier().ToText() == keys_.back().vkey) {
    WHENCE_RETURN_IF_ERROR(sql::WriteSecretFile(Path(kKeyFile), **next));
  }
  return sql::RemoveSecretFile(Path(kNextKeyFile));
}

absl::Status Signer::RecordKey(sql::Connection& writer, const SignerOptions& options,
                               const tlog::VerifierKey& key, std::string endorsement) {
  LogKey made{.number = static_cast<int64_t>(keys_.size()) + 1,
              .vkey = key.ToText(),
              .from_size = options.size,
              .time = options.now,
              .endorsement = std::move(endorsement)};
  WHENCE_RETURN_IF_ERROR(writer.Execute(kInsertKey, made.number, made.vkey,
                                        static_cast<int64_t>(made.from_size), made.time,
                                        made.endorsement));
  keys_.push_back(std::move(made));
  return absl::OkStatus();
}

absl::Status Signer::FindKey(sql::Connection& writer, const SignerOptions& options) {
  absl::StatusOr<std::optional<std::string>> file = sql::ReadSecretFile(Path(kKeyFile));
  if (absl::IsFailedPrecondition(file.status())) {
    SetStatus(file.status());
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(file.status());
  if (!file->has_value() && !keys_.empty()) {
    SetStatus(FailedPrecondition("LEDGER_KEY_MISSING",
                                 StrCat("the key that signs this ledger is not in ", folder_),
                                 kNewKeyHint));
    return absl::OkStatus();
  }
  if (!file->has_value()) {
    WHENCE_ASSIGN_OR_RETURN(key_, tlog::SignerKey::Generate(origin_, tlog::KeyType::kEd25519));
    WHENCE_RETURN_IF_ERROR(sql::WriteSecretFile(Path(kKeyFile), StrCat(key_->ToText(), "\n")));
  } else {
    absl::StatusOr<tlog::SignerKey> key = ParseKey(**file);
    if (!key.ok()) {
      SetStatus(Foreign("is no key of a signed note"));
      return absl::OkStatus();
    }
    if (key->verifier().name() != origin_ ||
        (!keys_.empty() && key->verifier().ToText() != keys_.back().vkey)) {
      SetStatus(Foreign("is not the newest key of this ledger"));
      return absl::OkStatus();
    }
    key_ = *std::move(key);
  }
  if (!keys_.empty()) return absl::OkStatus();
  // From the first start on there is one: where it is missing later, it was lost.
  WHENCE_RETURN_IF_ERROR(sql::WriteSecretFile(Path(kSignedFile), ""));
  sql::WriteTransaction transaction(writer);
  WHENCE_RETURN_IF_ERROR(transaction.status());
  WHENCE_RETURN_IF_ERROR(RecordKey(writer, options, key_->verifier(), ""));
  return transaction.Commit();
}

absl::Status Signer::MakeKey(sql::Connection& writer, const SignerOptions& options) {
  const bool endorsed = status_.ok();
  std::optional<tlog::SignerKey> old_key = std::exchange(key_, std::nullopt);
  WHENCE_ASSIGN_OR_RETURN(key_, tlog::SignerKey::Generate(origin_, tlog::KeyType::kEd25519));
  std::string endorsement;
  if (endorsed) {
    WHENCE_ASSIGN_OR_RETURN(endorsement, Endorse(*old_key, options, key_->verifier()));
  }
  const std::string text = StrCat(key_->ToText(), "\n");
  WHENCE_RETURN_IF_ERROR(sql::WriteSecretFile(Path(kNextKeyFile), text));
  sql::WriteTransaction transaction(writer);
  WHENCE_RETURN_IF_ERROR(transaction.status());
  WHENCE_RETURN_IF_ERROR(RecordKey(writer, options, key_->verifier(), std::move(endorsement)));
  WHENCE_ASSIGN_OR_RETURN(SignedCheckpoint checkpoint, Make(options.size, options.root, options.now,
                                                            endorsed ? &*old_key : nullptr));
  WHENCE_RETURN_IF_ERROR(StoreCheckpoint(writer, checkpoint));
  WHENCE_RETURN_IF_ERROR(transaction.Commit());
  WHENCE_RETURN_IF_ERROR(sql::WriteSecretFile(Path(kKeyFile), text));
  WHENCE_RETURN_IF_ERROR(sql::RemoveSecretFile(Path(kNextKeyFile)));
  SetStatus(absl::OkStatus());
  Committed(checkpoint);
  return status();
}

// ---- what was signed ----------------------------------------------------------------------------

absl::Status Signer::LoadLatest(sql::Connection& writer) {
  absl::StatusOr<std::vector<SignedCheckpoint>> list = ListCheckpoints(writer, 1);
  if (absl::IsDataLoss(list.status())) {
    SetStatus(list.status());
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(list.status());
  if (!list->empty()) latest_ = std::move(list->front());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SignedCheckpoint>> Signer::ReadSignedFile() const {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> file,
                          sql::ReadSecretFile(Path(kSignedFile)));
  if (!file.has_value()) {
    return FailedPrecondition(
        "LEDGER_ROLLED_BACK",
        StrCat(kSignedFile, " is not in ", folder_,
               ": which head was signed last is not known, and this may be an older copy"),
        "put it back beside the key; or start once with --new-ledger-key, and give auditors the "
        "new public key");
  }
  if (file->empty()) return std::nullopt;  // nothing was signed yet
  tlog::CheckpointPolicy policy{.origin = origin_, .logs = {}, .witnesses = {}};
  for (const LogKey& key : keys_) {
    const absl::StatusOr<tlog::VerifierKey> verifier = tlog::VerifierKey::Parse(key.vkey);
    if (verifier.ok()) policy.logs.push_back(*verifier);
  }
  const absl::StatusOr<tlog::TrustedCheckpoint> trusted = tlog::OpenCheckpoint(*file, policy);
  if (!trusted.ok()) {
    return DataLoss("LEDGER_FORKED", StrCat(kSignedFile, " is not a head that this ledger signed"),
                    kNewKeyHint);
  }
  return SignedCheckpoint{.size = trusted->checkpoint.size,
                          .root = trusted->checkpoint.root,
                          .time = absl::InfinitePast(),
                          .note = *file};
}

// Both what the database and what the file beside the key remember.
absl::Status Signer::CheckContinues(sql::Connection& writer, const SignerOptions& options) {
  absl::StatusOr<std::optional<SignedCheckpoint>> file = ReadSignedFile();
  if (absl::IsDataLoss(file.status()) || absl::IsFailedPrecondition(file.status())) {
    SetStatus(file.status());
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(file.status());
  for (const std::optional<SignedCheckpoint>& before : {*file, latest_}) {
    if (!before.has_value()) continue;
    if (before->size > options.size) {
      SetStatus(FailedPrecondition(
          "LEDGER_ROLLED_BACK",
          StrCat("the ledger has ", options.size, " entries, and its head of ", before->size,
                 " was signed: this is an older copy of the database"),
          "put the newer one back; or start once with --new-ledger-key, and tell auditors what was "
          "lost"));
      return absl::OkStatus();
    }
    StoredTiles tiles(&writer);
    const absl::StatusOr<tlog::Hash> root = StoredHead(before->size, tiles);
    if (!root.ok() && !absl::IsDataLoss(root.status())) return root.status();
    if (!root.ok() || *root != before->root) {
      SetStatus(DataLoss("LEDGER_FORKED",
                         StrCat("the ledger's first ", before->size,
                                " entries are not those whose head was signed"),
                         "restore the newest backup, and find out who wrote to the database file"));
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

bool Signer::WouldSign(uint64_t size) const {
  const std::lock_guard lock(mutex_);
  const bool may = status_.ok() || absl::IsUnavailable(status_) ||
                   absl::IsResourceExhausted(status_);  // the disk's: it may be well again
  return may && (!latest_.has_value() || latest_->size < size);
}

bool Signer::IsDue(uint64_t size, absl::Time now) const {
  if (!WouldSign(size)) return false;
  // A clock that was set back does not keep it from signing.
  return !last_try_.has_value() || now < *last_try_ || now - *last_try_ >= kCheckpointInterval;
}

absl::StatusOr<SignedCheckpoint> Signer::Make(uint64_t size, const tlog::Hash& root, absl::Time now,
                                              const tlog::SignerKey* other) const {
  WHENCE_ASSIGN_OR_RETURN(tlog::Note note,
                          tlog::Note::Make(tlog::FormatCheckpoint(
                              {.origin = origin_, .size = size, .root = root, .extensions = {}})));
  if (other != nullptr) WHENCE_RETURN_IF_ERROR(note.Sign(*other, 0));
  WHENCE_RETURN_IF_ERROR(note.Sign(*key_, 0));
  return SignedCheckpoint{.size = size, .root = root, .time = now, .note = note.ToText()};
}

absl::Status Signer::Sign(sql::WriteContext& context, uint64_t size, const tlog::Hash& root,
                          absl::Time now) {
  if (!WouldSign(size)) return absl::OkStatus();
  last_try_ = now;
  WHENCE_ASSIGN_OR_RETURN(SignedCheckpoint checkpoint, Make(size, root, context.now(), nullptr));
  WHENCE_RETURN_IF_ERROR(StoreCheckpoint(context.connection(), checkpoint));
  context.OnCommit([this, checkpoint = std::move(checkpoint)] { Committed(checkpoint); });
  return absl::OkStatus();
}

// Nobody is shown a head that the file does not remember, or a database that was put back to
// before it could grow into another.
void Signer::Committed(const SignedCheckpoint& checkpoint) {
  absl::Status written = sql::WriteSecretFile(Path(kSignedFile), checkpoint.note);
  const std::lock_guard lock(mutex_);
  if (written.ok()) latest_ = checkpoint;
  status_ = std::move(written);
}

absl::StatusOr<std::string> Signer::SignStatement(const tlog::Statement& statement) const {
  WHENCE_RETURN_IF_ERROR(status());
  tlog::DsseEnvelope envelope{
      .payload_type = tlog::kInTotoPayloadType, .payload = {}, .signatures = {}};
  WHENCE_ASSIGN_OR_RETURN(envelope.payload, tlog::FormatStatement(statement));
  tlog::SignDsse(*key_, &envelope);
  return tlog::FormatDsse(envelope);
}

void Signer::SetStatus(absl::Status status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

absl::Status Signer::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::optional<SignedCheckpoint> Signer::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

std::vector<LogKey> Signer::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

}  // namespace whence::ledger
