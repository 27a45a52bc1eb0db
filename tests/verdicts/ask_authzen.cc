#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask.h"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "door.h"

namespace whence::verdicts {
namespace {

namespace json = boost::json;

// A question, maybe about one row.
struct Evaluation {
  Question question;
  std::optional<Tags> row;
};

const std::vector<std::string> kSemantics = {"execute_all", "execute_all", "execute_all",
                                             "deny_on_first_deny", "permit_on_first_permit"};

Evaluation AnyEvaluation(RandomWorld& world) {
  Evaluation evaluation{.question = AnyQuestion(world), .row = std::nullopt};
  evaluation.question.caller.extra_groups.clear();  // AuthZEN has no word for them
  if (!world.Once(4)) return evaluation;
  const std::vector<std::string> values = {"x", "y", "z", "u0", "u1", "s0"};
  evaluation.row.emplace();
  for (const char* column : {"a", "b", "c", "d"}) {
    if (!world.Once(6)) (*evaluation.row)[column] = world.Any(values);
  }
  return evaluation;
}

std::string BodyOf(RandomWorld& world, const Evaluation& evaluation) {
  const Question& question = evaluation.question;
  const size_t colon = question.caller.name.find(':');
  std::string type = question.caller.name.substr(0, colon);
  std::string id = question.caller.name.substr(colon + 1);
  // By its name with or without its prefix, or as the identity provider calls it.
  if (type != "group" && world.Once(4)) id = "external-" + id;
  if (world.Once(6) && id.find('-') == std::string::npos) id = question.caller.name;
  if (type == "svc") type = "service";
  const std::string& kind = world.naive.securables.at(question.path).kind;
  json::object properties;
  if (!question.columns.empty()) {
    json::array& columns = properties["columns"].emplace_array();
    for (const std::string& column : question.columns) columns.emplace_back(column);
  }
  if (evaluation.row) {
    json::object& row = properties["row"].emplace_object();
    for (const auto& [column, value] : *evaluation.row) row[column] = value;
  }
  return absl::StrCat(R"({"subject":{"type":")", type, R"(","id":")", id,
                      R"("},"action":{"name":")", question.privilege, R"("},"resource":{"type":")",
                      kind, R"(","id":")", question.path.empty() ? "metastore" : question.path,
                      R"(","properties":)", std::string(json::serialize(properties)), "}}");
}

std::string Text(const json::value& value) {
  const json::string& text = value.as_string();
  return {text.data(), text.size()};
}

// Row filters are for reading: of a row, nothing else is said.
bool IsAboutRows(const Question& question) {
  if (question.privilege == "SELECT") return true;
  const bool asset = std::count(question.path.begin(), question.path.end(), '.') == 2;
  return asset && (question.privilege == "EXECUTE" || question.privilege == "READ VOLUME");
}

// In words: the decision and what it rests on.
std::string Expected(const RandomWorld& world, const Evaluation& evaluation,
                     const NaiveVerdict& verdict) {
  if (!verdict.conflicts.empty()) return "no: MASK_CONFLICT";
  if (!verdict.allowed()) return absl::StrCat("no: ", verdict.outcome, " ", verdict.denied_by);
  if (evaluation.row && !IsAboutRows(evaluation.question)) return "no: PRIVILEGE_NOT_APPLICABLE";
  std::string text = "yes";
  for (const std::string& filter : verdict.filters) {
    if (!evaluation.row) {
      absl::StrAppend(&text, " rows by ", filter);
    } else if (!NaiveWorld::Shows(world.PolicyNamed(filter), evaluation.question.caller,
                                  *evaluation.row)) {
      return absl::StrCat("no: DENIED_BY_POLICY ", filter);
    }
  }
  for (const auto& [column, policy] : verdict.masks) {
    const std::string& mask = world.PolicyNamed(policy).mask;
    absl::StrAppend(&text, " ", column, " by ", policy, " ", mask.substr(0, mask.find(' ')));
  }
  return text;
}

std::string Got(const json::value& answer, const NaiveVerdict& verdict) {
  const json::object& context = answer.at("context").as_object();
  if (!answer.at("decision").as_bool()) {
    if (const json::value* const error = context.if_contains("error")) {
      const std::string reason = Text(error->at("reason"));
      const bool named =
          reason != "MASK_CONFLICT" || NamesConflict(Text(error->at("message")), verdict);
      return absl::StrCat("no: ", reason, named ? "" : ", which it does not name");
    }
    std::string text = absl::StrCat("no: ", Text(context.at("outcome")), " ");
    if (Text(context.at("outcome")) != "DENIED_BY_POLICY") return text;
    // The reason names the one that it was, also of several that had a say.
    const std::string reason = Text(context.at("reason"));
    const size_t at = reason.find("policy ") + 7;
    return absl::StrCat(text, reason.substr(at, reason.find(' ', at) - at));
  }
  std::string text = "yes";
  if (const json::value* const filters = context.if_contains("filters")) {
    for (const json::value& filter : filters->as_array()) {
      absl::StrAppend(&text, " rows by ", Text(filter.at("policy")));
    }
  }
  std::map<std::string, std::string> masks;
  if (const json::value* const all = context.if_contains("masks")) {
    for (const json::value& mask : all->as_array()) {
      masks[absl::AsciiStrToLower(Text(mask.at("column")))] =
          absl::StrCat(Text(mask.at("policy")), " ", Text(mask.at("mask")));
    }
  }
  for (const auto& [column, by] : masks) absl::StrAppend(&text, " ", column, " by ", by);
  return text;
}

// Whether it is the decision; returns what was decided.
bool Check(RandomWorld& world, const Evaluation& evaluation, const json::value& answer,
           Tally& tally) {
  const Question& question = evaluation.question;
  const NaiveVerdict verdict =
      world.naive.Decide(question.caller, question.privilege, question.path, question.columns);
  const std::string expected = Expected(world, evaluation, verdict);
  const std::string got = Got(answer, verdict);
  if (got != expected) {
    std::string row;
    if (evaluation.row) {
      for (const auto& [column, value] : *evaluation.row)
        absl::StrAppend(&row, " ", column, "=", value);
    }
    Disagree(world, absl::StrCat("AuthZEN: ", TextOf(question), row), expected, got);
  }
  const bool yes = expected.starts_with("yes");
  if (verdict.allowed() && !yes) {
    ++tally.refused;  // the row is hidden
  } else {
    Count(verdict, tally);
  }
  return yes;
}

}  // namespace

void AskAuthzen(RandomWorld& world, int questions, Tally& tally) {
  Door door(world);
  const int64_t end = tally.questions() + questions;
  while (tally.questions() < end) {
    const Evaluation one = AnyEvaluation(world);
    Check(world, one, door.Post("/access/v1/evaluation", BodyOf(world, one)), tally);

    std::vector<Evaluation> many;
    std::vector<std::string> bodies;
    for (int i = 0; i < 100; ++i) {
      many.push_back(AnyEvaluation(world));
      bodies.push_back(BodyOf(world, many.back()));
    }
    const std::string& semantic = world.Any(kSemantics);
    const json::value answer =
        door.Post("/access/v1/evaluations",
                  absl::StrCat(R"({"options":{"evaluations_semantic":")", semantic,
                               R"("},"evaluations":[)", absl::StrJoin(bodies, ","), "]}"));
    const json::array& answers = answer.at("evaluations").as_array();
    size_t told = 0;
    for (bool ended = false; told < many.size() && !ended; ++told) {
      REQUIRE(told < answers.size());
      const bool yes = Check(world, many[told], answers[told], tally);
      ended = yes ? semantic == "permit_on_first_permit" : semantic == "deny_on_first_deny";
    }
    REQUIRE(answers.size() == told);
  }
}

}  // namespace whence::verdicts
