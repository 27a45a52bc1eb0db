// whence admin: info health backup restore erase.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/backup.h"
#include "cli/commands/shared.h"
#include "cli/output/json.h"
#include "cli/records/events.h"

namespace whence::cli {
namespace {

void AddInfo(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "info", "Version, position and size of the server");
  command.Formats(kRecordFormats).Example("whence admin info").Example("whence admin info -o json");
  command.Does([](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const v1::ServerInfo info,
                            app.Call(kGetServerInfo, v1::GetServerInfoRequest()));
    return PrintRecord(app, info, ServerCard(info), ServerColumns());
  });
}

void AddHealth(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "health", "Whether the server serves");
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "Ends with 0 when it does, with 2 when it answers that it does not, with 7 when it "
          "does not answer.")
      .Example("until whence admin health -q; do sleep 1; done");
  command.Does([](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(Connection * connection, app.connection());
    WHENCE_ASSIGN_OR_RETURN(const std::string status, connection->CheckHealth());
    if (app.format() == Format::kTable) {
      app.out() << status << '\n';
    } else {
      Json json = Json::Object();
      json.members.emplace_back("status", Json::String(status));
      app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                                  : WriteJson(json, /*pretty=*/true) + "\n");
    }
    if (status != "SERVING") app.ConditionNotMet();
    return absl::OkStatus();
  });
}

void AddBackup(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(
      group, "backup", "Write a consistent copy of the database to a file, while writing goes on");
  struct Flags {
    std::string file;
    bool force = false;
  };
  auto flags = std::make_shared<Flags>();
  command
      .About(
          "The copy is checked on arrival and appears under its name only when it is whole. It "
          "becomes a server's database with 'whenced --restore FILE --data DIR', or 'whence "
          "admin restore'.")
      .Example("whence admin backup whence-2026-03-03.db")
      .Argument(flags->file, "file", "File to write", Complete::kFile);
  command.Switch(flags->force, "--force", "Replace the file if it exists");
  command.Does([flags](App& app) { return BackupTo(app, flags->file, flags->force); });
}

void AddRestore(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "restore", "Make a data folder from a backup, on this machine");
  struct Flags {
    std::string file;
    std::string data;
    std::string program;
  };
  auto flags = std::make_shared<Flags>();
  command
      .About(
          "Runs 'whenced --restore FILE --data DIR'. The folder must not hold a database yet; "
          "start whenced on it afterwards.")
      .Example("whence admin restore whence-2026-03-03.db --data ./restored")
      .Argument(flags->file, "file", "The backup", Complete::kFile);
  command.Flag(flags->data, "--data", "DIR", "The data folder to make", Complete::kFolder)
      .Required();
  command.Flag(flags->program, "--whenced", "PATH",
               "The whenced to run; without it the one next to "
               "this program, else that in PATH",
               Complete::kFile);
  command.Does(
      [flags](App& app) { return RestoreFrom(app, flags->file, flags->data, flags->program); });
}

}  // namespace

void AddAdminCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("admin", "The server itself: info, health, backup, restore, erase");
  AddInfo(tree, group);
  AddHealth(tree, group);
  AddBackup(tree, group);
  AddRestore(tree, group);
  AddEraseCommand(tree, group);
}

}  // namespace whence::cli
