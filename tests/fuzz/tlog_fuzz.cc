// What auditors and witnesses send: notes, checkpoints, proofs, paths of tiles, bundles, keys,
// JSON, envelopes. A named error, or a value that is written as it was read; nothing that nobody
// signed is believed, and no proof of anything holds that does not.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "support/feature.h"
#include "tlog/canonical_json.h"
#include "tlog/checkpoint.h"
#include "tlog/dsse.h"
#include "tlog/note.h"
#include "tlog/proof.h"
#include "tlog/tile.h"
#include "tlog/witness.h"

namespace {

using whence::tlog::Hash;
using whence::tlog::VerifierKey;

constexpr char kOrigin[] = "whence.example/log";

// A log whose keys are always the same.
const whence::tlog::SignerKey& Signer() {
  // The key of Go's note package's example.
  static const whence::tlog::SignerKey signer = *whence::tlog::SignerKey::Parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  return signer;
}

void CheckError(const absl::Status& status) {
  const std::string reason = whence::GetErrorDetail(status).reason;
  WHENCE_ASSERT(whence::IsErrorReason(reason));
  const std::string_view message = whence::ToStd(status.message());
  WHENCE_ASSERT(whence::IsValidUtf8(message) && message.size() < 1000);
  whence::fuzz::Feature(message.substr(0, 40));
}

void TryNote(std::string_view text) {
  const auto note = whence::tlog::Note::Parse(text);
  if (!note.ok()) return CheckError(note.status());
  whence::fuzz::Feature("note", note->signatures().size());
  WHENCE_ASSERT(note->ToText() == text);
  const VerifierKey key = Signer().verifier();
  if (const auto good = note->CheckSignatures({&key, 1}); !good.ok()) CheckError(good.status());
  const whence::tlog::CheckpointPolicy policy{kOrigin, {key}, {}, 0};
  if (const auto opened = whence::tlog::OpenCheckpoint(text, policy); !opened.ok()) {
    CheckError(opened.status());
  }
}

void TryCheckpoint(std::string_view text) {
  const auto checkpoint = whence::tlog::ParseCheckpoint(text);
  if (!checkpoint.ok()) return CheckError(checkpoint.status());
  whence::fuzz::Feature("checkpoint", checkpoint->extensions.size());
  WHENCE_ASSERT(whence::tlog::FormatCheckpoint(*checkpoint) == text);
  // What the log would sign is believed as soon as it did.
  auto note = *whence::tlog::Note::Make(text);
  WHENCE_ASSERT(note.Sign(Signer(), 0).ok());
  const whence::tlog::CheckpointPolicy policy{checkpoint->origin, {Signer().verifier()}, {}, 0};
  WHENCE_ASSERT(whence::tlog::OpenCheckpoint(note.ToText(), policy).ok());
}

void TryProof(std::string_view text) {
  const auto proof = whence::tlog::ParseTlogProof(text);
  if (!proof.ok()) return CheckError(proof.status());
  whence::fuzz::Feature("proof", proof->hashes.size());
  WHENCE_ASSERT(whence::tlog::FormatTlogProof(*proof) == text);
  // No list of hashes shows a leaf that is not there.
  const std::vector<Hash> leaves(5, whence::tlog::LeafHash("there"));
  const Hash root = whence::tlog::HeadOf(leaves);
  WHENCE_ASSERT(!whence::tlog::CheckInclusion(proof->index, leaves.size(),
                                              whence::tlog::LeafHash("not there"), proof->hashes,
                                              root)
                     .ok());
}

void TryWitness(std::string_view text) {
  const auto request = whence::tlog::ParseAddCheckpoint(text);
  if (!request.ok()) return CheckError(request.status());
  whence::fuzz::Feature("request", request->proof.size());
  WHENCE_ASSERT(whence::tlog::FormatAddCheckpoint(*request) == text);
}

void TryJson(std::string_view text) {
  const auto value = whence::tlog::ParseJson(text);
  if (!value.ok()) return CheckError(value.status());
  const auto canonical = whence::tlog::CanonicalJson(*value);
  WHENCE_ASSERT(canonical.ok());
  WHENCE_ASSERT(whence::tlog::IsCanonicalJson(*canonical));
  whence::fuzz::Feature("json", canonical->size() / 8);
  const auto envelope = whence::tlog::ParseDsse(text);
  if (!envelope.ok()) {
    CheckError(envelope.status());
  } else {
    whence::fuzz::Feature("envelope", envelope->signatures.size());
    const VerifierKey key = Signer().verifier();
    WHENCE_ASSERT(!whence::tlog::CheckDsse(*envelope, {&key, 1}).ok());
  }
  const auto statement = whence::tlog::ParseStatement(text);
  if (!statement.ok()) return CheckError(statement.status());
  whence::fuzz::Feature("statement", statement->subjects.size());
  WHENCE_ASSERT(whence::tlog::ParseStatement(*whence::tlog::FormatStatement(*statement)).ok());
}

void TryTiles(std::string_view text) {
  if (const auto request = whence::tlog::ParseTilePath(text); request.ok()) {
    whence::fuzz::Feature("path", request->is_entries);
    WHENCE_ASSERT((request->is_entries
                       ? whence::tlog::EntriesPath(request->tile.index, request->tile.width)
                       : whence::tlog::TilePath(request->tile)) == text);
  } else {
    CheckError(request.status());
  }
  if (const auto entries = whence::tlog::ParseBundle(text, 3); entries.ok()) {
    whence::fuzz::Feature("bundle");
    std::string bundle;
    for (const std::string_view entry : *entries) whence::tlog::AppendToBundle(entry, &bundle);
    WHENCE_ASSERT(bundle == text);
  }
}

void TryKeys(std::string_view text) {
  if (const auto key = VerifierKey::Parse(text); key.ok()) {
    whence::fuzz::Feature("key");
    WHENCE_ASSERT(key->ToText() == text);
  } else {
    CheckError(key.status());
  }
  if (const auto key = whence::tlog::SignerKey::Parse(text); key.ok()) {
    WHENCE_ASSERT(key->ToText() == text);
  } else {
    CheckError(key.status());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TryNote(text);
  TryCheckpoint(text);
  TryProof(text);
  TryWitness(text);
  TryJson(text);
  TryTiles(text);
  TryKeys(text);
  return 0;
}
