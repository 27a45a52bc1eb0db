// whence audit prove.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/audit/head_check.h"
#include "cli/audit/statement_check.h"
#include "cli/commands/audit_flags.h"
#include "cli/files.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct ProveFlags {
  std::string what;
  std::string from;
  std::string to;
  std::string file;
};

absl::Status ProveEntry(App& app, const ProveFlags& flags) {
  constexpr std::string_view kPrediction = "prediction:";
  v1::GetProofRequest request;
  std::string file = flags.file;
  if (flags.what.starts_with(kPrediction)) {
    request.set_prediction(flags.what.substr(kPrediction.size()));
    if (file.empty()) file = StrCat(request.prediction(), ".tlog-proof");
  } else {
    WHENCE_ASSIGN_OR_RETURN(const int64_t position, ParsePosition(flags.what, "WHAT"));
    request.set_position(position);
    if (file.empty()) file = StrCat(position, ".tlog-proof");
  }
  WHENCE_ASSIGN_OR_RETURN(const v1::LedgerProof proof, app.Call(kGetProof, request));
  if (app.format() != Format::kTable) {
    PrintMessage(app, proof);
    if (flags.file.empty()) return absl::OkStatus();
  }
  WHENCE_ASSIGN_OR_RETURN(const v1::ListKeysResponse keys,
                          app.Call(kListKeys, v1::ListKeysRequest()));
  WHENCE_ASSIGN_OR_RETURN(const std::string text, FormatProof(proof, keys));
  if (file == "-") {
    app.out() << text;
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(WriteFileAtomically(file, text));
  app.Say(StrCat("wrote the proof of entry ", HumanCount(proof.position()), " in a ledger of ",
                 HumanCount(proof.checkpoint().size()), " to ", file));
  return absl::OkStatus();
}

absl::StatusOr<v1::ConsistencyProof> GetGrowth(App& app, int64_t from, int64_t to) {
  v1::GetConsistencyProofRequest request;
  request.set_old_size(from);
  request.set_new_size(to);
  WHENCE_ASSIGN_OR_RETURN(v1::ConsistencyProof proof, app.Call(kGetConsistencyProof, request));
  if (proof.old_size() != from || proof.new_size() != to) {
    return LocalError("the server's proof is of other sizes than were asked for");
  }
  WHENCE_RETURN_IF_ERROR(CheckConsistencyProof(proof));
  return proof;
}

// That the larger tree is one that the server has signed, or that what it has signed continues it.
absl::Status CheckAgainst(App& app, const v1::Checkpoint& head, const v1::ConsistencyProof& proof) {
  std::string root = proof.new_root();
  if (proof.new_size() < head.size()) {
    WHENCE_ASSIGN_OR_RETURN(const v1::ConsistencyProof rest,
                            GetGrowth(app, proof.new_size(), head.size()));
    if (rest.old_root() != root) return LocalError("the server's proofs are of different ledgers");
    root = rest.new_root();
  }
  if (root == head.root()) return absl::OkStatus();
  return LocalError("the server's proof is of another ledger than the one that it has signed",
                    "check the whole ledger: whence audit verify");
}

absl::Status ProveGrowth(App& app, const ProveFlags& flags) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t from, ParsePosition(flags.from, "--from"));
  if (from < 1) {
    return UsageError("--from: every ledger continues that of 0 entries",
                      "give a number of entries from 1");
  }
  v1::GetCheckpointRequest now;
  now.set_now(true);
  WHENCE_ASSIGN_OR_RETURN(const v1::Checkpoint head, app.Call(kGetCheckpoint, now));
  int64_t to = head.size();
  if (!flags.to.empty()) {
    WHENCE_ASSIGN_OR_RETURN(to, ParsePosition(flags.to, "--to"));
  }
  if (from > to || to > head.size()) {
    return UsageError(
        StrCat("from ", HumanCount(from), " to ", HumanCount(to),
               " entries: sizes do not decrease, and the ledger has ", HumanCount(head.size())),
        "a proof leads from an earlier size of the ledger to a later one");
  }
  WHENCE_ASSIGN_OR_RETURN(const v1::ConsistencyProof proof, GetGrowth(app, from, to));
  WHENCE_RETURN_IF_ERROR(CheckAgainst(app, head, proof));
  if (app.format() != Format::kTable) PrintMessage(app, proof);
  const std::string text = FormatConsistencyProof(proof, head.origin());
  if (flags.file.empty() || flags.file == "-") {
    if (app.format() == Format::kTable) app.out() << text;
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(WriteFileAtomically(flags.file, text));
  app.Say(StrCat("wrote the proof that the ledger of ", CountOf(to, "entry", "entries"),
                 " begins with that of ", HumanCount(from), " to ", flags.file));
  return absl::OkStatus();
}

absl::Status Prove(App& app, const ProveFlags& flags) {
  if (!flags.to.empty() && flags.from.empty()) {
    return UsageError("--to says where a proof ends that begins at --from",
                      "write: whence audit prove --from SIZE --to SIZE");
  }
  if (flags.what.empty() == flags.from.empty()) {
    return UsageError("say what to prove: WHAT, or --from SIZE",
                      "write: whence audit prove 3977, or whence audit prove --from 3977");
  }
  return flags.from.empty() ? ProveEntry(app, flags) : ProveGrowth(app, flags);
}

}  // namespace

void AddProveCommand(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(
      group, "prove", "Write a proof: of an entry, or that nothing of the ledger was changed");
  auto flags = std::make_shared<ProveFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "Of an entry the file is C2SP's tlog-proof, with the entry in it; 'whence audit verify "
          "FILE' checks it without any server. Of a prediction it proves which row of its entry it "
          "is. With --from it is the proof that the ledger of one size begins with that of a "
          "smaller one; it is checked before it is shown.")
      .Example("whence audit prove 3977")
      .Example("whence audit prove prediction:p-1 --file p-1.tlog-proof")
      .Example("whence audit prove --from 3977 --to 4102")
      .OptionalArgument(flags->what, "what", "A position, or prediction:ID", Complete::kPrediction);
  command.Flag(flags->from, "--from", "SIZE", "Entries that the smaller ledger had");
  command.Flag(flags->to, "--to", "SIZE", "Entries of the larger one; without it all of now");
  command.Flag(flags->file, "--file", "FILE",
               "Where to; without it an entry's goes to WHAT.tlog-proof and others to standard "
               "output, as do json and yaml; - for standard output",
               Complete::kFile);
  command.Does([flags](App& app) { return Prove(app, *flags); });
}

}  // namespace whence::cli
