#include "tlog/note.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "tlog/checkpoint.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

constexpr std::string_view kDash = "\u2014 ";  // before each signature
constexpr size_t kIdBytes = 4;

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("NOTE_MALFORMED", "note", message, "See c2sp.org/signed-note.");
}

// Of a signature's line; as of a key that we know, but of any length.
bool IsSignersName(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const std::optional<char32_t> c = TakeCodePoint(name);
    if (!c || *c < 0x20 || *c == U'+' || *c == char32_t{0x85} || IsSpaceCodePoint(*c)) return false;
  }
  return true;
}

absl::Status CheckText(std::string_view text) {
  if (text.size() > kMaxNoteBytes) {
    return Malformed(StrCat("has over ", kMaxNoteBytes, " bytes"));
  }
  if (!text.ends_with('\n')) return Malformed("has a text that does not end with a newline");
  if (!IsNoteText(text)) {
    return Malformed("is not UTF-8, or has control characters besides its line ends");
  }
  return absl::OkStatus();
}

bool Names(const NoteSignature& signature, const VerifierKey& key) {
  return signature.name == key.name() && signature.key_id == key.id();
}

}  // namespace

absl::StatusOr<NoteSignature> ParseNoteSignature(std::string_view line) {
  if (!line.starts_with(kDash)) return Malformed("has a line of a signature without its dash");
  const std::string_view rest = line.substr(kDash.size());
  const size_t space = rest.find(' ');
  if (space == std::string_view::npos) return Malformed("has a signature without a name");
  const std::string_view name = rest.substr(0, space);
  if (!IsSignersName(name)) return Malformed("has a signature whose name is none");
  const std::optional<std::string> bytes = DecodeBase64(rest.substr(space + 1));
  if (!bytes || bytes->size() <= kIdBytes) {
    return Malformed(StrCat("has a signature of ", QuoteForMessage(name), " that is no base64"));
  }
  const std::string_view view(*bytes);
  return NoteSignature{std::string(name), FromBigEndian32(view.substr(0, kIdBytes)),
                       std::string(view.substr(kIdBytes))};
}

std::string FormatNoteSignature(const NoteSignature& signature) {
  return StrCat(kDash, signature.name, " ",
                EncodeBase64(StrCat(BigEndian32(signature.key_id), signature.bytes)));
}

absl::StatusOr<Note> Note::Make(std::string_view text) {
  WHENCE_RETURN_IF_ERROR(CheckText(text));
  Note note;
  note.text_ = std::string(text);
  return note;
}

absl::StatusOr<Note> Note::Parse(std::string_view text) {
  WHENCE_RETURN_IF_ERROR(CheckText(text));
  // The last empty line is what separates them: a signature's line is never empty.
  const size_t end = text.rfind("\n\n");
  if (end == std::string_view::npos) return Malformed("has no empty line before its signatures");
  Note note;
  note.text_ = std::string(text.substr(0, end + 1));
  std::string_view rest = text.substr(end + 2);
  while (const std::optional<std::string_view> line = TakeLine(rest)) {
    if (note.signatures_.size() == kMaxNoteSignatures) {
      return Malformed(StrCat("has over ", kMaxNoteSignatures, " signatures"));
    }
    WHENCE_ASSIGN_OR_RETURN(NoteSignature signature, ParseNoteSignature(*line));
    note.signatures_.push_back(std::move(signature));
  }
  if (note.signatures_.empty()) return Malformed("has no signature");
  return note;
}

std::string Note::ToText() const {
  std::string text = StrCat(text_, "\n");
  for (const NoteSignature& signature : signatures_) {
    StrAppend(&text, FormatNoteSignature(signature), "\n");
  }
  return text;
}

absl::Status Note::Sign(const SignerKey& key, int64_t time) {
  const VerifierKey& verifier = key.verifier();
  if (verifier.type() == KeyType::kCosignature) {
    WHENCE_RETURN_IF_ERROR(ParseCheckpoint(text_).status());
  }
  const auto mine = [&verifier](const NoteSignature& signature) {
    return Names(signature, verifier);
  };
  signatures_.erase(std::remove_if(signatures_.begin(), signatures_.end(), mine),
                    signatures_.end());
  return Add({verifier.name(), verifier.id(), key.SignNote(text_, time)});
}

absl::Status Note::Add(const NoteSignature& signature) {
  if (std::find(signatures_.begin(), signatures_.end(), signature) != signatures_.end()) {
    return absl::OkStatus();
  }
  if (signatures_.size() == kMaxNoteSignatures) {
    return Malformed(StrCat("would have over ", kMaxNoteSignatures, " signatures"));
  }
  signatures_.push_back(signature);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GoodSignature>> Note::CheckSignatures(
    std::span<const VerifierKey> keys) const {
  std::vector<GoodSignature> good;
  for (const NoteSignature& signature : signatures_) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!Names(signature, keys[i])) continue;
      if (keys[i].type() == KeyType::kCosignature) {
        WHENCE_RETURN_IF_ERROR(ParseCheckpoint(text_).status());
      }
      WHENCE_ASSIGN_OR_RETURN(const int64_t time, keys[i].CheckNote(text_, signature.bytes));
      const bool is_new = std::none_of(good.begin(), good.end(),
                                       [i](const GoodSignature& other) { return other.key == i; });
      if (is_new) good.push_back({i, time});
    }
  }
  if (good.empty()) {
    return InvalidArgument("NOTE_NOT_SIGNED", "note", "has no signature of a key that was given",
                           "Give the key of who signed it, as `whence audit key` prints it.");
  }
  return good;
}

}  // namespace whence::tlog
