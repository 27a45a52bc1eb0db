#include <algorithm>
#include <memory>

#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"
#include "http/authzen_door.h"
#include "service/access_operations.h"
#include "service/house.h"

namespace whence::http {
namespace {

std::string_view PrefixOf(v1::PrincipalKind kind) {
  switch (kind) {
    case v1::PRINCIPAL_KIND_USER:
      return "user:";
    case v1::PRINCIPAL_KIND_SERVICE:
      return "svc:";
    case v1::PRINCIPAL_KIND_GROUP:
      return "group:";
    default:
      return "";
  }
}

// A text as filters quote it.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// The only one of the principals that `is`; null when there is none, or several.
template <class Is>
const v1::Principal* OnlyOne(const v1::ListPrincipalsResponse& found, Is is) {
  const v1::Principal* only = nullptr;
  for (const v1::Principal& principal : found.principals()) {
    if (!is(principal)) continue;
    if (only != nullptr) return nullptr;
    only = &principal;
  }
  return only;
}

std::string Choose(const v1::ListPrincipalsResponse& found, std::string_view id) {
  const auto by_id = [&](const v1::Principal& principal) { return principal.external_id() == id; };
  const auto by_mail = [&](const v1::Principal& principal) {
    return std::find(principal.emails().begin(), principal.emails().end(), id) !=
           principal.emails().end();
  };
  const v1::Principal* only = OnlyOne(found, by_id);
  const bool has_id = std::any_of(found.principals().begin(), found.principals().end(), by_id);
  if (only == nullptr && !has_id) only = OnlyOne(found, by_mail);
  return only == nullptr ? "" : only->name();
}

}  // namespace

v1::PrincipalKind AuthzenKind(std::string_view type) {
  if (type == "user") return v1::PRINCIPAL_KIND_USER;
  if (type == "service" || type == "svc") return v1::PRINCIPAL_KIND_SERVICE;
  if (type == "group") return v1::PRINCIPAL_KIND_GROUP;
  return v1::PRINCIPAL_KIND_UNSPECIFIED;
}

std::optional<std::string> AuthzenSubjects::FindAtOnce(const access::Snapshot& access,
                                                       const AuthzenName& subject) {
  const auto& [type, id] = subject;
  const v1::PrincipalKind kind = AuthzenKind(type);
  const std::string_view prefix = PrefixOf(kind);
  if (prefix.empty() || id.size() > kMaxPrincipalBytes || HasControlCharacters(id)) return "";
  std::string name = id.starts_with(prefix) ? id : StrCat(prefix, id);
  if (access.Find(name) != access::kNobody) return name;
  const std::lock_guard lock(mutex_);
  if (position_ != access.position()) return std::nullopt;
  const auto found = found_.find(subject);
  if (found == found_.end()) return std::nullopt;
  return found->second;
}

void AuthzenSubjects::Remember(Position position, const AuthzenName& subject,
                               const std::string& principal) {
  const std::lock_guard lock(mutex_);
  if (position < position_) return;
  if (position > position_ || found_.size() >= kMaxAuthzenSubjects) found_.clear();
  position_ = position;
  found_[subject] = principal;
}

// Purpose: looks for one subject after the other. Ownership: shared by what waits. Thread-safety:
// one thread at a time.
struct AuthzenSubjects::Search : std::enable_shared_from_this<Search> {
  AuthzenSubjects* subjects = nullptr;
  Dialect dialect;
  std::vector<AuthzenName> left;
  AuthzenPrincipals found;
  v1::ListPrincipalsResponse matches;  // of the last of those that are left
  std::string page_token;              // where its list goes on
  Then then;

  void Next() {
    // Before it is asked: what is then found holds as of it, or of later.
    const access::Snapshot access = dialect.corridor->house().access().snapshot();
    for (; !left.empty(); left.pop_back()) {
      if (found.contains(left.back())) continue;
      const std::optional<std::string> known = subjects->FindAtOnce(access, left.back());
      if (!known.has_value()) break;
      found[left.back()] = *known;
    }
    if (left.empty()) {
      then(std::move(found));
      return;
    }
    const auto& [type, id] = left.back();
    v1::ListPrincipalsRequest list;
    list.set_kind(AuthzenKind(type));
    list.set_filter(StrCat("external_id = ", Quoted(id), " OR emails:", Quoted(id)));
    list.set_page_size(kMaxPageSize);
    list.set_page_token(page_token);
    Ask<service::kListPrincipals>(dialect, std::move(list),
                                  [self = shared_from_this(), position = access.position()](
                                      absl::StatusOr<v1::ListPrincipalsResponse> answer) {
                                    self->Take(std::move(answer), position);
                                  });
  }

  void Take(absl::StatusOr<v1::ListPrincipalsResponse> answer, Position position) {
    if (!answer.ok()) {
      then(std::move(answer).status());
      return;
    }
    matches.MergeFrom(*answer);
    page_token = answer->next_page_token();
    if (!page_token.empty()) {
      Next();
      return;
    }
    const std::string principal = Choose(matches, left.back().second);
    matches.Clear();
    subjects->Remember(position, left.back(), principal);
    found[left.back()] = principal;
    left.pop_back();
    Next();
  }
};

void AuthzenSubjects::Find(const Dialect& dialect, std::vector<AuthzenName> subjects, Then then) {
  auto search = std::make_shared<Search>();
  search->subjects = this;
  search->dialect = dialect;
  search->left = std::move(subjects);
  search->then = std::move(then);
  search->Next();
}

}  // namespace whence::http
