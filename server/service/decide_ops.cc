#include "service/decide_ops.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/policy_set.h"
#include "access/principal.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/access_checks.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/audit.h"
#include "service/decision_maker.h"
#include "service/need_securable.h"
#include "service/run_check.h"

namespace whence::service {
namespace {

// The state that questions are decided by.
struct Picture {
  Position as_of = kNoPosition;
  access::Snapshot access{nullptr};
};

absl::StatusOr<Picture> OpenPicture(Call& call, const v1::AsOf& as_of, int64_t at_least) {
  WHENCE_ASSIGN_OR_RETURN(const Position position, ResolveAsOf(call, as_of));
  if (at_least > position) {
    return FailedPrecondition("POSITION_NOT_REACHED",
                              absl::StrCat("position ", at_least,
                                           " is asked for; the answer would hold as of ", position),
                              "ask again a moment later, or ask the server that gave the position");
  }
  Picture picture;
  picture.as_of = position;
  WHENCE_ASSIGN_OR_RETURN(picture.access, AccessAsOf(call, position));
  return picture;
}

// The groups of those names that there are, beside those of `who`.
absl::Status AddGroups(const access::Snapshot& access,
                       const google::protobuf::RepeatedPtrField<std::string>& names,
                       access::Identity& who) {
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(names.size()), kMaxExtraGroups, "extra_groups"));
  auto claims = std::make_shared<access::IssuerClaims>();
  if (who.claims != nullptr) *claims = *who.claims;
  for (int i = 0; i < names.size(); ++i) {
    const std::string field = absl::StrCat("extra_groups[", i, "]");
    WHENCE_ASSIGN_OR_RETURN(const access::PrincipalKind kind,
                            access::ParsePrincipalName(names.Get(i), field));
    if (kind != access::PrincipalKind::kGroup) {
      return InvalidArgument("PRINCIPAL_NOT_A_GROUP", field,
                             StrCat(names.Get(i), " is not a group"), "groups begin with group:");
    }
    const access::PrincipalId group = access.Find(names.Get(i));
    if (group != access::kNobody) claims->groups.push_back(group);
  }
  std::sort(claims->groups.begin(), claims->groups.end());
  claims->groups.erase(std::unique(claims->groups.begin(), claims->groups.end()),
                       claims->groups.end());
  who.claims = std::move(claims);
  return absl::OkStatus();
}

absl::StatusOr<access::Identity> FindAsker(Call& call, const Picture& picture,
                                           const v1::DecideRequest& request) {
  access::Identity who;
  if (request.principal().empty()) {
    who = call.identity();  // with the bounds of the token that was shown
  } else {
    who.principal = picture.access.Find(request.principal());
    who.name = request.principal();
    if (who.principal == access::kNobody) {
      // Says so, with the closest name.
      WHENCE_RETURN_IF_ERROR(
          PrincipalNamed(call.connection(), picture.as_of, request.principal(), "principal")
              .status());
    }
  }
  if (!request.extra_groups().empty()) {
    WHENCE_RETURN_IF_ERROR(AddGroups(picture.access, request.extra_groups(), who));
  }
  return who;
}

absl::Status CheckColumnTypes(const v1::DecideRequest& request) {
  const auto& types = request.column_types();
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(types.size()), kMaxColumns, "column_types"));
  if (!types.empty() && types.size() != request.columns_size()) {
    return InvalidArgument(
        "COLUMN_TYPES_MISMATCH", "column_types",
        absl::StrCat(types.size(), " types are given for ", request.columns_size(), " columns"),
        "give one for each column, in their order, or none");
  }
  for (const std::string& type : types) {
    WHENCE_RETURN_IF_ERROR(ValidateText(type, "column_types", kMaxColumnTypeBytes, false));
  }
  return absl::OkStatus();
}

absl::StatusOr<DecisionQuestion> FindQuestion(Call& call, const Picture& picture,
                                              const v1::DecideRequest& request) {
  DecisionQuestion question;
  if (!v1::SqlDialect_IsValid(request.dialect())) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", "dialect",
                           absl::StrCat(static_cast<int>(request.dialect()), " is no dialect"),
                           "use a value of the contract");
  }
  WHENCE_ASSIGN_OR_RETURN(question.privilege,
                          access::ParsePrivilege(request.privilege(), "privilege"));
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(request.columns_size()), kMaxColumns, "columns"));
  for (int i = 0; i < request.columns_size(); ++i) {
    const std::string& column = request.columns(i);
    WHENCE_RETURN_IF_ERROR(ValidateText(column, "columns", kMaxNamePartBytes, false));
    if (!column.empty()) continue;
    return InvalidArgument("NAME_PART_EMPTY", absl::StrCat("columns[", i, "]"),
                           "a column has no name", "leave it out");
  }
  WHENCE_RETURN_IF_ERROR(CheckColumnTypes(request));
  WHENCE_ASSIGN_OR_RETURN(question.who, FindAsker(call, picture, request));
  WHENCE_ASSIGN_OR_RETURN(question.target,
                          FindTarget(call.connection(), picture.access, picture.as_of,
                                     request.securable(), "securable"));
  WHENCE_RETURN_IF_ERROR(
      access::CheckApplicable(question.privilege, question.target.kind(), "privilege"));
  question.columns = {request.columns().begin(), request.columns().end()};
  question.column_types = {request.column_types().begin(), request.column_types().end()};
  if (request.dialect() != v1::SQL_DIALECT_UNSPECIFIED) {
    question.shows_salts = NeedToAskAboutOthers(call, picture.as_of, request.securable()).ok();
  }
  return question;
}

// An answer for what cannot be answered: a no.
v1::Decision Refusal(const v1::DecideRequest& request, Position position,
                     const absl::Status& status) {
  v1::Decision decision;
  decision.set_principal(request.principal());
  decision.set_privilege(request.privilege());
  *decision.mutable_securable() = request.securable();
  decision.set_error(GetErrorDetail(status).reason);
  decision.set_reason(std::string(ToStd(status.message())));
  decision.set_position(position);
  if (decision.error() == "MASK_CONFLICT") {
    decision.set_outcome(v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  }
  return decision;
}

// Whether an error is about the question, and not about the server.
bool IsAboutQuestion(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsPermissionDenied(status) || absl::IsFailedPrecondition(status) ||
         GetErrorDetail(status).reason == "CLASSIFICATION_CUT";
}

bool Same(v1::Decision a, v1::Decision b) {
  a.clear_reason();
  b.clear_reason();
  return a.SerializeAsString() == b.SerializeAsString();
}

// Whether it takes longer than a read may where it arrived.
bool IsMuch(const v1::DecideBatchRequest& request) {
  size_t columns = 0;
  for (const v1::DecideRequest& question : request.questions()) {
    columns += static_cast<size_t>(question.columns_size());
  }
  return request.questions_size() > kMaxBriefQuestions || columns > kMaxColumns;
}

absl::StatusOr<v1::Decision> DecideOne(Call& call, const Picture& picture, DecisionMaker& maker,
                                       const v1::DecideRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const DecisionQuestion question, FindQuestion(call, picture, request));
  absl::StatusOr<v1::Decision> decision =
      maker.Decide(question, access::Enforcement::kEnabled, request.dialect());
  if (!request.with_dry_run() || !picture.access.policies()->has_dry_run()) return decision;
  // What is decided now may be a conflict that a policy in dry run would resolve; but an error has
  // no place for what would be.
  if (!decision.ok()) return decision;
  absl::StatusOr<v1::Decision> would =
      maker.Decide(question, access::Enforcement::kWithDryRun, request.dialect());
  if (!would.ok() && !IsAboutQuestion(would.status())) return would;
  if (!would.ok()) would = Refusal(request, picture.as_of, would.status());
  if (!Same(*decision, *would)) *decision->mutable_dry_run() = *std::move(would);
  return decision;
}

// What was decided goes on the record as the rules say; where a policy audits it, always, and
// before it is answered.
void PutOnRecord(Call& call, std::string_view operation,
                 std::span<const v1::Decision* const> decisions, const DecisionMaker& maker) {
  Audit& audit = call.house().audit();
  if (maker.audits().empty()) return audit.NoteDecisions(call.info(), operation, decisions);
  call.PutOnRecord(EntryOfDecisions(call.info(), operation, decisions, maker.audits()));
}

}  // namespace

absl::StatusOr<v1::Decision> Decide(Call& call, const v1::DecideRequest& request) {
  if (call.brief() && request.as_of().at_case() != v1::AsOf::AT_NOT_SET) return call.Defer();
  WHENCE_ASSIGN_OR_RETURN(const Picture picture,
                          OpenPicture(call, request.as_of(), request.at_least_position()));
  DecisionMaker maker(call.connection(), picture.access, picture.as_of);
  absl::StatusOr<v1::Decision> decision = DecideOne(call, picture, maker, request);
  if (decision.ok()) {
    const v1::Decision* const decided = &*decision;
    PutOnRecord(call, "Decide", {&decided, 1}, maker);
  }
  return decision;
}

absl::StatusOr<v1::DecideBatchResponse> DecideBatch(Call& call,
                                                    const v1::DecideBatchRequest& request) {
  const bool past = request.as_of().at_case() != v1::AsOf::AT_NOT_SET;
  if (call.brief() && (past || IsMuch(request))) return call.Defer();
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(request.questions_size()), kMaxDecideQuestions, "questions"));
  WHENCE_ASSIGN_OR_RETURN(const Picture picture,
                          OpenPicture(call, request.as_of(), request.at_least_position()));
  v1::DecideBatchResponse response;
  response.set_position(picture.as_of);
  DecisionMaker maker(call.connection(), picture.access, picture.as_of);
  for (const v1::DecideRequest& question : request.questions()) {
    WHENCE_RETURN_IF_ERROR(call.StillWanted());
    const absl::Status may_ask = NeedToAskAbout(call, picture.as_of, question.principal(),
                                                question.extra_groups(), question.securable());
    absl::StatusOr<v1::Decision> decision = may_ask.ok() ? DecideOne(call, picture, maker, question)
                                                         : absl::StatusOr<v1::Decision>(may_ask);
    if (!decision.ok() && !IsAboutQuestion(decision.status())) return decision.status();
    *response.add_decisions() =
        decision.ok() ? *std::move(decision) : Refusal(question, picture.as_of, decision.status());
  }
  const std::vector<const v1::Decision*> decided(response.decisions().pointer_begin(),
                                                 response.decisions().pointer_end());
  PutOnRecord(call, "DecideBatch", decided, maker);
  return response;
}

}  // namespace whence::service
