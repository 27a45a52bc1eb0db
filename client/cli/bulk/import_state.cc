#include "cli/bulk/import_state.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "base/digest.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/bulk/line_reader.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

Json Number(int64_t value) {
  Json json;
  json.type = Json::Type::kNumber;
  json.text = StrCat(value);
  return json;
}

absl::Status Damaged(const std::string& path) {
  return LocalError(StrCat(path, " is damaged"),
                    "delete it to import from the beginning; what is there already is passed over");
}

absl::StatusOr<ImportState> Parse(const std::string& text, const std::string& path) {
  const absl::StatusOr<Json> json = ParseJson(text);
  ImportState state;
  if (!json.ok()) return Damaged(path);
  const auto number = [&json](const char* key, int64_t& value) {
    const Json* found = json->Find(key);
    return found != nullptr && absl::SimpleAtoi(found->text, &value) && value >= 0;
  };
  const Json* digest = json->Find("digest");
  if (digest == nullptr || !number("offset", state.offset) || !number("line", state.line) ||
      !number("failed", state.failed) || !number("rejects_bytes", state.rejects_bytes)) {
    return Damaged(path);
  }
  state.digest = digest->text;
  return state;
}

// Whether the file still begins with the lines that the state tells of.
bool BeginsAsBefore(const std::string& file, const ImportState& state) {
  std::ifstream in(file, std::ios::binary);
  LineReader reader(in);
  std::string line;
  std::string digest;
  while (reader.offset() < state.offset && reader.Next(line)) digest = DigestWith(digest, line);
  return reader.offset() == state.offset && digest == state.digest;
}

}  // namespace

std::string DigestWith(std::string_view before, std::string_view line) {
  return Sha256Hex(StrCat(before, "\n", line));
}

std::string ImportStatePath(std::string_view file) { return StrCat(file, ".whence-import"); }

absl::StatusOr<std::optional<ImportState>> LoadImportState(const std::string& file) {
  const std::string path = ImportStatePath(file);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::optional<ImportState>();
  std::istringstream no_input;
  WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, no_input, size_t{1} << 20));
  WHENCE_ASSIGN_OR_RETURN(ImportState state, Parse(text, path));
  if (!BeginsAsBefore(file, state)) {
    return LocalError(
        StrCat(file, " has changed since the import that ", path, " tells of"),
        "delete that file to import from the beginning; what is there already is passed over");
  }
  return std::optional<ImportState>(std::move(state));
}

absl::Status SaveImportState(const std::string& file, const ImportState& state) {
  Json json = Json::Object();
  json.members.emplace_back("offset", Number(state.offset));
  json.members.emplace_back("line", Number(state.line));
  json.members.emplace_back("failed", Number(state.failed));
  json.members.emplace_back("rejects_bytes", Number(state.rejects_bytes));
  json.members.emplace_back("digest", Json::String(state.digest));
  return WriteFileAtomically(ImportStatePath(file), WriteJson(json, /*pretty=*/false) + "\n");
}

absl::Status RemoveImportState(const std::string& file) {
  const std::string path = ImportStatePath(file);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileError("delete", path, errno);
  return absl::OkStatus();
}

}  // namespace whence::cli
