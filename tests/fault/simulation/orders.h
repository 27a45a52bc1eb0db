// What the clients of a simulation ask for: made from random numbers, known to a naive model.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "mutation.h"
#include "service/naive_lineage.h"

namespace whence::fault {

// Everything that the server should hold, written down in the plainest way.
struct Model {
  test::NaiveWorld world;
  std::map<std::string, std::string> predictions;  // text by id
  // Of assets, by their number in the world.
  std::map<int, std::map<std::string, std::string>> tags;
  int declarations = 0;
  bool changed = false;  // by the last order
};

// One request, and what it does to the model: returns "OK" or the reason of the error that the
// server must give, and says in Model::changed whether it changed anything.
struct Order {
  std::unique_ptr<Mutation> mutation;
  std::function<std::string(Model&)> apply;
  std::string text;  // for traces
};

// The names that assets have.
inline constexpr int kNames = 4;
std::string NameOf(int number);      // "t0"
std::string FullNameOf(int number);  // "c.s.t0"
std::string RunIdOf(int number);
inline constexpr int kRuns = 5;
inline constexpr int kPredictions = 30;

// A random order; `number` makes its request id.
Order RandomOrder(std::mt19937_64& random, int number);
// Those that come before everything: the catalog, the schema and a model that predicts. Not in the
// model.
std::vector<std::unique_ptr<Mutation>> FirstOrders();

}  // namespace whence::fault
