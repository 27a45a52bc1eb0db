// What holds whatever the grants and policies are, asked through Decide: of every principal, about
// everything that there is.
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ask.h"
#include "service/policy_operations.h"
#include "support/sanitizer.h"

namespace whence::verdicts {
namespace {

using whence::test::Sanitized;

// What was decided: why not, or the rows and the values that are shown. Not which of several
// policies is named.
struct Decided {
  std::string outcome;
  std::multiset<std::string> rows;
  std::map<std::string, std::string> masks;

  bool allowed() const { return outcome == "ALLOWED"; }
  friend bool operator==(const Decided&, const Decided&) = default;
};

// By the question in words.
std::map<std::string, Decided> DecideAll(RandomWorld& world) {
  std::vector<Question> questions;
  v1::DecideBatchRequest batch;
  std::map<std::string, Decided> all;
  const auto ask = [&] {
    const auto answer = world.house.Run(service::kDecideBatch, batch);
    REQUIRE(answer.ok());
    for (size_t i = 0; i < questions.size(); ++i) {
      const v1::Decision& decision = answer->decisions(static_cast<int>(i));
      Decided decided;
      decided.outcome =
          decision.error().empty() ? v1::AccessOutcome_Name(decision.outcome()) : decision.error();
      if (decision.allowed()) decided.outcome = "ALLOWED";
      for (const v1::DecidedFilter& filter : decision.filters()) decided.rows.insert(filter.sql());
      for (const v1::ColumnMask& mask : decision.masks()) decided.masks[mask.column()] = mask.sql();
      all[TextOf(questions[i])] = std::move(decided);
    }
    questions.clear();
    batch.Clear();
  };
  for (const auto& [principal, active] : world.naive.principals) {
    for (const std::string& path : world.paths) {
      const std::string& kind = world.naive.securables.at(path).kind;
      for (const char* privilege : {"BROWSE", "SELECT", "MODIFY", "EXECUTE", "CREATE TABLE"}) {
        if (!NaiveWorld::Applies(privilege, kind)) continue;
        for (const std::vector<std::string>& columns : {std::vector<std::string>{}, {"a"}}) {
          questions.push_back({.caller = {.name = principal},
                               .privilege = privilege,
                               .path = path,
                               .columns = columns});
          *batch.add_questions() = RequestOf(questions.back());
          if (questions.size() == 1000) ask();
        }
      }
    }
  }
  ask();
  return all;
}

// How many were allowed before and are not any more. What still is, is allowed in the same way.
int CheckNothingGained(const RandomWorld& world, const std::map<std::string, Decided>& before,
                       const std::map<std::string, Decided>& after) {
  int lost = 0;
  for (const auto& [question, now] : after) {
    const Decided& then = before.at(question);
    if (then.allowed() && !now.allowed()) ++lost;
    if (now.allowed() && now != then) Disagree(world, question, then.outcome, now.outcome);
  }
  return lost;
}

int Worlds() { return Sanitized() ? 1 : 4; }

TEST_CASE("a deny more takes, and never gives") {
  int lost = 0;
  for (int seed = 1; seed <= Worlds(); ++seed) {
    RandomWorld world(static_cast<uint64_t>(1000 + seed));
    for (int i = 0; i < 10; ++i) {
      world.Step();
      const auto before = DecideAll(world);
      world.AddDeny();
      lost += CheckNothingGained(world, before, DecideAll(world));
    }
  }
  CHECK(lost > 5 * Worlds());
}

TEST_CASE("a grant less takes, and never gives") {
  int lost = 0;
  for (int seed = 1; seed <= Worlds(); ++seed) {
    RandomWorld world(static_cast<uint64_t>(2000 + seed));
    for (int i = 0; i < 10; ++i) {
      const auto before = DecideAll(world);
      if (!world.RemoveGrant()) break;
      lost += CheckNothingGained(world, before, DecideAll(world));
      world.Step();
    }
  }
  CHECK(lost > 5 * Worlds());
}

TEST_CASE("the order in which policies are made makes no difference") {
  int moved = 0;
  for (int seed = 1; seed <= Worlds(); ++seed) {
    RandomWorld world(static_cast<uint64_t>(3000 + seed));
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; j < 3; ++j) world.Step();
      const auto before = DecideAll(world);
      moved += world.RemakePolicies();
      const auto after = DecideAll(world);
      for (const auto& [question, now] : after) {
        const Decided& then = before.at(question);
        if (now != then) Disagree(world, question, then.outcome, now.outcome);
      }
    }
  }
  CHECK(moved > 5 * Worlds());
}

}  // namespace
}  // namespace whence::verdicts
