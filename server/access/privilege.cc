#include "access/privilege.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "base/assert.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

using catalog::Kind;

// By number.
constexpr std::array<std::string_view, kPrivilegeCount> kNames = {
    "USE CATALOG",  "USE SCHEMA",      "BROWSE",          "SELECT",           "MODIFY",
    "EXECUTE",      "READ VOLUME",     "WRITE VOLUME",    "CREATE CATALOG",   "CREATE SCHEMA",
    "CREATE TABLE", "CREATE VOLUME",   "CREATE FUNCTION", "CREATE MODEL",     "CREATE PROMPT",
    "CREATE INDEX", "CREATE ENDPOINT", "CREATE JOB",      "CREATE DASHBOARD", "APPLY TAG",
    "MANAGE",       "ALL PRIVILEGES"};

// Applies to everything below the metastore, and so may be granted anywhere.
constexpr PrivilegeSet kCommon = PrivilegeSet(Privilege::kBrowse) | Privilege::kApplyTag |
                                 Privilege::kManage | Privilege::kAllPrivileges;
constexpr PrivilegeSet kOnAssets = kCommon | Privilege::kSelect | Privilege::kModify |
                                   Privilege::kExecute | Privilege::kReadVolume |
                                   Privilege::kWriteVolume;
constexpr PrivilegeSet kOnSchemas = kOnAssets | Privilege::kUseSchema | Privilege::kCreateTable |
                                    Privilege::kCreateVolume | Privilege::kCreateFunction |
                                    Privilege::kCreateModel | Privilege::kCreatePrompt |
                                    Privilege::kCreateIndex | Privilege::kCreateEndpoint |
                                    Privilege::kCreateJob | Privilege::kCreateDashboard;
constexpr PrivilegeSet kOnCatalogs = kOnSchemas | Privilege::kUseCatalog | Privilege::kCreateSchema;
constexpr PrivilegeSet kOnMetastore = kOnCatalogs | Privilege::kCreateCatalog;
static_assert(kOnMetastore == PrivilegeSet::Everything());

// "a metastore", "an index" ...: what an error calls a securable of that kind.
std::string WithArticle(Kind kind) {
  const std::string_view name = kind == Kind::kUnspecified ? "metastore" : catalog::KindName(kind);
  const bool vowel = std::string_view("aeiou").find(name.front()) != std::string_view::npos;
  return StrCat(vowel ? "an " : "a ", name);
}

std::string NamesOf(PrivilegeSet set) {
  std::vector<std::string> names;
  for (const Privilege privilege : ToList(set)) names.emplace_back(PrivilegeName(privilege));
  return absl::StrJoin(names, ", ");
}

}  // namespace

std::string_view PrivilegeName(Privilege privilege) {
  return kNames[static_cast<size_t>(privilege)];
}

absl::StatusOr<Privilege> ParsePrivilege(std::string_view text, std::string_view field) {
  std::string name(text.substr(0, 64));  // longer than all of them
  for (char& c : name) c = c == '_' ? ' ' : absl::ascii_toupper(static_cast<unsigned char>(c));
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found != std::end(kNames)) return static_cast<Privilege>(found - std::begin(kNames));
  NearestName nearest(name);
  for (const std::string_view known : kNames) static_cast<void>(nearest.Consider(known));
  return InvalidArgument("PRIVILEGE_UNKNOWN", field,
                         StrCat("there is no privilege ", QuoteForMessage(text)),
                         nearest.closest().has_value()
                             ? StrCat(*nearest.closest(), " exists")
                             : StrCat("privileges are ", NamesOf(PrivilegeSet::Everything())));
}

std::optional<Privilege> PrivilegeFromNumber(int64_t number) {
  if (number < 0 || number >= kPrivilegeCount) return std::nullopt;
  return static_cast<Privilege>(number);
}

std::vector<Privilege> ToList(PrivilegeSet set) {
  std::vector<Privilege> list;
  for (int i = 0; i < kPrivilegeCount; ++i) {
    if (set.Has(static_cast<Privilege>(i))) list.push_back(static_cast<Privilege>(i));
  }
  return list;
}

PrivilegeSet ApplicablePrivileges(Kind kind) {
  switch (kind) {
    case Kind::kUnspecified:
      return kOnMetastore;
    case Kind::kCatalog:
      return kOnCatalogs;
    case Kind::kSchema:
      return kOnSchemas;
    case Kind::kTable:
    case Kind::kView:
    case Kind::kIndex:
    case Kind::kDashboard:
      return kCommon | Privilege::kSelect | Privilege::kModify;
    case Kind::kVolume:
      return kCommon | Privilege::kReadVolume | Privilege::kWriteVolume;
    case Kind::kModel:
    case Kind::kEndpoint:  // SELECT: reading the predictions that were made with it
      return kCommon | Privilege::kExecute | Privilege::kSelect | Privilege::kModify;
    case Kind::kFunction:
    case Kind::kPrompt:
    case Kind::kJob:
      return kCommon | Privilege::kExecute | Privilege::kModify;
  }
  return {};
}

absl::Status CheckApplicable(Privilege privilege, Kind kind, std::string_view field) {
  const PrivilegeSet applicable = ApplicablePrivileges(kind);
  if (applicable.Has(privilege)) return absl::OkStatus();
  return InvalidArgument("PRIVILEGE_NOT_APPLICABLE", field,
                         StrCat(PrivilegeName(privilege), " means nothing on ", WithArticle(kind)),
                         StrCat("on ", WithArticle(kind), " may be granted ", NamesOf(applicable)));
}

Privilege ReadPrivilege(Kind kind) {
  switch (kind) {
    case Kind::kCatalog:
      return Privilege::kUseCatalog;
    case Kind::kSchema:
      return Privilege::kUseSchema;
    case Kind::kVolume:
      return Privilege::kReadVolume;
    case Kind::kFunction:
    case Kind::kModel:
    case Kind::kPrompt:
    case Kind::kEndpoint:
    case Kind::kJob:
      return Privilege::kExecute;
    case Kind::kTable:
    case Kind::kView:
    case Kind::kIndex:
    case Kind::kDashboard:
      return Privilege::kSelect;
    case Kind::kUnspecified:
      break;
  }
  WHENCE_ASSERT(kind != Kind::kUnspecified);
  return Privilege::kSelect;
}

Privilege WritePrivilege(Kind kind) {
  return kind == Kind::kVolume ? Privilege::kWriteVolume : Privilege::kModify;
}

Privilege CreatePrivilege(Kind kind) {
  switch (kind) {
    case Kind::kCatalog:
      return Privilege::kCreateCatalog;
    case Kind::kSchema:
      return Privilege::kCreateSchema;
    case Kind::kTable:
    case Kind::kView:
      return Privilege::kCreateTable;
    case Kind::kVolume:
      return Privilege::kCreateVolume;
    case Kind::kFunction:
      return Privilege::kCreateFunction;
    case Kind::kModel:
      return Privilege::kCreateModel;
    case Kind::kPrompt:
      return Privilege::kCreatePrompt;
    case Kind::kIndex:
      return Privilege::kCreateIndex;
    case Kind::kEndpoint:
      return Privilege::kCreateEndpoint;
    case Kind::kJob:
      return Privilege::kCreateJob;
    case Kind::kDashboard:
      return Privilege::kCreateDashboard;
    case Kind::kUnspecified:
      break;
  }
  WHENCE_ASSERT(kind != Kind::kUnspecified);
  return Privilege::kCreateCatalog;
}

}  // namespace whence::access
