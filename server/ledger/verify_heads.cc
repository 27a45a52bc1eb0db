#include "ledger/verify_heads.h"

#include <algorithm>

#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/signer.h"
#include "tlog/note.h"

namespace whence::ledger::internal {
namespace {

constexpr sql::Query kCheckpoints{"SELECT size, note FROM ledger_checkpoint ORDER BY size"};
constexpr sql::Query kWitnesses{"SELECT vkey, size, note FROM ledger_witness ORDER BY vkey"};

// Whether `before` vouches for the key, in just these words (docs/ledger.md).
bool IsEndorsed(const LogKey& key, const tlog::VerifierKey& before, std::string_view origin) {
  const absl::StatusOr<tlog::Note> note = tlog::Note::Parse(key.endorsement);
  return note.ok() && note->signatures().size() == 1 && note->CheckSignatures({&before, 1}).ok() &&
         note->text() == StrCat("whence ledger key\n", origin, "\n", key.vkey, "\nfrom size ",
                                key.from_size, "\n");
}

bool AllBy(const std::vector<tlog::VerifierKey>& keys, const tlog::Note& note) {
  return std::all_of(note.signatures().begin(), note.signatures().end(),
                     [&](const tlog::NoteSignature& signature) {
                       return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
                         return key.name() == signature.name && key.id() == signature.key_id;
                       });
                     });
}

// "entry 5", "entries 5 to 9".
std::string NameOf(uint64_t first, uint64_t last) {
  return first == last ? StrCat("entry ", first) : StrCat("entries ", first, " to ", last);
}

}  // namespace

void HeadCheck::Add(const tlog::Checkpoint& head, std::string_view whose) {
  heads_.emplace(head.size, Head{.root = head.root, .whose = std::string(whose)});
  ++count_;
}

absl::Status HeadCheck::Read(sql::Connection& connection, const LogName& name,
                             std::string_view signed_file) {
  policy_ = {.origin = name.origin, .logs = {}, .witnesses = {}};
  WHENCE_RETURN_IF_ERROR(ReadKeys(connection));
  WHENCE_RETURN_IF_ERROR(ReadStored(connection));
  WHENCE_RETURN_IF_ERROR(ReadWitnesses(connection));
  if (signed_file.empty()) return absl::OkStatus();
  const auto trusted = tlog::OpenCheckpoint(signed_file, policy_);
  if (trusted.ok()) {
    Add(trusted->checkpoint, "head in ledger.signed");
  } else {
    findings_.Add(kNoPosition, "ledger.signed is not a head that the ledger's key signed");
  }
  return absl::OkStatus();
}

absl::Status HeadCheck::ReadKeys(sql::Connection& connection) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<LogKey> keys, ListKeys(connection));
  int64_t number = 0;
  bool follows = false;  // the key before is one, and the last of `logs`
  for (const LogKey& key : keys) {
    if (key.number != ++number) {
      findings_.Add(kNoPosition, StrCat("public key ", key.number, " of the ledger stands where ",
                                        number, " should"));
      number = key.number;
    }
    // Without a word of the key before it is a new beginning, which who trusted that one sees.
    if (!key.endorsement.empty() &&
        !(follows && IsEndorsed(key, policy_.logs.back(), policy_.origin))) {
      findings_.Add(kNoPosition, StrCat("what is said for public key ", key.number,
                                        " of the ledger was not signed by the key before"));
    }
    const auto parsed = tlog::VerifierKey::Parse(key.vkey);
    follows = parsed.ok() && parsed->name() == policy_.origin;
    if (follows) {
      policy_.logs.push_back(*parsed);
    } else {
      findings_.Add(kNoPosition, StrCat("public key ", key.number, " of the ledger is none"));
    }
  }
  return absl::OkStatus();
}

absl::Status HeadCheck::ReadStored(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kCheckpoints);
  while (rows.Next()) {
    const auto trusted = tlog::OpenCheckpoint(rows.Text(1), policy_);
    bool holds = trusted.ok() && static_cast<int64_t>(trusted->checkpoint.size) == rows.Int64(0);
    // Readers pass over signatures of keys that they do not know; the server writes none.
    holds = holds && AllBy(policy_.logs, trusted->note);
    if (holds) {
      Add(trusted->checkpoint, "stored checkpoint");
    } else {
      findings_.Add(kNoPosition, StrCat("the stored checkpoint of ", rows.Int64(0),
                                        " entries is not one that the ledger's key signed"));
    }
  }
  return rows.status();
}

absl::Status HeadCheck::ReadWitnesses(sql::Connection& connection) {
  tlog::CheckpointPolicy policy = policy_;
  policy.quorum = 1;
  sql::Rows rows = connection.Run(kWitnesses);
  while (rows.Next()) {
    const auto key = tlog::VerifierKey::Parse(rows.Text(0));
    if (key.ok()) {
      policy.witnesses = {*key};
      const auto trusted = tlog::OpenCheckpoint(rows.Text(2), policy);
      if (trusted.ok() && static_cast<int64_t>(trusted->checkpoint.size) == rows.Int64(1)) {
        Add(trusted->checkpoint, "checkpoint that a witness cosigned");
        continue;
      }
    }
    findings_.Add(kNoPosition, StrCat("the stored checkpoint of ", rows.Int64(1),
                                      " entries is not one that the witness ",
                                      key.ok() ? key->name() : "beside it", " cosigned"));
  }
  return rows.status();
}

void HeadCheck::Compare(uint64_t size, const tlog::Hash& head) {
  if (!Waits(size)) return;
  bool holds = false;
  for (auto waiting = heads_.begin(); waiting != heads_.end() && waiting->first == size;) {
    if (waiting->second.root == head) {
      holds = true;
    } else {
      AddWrong(size, waiting->second.whose);
    }
    waiting = heads_.erase(waiting);
  }
  compared_ = size;
  if (holds) held_ = size;
}

// All that come after one that does not hold do not hold either, mostly: they are one finding.
void HeadCheck::AddWrong(uint64_t size, const std::string& whose) {
  for (Wrong& wrong : wrong_) {
    if (wrong.held == held_ && wrong.whose == whose) {
      ++wrong.count;
      return;
    }
  }
  wrong_.push_back({.held = held_, .size = size, .count = 1, .whose = whose});
}

void HeadCheck::TellWrong(const Wrong& wrong) {
  const uint64_t first = wrong.held + 1;
  auto position = static_cast<Position>(first);
  const auto differs = differs_.find(wrong.held);
  if (differs != differs_.end() && differs->second <= static_cast<Position>(wrong.size)) {
    position = differs->second;
  }
  std::string what =
      StrCat("the ", wrong.whose, " of ", wrong.size, " entries has another head than they have: ");
  if (wrong.size == 0) {
    findings_.Add(kNoPosition, StrCat(what, "there is only one of none"));
    return;
  }
  if (first >= wrong.size) {
    StrAppend(&what, "the last of them is another");
  } else {
    StrAppend(&what, "the first that is another is one of ", first, " to ", wrong.size);
  }
  if (wrong.count > 1) StrAppend(&what, ", and so have ", wrong.count - 1, " larger ones");
  if (held_ > wrong.size) {
    StrAppend(&what, "; the one of ", held_, " is theirs, so two histories were signed");
  }
  findings_.Add(position, what);
}

void HeadCheck::TellLost(uint64_t size) {
  std::map<std::string_view, uint64_t> largest;
  for (const auto& [head_size, head] : heads_) largest[head.whose] = head_size;
  for (const auto& [whose, head_size] : largest) {
    findings_.Add(static_cast<Position>(size) + 1,
                  StrCat("entries were taken away: the tree has ", size, ", and the ", whose,
                         " has ", head_size));
  }
}

void HeadCheck::End(uint64_t size, std::vector<std::string>* unchecked) {
  for (const Wrong& wrong : wrong_) TellWrong(wrong);
  TellLost(size);
  if (compared_ < size) {
    unchecked->push_back(StrCat(NameOf(compared_ + 1, size), ": no signed head has ",
                                compared_ + 1 == size ? "it" : "them"));
  }
}

}  // namespace whence::ledger::internal
