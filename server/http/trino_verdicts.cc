#include "http/trino_verdicts.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/strings.h"
#include "http/decisions.h"
#include "service/house.h"

namespace whence::http {
namespace {

using access::Privilege;
using Verdict = TrinoItem::Verdict;
using Must = TrinoItem::Must;

// Whether a decision on the metastore tells of somebody who is there and active, and whom no policy
// shuts out: it need not be allowed anything.
bool IsPresent(const v1::Decision& decision) {
  return decision.outcome() == v1::ACCESS_OUTCOME_ALLOWED ||
         decision.outcome() == v1::ACCESS_OUTCOME_NO_PRIVILEGE;
}

// What no column is called. Policies for all columns hold for it, those for some of them do not.
constexpr std::string_view kNoColumn = "(another column)";

bool IsWhatItMustBe(const v1::Decision& decision, Must must) {
  const v1::SecurableType type = decision.securable().type();
  switch (must) {
    case Must::kAny:
      return true;
    case Must::kBeTable:
      return type == v1::SECURABLE_TYPE_TABLE || type == v1::SECURABLE_TYPE_VIEW;
    case Must::kBeFunction:
      return type == v1::SECURABLE_TYPE_FUNCTION;
  }
  return false;
}

// Purpose: asks for each item one privilege after the other, until one is allowed or none is left;
// in rounds of one batch each, so that who may not ask finds out with the first of them. Ownership:
// shared by what waits. Thread-safety: one thread at a time.
struct Rounds : std::enable_shared_from_this<Rounds> {
  Dialect dialect;
  TrinoAsker asker;
  std::vector<TrinoItem> items;
  std::vector<bool> allowed;
  std::vector<size_t> next;  // the privilege of each item that is asked next
  std::vector<bool> kept;    // items of which a policy has denied a privilege
  size_t begin = 0;          // items before this one are decided
  struct Asked {
    size_t item = 0;
    size_t alternative = 0;
  };
  std::vector<Asked> asked;  // the questions of this round
  TrinoVerdicts then;

  static size_t Alternatives(const TrinoItem& item) {
    if (item.verdict == Verdict::kDenied) return 0;
    return item.verdict == Verdict::kPresent ? 1 : item.any.size();
  }
  void Finish(size_t item) { next[item] = Alternatives(items[item]); }

  v1::DecideRequest QuestionOf(const TrinoItem& item, size_t alternative) const {
    if (item.verdict == Verdict::kPresent) {
      v1::Securable metastore;
      metastore.set_type(v1::SECURABLE_TYPE_METASTORE);
      return TrinoQuestion(asker, metastore, Privilege::kBrowse);
    }
    v1::DecideRequest question = TrinoQuestion(asker, item.securable, item.any[alternative]);
    question.mutable_columns()->Assign(item.columns.begin(), item.columns.end());
    return question;
  }

  void Ask() {
    while (begin < items.size() && next[begin] == Alternatives(items[begin])) ++begin;
    size_t left = 0;
    for (size_t i = begin; i < items.size() && left <= kMaxDecideQuestions; ++i) {
      left += Alternatives(items[i]) - next[i];
    }
    const bool at_once = left <= kMaxDecideQuestions;
    asked.clear();
    for (size_t i = begin; i < items.size() && asked.size() < kMaxDecideQuestions; ++i) {
      const size_t end = std::min(Alternatives(items[i]), at_once ? SIZE_MAX : next[i] + 1);
      for (size_t at = next[i]; at < end; ++at) asked.push_back({.item = i, .alternative = at});
    }
    if (asked.empty()) {
      then(std::move(allowed));
      return;
    }
    AskDecisions(
        dialect, asked.size(),
        [this](size_t i) { return QuestionOf(items[asked[i].item], asked[i].alternative); },
        [self = shared_from_this()](auto decisions) { self->Take(decisions); });
  }

  void Take(const absl::StatusOr<std::vector<v1::Decision>>& decisions) {
    if (!decisions.ok()) {
      then(decisions.status());
      return;
    }
    for (size_t i = 0; i < asked.size(); ++i) {
      const v1::Decision& decision = (*decisions)[i];
      if (MayNotAsk(decision)) {
        then(MayNotAskError(decision));
        return;
      }
      const size_t item = asked[i].item;
      if (next[item] < Alternatives(items[item])) TakeOne(item, decision);
    }
    Ask();
  }

  void TakeOne(size_t i, const v1::Decision& decision) {
    const TrinoItem& item = items[i];
    ++next[i];
    const bool present = item.verdict == Verdict::kPresent;
    allowed[i] =
        present ? IsPresent(decision) : decision.allowed() && IsWhatItMustBe(decision, item.must);
    if (item.may_be_missing && decision.error() == "ASSET_NOT_FOUND") allowed[i] = true;
    const bool denied = decision.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
    if (denied) kept[i] = true;
    if (allowed[i] || (denied && item.deny_ends_it)) Finish(i);
    const bool all_asked = next[i] == Alternatives(item);
    if (all_asked && !allowed[i] && kept[i] && item.some_columns) AskForOthers(i);
  }

  // Whether there are columns that the policy which denied the first privilege leaves.
  void AskForOthers(size_t i) {
    items[i].some_columns = false;
    items[i].any = items[i].any.first(1);
    items[i].columns = {std::string(kNoColumn)};
    next[i] = 0;
  }
};

}  // namespace

TrinoAsker FindTrinoAsker(const Dialect& dialect, const TrinoRequest& request) {
  const access::Snapshot access = dialect.corridor->house().access().snapshot();
  TrinoAsker asker;
  if (request.user.starts_with("user:") || request.user.starts_with("svc:")) {
    asker.principal = std::string(request.user);
  } else {
    asker.principal = StrCat("user:", request.user);
    const std::string service = StrCat("svc:", request.user);
    if (access.Find(asker.principal) == access::kNobody &&
        access.Find(service) != access::kNobody) {
      asker.principal = service;
    }
  }
  for (const std::string_view group : request.groups) {
    std::string name = StrCat("group:", group);
    if (access.Find(name) != access::kNobody) asker.groups.push_back(std::move(name));
  }
  std::sort(asker.groups.begin(), asker.groups.end());
  asker.groups.erase(std::unique(asker.groups.begin(), asker.groups.end()), asker.groups.end());
  return asker;
}

v1::DecideRequest TrinoQuestion(const TrinoAsker& asker, const v1::Securable& securable,
                                access::Privilege privilege) {
  v1::DecideRequest question;
  question.set_principal(asker.principal);
  question.set_privilege(std::string(access::PrivilegeName(privilege)));
  *question.mutable_securable() = securable;
  question.mutable_extra_groups()->Assign(asker.groups.begin(), asker.groups.end());
  return question;
}

void DecideTrinoItems(const Dialect& dialect, const TrinoAsker& asker, std::vector<TrinoItem> items,
                      TrinoVerdicts then) {
  auto rounds = std::make_shared<Rounds>();
  rounds->dialect = dialect;
  rounds->asker = asker;
  rounds->allowed.resize(items.size());
  rounds->next.resize(items.size());
  rounds->kept.resize(items.size());
  rounds->items = std::move(items);
  rounds->then = std::move(then);
  rounds->Ask();
}

}  // namespace whence::http
