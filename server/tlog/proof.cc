#include "tlog/proof.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/encoding.h"
#include "tlog/merkle.h"

namespace whence::tlog {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("TLOG_PROOF_MALFORMED", "proof", message, "See c2sp.org/tlog-proof.");
}

}  // namespace

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text) {
  if (text.size() > kMaxTlogProofBytes) {
    return Malformed(StrCat("has over ", kMaxTlogProofBytes, " bytes"));
  }
  TlogProof proof;
  std::optional<std::string_view> line = TakeLine(text);
  if (line != kHeader) return Malformed(StrCat("does not begin with the line ", kHeader));
  line = TakeLine(text);
  if (line && line->starts_with(kExtra)) {
    proof.extra = DecodeBase64(line->substr(kExtra.size()));
    if (!proof.extra) return Malformed("has extra data that is no base64");
    line = TakeLine(text);
  }
  if (!line || !line->starts_with(kIndex)) return Malformed("has no line with the index");
  const std::optional<uint64_t> index = ParseDecimal(line->substr(kIndex.size()));
  if (!index) return Malformed("has an index that is no number");
  proof.index = *index;
  for (line = TakeLine(text); line && !line->empty(); line = TakeLine(text)) {
    const std::optional<Hash> hash = Hash::FromBase64(*line);
    if (!hash) return Malformed("has a line that is no hash");
    if (proof.hashes.size() == kMaxProofHashes)
      return Malformed("has more hashes than any tree needs");
    proof.hashes.push_back(*hash);
  }
  if (!line) return Malformed("has no checkpoint");
  proof.checkpoint = std::string(text);
  return proof;
}

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text = StrCat(kHeader, "\n");
  if (proof.extra) StrAppend(&text, kExtra, EncodeBase64(*proof.extra), "\n");
  StrAppend(&text, kIndex, proof.index, "\n");
  for (const Hash& hash : proof.hashes) StrAppend(&text, hash.ToBase64(), "\n");
  StrAppend(&text, "\n", proof.checkpoint);
  return text;
}

absl::StatusOr<TrustedCheckpoint> CheckTlogProof(const TlogProof& proof, const Hash& leaf_hash,
                                                 const CheckpointPolicy& policy) {
  WHENCE_ASSIGN_OR_RETURN(TrustedCheckpoint trusted, OpenCheckpoint(proof.checkpoint, policy));
  const Checkpoint& checkpoint = trusted.checkpoint;
  WHENCE_RETURN_IF_ERROR(
      CheckInclusion(proof.index, checkpoint.size, leaf_hash, proof.hashes, checkpoint.root));
  return trusted;
}

}  // namespace whence::tlog
