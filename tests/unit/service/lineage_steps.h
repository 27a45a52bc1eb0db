#pragma once

// Random steps of lineage: made from a seed, done to a server and to a naive world.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lineage_house.h"
#include "naive_lineage.h"

namespace whence::test {

enum class Act {
  kCreate,
  kRename,
  kDelete,
  kUndelete,
  kRegister,
  kAlias,
  kStart,
  kUpdate,
  kFinish,
  kRecord,
  kRecordTwo,
  kDeclare,
  kCount,
};

// One step; the numbers choose names, versions, runs and columns out of few, so that steps meet.
struct Step {
  Act act = Act::kCreate;
  std::array<int, 8> n{};
};

std::vector<Step> RandomSteps(uint64_t seed, size_t count);
// Simpler steps of the same kind, for shrinking.
std::vector<Step> Simpler(const Step& step);
std::string ToText(const Step& step);

// The names that assets and columns have.
inline constexpr int kNames = 4;
std::string NameOf(int number);
std::string ColumnOf(int number);

// Purpose: one case: its own schema and its own runs in a house that many cases share.
class LineageCase {
 public:
  // `number` tells cases apart; from 1.
  LineageCase(LineageHouse& house, int number);

  // Does the step to both. Empty, or how they differ.
  std::string Do(const Step& step);

  NaiveWorld world;

  // "t0" as the server calls it, and what the server says in the words of the naive world.
  std::string FullName(const std::string& name) const { return schema_ + "." + name; }
  std::string Uuid(int run) const { return test::Uuid(number_ * 1000 + run); }
  std::string Plain(std::string text) const;
  LineageHouse& house() { return house_; }

 private:
  std::string DoCatalog(const Step& step, std::string* naive);
  std::string DoRuns(const Step& step, std::string* naive);
  std::string DoDeclare(const Step& step, std::string* naive);
  v1::Run ToRun(const NaiveEvent& event) const;
  std::string Send(Act act, const NaiveEvent& event);
  void LearnIds();

  LineageHouse& house_;
  const int number_;
  const std::string schema_;
};

}  // namespace whence::test
