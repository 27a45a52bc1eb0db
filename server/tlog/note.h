// Signed notes (c2sp.org/signed-note): a text, and under it a line for each signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tlog/note_key.h"

namespace whence::tlog {

// A line under a note. Nothing is known of it but its form: name and id say who claims to have
// signed, and the signature may be of a kind that we do not know.
struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string bytes;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// A signature that holds: by keys[key] of those that were asked about.
struct GoodSignature {
  size_t key = 0;
  // Seconds since 1970, of a cosignature; else 0.
  int64_t time = 0;
};

// Purpose: a note with its signatures, in their order; those that nobody here knows are kept. The
// text says nothing before CheckSignatures. A value; one thread at a time while it is changed.
class Note {
 public:
  // A note without signatures. InvalidArgument NOTE_MALFORMED unless the text is UTF-8 without
  // control characters that ends with a newline, and with its signatures at most kMaxNoteBytes.
  static absl::StatusOr<Note> Make(std::string_view text);
  // A note with at least one signature and at most kMaxNoteSignatures. InvalidArgument
  // NOTE_MALFORMED.
  static absl::StatusOr<Note> Parse(std::string_view note);

  const std::string& text() const { return text_; }
  const std::vector<NoteSignature>& signatures() const { return signatures_; }
  // As Parse takes it, byte for byte what Parse took.
  std::string ToText() const;

  // Signs it, after the others; in place of what this key signed before. `time` (seconds since
  // 1970) is of cosignatures. InvalidArgument NOTE_MALFORMED for the kMaxNoteSignatures + 1st, and
  // CHECKPOINT_MALFORMED where a cosignature would be under something else than a checkpoint.
  absl::Status Sign(const SignerKey& key, int64_t time);
  // Adds somebody else's signature, such as a witness's answer, unless it is there already. Errors
  // as of Sign.
  absl::Status Add(const NoteSignature& signature);

  // The signatures of these keys; each key once. Those of other keys are passed over.
  // InvalidArgument SIGNATURE_INVALID when one that names a key of these does not hold, however
  // many others do, and NOTE_NOT_SIGNED when there is none of these keys.
  absl::StatusOr<std::vector<GoodSignature>> CheckSignatures(
      std::span<const VerifierKey> keys) const;

 private:
  Note() = default;

  std::string text_;
  std::vector<NoteSignature> signatures_;
};

// One line without its end: "— name base64(id, signature)". InvalidArgument NOTE_MALFORMED.
absl::StatusOr<NoteSignature> ParseNoteSignature(std::string_view line);
std::string FormatNoteSignature(const NoteSignature& signature);

}  // namespace whence::tlog
