#include "http/authzen_mapping.h"

#include <yaml-cpp/yaml.h>

#include <string>
#include <utility>
#include <vector>

#include "access/config_file.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::http {
namespace {

using access::Inside;

constexpr access::ConfigFile kFile{.malformed = "AUTHZEN_CONFIG_MALFORMED",
                                   .unreadable = "AUTHZEN_CONFIG_UNREADABLE",
                                   .page = "docs/authzen.md",
                                   .flag = "--authzen",
                                   .max_bytes = kMaxAuthzenConfigBytes};
constexpr std::string_view kId = "{id}";
constexpr std::string_view kMetastore = "metastore";

absl::StatusOr<AuthzenPlace> ParsePlace(std::string_view text, std::string_view field) {
  AuthzenPlace place;
  if (text == kMetastore) {
    place.metastore = true;
    return place;
  }
  if (text.ends_with(kId)) {
    place.id = true;
    text.remove_suffix(kId.size());
    if (text.empty()) return place;
    if (!text.ends_with('.')) {
      return kFile.Malformed(field,
                             "{id} should be a part of its own, at the end: shop.documents.{id}");
    }
    text.remove_suffix(1);
  }
  const size_t most = place.id ? kMaxNameParts - 1 : kMaxNameParts;
  absl::StatusOr<std::vector<std::string>> parts = ParseName(text, field, 1, most);
  if (!parts.ok()) return kFile.Malformed(field, ToStd(parts.status().message()));
  place.parts = *std::move(parts);
  return place;
}

// `SELECT`, or a map with `privilege` and more.
absl::StatusOr<AuthzenAction> ReadAction(const YAML::Node& node, const std::string& path,
                                         std::string_view default_place) {
  AuthzenAction action;
  std::string privilege;
  std::string place(default_place);
  if (node.IsScalar()) {
    privilege = node.Scalar();
  } else {
    WHENCE_RETURN_IF_ERROR(kFile.CheckMap(node, path, {"privilege", "securable", "rows"}));
    WHENCE_ASSIGN_OR_RETURN(privilege, kFile.TextOf(node, path, "privilege"));
    WHENCE_ASSIGN_OR_RETURN(const std::string own, kFile.TextOf(node, path, "securable"));
    if (!own.empty()) place = own;
    WHENCE_ASSIGN_OR_RETURN(action.rows, kFile.FlagOf(node, path, "rows"));
  }
  const absl::StatusOr<access::Privilege> known = access::ParsePrivilege(privilege, "privilege");
  if (!known.ok()) return kFile.Malformed(path, ToStd(known.status().message()));
  action.privilege = *known;
  if (place.empty())
    return kFile.Malformed(path, "neither this nor its type says on which securable");
  WHENCE_ASSIGN_OR_RETURN(action.place, ParsePlace(place, Inside(path, "securable")));
  return action;
}

absl::StatusOr<AuthzenMapping> ReadAll(const YAML::Node& top) {
  AuthzenMapping mapping;
  if (top.IsNull()) return mapping;
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(top, "", {"policy_decision_point", "resources"}));
  WHENCE_ASSIGN_OR_RETURN(mapping.decision_point, kFile.TextOf(top, "", "policy_decision_point"));
  const std::string& url = mapping.decision_point;
  if (!url.empty() && (!url.starts_with("https://") || !IsPrintableAscii(url) ||
                       url.find_first_of("?# \"\\") != std::string::npos || url.ends_with('/'))) {
    return kFile.Malformed("policy_decision_point",
                           "this should be a URL with https and nothing behind");
  }
  const YAML::Node resources = top["resources"];
  if (!resources.IsDefined() || resources.IsNull()) return mapping;
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(resources, "resources", {}));
  for (const auto& resource : resources) {
    const std::string& type = resource.first.Scalar();
    const std::string path = Inside("resources", type);
    WHENCE_RETURN_IF_ERROR(kFile.CheckMap(resource.second, path, {"securable", "actions"}));
    WHENCE_ASSIGN_OR_RETURN(const std::string place,
                            kFile.TextOf(resource.second, path, "securable"));
    const YAML::Node actions = resource.second["actions"];
    if (!actions.IsDefined()) return kFile.Malformed(Inside(path, "actions"), "this is missing");
    WHENCE_RETURN_IF_ERROR(kFile.CheckMap(actions, Inside(path, "actions"), {}));
    for (const auto& action : actions) {
      const std::string& name = action.first.Scalar();
      WHENCE_ASSIGN_OR_RETURN(mapping.resources[type][name],
                              ReadAction(action.second, StrCat(path, ".actions.", name), place));
    }
  }
  return mapping;
}

}  // namespace

absl::StatusOr<AuthzenMapping> ParseAuthzenMapping(std::string_view text) {
  AuthzenMapping mapping;
  WHENCE_RETURN_IF_ERROR(kFile.Parse(text, [&mapping](const YAML::Node& top) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(mapping, ReadAll(top));
    return absl::OkStatus();
  }));
  return mapping;
}

absl::StatusOr<AuthzenMapping> ReadAuthzenMapping(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const std::string text, kFile.Read(path));
  return ParseAuthzenMapping(text);
}

absl::StatusOr<std::unique_ptr<AuthzenFile>> WatchAuthzenMapping(const std::string& path,
                                                                 files::Report report) {
  using Mapping = std::shared_ptr<const AuthzenMapping>;
  const auto read = [path](const Mapping& before) -> absl::StatusOr<Mapping> {
    WHENCE_ASSIGN_OR_RETURN(AuthzenMapping mapping, ReadAuthzenMapping(path));
    if (before != nullptr && mapping == *before) return before;
    return std::make_shared<const AuthzenMapping>(std::move(mapping));
  };
  return AuthzenFile::Open({path}, read, std::move(report));
}

}  // namespace whence::http
