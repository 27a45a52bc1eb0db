#include "cli/audit/trust.h"

#include <algorithm>
#include <sstream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/files.h"
#include "tlog/note.h"

namespace whence::cli {
namespace {

constexpr std::string_view kEndorsement = "whence ledger key";

// Whether one of `keys` has signed that `next` takes its place.
bool Endorsed(const v1::LedgerKey& next, const std::string& origin,
              const std::vector<tlog::VerifierKey>& keys) {
  const absl::StatusOr<tlog::Note> note = tlog::Note::Parse(next.endorsement());
  if (!note.ok() || !note->CheckSignatures(keys).ok()) return false;
  const std::vector<std::string> lines = absl::StrSplit(note->text(), '\n');
  return lines.size() >= 3 && lines[0] == kEndorsement && lines[1] == origin &&
         lines[2] == next.vkey();
}

absl::StatusOr<tlog::VerifierKey> ParseKey(std::string_view text) {
  absl::StatusOr<tlog::VerifierKey> key = tlog::VerifierKey::Parse(text);
  if (key.ok()) return key;
  return LocalError(StrCat("no public key: ", ToStd(key.status().message())),
                    "a public key is one line, name+id+base64, as 'whence audit key' prints it");
}

}  // namespace

std::string KeyName(const tlog::VerifierKey& key) {
  return StrCat(key.name(), "+", absl::StrFormat("%08x", key.id()));
}

absl::StatusOr<tlog::VerifierKey> ReadKey(const std::string& text_or_file) {
  if (tlog::VerifierKey::Parse(text_or_file).ok()) return ParseKey(text_or_file);
  std::istringstream nothing;
  WHENCE_ASSIGN_OR_RETURN(std::string file, ReadFile(text_or_file, nothing, kMaxNoteBytes));
  while (!file.empty() && (file.back() == '\n' || file.back() == '\r')) file.pop_back();
  return ParseKey(file);
}

absl::StatusOr<Trust> TrustIn(const v1::ListKeysResponse& log, const std::string& given,
                              const std::vector<std::string>& witnesses, int64_t quorum) {
  Trust trust;
  trust.own_word = given.empty();
  trust.policy.quorum = static_cast<size_t>(quorum);
  for (const std::string& text : witnesses) {
    WHENCE_ASSIGN_OR_RETURN(tlog::VerifierKey witness, ReadKey(text));
    if (witness.type() != tlog::KeyType::kCosignature) {
      // A log's own signature says nothing of what somebody else has seen.
      return LocalError(StrCat(text, " is no witness's key: it does not make cosignatures"),
                        "give the witness's own public key (cosignature/v1)");
    }
    trust.policy.witnesses.push_back(std::move(witness));
  }
  std::vector<tlog::VerifierKey>& keys = trust.policy.logs;
  if (!given.empty()) {
    WHENCE_ASSIGN_OR_RETURN(tlog::VerifierKey key, ReadKey(given));
    trust.policy.origin = key.name();
    keys.push_back(std::move(key));
  } else {
    trust.policy.origin = log.origin();
  }
  for (const v1::LedgerKey& next : log.keys()) {
    const absl::StatusOr<tlog::VerifierKey> key = tlog::VerifierKey::Parse(next.vkey());
    if (!key.ok() || std::find(keys.begin(), keys.end(), *key) != keys.end()) continue;
    if (trust.own_word || Endorsed(next, trust.policy.origin, keys)) keys.push_back(*key);
  }
  if (!keys.empty()) return trust;
  return LocalError("the ledger's public key is not known", "give it with --key VKEY");
}

}  // namespace whence::cli
