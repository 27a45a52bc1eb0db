#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask.h"
#include "service/policy_operations.h"

namespace whence::verdicts {
namespace {

std::string OutcomeWord(v1::AccessOutcome outcome) {
  return v1::AccessOutcome_Name(outcome).substr(std::string("ACCESS_OUTCOME_").size());
}

// What else is told, were policies in dry run enabled: only what is different.
void CheckDryRun(const RandomWorld& world, const Question& question, const NaiveVerdict& now,
                 const v1::Decision& got) {
  if (!now.conflicts.empty()) return;  // an error has no place for it
  const NaiveVerdict would = world.naive.Decide(question.caller, question.privilege, question.path,
                                                question.columns, /*with_dry_run=*/true);
  const std::string expected = would == now ? "" : TextOf(world, question, would);
  const std::string told = got.has_dry_run() ? TextOf(got.dry_run(), would) : "";
  if (told != expected) Disagree(world, TextOf(question) + ", with dry run", expected, told);
}

void Ask(RandomWorld& world, const NaiveWorld& naive, int questions, v1::DecideBatchRequest batch,
         Tally& tally) {
  const bool past = batch.has_as_of();
  std::vector<Question> asked;
  for (int i = 0; i < questions; ++i) {
    asked.push_back(AnyQuestion(world));
    *batch.add_questions() = RequestOf(asked.back());
    if (!past && i % 4 == 0) batch.mutable_questions(i)->set_with_dry_run(true);
  }
  const absl::StatusOr<v1::DecideBatchResponse> answer =
      world.house.Run(service::kDecideBatch, batch);
  INFO(answer.status());
  REQUIRE(answer.ok());
  REQUIRE(answer->decisions_size() == questions);
  for (int i = 0; i < questions; ++i) {
    const Question& question = asked[static_cast<size_t>(i)];
    const NaiveVerdict verdict =
        naive.Decide(question.caller, question.privilege, question.path, question.columns);
    const std::string expected = TextOf(world, question, verdict);
    const std::string got = TextOf(answer->decisions(i), verdict);
    if (got != expected) {
      const std::string when =
          past ? absl::StrCat(", as of position ", batch.as_of().position()) : "";
      Disagree(world, TextOf(question) + when, expected, got);
    }
    if (batch.questions(i).with_dry_run()) {
      CheckDryRun(world, question, verdict, answer->decisions(i));
    }
    Count(verdict, tally);
  }
}

}  // namespace

Question AnyQuestion(RandomWorld& world) {
  Question question;
  question.caller = world.AnyCaller();
  question.path = world.Once(12) ? "" : world.Any(world.Once(2) ? world.tables : world.paths);
  question.privilege = world.AnyPrivilege(question.path);
  question.columns = world.AnyColumns();
  return question;
}

std::string TextOf(const Question& question) {
  return absl::StrCat(question.caller.name, " (also in ",
                      absl::StrJoin(question.caller.extra_groups, ", "), "): ", question.privilege,
                      " on ", question.path.empty() ? "metastore" : question.path, " (",
                      absl::StrJoin(question.columns, ", "), ")");
}

v1::DecideRequest RequestOf(const Question& question) {
  v1::DecideRequest request;
  request.set_principal(question.caller.name);
  request.set_privilege(question.privilege);
  request.mutable_securable()->set_name(question.path);
  if (question.path.empty()) {
    request.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
  }
  for (const std::string& column : question.columns) request.add_columns(column);
  for (const std::string& group : question.caller.extra_groups) request.add_extra_groups(group);
  request.set_dialect(v1::SQL_DIALECT_TRINO);
  return request;
}

std::string TextOf(const RandomWorld& world, const Question& question,
                   const NaiveVerdict& verdict) {
  if (!verdict.conflicts.empty()) return "MASK_CONFLICT";
  std::string text = absl::StrCat(verdict.outcome, " ", verdict.denied_by);
  for (const std::string& filter : verdict.filters) {
    absl::StrAppend(&text, " rows by ", filter, " ", RandomWorld::FilterSql(filter));
  }
  for (const auto& [column, policy] : verdict.masks) {
    // Under the name that it was asked by.
    std::string name = column;
    for (const std::string& asked : question.columns) {
      if (absl::EqualsIgnoreCase(asked, column)) name = asked;
    }
    absl::StrAppend(&text, " ", column, " by ", policy, " ",
                    world.MaskSql(policy, absl::StrCat(question.path, "#", name)));
  }
  return text;
}

std::string TextOf(const v1::Decision& decision, const NaiveVerdict& expected) {
  if (decision.error() == "MASK_CONFLICT" && NamesConflict(decision.reason(), expected)) {
    return "MASK_CONFLICT";
  }
  if (!decision.error().empty()) return absl::StrCat(decision.error(), " ", decision.reason());
  const bool denied = decision.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
  std::string text =
      absl::StrCat(OutcomeWord(decision.outcome()), " ",
                   denied && decision.policies_size() == 1 ? decision.policies(0) : "");
  for (const v1::DecidedFilter& filter : decision.filters()) {
    absl::StrAppend(&text, " rows by ", filter.policy(), " ", filter.sql());
  }
  std::map<std::string, std::string> masks;
  for (const v1::ColumnMask& mask : decision.masks()) {
    masks[absl::AsciiStrToLower(mask.column())] = absl::StrCat(mask.policy(), " ", mask.sql());
  }
  for (const auto& [column, by] : masks) absl::StrAppend(&text, " ", column, " by ", by);
  return text;
}

bool NamesConflict(const std::string& told, const NaiveVerdict& verdict) {
  const std::string message = absl::AsciiStrToLower(told);  // columns are named as they were asked
  return std::any_of(verdict.conflicts.begin(), verdict.conflicts.end(), [&](const auto& conflict) {
    const auto& [column, first, second] = conflict;
    return absl::StrContains(message, absl::StrCat("policies ", first, " (")) &&
           absl::StrContains(message, absl::StrCat(" and ", second, " (")) &&
           absl::EndsWith(message, absl::StrCat(" on column ", column));
  });
}

void Count(const NaiveVerdict& verdict, Tally& tally) {
  if (verdict.by_policy()) {
    ++tally.refused;
  } else if (!verdict.allowed()) {
    ++tally.no;
  } else {
    ++(verdict.masks.empty() ? tally.yes : tally.masked);
  }
}

void Disagree(const RandomWorld& world, const std::string& question, const std::string& expected,
              const std::string& got) {
  FAIL(question << "\nnaive:  " << expected << "\nserver: " << got << "\n" << world.Story());
}

void AskDecide(RandomWorld& world, int questions, Tally& tally) {
  Ask(world, world.naive, questions, {}, tally);
}

void AskDecideInThePast(RandomWorld& world, int questions, Tally& tally) {
  const auto& [position, naive] = world.history[world.Number(world.history.size())];
  v1::DecideBatchRequest batch;
  batch.mutable_as_of()->set_position(position);
  Ask(world, naive, questions, std::move(batch), tally);
}

}  // namespace whence::verdicts
