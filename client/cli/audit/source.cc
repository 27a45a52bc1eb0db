#include "cli/audit/source.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/version.h"
#include "cli/commands/backup.h"
#include "cli/config/settings.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/progress.h"
#include "cli/text/human.h"
#include "web/client.h"

namespace whence::cli {
namespace {

constexpr int kOk = 200;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
// A bundle of 256 of the longest entries.
constexpr size_t kMaxTileBytes = size_t{17} << 20;

absl::Status WriteAll(std::ofstream& out, std::string_view bytes, const std::string& path) {
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return out.good() ? absl::OkStatus() : FileError("write", path, errno);
}

// What stands in front of every path.
std::string BaseOf(const web::Url& url) {
  std::string base = url.target;
  if (base == "/") base.clear();
  return base;
}

class Server final : public LogSource {
 public:
  explicit Server(App& app) : app_(app) {}

  absl::StatusOr<std::string> Checkpoint() override {
    v1::GetCheckpointRequest request;
    request.set_now(true);
    WHENCE_ASSIGN_OR_RETURN(const v1::Checkpoint head, app_.Call(kGetCheckpoint, request));
    return head.note();
  }
  absl::StatusOr<std::string> Tile(const std::string& path) override {
    v1::GetTileRequest request;
    request.set_path(path);
    WHENCE_ASSIGN_OR_RETURN(v1::GetTileResponse tile, app_.Call(kGetTile, request));
    return std::move(*tile.mutable_data());
  }
  absl::StatusOr<v1::ListKeysResponse> Keys() override {
    return app_.Call(kListKeys, v1::ListKeysRequest());
  }
  absl::StatusOr<v1::ConsistencyProof> Consistency(uint64_t old_size, uint64_t new_size) override {
    v1::GetConsistencyProofRequest request;
    request.set_old_size(static_cast<int64_t>(old_size));
    request.set_new_size(static_cast<int64_t>(new_size));
    return app_.Call(kGetConsistencyProof, request);
  }
  absl::StatusOr<bool> Database(const std::string& path, std::string* why) override {
    const absl::StatusOr<v1::BackupChunk> last = ReceiveBackup(app_, path);
    if (absl::IsPermissionDenied(last.status())) {
      *why = "a copy of the database needs MANAGE on the metastore";
      return false;
    }
    WHENCE_RETURN_IF_ERROR(last.status());
    return true;
  }
  bool tiles_are_dear() const override { return true; }

 private:
  App& app_;
};

class Web final : public LogSource {
 public:
  Web(App& app, web::Url url, std::string authorities, std::string token, bool plaintext)
      : app_(app),
        base_(BaseOf(url)),
        token_(std::move(token)),
        client_(std::move(url), {.authorities = std::move(authorities),
                                 .plaintext_anywhere = plaintext,
                                 .user_agent = StrCat("whence-cli/", kVersion),
                                 .max_bytes = kMaxTileBytes}) {}

  absl::StatusOr<std::string> Checkpoint() override { return Get("/checkpoint"); }
  absl::StatusOr<std::string> Tile(const std::string& path) override {
    return Get(StrCat("/", path));
  }
  absl::StatusOr<v1::ListKeysResponse> Keys() override {
    v1::ListKeysResponse keys;
    const absl::StatusOr<std::string> text = Get("/v1/ledger/keys");
    // A log that is not of Whence's has no such page, and one for everybody does not show it to
    // all.
    if (!text.ok()) return keys;
    WHENCE_RETURN_IF_ERROR(FromJson(*text, &keys));
    return keys;
  }
  absl::StatusOr<v1::ConsistencyProof> Consistency(uint64_t old_size, uint64_t new_size) override {
    v1::ConsistencyProof proof;
    WHENCE_ASSIGN_OR_RETURN(
        const std::string text,
        Get(StrCat("/v1/ledger/consistencyProof?oldSize=", old_size, "&newSize=", new_size)));
    WHENCE_RETURN_IF_ERROR(FromJson(text, &proof));
    return proof;
  }
  absl::StatusOr<bool> Database(const std::string& path, std::string* why) override {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    int64_t received = 0;
    Progress progress(app_);
    const auto take = [&](std::string_view piece) {
      received += std::ssize(piece);
      progress.Show(received, 0, StrCat("copying the tables: ", HumanBytes(received)));
      return WriteAll(out, piece, path);
    };
    const absl::StatusOr<web::Answer> answer =
        client_.Download(Question("/v1/server/backup"), take);
    if (!answer.ok()) return Unreached(answer.status());
    out.close();
    if (answer->status == kOk) return true;
    *why = StrCat("the server gives no copy of its database (", answer->status, ")");
    return false;
  }

 private:
  web::Request Question(std::string_view path) const {
    web::Request request{.target = StrCat(base_, path)};
    if (!token_.empty()) {
      request.headers.emplace_back("authorization", StrCat("Bearer ", token_));
    }
    return request;
  }

  absl::StatusOr<std::string> Get(std::string_view path) {
    absl::StatusOr<web::Answer> answer = client_.Ask(Question(path));
    if (!answer.ok()) return Unreached(answer.status());
    if (answer->status == kOk) return std::move(answer->body);
    const std::string what =
        StrCat(client_.url().authority, base_, path, " answered ", answer->status);
    if (answer->status == kNotFound) return absl::NotFoundError(what);
    if (answer->status == kForbidden) return absl::PermissionDeniedError(what);
    return LocalError(what, token_.empty() ? "no token was found; name its file with --token-file"
                                           : "see 'whence access whoami'");
  }

  absl::Status Unreached(const absl::Status& status) const {
    return absl::UnavailableError(
        StrCat("no answer from ", client_.url().authority, ": ", ToStd(status.message())));
  }

  App& app_;
  const std::string base_;
  const std::string token_;  // a secret
  web::Client client_;
};

class Folder final : public LogSource {
 public:
  explicit Folder(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::string> Checkpoint() override { return Read("checkpoint"); }
  absl::StatusOr<std::string> Tile(const std::string& path) override { return Read(path); }
  absl::StatusOr<v1::ListKeysResponse> Keys() override {
    v1::ListKeysResponse keys;
    if (!std::filesystem::exists(StrCat(folder_, "/keys.json"))) return keys;
    WHENCE_ASSIGN_OR_RETURN(const std::string text, Read("keys.json"));
    WHENCE_RETURN_IF_ERROR(FromJson(text, &keys));
    return keys;
  }
  absl::StatusOr<bool> Database(const std::string& path, std::string* why) override {
    const std::string here = StrCat(folder_, "/whence.db");
    if (!std::filesystem::exists(here)) {
      *why = StrCat(folder_, " has no whence.db; 'whence audit export' writes it with --tables");
      return false;
    }
    std::error_code error;
    std::filesystem::copy_file(here, path, error);
    if (error) return FileError("copy", here, error.value());
    return true;
  }

 private:
  absl::StatusOr<std::string> Read(const std::string& name) const {
    std::istringstream nothing;
    const std::string path = StrCat(folder_, "/", name);
    if (!std::filesystem::exists(path)) return absl::NotFoundError(StrCat("there is no ", path));
    return ReadFile(path, nothing);
  }

  const std::string folder_;
};

}  // namespace

std::unique_ptr<LogSource> ServerSource(App& app) { return std::make_unique<Server>(app); }

std::unique_ptr<LogSource> FolderSource(const std::string& folder) {
  return std::make_unique<Folder>(folder);
}

absl::StatusOr<std::unique_ptr<LogSource>> UrlSource(App& app, std::string_view text,
                                                     const std::string& authorities) {
  while (text.ends_with('/')) text.remove_suffix(1);
  std::optional<web::Url> parsed = web::ParseUrl(text);
  if (!parsed.has_value()) return UsageError(StrCat(text, " is no URL of http or https"));
  web::Url url = *std::move(parsed);
  WHENCE_ASSIGN_OR_RETURN(const Target target, ResolveTarget(app.flags(), app.environment()));
  return std::make_unique<Web>(app, std::move(url),
                               authorities.empty() ? target.tls.ca : authorities,
                               target.credential.token, target.allow_plaintext_token);
}

}  // namespace whence::cli
