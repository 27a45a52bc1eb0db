#include "cli/audit/exporter.h"

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/backup.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/progress.h"
#include "cli/text/human.h"
#include "tlog/tile.h"

namespace whence::cli {
namespace {

// Purpose: one export. Ownership: borrows the app. One thread.
class Exporter {
 public:
  Exporter(App& app, std::string folder) : app_(app), folder_(std::move(folder)), progress_(app) {}

  absl::Status Write(uint64_t size) {
    // All tiles of a tree are those that it has and the empty one has not.
    const std::vector<tlog::Tile> tiles = tlog::NewTiles(0, size);
    int64_t done = 0;
    for (const tlog::Tile& tile : tiles) {
      ++done;
      progress_.Show(done, std::ssize(tiles), StrCat(HumanCount(done), " tiles"));
      WHENCE_RETURN_IF_ERROR(Copy(tlog::TilePath(tile), tile.is_full()));
      if (tile.level != 0) continue;
      WHENCE_RETURN_IF_ERROR(Copy(tlog::EntriesPath(tile.index, tile.width), tile.is_full()));
    }
    progress_.Clear();
    return absl::OkStatus();
  }

  absl::Status WriteKeys() {
    WHENCE_ASSIGN_OR_RETURN(const v1::ListKeysResponse keys,
                            app_.Call(kListKeys, v1::ListKeysRequest()));
    if (keys.keys().empty()) return LocalError("the ledger has no key");
    WHENCE_RETURN_IF_ERROR(
        WriteFileAtomically(Path("keys.json"), StrCat(WriteJson(ToJson(keys), true), "\n")));
    return WriteFileAtomically(Path("vkey"), StrCat(keys.keys().rbegin()->vkey(), "\n"));
  }

  std::string Path(std::string_view name) const { return StrCat(folder_, "/", name); }
  int64_t copied() const { return copied_; }

 private:
  absl::Status Copy(const std::string& path, bool is_full) {
    if (is_full && std::filesystem::exists(Path(path))) return absl::OkStatus();
    v1::GetTileRequest request;
    request.set_path(path);
    WHENCE_ASSIGN_OR_RETURN(const v1::GetTileResponse tile, app_.Call(kGetTile, request));
    ++copied_;
    return WriteFileAtomically(Path(path), tile.data());
  }

  App& app_;
  const std::string folder_;
  Progress progress_;
  int64_t copied_ = 0;
};

Json Number(int64_t number) {
  Json json;
  json.type = Json::Type::kNumber;
  json.text = StrCat(number);
  return json;
}

// For programs: what is there now, and how much of it is new.
void PrintExport(App& app, const LedgerExport& what, const v1::Checkpoint& head, int64_t copied) {
  Json json = Json::Object();
  json.members.emplace_back("folder", Json::String(what.folder));
  json.members.emplace_back("origin", Json::String(head.origin()));
  json.members.emplace_back("size", Number(head.size()));
  json.members.emplace_back("root", Json::String(head.root()));
  json.members.emplace_back("files_copied", Number(copied));
  Json tables;
  tables.type = what.tables ? Json::Type::kTrue : Json::Type::kFalse;
  json.members.emplace_back("tables", std::move(tables));
  app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                              : WriteJson(json, /*pretty=*/true) + "\n");
}

}  // namespace

absl::Status ExportLedger(App& app, const LedgerExport& what) {
  v1::GetCheckpointRequest request;
  request.set_now(true);
  WHENCE_ASSIGN_OR_RETURN(const v1::Checkpoint head, app.Call(kGetCheckpoint, request));
  Exporter exporter(app, what.folder);
  WHENCE_RETURN_IF_ERROR(exporter.Write(static_cast<uint64_t>(head.size())));
  WHENCE_RETURN_IF_ERROR(exporter.WriteKeys());
  if (what.tables) {
    WHENCE_RETURN_IF_ERROR(ReceiveBackup(app, exporter.Path("whence.db")).status());
  }
  WHENCE_RETURN_IF_ERROR(WriteFileAtomically(exporter.Path("checkpoint"), head.note()));
  if (app.format() != Format::kTable) {
    PrintExport(app, what, head, exporter.copied());
    return absl::OkStatus();
  }
  app.Say(StrCat("exported ", CountOf(head.size(), "entry", "entries"), " to ", what.folder, " (",
                 CountOf(exporter.copied(), "file"), " of tiles and entries",
                 what.tables ? ", with the tables)" : ")"));
  return absl::OkStatus();
}

}  // namespace whence::cli
