#include "tlog/checkpoint.h"

#include <optional>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("CHECKPOINT_MALFORMED", "checkpoint", message,
                         "See c2sp.org/tlog-checkpoint: origin, size and root, a line each.");
}

bool IsLine(std::string_view text) {
  return !text.empty() && text.find('\n') == std::string_view::npos && IsNoteText(text);
}

// What the keys of one side have signed; none is no error.
absl::StatusOr<std::vector<GoodSignature>> SignaturesOf(const Note& note,
                                                        std::span<const VerifierKey> keys) {
  absl::StatusOr<std::vector<GoodSignature>> good = note.CheckSignatures(keys);
  if (!good.ok() && GetErrorDetail(good.status()).reason == "NOTE_NOT_SIGNED") {
    return std::vector<GoodSignature>();
  }
  return good;
}

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (!IsNoteText(text)) return Malformed("is not UTF-8, or has control characters");
  Checkpoint checkpoint;
  const std::optional<std::string_view> origin = TakeLine(text);
  if (!origin || origin->empty()) return Malformed("has no origin in its first line");
  checkpoint.origin = std::string(*origin);
  const std::optional<std::string_view> size_line = TakeLine(text);
  const std::optional<uint64_t> size = size_line ? ParseDecimal(*size_line) : std::nullopt;
  if (!size) return Malformed("has no size in its second line");
  checkpoint.size = *size;
  const std::optional<std::string_view> root_line = TakeLine(text);
  const std::optional<Hash> root = root_line ? Hash::FromBase64(*root_line) : std::nullopt;
  if (!root) return Malformed("has no root hash in its third line");
  checkpoint.root = *root;
  if (checkpoint.size == 0 && checkpoint.root != EmptyRoot()) {
    return Malformed("is of an empty tree, which has another root");
  }
  while (const std::optional<std::string_view> line = TakeLine(text)) {
    if (line->empty()) return Malformed("has an empty line");
    checkpoint.extensions.emplace_back(*line);
  }
  if (!text.empty()) return Malformed("does not end with a newline");
  return checkpoint;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  WHENCE_ASSERT(IsLine(checkpoint.origin));
  std::string text =
      StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", checkpoint.root.ToBase64(), "\n");
  for (const std::string& extension : checkpoint.extensions) {
    WHENCE_ASSERT(IsLine(extension));
    StrAppend(&text, extension, "\n");
  }
  return text;
}

absl::StatusOr<TrustedCheckpoint> OpenCheckpoint(std::string_view text,
                                                 const CheckpointPolicy& policy) {
  WHENCE_ASSIGN_OR_RETURN(Note note, Note::Parse(text));
  WHENCE_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text()));
  // Before any name in it is shown, which is an attacker's until a signature holds.
  WHENCE_RETURN_IF_ERROR(note.CheckSignatures(policy.logs).status());
  if (checkpoint.origin != policy.origin) {
    return InvalidArgument("CHECKPOINT_OTHER_LOG", "checkpoint",
                           StrCat("is of the log ", QuoteForMessage(checkpoint.origin), ", not ",
                                  QuoteForMessage(policy.origin)),
                           "Name the log that it is of, if you trust that.");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<GoodSignature> witnessed,
                          SignaturesOf(note, policy.witnesses));
  TrustedCheckpoint trusted{std::move(checkpoint), std::move(note), {}};
  std::set<std::string_view> seen;
  for (const GoodSignature& signature : witnessed) {
    const VerifierKey& witness = policy.witnesses[signature.key];
    trusted.cosigned.push_back({witness.name(), signature.time});
    seen.insert(witness.public_key());
  }
  if (seen.size() < policy.quorum) {
    return InvalidArgument(
        "WITNESSES_TOO_FEW", "checkpoint",
        StrCat("is cosigned by ", seen.size(), " witnesses; ", policy.quorum, " are asked for"),
        "Ask again later, or ask the witnesses what they saw.");
  }
  return trusted;
}

}  // namespace whence::tlog
