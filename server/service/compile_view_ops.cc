#include "service/compile_view_ops.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "access/asker.h"
#include "access/policy_set.h"
#include "access/principal.h"
#include "access/secured_view.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/bound_cache.h"
#include "service/decision_maker.h"
#include "service/need_securable.h"
#include "service/policy_convert.h"
#include "service/run_check.h"

namespace whence::service {
namespace {

using access::Policy;
using access::Privilege;

// Who reads the view, what of, and by which state.
struct Reader {
  Position as_of = kNoPosition;
  access::Snapshot access{nullptr};
  access::Principal principal;
  access::Identity who;
  AccessTarget target;
};

absl::StatusOr<Reader> OpenReader(Call& call, const v1::CompileViewRequest& request) {
  Reader reader;
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(reader.as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(reader.access, AccessAsOf(call, reader.as_of));
  WHENCE_ASSIGN_OR_RETURN(
      reader.principal, PrincipalNamed(connection, reader.as_of, request.principal(), "principal"));
  reader.who = IdentityOf(reader.principal);
  WHENCE_ASSIGN_OR_RETURN(reader.target, FindTarget(connection, reader.access, reader.as_of,
                                                    request.securable(), "securable"));
  WHENCE_RETURN_IF_ERROR(
      access::CheckApplicable(Privilege::kSelect, reader.target.kind(), "securable"));
  return reader;
}

absl::Status ShowsNothing(const Reader& reader, std::string_view why) {
  return FailedPrecondition(
      "VIEW_SHOWS_NOTHING",
      StrCat(reader.who.name, " may not SELECT on ", SecurableText(reader.target.message), why),
      "see 'whence access explain'");
}

std::string DeniedBy(const Policy& policy) {
  return StrCat(": policy ", policy.name, " denies it");
}

// The name of a view or table as an engine has it.
absl::StatusOr<std::vector<std::string>> NameOr(
    const google::protobuf::RepeatedPtrField<std::string>& wanted, std::string_view field,
    std::vector<std::string> otherwise) {
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(wanted.size()), kMaxEngineNameParts, field));
  if (wanted.empty()) return otherwise;
  for (int i = 0; i < wanted.size(); ++i) {
    WHENCE_RETURN_IF_ERROR(ValidateText(wanted.Get(i), StrCat(field, "[", i, "]"),
                                        kMaxEngineNamePartBytes, /*allow_newlines=*/false));
  }
  return std::vector<std::string>(wanted.begin(), wanted.end());
}

// Purpose: works out what of a table somebody may see. Ownership: borrows all. One thread, one use.
class ViewMaker {
 public:
  ViewMaker(Call& call, const Reader& reader, BoundRef bound, bool shows_salts)
      : call_(call),
        reader_(reader),
        bound_(std::move(bound)),
        asker_(reader.access, reader.who),
        shows_salts_(shows_salts) {}

  absl::Status Make(access::SecuredView* view) {
    WHENCE_RETURN_IF_ERROR(ChooseColumns());
    WHENCE_RETURN_IF_ERROR(PutColumns(view));
    bound_->in_force.EachFilter(asker_, [&](const Policy& policy) {
      view->filters.push_back(policy.definition.filter);
      Note(policy);
    });
    return absl::OkStatus();
  }

  std::vector<std::string> TakePolicies() && { return std::move(policies_); }

 private:
  void Note(const Policy& policy) {
    if (std::find(policies_.begin(), policies_.end(), policy.name) == policies_.end()) {
      policies_.push_back(policy.name);
    }
  }

  // All but those that a policy denies.
  absl::Status ChooseColumns() {
    const access::Chain& chain = reader_.target.chain;
    const access::Outcome granted = reader_.access.Decide(reader_.who, Privilege::kSelect, chain);
    if (granted != access::Outcome::kAllowed) return ShowsNothing(reader_, "");
    WHENCE_ASSIGN_OR_RETURN(const Policy* deny,
                            FindShutGate(call_.connection(), reader_.access, reader_.as_of, chain,
                                         asker_, access::Enforcement::kEnabled));
    if (deny != nullptr) return ShowsNothing(reader_, DeniedBy(*deny));
    const size_t known = bound_->columns->columns.size();
    if (known == 0) deny = bound_->in_force.FindDeny(asker_, Privilege::kSelect);
    for (uint32_t i = 0; i < known; ++i) {
      const Policy* const denies = bound_->in_force.FindDeny(asker_, Privilege::kSelect, {&i, 1});
      if (denies == nullptr) {
        columns_.push_back(i);
      } else {
        deny = denies;
        Note(*deny);
      }
    }
    if (!columns_.empty() || deny == nullptr) return absl::OkStatus();
    return ShowsNothing(reader_, DeniedBy(*deny));
  }

  absl::Status PutColumns(access::SecuredView* view) {
    if (columns_.empty()) return absl::OkStatus();
    const std::vector<access::TaggedColumn>& known = bound_->columns->columns;
    std::vector<const Policy*> masks(columns_.size());
    const access::MaskConflict conflict =
        bound_->in_force.FindMasks(asker_, {masks.data(), masks.size()}, columns_);
    if (conflict.first != nullptr) {
      return access::ConflictError(known[conflict.column].name, conflict);
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      const uint32_t place = columns_[i];
      access::SecuredColumn column{
          .column = {.name = known[place].name, .type = bound_->columns->types[place]},
          .mask = std::nullopt};
      if (masks[i] != nullptr) {
        WHENCE_RETURN_IF_ERROR(CheckSalt(shows_salts_, *masks[i], known[place].name));
        column.mask = masks[i]->definition.mask;
        Note(*masks[i]);
      }
      view->columns.push_back(std::move(column));
    }
    return absl::OkStatus();
  }

  Call& call_;
  const Reader& reader_;
  const BoundRef bound_;
  const access::Asker asker_;
  const bool shows_salts_;         // masks may be shown with theirs
  std::vector<uint32_t> columns_;  // places of those that are shown
  std::vector<std::string> policies_;
};

}  // namespace

absl::StatusOr<v1::CompileViewResponse> CompileView(Call& call,
                                                    const v1::CompileViewRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::SqlDialect dialect,
                          ParseDialect(request.dialect(), "dialect"));
  WHENCE_ASSIGN_OR_RETURN(const Reader reader, OpenReader(call, request));
  const access::Chain& chain = reader.target.chain;
  WHENCE_ASSIGN_OR_RETURN(
      BoundRef bound, BoundAt(call.connection(), reader.access, reader.as_of, chain, chain.depth));
  WHENCE_ASSIGN_OR_RETURN(std::vector<std::string> path,
                          catalog::PathOf(call.connection(), reader.as_of, reader.target.id()));
  access::SecuredView view;
  WHENCE_ASSIGN_OR_RETURN(view.table, NameOr(request.table(), "table", path));
  path.back() += "_secured";
  WHENCE_ASSIGN_OR_RETURN(view.view, NameOr(request.view(), "view", std::move(path)));
  // A group's members ask the engine each under their own name.
  if (reader.principal.kind != access::PrincipalKind::kGroup) {
    view.caller.name = reader.who.name.substr(reader.who.name.find(':') + 1);
  }
  const bool shows_salts = NeedToAskAboutOthers(call, reader.as_of, request.securable()).ok();
  ViewMaker maker(call, reader, std::move(bound), shows_salts);
  WHENCE_RETURN_IF_ERROR(maker.Make(&view));
  v1::CompileViewResponse response;
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> statements,
                          access::SecuredViewSql(dialect, view));
  for (const std::string& statement : statements) response.add_statements(statement);
  for (std::string& name : std::move(maker).TakePolicies()) {
    response.add_policies(std::move(name));
  }
  response.set_position(reader.as_of);
  return response;
}

}  // namespace whence::service
