#include "service/securable_names.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::service {
namespace {

constexpr std::string_view kIdPrefix = "id:";

}  // namespace

absl::StatusOr<NameOrId> ParseNameOrId(std::string_view text, std::string_view field,
                                       size_t depth) {
  NameOrId result;
  if (text.substr(0, kIdPrefix.size()) != kIdPrefix) {
    WHENCE_ASSIGN_OR_RETURN(result.path, ParseName(text, field, depth, depth));
    return result;
  }
  if (!absl::SimpleAtoi(ToAbsl(text.substr(kIdPrefix.size())), &result.id) || result.id < 1) {
    return InvalidArgument("ID_MALFORMED", field, StrCat(QuoteForMessage(text), " is no id"),
                           "an id is written id:<number>, as 'get' shows it");
  }
  return result;
}

absl::StatusOr<catalog::Securable> GetById(sql::Connection& connection, Position as_of, int64_t id,
                                           size_t depth) {
  absl::StatusOr<catalog::Securable> found = catalog::GetSecurableById(connection, as_of, id);
  if (found.ok() && catalog::NameDepth(found->kind) == depth) return found;
  if (!found.ok() && !absl::IsNotFound(found.status())) return found;
  const std::string_view level = catalog::LevelName(depth);
  return NotFound(catalog::NotFoundReason(depth), StrCat("no ", level, " has the id ", id),
                  found.ok()
                      ? StrCat(found->FullName(), " has it, a ", catalog::KindName(found->kind))
                      : StrCat("ids are shown by 'whence ", level, " get' and in lists"));
}

absl::StatusOr<catalog::Securable> GetByNameOrId(sql::Connection& connection, Position as_of,
                                                 std::string_view text, std::string_view field,
                                                 size_t depth) {
  WHENCE_ASSIGN_OR_RETURN(const NameOrId target, ParseNameOrId(text, field, depth));
  if (target.id != 0) return GetById(connection, as_of, target.id, depth);
  return catalog::GetSecurable(connection, as_of, target.path);
}

absl::StatusOr<catalog::Securable> GetAssetNamed(sql::Connection& connection, Position as_of,
                                                 std::string_view name, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> path, ParsePath<v1::Asset>(name, field));
  return catalog::GetSecurable(connection, as_of, path);
}

}  // namespace whence::service
