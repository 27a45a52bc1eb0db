#include "cli/audit/head_check.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/text/human.h"
#include "tlog/encoding.h"
#include "tlog/hash.h"
#include "tlog/merkle.h"

namespace whence::cli {
namespace {

std::optional<tlog::Hash> HashOfHex(const std::string& hex) {
  const bool digits = hex.size() == 2 * tlog::kHashBytes &&
                      std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit);
  return digits ? tlog::Hash::FromBytes(absl::HexStringToBytes(hex)) : std::nullopt;
}

// Nothing where one of them is no hash.
std::optional<std::vector<tlog::Hash>> HashesOf(const v1::ConsistencyProof& proof) {
  std::vector<tlog::Hash> hashes;
  for (const std::string& bytes : proof.hashes()) {
    const auto hash = tlog::Hash::FromBytes(bytes);
    if (!hash.has_value()) return std::nullopt;
    hashes.push_back(*hash);
  }
  return hashes;
}

bool Shows(const v1::ConsistencyProof& proof, uint64_t old_size, uint64_t new_size,
           const tlog::Hash& old_root, const tlog::Hash& new_root) {
  const std::optional<std::vector<tlog::Hash>> hashes = HashesOf(proof);
  return hashes.has_value() &&
         tlog::CheckConsistency(old_size, new_size, old_root, new_root, *hashes).ok();
}

}  // namespace

bool IsCut(const tlog::Checkpoint& head, const KeptHead& kept, AuditReport* report) {
  if (kept.checkpoint.size <= head.size) return false;
  report->Fail(
      static_cast<int64_t>(head.size) + 1,
      StrCat("the ledger has ", CountOf(static_cast<int64_t>(head.size), "entry", "entries"), "; ",
             kept.file, " has ", HumanCount(static_cast<int64_t>(kept.checkpoint.size)),
             ": entries were taken away"));
  return true;
}

absl::Status CheckGrowth(LogSource& source, const tlog::Checkpoint& head,
                         const std::vector<KeptHead>& kept, AuditReport* report) {
  for (const KeptHead& one : kept) {
    if (IsCut(head, one, report)) continue;
    const uint64_t size = one.checkpoint.size;
    bool holds = one.checkpoint.root == head.root;
    if (size == 0) {
      holds = true;  // everything continues the empty tree
    } else if (size < head.size) {
      WHENCE_ASSIGN_OR_RETURN(const v1::ConsistencyProof proof,
                              source.Consistency(size, head.size));
      holds = Shows(proof, size, head.size, one.checkpoint.root, head.root);
    }
    if (holds) continue;
    report->Fail(static_cast<int64_t>(size),
                 StrCat("the first ", CountOf(static_cast<int64_t>(size), "entry", "entries"),
                        " are not those of ", one.file));
  }
  const auto heads = std::ssize(kept) + 1;
  report->Looked(heads == 1 ? "checkpoint" : "checkpoints", heads);
  return absl::OkStatus();
}

absl::Status CheckConsistencyProof(const v1::ConsistencyProof& proof) {
  const std::optional<tlog::Hash> old_root = HashOfHex(proof.old_root());
  const std::optional<tlog::Hash> new_root = HashOfHex(proof.new_root());
  if (old_root.has_value() && new_root.has_value() &&
      Shows(proof, static_cast<uint64_t>(proof.old_size()), static_cast<uint64_t>(proof.new_size()),
            *old_root, *new_root)) {
    return absl::OkStatus();
  }
  return LocalError(StrCat("the server's proof does not show that the ledger of ",
                           CountOf(proof.new_size(), "entry", "entries"), " begins with that of ",
                           HumanCount(proof.old_size())),
                    "check the whole ledger: whence audit verify");
}

std::string FormatConsistencyProof(const v1::ConsistencyProof& proof, const std::string& origin) {
  const auto root = [](const std::string& hex) {
    return tlog::EncodeBase64(absl::HexStringToBytes(hex));
  };
  std::string text =
      StrCat("whence.dev/consistency-proof@v1\n", origin, "\nold ", proof.old_size(), " ",
             root(proof.old_root()), "\nnew ", proof.new_size(), " ", root(proof.new_root()), "\n");
  for (const std::string& hash : proof.hashes()) {
    StrAppend(&text, tlog::EncodeBase64(hash), "\n");
  }
  return text;
}

}  // namespace whence::cli
