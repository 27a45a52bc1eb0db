// whence version: register get list update.

#include <fstream>

#include "base/digest.h"
#include "base/status_macros.h"
#include "cli/commands/securable.h"
#include "cli/files.h"

namespace whence::cli {
namespace {

// The digest of a file of any size.
absl::StatusOr<std::string> DigestOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return FileError("read", path, errno);
  Sha256 sha256;
  std::vector<char> buffer(size_t{1} << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    sha256.Update({buffer.data(), static_cast<size_t>(file.gcount())});
  }
  if (file.bad()) return FileError("read", path, EIO);
  return StrCat("sha256:", sha256.HexDigest());
}

struct RegisterFlags {
  std::string asset;
  std::string digest;
  std::string file;
  std::string location;
  std::string comment;
  std::vector<std::string> properties;
  DetailFlags detail;
};

absl::Status FillVersion(App& app, const RegisterFlags& flags, const v1::Asset& asset,
                         v1::Version& version) {
  version.set_digest(flags.digest);
  version.set_location(flags.location);
  version.set_comment(flags.comment);
  WHENCE_RETURN_IF_ERROR(SetMap(flags.properties, "--property", version.mutable_properties()));
  if (!flags.file.empty()) {
    if (!flags.digest.empty()) return UsageError("--digest and --file exclude each other");
    WHENCE_ASSIGN_OR_RETURN(*version.mutable_digest(), DigestOfFile(flags.file));
    if (flags.location.empty()) version.set_location(flags.file);
  }
  if (!flags.detail.given()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(*version.mutable_detail(),
                          flags.detail.Build(asset.kind(), asset.detail(), app.in()));
  return absl::OkStatus();
}

void AddRegister(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "register", "Register a version of an asset; prints its reference");
  auto flags = std::make_shared<RegisterFlags>();
  command.Formats(kRecordFormats)
      .About(
          "The same digest as an existing version gives that version; otherwise the next number "
          "is taken.")
      .Example("whence version register prod.fraud.model --file model.onnx --metric auc=0.91")
      .Example("whence version register prod.raw.users --digest sha256:... --rows 1204")
      .Argument(flags->asset, "asset", "Full name of the asset", Complete::kAsset);
  command.Flag(flags->digest, "--digest", "DIGEST",
               "Digest of the content, sha256:HEX for example");
  command.Flag(flags->file, "--file", "FILE", "Take digest and location from this file",
               Complete::kFile);
  command.Flag(flags->location, "--location", "URI", "Where the content is");
  command.Flag(flags->comment, "--comment", "TEXT", "Explanation for people");
  command.Flag(flags->properties, "--property", "KEY=VALUE", "A free property");
  flags->detail.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::RegisterVersionRequest request;
    request.set_asset(flags->asset);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Asset asset, GetSecurable<v1::Asset>(app, flags->asset, ""));
    WHENCE_RETURN_IF_ERROR(FillVersion(app, *flags, asset, *request.mutable_version()));
    WHENCE_ASSIGN_OR_RETURN(const v1::Version version, app.Call(kRegisterVersion, request));
    return PrintRegistered(app, asset, version);
  });
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one version");
  struct Flags {
    std::string name;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence version get prod.fraud.model@7")
      .Example("whence version get prod.fraud.model@champion --as-of 2026-02-01",
               "what the alias meant then")
      .Argument(flags->name, "reference", "asset@NUMBER, asset@ALIAS, or asset for its newest",
                Complete::kReference);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetVersionRequest request;
    request.set_name(flags->name);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::Version version, app.Call(kGetVersion, request));
    return PrintRecord(app, version, VersionCard(version), VersionColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List the versions of an asset, newest first");
  struct Flags {
    std::string asset;
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence version list prod.fraud.model --limit 5")
      .Argument(flags->asset, "asset", "Full name of the asset", Complete::kAsset);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListVersionsRequest request;
    request.set_asset(flags->asset);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Version> printer(app, "versions", VersionColumns());
    return PrintList(
        app, kListVersions, request,
        [](const v1::ListVersionsResponse& page) -> const auto& { return page.versions(); },
        {flags->limit, "versions"}, printer);
  });
}

struct UpdateFlags {
  std::string name;
  std::string comment;
  std::string etag;
  std::vector<std::string> properties;
  std::vector<std::string> removed_properties;
  Parameter comment_option;
};

absl::Status FillUpdate(App& app, const UpdateFlags& flags, v1::UpdateVersionRequest& request) {
  v1::Version& version = *request.mutable_version();
  version.set_name(flags.name);
  version.set_etag(flags.etag);
  if (flags.comment_option.given()) {
    version.set_comment(flags.comment);
    request.mutable_update_mask()->add_paths("comment");
  }
  if (flags.properties.empty() && flags.removed_properties.empty()) return absl::OkStatus();
  v1::GetVersionRequest get;
  get.set_name(flags.name);
  WHENCE_ASSIGN_OR_RETURN(const v1::Version present, app.Call(kGetVersion, get));
  *version.mutable_properties() = present.properties();
  if (flags.etag.empty()) version.set_etag(present.etag());
  for (const std::string& key : flags.removed_properties) version.mutable_properties()->erase(key);
  request.mutable_update_mask()->add_paths("properties");
  return SetMap(flags.properties, "--property", version.mutable_properties());
}

void AddUpdate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "update",
                               "Change comment or properties of a version; the rest is immutable");
  auto flags = std::make_shared<UpdateFlags>();
  command.Formats(kRecordFormats)
      .Example("whence version update prod.fraud.model@7 --comment \"Approved by audit\"")
      .Argument(flags->name, "reference", "asset@NUMBER", Complete::kReference);
  flags->comment_option =
      command.Flag(flags->comment, "--comment", "TEXT", "Explanation for people");
  command.Flag(flags->properties, "--property", "KEY=VALUE", "A free property");
  command.Flag(flags->removed_properties, "--remove-property", "KEY", "Take a property away");
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdateVersionRequest request;
    request.set_request_id(app.NewRequestId());
    WHENCE_RETURN_IF_ERROR(FillUpdate(app, *flags, request));
    if (request.update_mask().paths().empty()) {
      return UsageError("nothing to change", "give at least one of --comment, --property");
    }
    WHENCE_ASSIGN_OR_RETURN(const v1::Version version, app.Call(kUpdateVersion, request));
    return PrintChange(app, version,
                       Sentence(StrCat("updated version ", version.name()), version.position()), "",
                       VersionCard(version), VersionColumns());
  });
}

}  // namespace

void AddVersionCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("version", "Versions, the immutable numbered states of an asset");
  AddRegister(tree, group);
  AddGet(tree, group);
  AddList(tree, group);
  AddUpdate(tree, group);
}

}  // namespace whence::cli
