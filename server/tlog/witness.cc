#include "tlog/witness.h"

#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/encoding.h"
#include "tlog/merkle.h"

namespace whence::tlog {
namespace {

constexpr std::string_view kOld = "old ";

// What tlog-witness has an answer for.
constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kUnprocessable = 422;

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("WITNESS_REQUEST_MALFORMED", "body", message,
                         "See c2sp.org/tlog-witness, add-checkpoint.");
}

// Whether `checkpoint` continues `latest`, whose size the request names.
bool Continues(const Checkpoint& checkpoint, const Checkpoint& latest,
               std::span<const Hash> proof) {
  if (latest.size == 0) return proof.empty();
  return CheckConsistency(latest.size, checkpoint.size, latest.root, checkpoint.root, proof).ok();
}

}  // namespace

absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(std::string_view body) {
  AddCheckpoint request;
  std::optional<std::string_view> line = TakeLine(body);
  if (!line || !line->starts_with(kOld)) return Malformed("does not begin with the old size");
  const std::optional<uint64_t> size = ParseDecimal(line->substr(kOld.size()));
  if (!size) return Malformed("has an old size that is no number");
  request.old_size = *size;
  for (line = TakeLine(body); line && !line->empty(); line = TakeLine(body)) {
    const std::optional<Hash> hash = Hash::FromBase64(*line);
    if (!hash) return Malformed("has a line that is no hash");
    if (request.proof.size() == kMaxProofHashes)
      return Malformed(StrCat("has over ", kMaxProofHashes, " hashes"));
    request.proof.push_back(*hash);
  }
  if (!line) return Malformed("has no checkpoint");
  request.checkpoint = std::string(body);
  return request;
}

std::string FormatAddCheckpoint(const AddCheckpoint& request) {
  std::string body = StrCat(kOld, request.old_size, "\n");
  for (const Hash& hash : request.proof) StrAppend(&body, hash.ToBase64(), "\n");
  StrAppend(&body, "\n", request.checkpoint);
  return body;
}

absl::StatusOr<size_t> AddCosignatures(std::string_view answer,
                                       std::span<const VerifierKey> witnesses, Note* note) {
  Note cosigned = *note;
  size_t count = 0;
  while (const std::optional<std::string_view> line = TakeLine(answer)) {
    WHENCE_ASSIGN_OR_RETURN(const NoteSignature signature, ParseNoteSignature(*line));
    for (const VerifierKey& witness : witnesses) {
      if (witness.name() != signature.name || witness.id() != signature.key_id) continue;
      WHENCE_RETURN_IF_ERROR(cosigned.Add(signature));
      ++count;
    }
  }
  if (!answer.empty()) {
    return InvalidArgument("NOTE_MALFORMED", "answer", "does not end with a newline");
  }
  if (count > 0) WHENCE_RETURN_IF_ERROR(cosigned.CheckSignatures(witnesses).status());
  *note = std::move(cosigned);
  return count;
}

WitnessAnswer AnswerAddCheckpoint(std::string_view body, std::string_view origin,
                                  std::span<const VerifierKey> logs, const Checkpoint& latest,
                                  const SignerKey& key, int64_t time) {
  WHENCE_ASSERT(key.verifier().type() == KeyType::kCosignature && time > 0);
  const absl::StatusOr<AddCheckpoint> request = ParseAddCheckpoint(body);
  if (!request.ok()) return {kBadRequest, "", {}};
  absl::StatusOr<Note> note = Note::Parse(request->checkpoint);
  if (!note.ok()) return {kBadRequest, "", {}};
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text());
  if (!checkpoint.ok()) return {kBadRequest, "", {}};
  if (checkpoint->origin != origin) return {kNotFound, "", {}};
  if (!note->CheckSignatures(logs).ok()) return {kForbidden, "", {}};
  if (request->old_size > checkpoint->size) return {kBadRequest, "", {}};
  if (request->old_size != latest.size) return {kConflict, StrCat(latest.size, "\n"), {}};
  if (!Continues(*checkpoint, latest, request->proof)) return {kUnprocessable, "", {}};
  const VerifierKey& verifier = key.verifier();
  const NoteSignature signature{verifier.name(), verifier.id(), key.SignNote(note->text(), time)};
  return {kOk, StrCat(FormatNoteSignature(signature), "\n"), *std::move(checkpoint)};
}

}  // namespace whence::tlog
