#include "cli/audit/database_check.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/audit/row_names.h"
#include "cli/error.h"
#include "cli/progress.h"
#include "cli/text/human.h"
#include "ledger/log_name.h"
#include "ledger/signer.h"
#include "ledger/verify.h"
#include "sql/backup.h"
#include "sql/connection.h"

namespace whence::cli {
namespace {

absl::StatusOr<std::unique_ptr<sql::Connection>> Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<sql::Connection>> connection =
      sql::Connection::Open(path, {.read_only = true});
  if (connection.ok()) return connection;
  return LocalError(StrCat(path, ": ", ToStd(connection.status().message())),
                    "give a backup, as 'whence admin backup' writes it");
}

void Add(const ledger::VerifyReport& from, sql::Connection& connection, AuditReport* report) {
  for (const ledger::Finding& finding : from.findings) {
    report->Fail(finding.position, finding.what);
    std::optional<EntrySaid> said = EntryAt(connection, finding.position);
    if (!said.has_value()) continue;
    said->names = NamesIn(connection, finding.what);
    report->Tell(finding.position, *std::move(said));
  }
  for (int64_t i = std::ssize(from.findings); i < from.found; ++i) {
    report->Fail(0, "more of the same");
  }
}

}  // namespace

absl::Status CheckDatabase(App& app, const std::string& path, const std::string& folder,
                           const std::vector<tlog::Checkpoint>& kept, bool entries,
                           AuditReport* report) {
  // Indexes answer in the tables' place, and triggers act in somebody's name: entries speak of
  // neither.
  if (const absl::Status sound = sql::VerifyDatabaseFile(path); !sound.ok()) {
    report->Fail(0, ToStd(sound.message()));
  }
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Connection> connection, Open(path));
  Progress progress(app);
  ledger::VerifyOptions options;
  options.kept = kept;
  options.folder = folder;
  options.progress = [&](std::string_view what, int64_t done, int64_t total) {
    progress.Show(done, total, StrCat(HumanCount(done), " ", what));
    return absl::OkStatus();
  };
  WHENCE_ASSIGN_OR_RETURN(const ledger::VerifyReport tree,
                          ledger::VerifyTree(*connection, options));
  Add(tree, *connection, report);
  WHENCE_ASSIGN_OR_RETURN(const ledger::VerifyReport tables,
                          ledger::VerifyTables(*connection, options));
  Add(tables, *connection, report);
  progress.Clear();
  if (entries) {
    report->Looked(tree.entries == 1 ? "entry" : "entries", tree.entries);
    report->Looked(tree.checkpoints == 1 ? "checkpoint" : "checkpoints", tree.checkpoints);
    report->Looked(tree.tiles == 1 ? "tile" : "tiles", tree.tiles);
  }
  for (const std::string& line : tree.unchecked) report->Unchecked(line);
  for (const std::string& line : tables.unchecked) report->Unchecked(line);
  report->Looked("rows of the tables against their entries", tables.rows);
  if (tree.erased > 0) {
    report->Unchecked(StrCat("who did what in ", CountOf(tree.erased, "entry", "entries"),
                             ": it was erased, as the ledger says"));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ListKeysResponse> KeysInDatabase(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Connection> connection, Open(path));
  WHENCE_ASSIGN_OR_RETURN(const ledger::LogName name, ledger::FindLogName(*connection));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<ledger::LogKey> keys, ledger::ListKeys(*connection));
  v1::ListKeysResponse response;
  response.set_origin(name.origin);
  for (const ledger::LogKey& key : keys) {
    v1::LedgerKey* const added = response.add_keys();
    added->set_vkey(key.vkey);
    added->set_endorsement(key.endorsement);
  }
  return response;
}

absl::StatusOr<std::string> CheckpointInDatabase(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Connection> connection, Open(path));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<ledger::SignedCheckpoint> list,
                          ledger::ListCheckpoints(*connection, 1));
  if (list.empty()) return std::string();
  return list.front().note;
}

}  // namespace whence::cli
