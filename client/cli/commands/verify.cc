// whence audit verify.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/audit/database_check.h"
#include "cli/audit/head_check.h"
#include "cli/audit/report.h"
#include "cli/audit/source.h"
#include "cli/audit/statement_check.h"
#include "cli/audit/tree_check.h"
#include "cli/audit/trust.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct VerifyFlags {
  std::string source;
  std::vector<std::string> since;
  std::string key;
  std::vector<std::string> witnesses;
  int64_t quorum = 0;
  std::string authorities;
  bool no_tables = false;
};

// A folder of its own for a copy of a database, which holds everything: for its owner's eyes.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  absl::Status Make() {
    std::error_code error;
    std::string pattern =
        StrCat(std::filesystem::temp_directory_path(error).string(), "/whence-verify-XXXXXX");
    if (error || mkdtemp(pattern.data()) == nullptr) return FileError("make", pattern, errno);
    path_ = pattern;
    return absl::OkStatus();
  }
  std::string DatabasePath() const { return StrCat(path_, "/whence.db"); }

 private:
  std::string path_;
};

absl::StatusOr<std::vector<KeptHead>> ReadKept(App& app, const VerifyFlags& flags,
                                               const Trust& trust, AuditReport* report) {
  std::vector<KeptHead> kept;
  tlog::CheckpointPolicy policy = trust.policy;
  policy.quorum = 0;  // what was kept is the auditor's own
  for (const std::string& file : flags.since) {
    WHENCE_ASSIGN_OR_RETURN(const std::string note, ReadFile(file, app.in(), kMaxNoteBytes));
    const absl::StatusOr<tlog::TrustedCheckpoint> trusted = tlog::OpenCheckpoint(note, policy);
    if (trusted.ok()) {
      kept.push_back({.checkpoint = trusted->checkpoint, .file = file});
    } else {
      report->Fail(0, StrCat(file, ": ", ToStd(trusted.status().message())));
    }
  }
  return kept;
}

void TellTrust(const tlog::TrustedCheckpoint& head, const Trust& trust,
               const std::vector<KeptHead>& kept, AuditReport* report) {
  report->Holds(StrCat("the ledger ", head.checkpoint.origin, " of ",
                       CountOf(static_cast<int64_t>(head.checkpoint.size), "entry", "entries"),
                       " is what its key has signed"));
  for (const KeptHead& one : kept) {
    report->Holds(StrCat("it continues ", one.file, " of ",
                         CountOf(static_cast<int64_t>(one.checkpoint.size), "entry", "entries")));
  }
  for (const tlog::Cosigned& by : head.cosigned) {
    report->Holds(StrCat("cosigned by ", by.witness));
  }
  if (trust.own_word) {
    report->Unchecked("whose key it is: this is the ledger's own word; give yours with --key");
  }
  if (kept.empty()) {
    report->Unchecked(
        "whether the history was exchanged as a whole: keep a checkpoint, and give it with "
        "--since");
  }
}

// What the tables hold, in a copy of the database; whether there was one.
absl::StatusOr<bool> CheckTables(App& app, LogSource& source,
                                 const std::vector<tlog::Checkpoint>& heads, bool entries,
                                 AuditReport* report) {
  ScratchFolder scratch;
  WHENCE_RETURN_IF_ERROR(scratch.Make());
  std::string why;
  WHENCE_ASSIGN_OR_RETURN(const bool there, source.Database(scratch.DatabasePath(), &why));
  if (!there) {
    report->Unchecked(StrCat("the tables against their entries: ", why));
    return false;
  }
  WHENCE_RETURN_IF_ERROR(
      CheckDatabase(app, scratch.DatabasePath(), /*folder=*/"", heads, entries, report));
  return true;
}

// The entries through their tiles; only the heads for who is shown no tiles.
absl::Status CheckTree(App& app, LogSource& source, const tlog::Checkpoint& head,
                       const std::vector<KeptHead>& kept, AuditReport* report) {
  TreeCheck check(app, source, head, report);
  for (const KeptHead& one : kept) check.Keep(one);
  absl::Status checked = check.Run();
  if (!absl::IsPermissionDenied(checked)) return checked;
  report->Unchecked(
      "the entries, and the tree over them: they are shown to who has MANAGE on the metastore");
  return CheckGrowth(source, head, kept, report);
}

absl::Status VerifyLog(App& app, LogSource& source, const VerifyFlags& flags, AuditReport* report) {
  WHENCE_ASSIGN_OR_RETURN(const v1::ListKeysResponse keys, source.Keys());
  WHENCE_ASSIGN_OR_RETURN(const Trust trust,
                          TrustIn(keys, flags.key, flags.witnesses, flags.quorum));
  WHENCE_ASSIGN_OR_RETURN(const std::string note, source.Checkpoint());
  const absl::StatusOr<tlog::TrustedCheckpoint> head = tlog::OpenCheckpoint(note, trust.policy);
  if (!head.ok()) {
    report->Fail(0, StrCat("the checkpoint: ", ToStd(head.status().message())));
    return absl::OkStatus();
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<KeptHead> kept, ReadKept(app, flags, trust, report));
  std::vector<tlog::Checkpoint> heads = {head->checkpoint};
  for (const KeptHead& one : kept) heads.push_back(one.checkpoint);
  // What a copy of the database has as well need not be fetched piece by piece.
  bool tiles = !source.tiles_are_dear();
  if (flags.no_tables) {
    tiles = true;
    report->Unchecked("the tables against their entries: --no-tables");
  } else {
    WHENCE_ASSIGN_OR_RETURN(const bool there,
                            CheckTables(app, source, heads, /*entries=*/!tiles, report));
    tiles = tiles || !there;
  }
  if (tiles) WHENCE_RETURN_IF_ERROR(CheckTree(app, source, head->checkpoint, kept, report));
  if (report->ok()) TellTrust(*head, trust, kept, report);
  return absl::OkStatus();
}

// The folder of a database that is a server's own, where what it signed last stands beside it;
// empty for a copy.
std::string DataFolderOf(const std::string& path) {
  const std::filesystem::path file = path;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const bool own =
      file.filename() == "whence.db" && (std::filesystem::exists(folder / "ledger.signed") ||
                                         std::filesystem::exists(folder / "ledger.key"));
  return own ? folder.string() : "";
}

absl::Status VerifyDatabase(App& app, const VerifyFlags& flags, const std::string& path,
                            AuditReport* report) {
  const std::string folder = DataFolderOf(path);
  const absl::StatusOr<v1::ListKeysResponse> keys = KeysInDatabase(path);
  if (!keys.ok()) {
    // Where there are entries, that the ledger has no name is a finding.
    WHENCE_RETURN_IF_ERROR(CheckDatabase(app, path, folder, {}, /*entries=*/true, report));
    return report->ok() ? keys.status() : absl::OkStatus();
  }
  WHENCE_ASSIGN_OR_RETURN(const Trust trust,
                          TrustIn(*keys, flags.key, flags.witnesses, flags.quorum));
  WHENCE_ASSIGN_OR_RETURN(const std::string note, CheckpointInDatabase(path));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<KeptHead> kept, ReadKept(app, flags, trust, report));
  std::vector<tlog::Checkpoint> heads;
  heads.reserve(kept.size());
  for (const KeptHead& one : kept) heads.push_back(one.checkpoint);
  WHENCE_RETURN_IF_ERROR(CheckDatabase(app, path, folder, heads, /*entries=*/true, report));
  const absl::StatusOr<tlog::TrustedCheckpoint> head = tlog::OpenCheckpoint(note, trust.policy);
  if (note.empty()) {
    report->Unchecked("what was signed: the database has no checkpoint yet");
  } else if (!head.ok()) {
    report->Fail(0, StrCat("the newest checkpoint: ", ToStd(head.status().message())));
  } else if (report->ok()) {
    TellTrust(*head, trust, kept, report);
  }
  return absl::OkStatus();
}

// What the file is, before anybody is asked for a key.
absl::Status VerifyStatement(const VerifyFlags& flags, const std::string& text,
                             AuditReport* report) {
  const StatementKind kind = KindOfStatement(text);
  if (kind == StatementKind::kCheckpoint) {
    return LocalError(StrCat(flags.source, " is a checkpoint: it is nothing without its ledger"),
                      StrCat("write: whence audit verify --since ", flags.source));
  }
  if (kind == StatementKind::kNone) {
    return LocalError(
        StrCat(flags.source, " is neither a proof nor a certificate, nor a database of Whence's"),
        "give what 'whence audit prove', 'whence why --certificate' or 'whence admin backup' "
        "wrote, whole; or a folder of 'whence audit export'");
  }
  WHENCE_ASSIGN_OR_RETURN(const Trust trust,
                          TrustIn(KeysIn(text), flags.key, flags.witnesses, flags.quorum));
  return kind == StatementKind::kProof ? CheckProof(text, trust, report)
                                       : CheckCertificate(text, trust, report);
}

// An export, or the data of a server.
absl::Status VerifyFolder(App& app, const VerifyFlags& flags, AuditReport* report) {
  const std::filesystem::path folder = flags.source;
  if (std::filesystem::exists(folder / "checkpoint")) {
    return VerifyLog(app, *FolderSource(flags.source), flags, report);
  }
  const std::string database = (folder / "whence.db").string();
  if (std::filesystem::exists(database)) return VerifyDatabase(app, flags, database, report);
  return LocalError(
      StrCat(flags.source, " has no ledger: neither a file 'checkpoint' nor one 'whence.db'"),
      "give a folder of 'whence audit export', or the data folder of a server");
}

absl::StatusOr<bool> IsDatabase(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return FileError("read", path, errno);
  std::string begin(kMagic.size(), '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kMagic;
}

absl::Status Check(App& app, const VerifyFlags& flags, AuditReport* report) {
  if (flags.source.empty()) return VerifyLog(app, *ServerSource(app), flags, report);
  if (flags.source.starts_with("http://") || flags.source.starts_with("https://")) {
    WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<LogSource> source,
                            UrlSource(app, flags.source, flags.authorities));
    return VerifyLog(app, *source, flags, report);
  }
  if (std::filesystem::is_directory(flags.source)) {
    return VerifyFolder(app, flags, report);
  }
  WHENCE_ASSIGN_OR_RETURN(const bool database, IsDatabase(flags.source));
  if (database) return VerifyDatabase(app, flags, flags.source, report);
  WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.source, app.in()));
  return VerifyStatement(flags, text, report);
}

}  // namespace

void AddVerifyCommand(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "verify", "Check that nothing of the ledger, or of the tables, was changed");
  auto flags = std::make_shared<VerifyFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "Checks every entry, the tree over them, signatures, that kept checkpoints are "
          "continued, and that the tables hold what the entries say. SOURCE is a URL with C2SP's "
          "tlog-tiles, a folder of 'whence audit export', the data folder of a server that is "
          "stopped, a backup, or a proof or certificate in a file, which need no server; without "
          "it the server of the context is checked. What was checked is said, and what could not "
          "be: who has no MANAGE on the metastore is shown signed heads, and no entries. Ends with "
          "2 when something is wrong, and names it.")
      .Example("whence audit verify --since my-checkpoint.txt https://whence.example:7071")
      .Example("whence audit verify ./ledger --key ledger.vkey")
      .Example("whence audit verify whence-2026-03-03.db", "a backup")
      .Example("whence audit verify p-1.dsse.json --key ledger.vkey", "a certificate")
      .OptionalArgument(flags->source, "source", "URL, folder or file", Complete::kFile);
  command.Flag(flags->since, "--since", "FILE",
               "A checkpoint that was kept: what it signed must still be there", Complete::kFile);
  command.Flag(flags->key, "--key", "VKEY",
               "The ledger's public key, or a file with it; keys that it has signed for are "
               "believed too",
               Complete::kFile);
  command.Flag(flags->witnesses, "--witness", "VKEY", "Public key of a witness, or a file with it",
               Complete::kFile);
  command
      .Flag(flags->quorum, "--quorum", "N",
            "So many of the witnesses must have cosigned the checkpoint")
      .Between(0, static_cast<int64_t>(kMaxWitnesses));
  command.Flag(flags->authorities, "--ca", "FILE",
               "Authorities that the URL's certificate is checked against", Complete::kFile);
  command.Switch(flags->no_tables, "--no-tables",
                 "Only the ledger: no copy of the database is asked for");
  command.Does([flags](App& app) -> absl::Status {
    if (flags->quorum > std::ssize(flags->witnesses)) {
      return UsageError("--quorum is larger than there are witnesses",
                        "name them with --witness VKEY");
    }
    AuditReport report;
    WHENCE_RETURN_IF_ERROR(Check(app, *flags, &report));
    report.Print(app);
    return absl::OkStatus();
  });
}

}  // namespace whence::cli
