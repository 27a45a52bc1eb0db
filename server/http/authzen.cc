#include "http/authzen.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/strict_json.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "http/authzen_question.h"
#include "http/authzen_request.h"
#include "http/authzen_search.h"
#include "http/authzen_wire.h"
#include "http/decisions.h"
#include "http/json_writer.h"
#include "http/wire.h"

namespace whence::http {
namespace {

namespace json = boost::json;
using Whole = std::shared_ptr<const json::value>;
using Serve = void (*)(const Dialect&, AuthzenDoor&, Whole);

// Purpose: the questions of one request, decided together. Ownership: shared by what waits.
// Thread-safety: one thread at a time.
struct Evaluating : std::enable_shared_from_this<Evaluating> {
  Dialect dialect;
  AuthzenDoor* door = nullptr;
  std::shared_ptr<const AuthzenMapping> mapping;
  Whole whole;  // questions look into it
  std::vector<AuthzenName> subjects;
  std::vector<AuthzenQuestion> questions;
  std::vector<AuthzenAnswer> answers;
  std::vector<size_t> asked;                // the places of those that can be asked
  std::optional<AuthzenSemantic> semantic;  // nothing: one question, answered by itself

  void Add(const absl::StatusOr<AuthzenEvaluation>& item) {
    AuthzenQuestion question;
    AuthzenName subject;
    if (item.ok()) {
      question = TranslateAuthzen(*mapping, item->resource, item->action);
      subject = {std::string(item->subject.type), std::string(item->subject.id)};
    } else {
      question.unknown = item.status();
    }
    questions.push_back(std::move(question));
    subjects.push_back(std::move(subject));
  }

  void Run() {
    std::vector<AuthzenName> wanted;
    for (size_t i = 0; i < questions.size(); ++i) {
      if (questions[i].unknown.ok()) wanted.push_back(subjects[i]);
    }
    door->subjects.Find(dialect, std::move(wanted),
                        [self = shared_from_this()](absl::StatusOr<AuthzenPrincipals> found) {
                          if (found.ok()) {
                            self->Ask(*found);
                          } else {
                            AnswerAuthzenError(self->dialect, found.status());
                          }
                        });
  }

  void Ask(const AuthzenPrincipals& principals) {
    std::vector<v1::DecideRequest> requests;
    answers.resize(questions.size());
    for (size_t i = 0; i < questions.size(); ++i) {
      AuthzenQuestion& question = questions[i];
      if (question.unknown.ok() && principals.at(subjects[i]).empty()) {
        question.unknown = NotFound("PRINCIPAL_NOT_FOUND", "there is no such subject",
                                    "create the principal, or give one its external id");
      }
      if (!question.unknown.ok()) {
        answers[i] = RefuseAuthzen(question.unknown);
        continue;
      }
      question.request.set_principal(principals.at(subjects[i]));
      requests.push_back(question.request);
      asked.push_back(i);
    }
    if (requests.empty()) {
      Answer();
      return;
    }
    AskDecisions(dialect, std::move(requests),
                 [self = shared_from_this()](auto decisions) { self->Take(decisions); });
  }

  void Take(absl::StatusOr<std::vector<v1::Decision>>& decisions) {
    if (!decisions.ok()) {
      AnswerAuthzenError(dialect, decisions.status());
      return;
    }
    if (std::all_of(decisions->begin(), decisions->end(), MayNotAsk)) {
      AnswerAuthzenError(dialect, MayNotAskError(decisions->front()));
      return;
    }
    for (size_t i = 0; i < asked.size(); ++i) {
      answers[asked[i]] = AnswerAuthzen(questions[asked[i]], std::move((*decisions)[i]));
    }
    Answer();
  }

  // Whether what follows this answer is not told any more.
  bool Ends(const AuthzenAnswer& answer) const {
    return answer.decision ? *semantic == AuthzenSemantic::kPermitOnFirstPermit
                           : *semantic == AuthzenSemantic::kDenyOnFirstDeny;
  }

  void Answer() {
    JsonWriter out;
    if (!semantic.has_value()) {
      WriteAuthzen(answers.front(), &out);
      AnswerAuthzenJson(dialect, out.Take());
      return;
    }
    out.BeginObject().Key("evaluations").BeginArray();
    for (const AuthzenAnswer& answer : answers) {
      WriteAuthzen(answer, &out);
      if (Ends(answer)) break;
    }
    out.EndArray().EndObject();
    AnswerAuthzenJson(dialect, out.Take());
  }
};

void EvaluateOne(const Dialect& dialect, AuthzenDoor& door, Whole whole) {
  const auto item = ReadAuthzenEvaluation(whole->get_object(), AuthzenAsk::kEvaluation);
  if (!item.ok()) {
    AnswerAuthzenError(dialect, item.status());
    return;
  }
  auto evaluating = std::make_shared<Evaluating>();
  evaluating->dialect = dialect;
  evaluating->door = &door;
  evaluating->mapping = door.Mapping();
  evaluating->whole = std::move(whole);
  evaluating->Add(item);
  evaluating->Run();
}

void EvaluateMany(const Dialect& dialect, AuthzenDoor& door, Whole whole) {
  const auto many = ReadAuthzenEvaluations(whole->get_object());
  if (!many.ok()) {
    AnswerAuthzenError(dialect, many.status());
    return;
  }
  if (!many->has_value()) {
    EvaluateOne(dialect, door, std::move(whole));
    return;
  }
  auto evaluating = std::make_shared<Evaluating>();
  evaluating->dialect = dialect;
  evaluating->door = &door;
  evaluating->mapping = door.Mapping();
  evaluating->whole = std::move(whole);
  evaluating->semantic = (*many)->semantic;
  for (const auto& item : (*many)->items) evaluating->Add(item);
  evaluating->Run();
}

// The body, once it is known that somebody sends it who may call at all.
absl::StatusOr<Whole> ReadWhole(const Dialect& dialect) {
  WHENCE_RETURN_IF_ERROR(
      dialect.corridor->Authenticate(dialect.exchange->Info(dialect.door), "AuthZEN"));
  WHENCE_RETURN_IF_ERROR(CheckJsonBody(dialect.request()));
  WHENCE_ASSIGN_OR_RETURN(json::value value,
                          access::ParseStrictJson(dialect.request().body, kMaxAuthzenDepth));
  if (!value.is_object()) {
    return InvalidArgument("REQUEST_UNREADABLE", "", "the body should be a JSON object",
                           "see docs/authzen.md, or the Authorization API 1.0");
  }
  return std::make_shared<const json::value>(std::move(value));
}

template <Serve kServe>
void Add(std::string_view path, service::Corridor* corridor, AuthzenDoor* door, Router* router) {
  router->Add(
      "POST", path, [corridor, door](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
        const Dialect dialect{.corridor = corridor, .exchange = exchange, .door = "authzen"};
        absl::StatusOr<Whole> whole = ReadWhole(dialect);
        if (whole.ok()) {
          kServe(dialect, *door, *std::move(whole));
        } else {
          AnswerAuthzenError(dialect, whole.status());
        }
      });
}

// Where the caller found this server: what it asked for, if that can stand in a URL.
std::string BaseUrl(const Request& request, const AuthzenDoor& door) {
  const std::shared_ptr<const AuthzenMapping> mapping = door.Mapping();
  if (!mapping->decision_point.empty()) return mapping->decision_point;
  constexpr std::string_view kHost =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
  const std::string* const host = request.Find("host");
  const bool plain =
      host != nullptr && !host->empty() && host->find_first_not_of(kHost) == std::string::npos;
  return StrCat(door.tls ? "https://" : "http://", plain ? *host : "localhost");
}

void ServeConfiguration(const Dialect& dialect, const AuthzenDoor& door) {
  const std::string base = BaseUrl(dialect.request(), door);
  JsonWriter out;
  out.BeginObject().Member("policy_decision_point", base);
  constexpr std::pair<std::string_view, std::string_view> kEndpoints[] = {
      {"access_evaluation_endpoint", "/access/v1/evaluation"},
      {"access_evaluations_endpoint", "/access/v1/evaluations"},
      {"search_subject_endpoint", "/access/v1/search/subject"},
      {"search_resource_endpoint", "/access/v1/search/resource"},
      {"search_action_endpoint", "/access/v1/search/action"}};
  for (const auto& [name, path] : kEndpoints) out.Member(name, StrCat(base, path));
  out.EndObject();
  AnswerAuthzenJson(dialect, out.Take());
}

}  // namespace

void AddAuthzenRoutes(service::Corridor* corridor, AuthzenDoor* door, Router* router) {
  Add<EvaluateOne>("/access/v1/evaluation", corridor, door, router);
  Add<EvaluateMany>("/access/v1/evaluations", corridor, door, router);
  Add<SearchAuthzenSubjects>("/access/v1/search/subject", corridor, door, router);
  Add<SearchAuthzenResources>("/access/v1/search/resource", corridor, door, router);
  Add<SearchAuthzenActions>("/access/v1/search/action", corridor, door, router);
  router->Add("GET", "/.well-known/authzen-configuration",
              [corridor, door](const std::shared_ptr<Exchange>& exchange, const PathValues&) {
                ServeConfiguration({.corridor = corridor, .exchange = exchange, .door = "authzen"},
                                   *door);
              });
}

}  // namespace whence::http
