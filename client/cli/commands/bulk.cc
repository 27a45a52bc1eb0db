// whence import, whence export.

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/bulk/exporter.h"
#include "cli/bulk/importer.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

void AddImport(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "import", "Record everything that a file of JSON lines holds");
  auto options = std::make_shared<ImportOptions>();
  command
      .About(
          "Each line is one record: {\"catalog\": {...}}, {\"schema\": {...}}, {\"asset\": "
          "{...}}, {\"version\": {...}}, {\"alias\": {...}}, {\"tags\": {...}}, {\"identity\": "
          "{...}}, {\"run\": {...}}, {\"edges\": {...}}, {\"prediction\": {...}}, or of who may "
          "what {\"principal\": {...}}, {\"membership\": {...}}, {\"tag_definition\": {...}}, "
          "{\"declassification\": {...}}, {\"policy\": {...}}, {\"grants\": {...}}, "
          "{\"metastore\": {...}}, with the contract's fields (docs/export.md). What is there "
          "already and agrees is fine, so a file can be imported "
          "again. Refused lines are told as FILE:LINE: error: ... and the import ends with 1.")
      .Example("whence import catalog.jsonl")
      .Example("whence import big.jsonl --resume --rejects refused.jsonl",
               "after an interruption, the same command goes on where it stopped")
      .Example("producer | whence import -")
      .Argument(options->file, "file", "File of records; - for standard input", Complete::kFile);
  command.Switch(options->keep_going, "--keep-going,!--fail-fast",
                 "Go on after a refused line, the default; --fail-fast: stop at the first, with "
                 "nothing after it recorded, one line at a time");
  command.Switch(options->resume, "--resume",
                 "Remember in FILE.whence-import how far it came, and go on from there");
  command.Flag(options->rejects, "--rejects", "FILE", "Write the refused lines to this file",
               Complete::kFile);
  command.Does([options](App& app) { return Importer(app, *options).Run(); });
}

struct ExportFlags {
  std::string file;
  std::string catalog;
  bool access = true;
};

absl::Status ExportTo(App& app, const ExportFlags& flags) {
  const std::string& file = flags.file;
  const bool to_stdout = file.empty() || file == "-";
  const std::string scratch = StrCat(file, ".partial-", getpid());
  std::ofstream stream;
  if (!to_stdout) {
    stream.open(scratch, std::ios::binary | std::ios::trunc);
    if (!stream) return FileError("write", file, errno);
  }
  Exporter exporter(app, to_stdout ? app.out() : stream, flags.catalog, flags.access);
  absl::Status status = exporter.Run();
  if (!to_stdout) {
    stream.close();
    if (status.ok() && !stream) status = FileError("write", file, errno);
    if (status.ok() && rename(scratch.c_str(), file.c_str()) != 0) {
      status = FileError("replace", file, errno);
    }
    if (!status.ok()) unlink(scratch.c_str());
  }
  WHENCE_RETURN_IF_ERROR(status);
  app.Say(StrCat("exported ", CountOf(exporter.records(), "record"), " as of position ",
                 HumanCount(exporter.position())));
  return absl::OkStatus();
}

void AddExport(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "export", "Write everything as JSON lines that import takes");
  auto flags = std::make_shared<ExportFlags>();
  command
      .About(
          "Catalogs, schemas, assets, versions, aliases, tags, dataset identities, declared edges, "
          "runs and predictions, and who may what: principals, memberships, definitions of tags, "
          "declassifications, policies, grants and the metastore's owner; as they stand at one "
          "moment. Imported into an empty server and exported again, the file is the same. Tokens "
          "and salts of masks are not exported, nor are tombstones and history, nor by which alias "
          "a run read: 'whence admin backup' keeps them.\n"
          "Who may what is exported whole or not at all: it needs BROWSE on the metastore. What "
          "else you do not see is not in the file.\n"
          "What names a deleted asset is left out, for its name may be another's by now: that "
          "read, write, mapping, edge or input, or all of a prediction whose model (or only "
          "endpoint) was deleted. A warning counts them; the exit code stays 0.")
      .Example("whence export > all.jsonl")
      .Example("whence export prod.jsonl --catalog prod")
      .OptionalArgument(flags->file, "file", "File to write; standard output without it",
                        Complete::kFile);
  command.Flag(flags->catalog, "--catalog", "NAME",
               "Only this catalog, with the grants, policies and declassifications in it, and the "
               "edges, runs and predictions that touch it; what else these name must be there when "
               "the file is imported, principals too",
               Complete::kCatalog);
  command.Switch(flags->access, "--access,!--no-access",
                 "With who may what, the default; --no-access: without, but for owners");
  command.Does([flags](App& app) { return ExportTo(app, *flags); });
}

}  // namespace

void AddBulkCommands(CommandTree& tree) {
  AddImport(tree);
  AddExport(tree);
}

}  // namespace whence::cli
