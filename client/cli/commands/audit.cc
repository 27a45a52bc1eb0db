// whence audit: log show checkpoint export key; audit_tail.cc, audit_prove.cc and verify.cc have
// the rest.

#include <algorithm>
#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/audit/exporter.h"
#include "cli/commands/audit_flags.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/records/audit.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

const FormatSet kCardFormats = {Format::kTable, Format::kJson, Format::kYaml};

// --- log ---

struct LogFlags {
  EntryFilters filters;
  std::string from;
  std::string to;
  std::string as_of;
  bool oldest_first = false;
  int64_t limit = 0;
};

absl::StatusOr<v1::ListEntriesRequest> BuildLog(const LogFlags& flags) {
  v1::ListEntriesRequest request;
  WHENCE_RETURN_IF_ERROR(flags.filters.Apply(request));
  request.set_oldest_first(flags.oldest_first);
  if (!flags.from.empty()) {
    const absl::StatusOr<absl::Time> from = ParseTime(flags.from);
    if (!from.ok()) return UsageOf(from.status(), "--from");
    *request.mutable_start_time() = ToTimestamp(*from);
  }
  if (!flags.to.empty()) {
    const absl::StatusOr<absl::Time> to = ParseTime(flags.to);
    if (!to.ok()) return UsageOf(to.status(), "--to");
    *request.mutable_end_time() = ToTimestamp(*to);
  }
  WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
  return request;
}

void AddLog(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "log", "The record of what happened, newest first");
  auto flags = std::make_shared<LogFlags>();
  command.Formats(kListFormats)
      .About(
          "Who may manage the metastore reads the whole record, everybody else the entries of "
          "their own doing.")
      .Example("whence audit log --resource prod.fraud.scores --actor user:ana --from 2026-02-01")
      .Example("whence audit log --kind denied --limit 20");
  flags->filters.AddTo(command);
  command.Flag(flags->from, "--from", "TIME", "Only at this time or later");
  command.Flag(flags->to, "--to", "TIME", "Only before this time");
  command.Switch(flags->oldest_first, "--oldest-first", "Begin at the beginning");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(v1::ListEntriesRequest request, BuildLog(*flags));
    ListPrinter<v1::LedgerEntry> printer(app, "entries", EntryColumns());
    bool own_only = false;
    WHENCE_RETURN_IF_ERROR(PrintList(
        app, kListEntries, request,
        [&own_only](const v1::ListEntriesResponse& page) -> const auto& {
          own_only = page.own_only();
          return page.entries();
        },
        {flags->limit, "entries"}, printer));
    if (own_only) app.Note("these are the entries of your own doing; the rest needs MANAGE");
    return absl::OkStatus();
  });
}

// --- show ---

void AddShow(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "show", "One entry, with the bytes that were hashed");
  struct Flags {
    std::string position;
    bool proof = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kCardFormats)
      .Example("whence audit show 3977")
      .Example("whence audit show 3977 --proof -o json")
      .Argument(flags->position, "position", "Its position");
  command.Switch(flags->proof, "--proof", "With its proof (json, yaml)");
  command.Does([flags](App& app) -> absl::Status {
    v1::GetEntryRequest request;
    WHENCE_ASSIGN_OR_RETURN(const int64_t position, ParsePosition(flags->position, "POSITION"));
    request.set_position(position);
    request.set_with_proof(flags->proof);
    WHENCE_ASSIGN_OR_RETURN(const v1::LedgerEntry entry, app.Call(kGetEntry, request));
    return PrintRecord(app, entry, EntryCard(entry), EntryColumns());
  });
}

// --- checkpoint ---

// For programs: the head, and what became of the witnesses that were asked to cosign it.
void PrintCheckpoint(App& app, const v1::Checkpoint& head,
                     const v1::ListWitnessesResponse& witnesses) {
  Json json = ToJson(head);
  Json list = Json::Array();
  for (const v1::Witness& witness : witnesses.witnesses()) list.items.push_back(ToJson(witness));
  json.members.emplace_back("witnesses", std::move(list));
  app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                              : WriteJson(json, /*pretty=*/true) + "\n");
}

void AddCheckpoint(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "checkpoint", "The ledger's signed head, and who has cosigned it");
  struct Flags {
    bool now = false;
    bool cosigned = false;
    std::string file;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kCardFormats)
      .About(
          "Keep one, and 'whence audit verify --since FILE' tells later whether the history before "
          "it was changed.")
      .Example("whence audit checkpoint --now --file my-checkpoint.txt");
  command.Switch(flags->now, "--now", "One that holds all that is answered by now");
  command.Switch(flags->cosigned, "--cosigned", "The newest that a witness has cosigned");
  command.Flag(flags->file, "--file", "FILE", "Write the signed note there, and nothing else",
               Complete::kFile);
  command.Does([flags](App& app) -> absl::Status {
    if (flags->now && flags->cosigned) {
      return UsageError("--now and --cosigned exclude each other",
                        "witnesses are asked after a head was signed");
    }
    v1::GetCheckpointRequest request;
    request.set_now(flags->now);
    request.set_cosigned(flags->cosigned);
    WHENCE_ASSIGN_OR_RETURN(const v1::Checkpoint head, app.Call(kGetCheckpoint, request));
    if (!flags->file.empty()) {
      WHENCE_RETURN_IF_ERROR(WriteFileAtomically(flags->file, head.note()));
      app.Say(StrCat("kept the head of ", CountOf(head.size(), "entry", "entries"), " in ",
                     flags->file));
      return absl::OkStatus();
    }
    WHENCE_ASSIGN_OR_RETURN(const v1::ListWitnessesResponse witnesses,
                            app.Call(kListWitnesses, v1::ListWitnessesRequest()));
    if (app.format() != Format::kTable) {
      PrintCheckpoint(app, head, witnesses);
      return absl::OkStatus();
    }
    CheckpointCard(head, witnesses).Print(app.out(), app.out_styler(), app.display().width);
    return absl::OkStatus();
  });
}

// --- key ---

void AddKey(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "key", "The public key that checks the ledger");
  struct Flags {
    bool all = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .About("One line, name+id+base64: give it to whoever checks the ledger.")
      .Example("whence audit key > ledger.vkey")
      .Example("whence audit key --all", "with those before it");
  command.Switch(flags->all, "--all", "All keys that the ledger had, the oldest first");
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const v1::ListKeysResponse keys,
                            app.Call(kListKeys, v1::ListKeysRequest()));
    if (!keys.problem().empty()) app.Warn(StrCat("nothing is signed at present: ", keys.problem()));
    if (keys.keys().empty()) return LocalError("the ledger has no key");
    if (!flags->all && app.format() == Format::kTable) {
      app.out() << keys.keys().rbegin()->vkey() << '\n';
      return absl::OkStatus();
    }
    ListPrinter<v1::LedgerKey> printer(app, "keys", KeyColumns());
    for (const v1::LedgerKey& key : keys.keys()) printer.Add(key);
    printer.EndPage();
    printer.End("");
    return absl::OkStatus();
  });
}

// --- export ---

void AddExport(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "export", "Write the ledger to a folder: tiles, entries, head, keys");
  auto flags = std::make_shared<LedgerExport>();
  command.Formats(kCardFormats)
      .About(
          "The folder is what C2SP's tlog-tiles serves; any web server can serve it. A later "
          "export into the same folder adds what is new.")
      .Example("whence audit export ./ledger")
      .Example("whence audit export ./ledger --tables",
               "with a copy of the tables, so that they can be checked as well")
      .Argument(flags->folder, "folder", "Folder to write to", Complete::kFolder);
  command.Switch(flags->tables, "--tables",
                 "With a copy of the database: it holds everything that the server holds");
  command.Does([flags](App& app) { return ExportLedger(app, *flags); });
}

}  // namespace

void AddAuditCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("audit", "The ledger: what happened, and proofs of it");
  AddLog(tree, group);
  AddShow(tree, group);
  AddTailCommand(tree, group);
  AddProveCommand(tree, group);
  AddVerifyCommand(tree, group);
  AddCheckpoint(tree, group);
  AddExport(tree, group);
  AddKey(tree, group);
}

}  // namespace whence::cli
