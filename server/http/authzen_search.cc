#include "http/authzen_search.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/page_token.h"
#include "base/strings.h"
#include "boost/json/serialize.hpp"
#include "http/authzen_question.h"
#include "http/authzen_wire.h"
#include "http/decisions.h"
#include "http/json_writer.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"

namespace whence::http {
namespace {

namespace json = boost::json;
using Whole = std::shared_ptr<const json::value>;

// What must stay the same from page to page.
uint64_t FingerprintOf(std::string_view search, const json::object& request) {
  const auto text = [&](std::string_view name) {
    const json::value* const member = request.if_contains({name.data(), name.size()});
    return member == nullptr ? std::string() : json::serialize(*member);
  };
  return Fingerprint({search, text("subject"), text("action"), text("resource"), text("context")});
}

std::string WriteEntity(std::string_view type, std::string_view id) {
  JsonWriter out;
  out.BeginObject().Member("type", type).Member("id", id).EndObject();
  return out.Take();
}

// Something that may be among the results.
struct Candidate {
  AuthzenQuestion question;  // with its principal
  std::string result;        // as the answer has it
};

// Purpose: one search: lists candidates, has them decided, and goes on until the page is full, the
// list ends, or so many were looked at that the caller should say whether it still wants more.
// Ownership: shared by what waits. Thread-safety: one thread at a time.
struct Search : std::enable_shared_from_this<Search> {
  Dialect dialect;
  AuthzenDoor* door = nullptr;
  std::shared_ptr<const AuthzenMapping> mapping;
  Whole whole;  // what is asked looks into it
  AuthzenEvaluation asked;
  AuthzenPage page;
  std::string principal;  // of the subject, where it is not searched for
  uint64_t fingerprint = 0;
  std::string token;  // where the list goes on
  std::vector<std::string> results;
  size_t searched = 0;
  size_t lists = 0;

  virtual ~Search() = default;
  // Asks for the candidates that begin at `token`, at most as many as the page still takes, and
  // calls Decide with them and the next token, or Fail.
  virtual void List() = 0;

  // Reads the request; answers and says false when it cannot be read.
  bool Open(const Dialect& opened, AuthzenDoor& at, Whole read, AuthzenAsk ask,
            std::string_view name) {
    dialect = opened;
    door = &at;
    mapping = at.Mapping();
    whole = std::move(read);
    const json::object& request = whole->get_object();
    absl::StatusOr<AuthzenEvaluation> evaluation = ReadAuthzenEvaluation(request, ask);
    absl::StatusOr<AuthzenPage> asked_page = ReadAuthzenPage(request);
    fingerprint = FingerprintOf(name, request);
    absl::Status status = evaluation.ok() ? asked_page.status() : evaluation.status();
    if (status.ok() && !asked_page->token.empty()) {
      absl::StatusOr<PageToken> decoded = DecodePageToken(asked_page->token, fingerprint);
      status = decoded.status();
      if (decoded.ok() && decoded->key.size() != 1) {
        status = InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "this is no token",
                                 "begin with the first page");
      }
      if (status.ok()) token = decoded->key.front();
    }
    if (!status.ok()) {
      Fail(status);
      return false;
    }
    asked = *evaluation;
    page = *asked_page;
    return true;
  }

  void Fail(const absl::Status& status) { AnswerAuthzenError(dialect, status); }
  int32_t Left() const { return page.limit - static_cast<int32_t>(results.size()); }

  // Finds who the subject is, and goes on to List; nobody: nothing is found.
  void WithSubject() {
    const AuthzenName subject = {std::string(asked.subject.type), std::string(asked.subject.id)};
    door->subjects.Find(
        dialect, {subject},
        [self = shared_from_this(), subject](absl::StatusOr<AuthzenPrincipals> found) {
          if (!found.ok()) {
            self->Fail(found.status());
            return;
          }
          self->principal = found->at(subject);
          if (self->principal.empty()) {
            self->Answer("");
          } else {
            self->List();
          }
        });
  }

  void Decide(std::vector<Candidate> candidates, std::string next) {
    ++lists;
    searched += candidates.size();
    std::vector<v1::DecideRequest> requests;
    requests.reserve(candidates.size());
    for (const Candidate& candidate : candidates) requests.push_back(candidate.question.request);
    if (requests.empty()) {
      GoOn(std::move(next));
      return;
    }
    AskDecisions(dialect, std::move(requests),
                 [self = shared_from_this(), candidates = std::move(candidates),
                  next = std::move(next)](absl::StatusOr<std::vector<v1::Decision>> decisions) {
                   if (!decisions.ok()) {
                     self->Fail(decisions.status());
                     return;
                   }
                   if (std::all_of(decisions->begin(), decisions->end(), MayNotAsk)) {
                     self->Fail(MayNotAskError(decisions->front()));
                     return;
                   }
                   for (size_t i = 0; i < candidates.size(); ++i) {
                     const AuthzenAnswer answer =
                         AnswerAuthzen(candidates[i].question, std::move((*decisions)[i]));
                     if (answer.decision) self->results.push_back(candidates[i].result);
                   }
                   self->GoOn(next);
                 });
  }

  void GoOn(std::string next) {
    const bool full = Left() <= 0 || searched >= static_cast<size_t>(kMaxScanPerPage) ||
                      lists >= kMaxAuthzenLists;
    if (next.empty() && searched == 0) {
      AnswerIfMayAsk();
      return;
    }
    if (next.empty() || full) {
      Answer(next);
      return;
    }
    token = std::move(next);
    List();
  }

  // Where the caller sees nothing, is that because there is nothing, or because it may not ask?
  void AnswerIfMayAsk() {
    v1::DecideRequest probe;
    probe.set_principal(principal);
    probe.set_privilege(std::string(access::PrivilegeName(access::Privilege::kBrowse)));
    probe.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
    AskDecisions(
        dialect, {std::move(probe)},
        [self = shared_from_this()](const absl::StatusOr<std::vector<v1::Decision>>& decisions) {
          if (decisions.ok()) {
            self->Answer("");
          } else {
            self->Fail(decisions.status());
          }
        });
  }

  void Answer(const std::string& next) {
    JsonWriter out;
    out.BeginObject().Key("page").BeginObject();
    out.Member("next_token",
               next.empty() ? "" : EncodePageToken({.fingerprint = fingerprint, .key = {next}}));
    out.Key("count").Number(static_cast<int64_t>(results.size())).EndObject();
    out.Key("results").BeginArray();
    for (const std::string& result : results) out.Raw(result);
    out.EndArray().EndObject();
    AnswerAuthzenJson(dialect, out.Take());
  }
};

struct SubjectSearch final : Search {
  AuthzenQuestion question;

  void List() override {
    v1::ListPrincipalsRequest list;
    list.set_kind(AuthzenKind(asked.subject.type));
    list.set_page_size(Left());
    list.set_page_token(token);
    Ask<service::kListPrincipals>(
        dialect, std::move(list),
        [this, self = shared_from_this()](absl::StatusOr<v1::ListPrincipalsResponse> answer) {
          if (!answer.ok()) {
            Fail(answer.status());
            return;
          }
          std::vector<Candidate> candidates;
          for (const v1::Principal& found : answer->principals()) {
            const std::string_view name = found.name();
            Candidate candidate{
                .question = question,
                .result = WriteEntity(asked.subject.type, name.substr(name.find(':') + 1))};
            candidate.question.request.set_principal(found.name());
            candidates.push_back(std::move(candidate));
          }
          Decide(std::move(candidates), answer->next_page_token());
        });
  }
};

// Which list has all resources of a type.
struct ResourceList {
  enum class Of { kNothing, kMetastore, kCatalogs, kSchemas, kAssets } of = Of::kNothing;
  std::string parent{};
  std::string filter{};
  bool short_ids = false;  // ids are last parts of names, not names
};

ResourceList ListOf(const AuthzenMapping& mapping, std::string_view type, std::string_view action) {
  using Of = ResourceList::Of;
  if (const auto mapped = mapping.resources.find(type); mapped != mapping.resources.end()) {
    const auto found = mapped->second.find(action);
    if (found == mapped->second.end()) return {};
    const AuthzenPlace& place = found->second.place;
    // Rows are not here; and a name that is all id may be anything.
    if (!place.id || place.parts.empty() || place.parts.size() > 2) return {};
    return {.of = place.parts.size() == 1 ? Of::kSchemas : Of::kAssets,
            .parent = FormatName(place.parts),
            .short_ids = true};
  }
  switch (AuthzenType(type)) {
    case v1::SECURABLE_TYPE_UNSPECIFIED:
      return {};
    case v1::SECURABLE_TYPE_METASTORE:
      return {.of = Of::kMetastore};
    case v1::SECURABLE_TYPE_CATALOG:
      return {.of = Of::kCatalogs};
    case v1::SECURABLE_TYPE_SCHEMA:
      return {.of = Of::kSchemas};
    case v1::SECURABLE_TYPE_ASSET:
      return {.of = Of::kAssets};
    default:
      return {.of = Of::kAssets, .filter = StrCat("kind = ", absl::AsciiStrToUpper(ToAbsl(type)))};
  }
}

struct ResourceSearch final : Search {
  ResourceList list;

  void List() override {
    using Of = ResourceList::Of;
    switch (list.of) {
      case Of::kNothing:
        Answer("");
        return;
      case Of::kMetastore:
        Take({"metastore"}, "");
        return;
      case Of::kCatalogs: {
        v1::ListCatalogsRequest request;
        AskList<service::kListCatalogs>(std::move(request));
        return;
      }
      case Of::kSchemas: {
        v1::ListSchemasRequest request;
        request.set_parent(list.parent);
        AskList<service::kListSchemas>(std::move(request));
        return;
      }
      case Of::kAssets: {
        v1::ListAssetsRequest request;
        request.set_parent(list.parent);
        request.set_filter(list.filter);
        AskList<service::kListAssets>(std::move(request));
        return;
      }
    }
  }

  static const auto& ItemsOf(const v1::ListCatalogsResponse& answer) { return answer.catalogs(); }
  static const auto& ItemsOf(const v1::ListSchemasResponse& answer) { return answer.schemas(); }
  static const auto& ItemsOf(const v1::ListAssetsResponse& answer) { return answer.assets(); }

  template <const auto& kOperation, class Request>
  void AskList(Request request) {
    request.set_page_size(Left());
    request.set_page_token(token);
    Ask<kOperation>(dialect, std::move(request), [this, self = shared_from_this()](auto answer) {
      if (!answer.ok()) {
        // What the list is of may be gone; then nothing is in it.
        if (absl::IsNotFound(answer.status())) {
          Answer("");
        } else {
          Fail(answer.status());
        }
        return;
      }
      std::vector<std::string> names;
      for (const auto& item : ItemsOf(*answer)) names.push_back(item.name());
      Take(std::move(names), answer->next_page_token());
    });
  }

  void Take(std::vector<std::string> names, std::string next) {
    std::vector<Candidate> candidates;
    for (std::string& id : names) {
      if (list.short_ids) {
        const auto parts = ParseName(id, "name");
        if (parts.ok()) id = parts->back();
      }
      AuthzenEntity resource = asked.resource;
      resource.id = id;
      Candidate candidate{.question = TranslateAuthzen(*mapping, resource, asked.action),
                          .result = WriteEntity(resource.type, id)};
      if (!candidate.question.unknown.ok()) continue;
      candidate.question.request.set_principal(principal);
      candidates.push_back(std::move(candidate));
    }
    Decide(std::move(candidates), std::move(next));
  }
};

struct ActionSearch final : Search {
  // All that there are for the type, in an order of their own.
  std::vector<std::string> Actions() const {
    std::vector<std::string> actions;
    const auto& mapped = mapping->resources;
    if (const auto type = mapped.find(asked.resource.type); type != mapped.end()) {
      for (const auto& [name, action] : type->second) actions.push_back(name);
      return actions;
    }
    for (int number = 0; number < access::kPrivilegeCount; ++number) {
      const auto privilege = access::PrivilegeFromNumber(number);
      if (privilege == access::Privilege::kAllPrivileges) continue;
      actions.emplace_back(access::PrivilegeName(*privilege));
    }
    return actions;
  }

  // The token is the action before.
  void List() override {
    const std::vector<std::string> actions = Actions();
    auto next = std::find(actions.begin(), actions.end(), token);
    next = token.empty() ? actions.begin() : next == actions.end() ? next : next + 1;
    std::vector<Candidate> candidates;
    std::string last;
    for (; next != actions.end() && candidates.size() < static_cast<size_t>(Left()); ++next) {
      last = *next;
      JsonWriter out;
      out.BeginObject().Member("name", *next).EndObject();
      Candidate candidate{.question = TranslateAuthzen(*mapping, asked.resource, *next),
                          .result = out.Take()};
      if (!candidate.question.unknown.ok()) continue;
      candidate.question.request.set_principal(principal);
      candidates.push_back(std::move(candidate));
    }
    Decide(std::move(candidates), next == actions.end() ? "" : last);
  }
};

}  // namespace

void SearchAuthzenSubjects(const Dialect& dialect, AuthzenDoor& door, Whole whole) {
  auto search = std::make_shared<SubjectSearch>();
  if (!search->Open(dialect, door, std::move(whole), AuthzenAsk::kSubject, "subject")) return;
  search->question =
      TranslateAuthzen(*search->mapping, search->asked.resource, search->asked.action);
  const bool known = search->question.unknown.ok() &&
                     AuthzenKind(search->asked.subject.type) != v1::PRINCIPAL_KIND_UNSPECIFIED;
  if (known) {
    search->List();
  } else {
    search->Answer("");
  }
}

void SearchAuthzenResources(const Dialect& dialect, AuthzenDoor& door, Whole whole) {
  auto search = std::make_shared<ResourceSearch>();
  if (!search->Open(dialect, door, std::move(whole), AuthzenAsk::kResource, "resource")) return;
  search->list = ListOf(*search->mapping, search->asked.resource.type, search->asked.action);
  search->WithSubject();
}

void SearchAuthzenActions(const Dialect& dialect, AuthzenDoor& door, Whole whole) {
  auto search = std::make_shared<ActionSearch>();
  if (!search->Open(dialect, door, std::move(whole), AuthzenAsk::kAction, "action")) return;
  search->WithSubject();
}

}  // namespace whence::http
