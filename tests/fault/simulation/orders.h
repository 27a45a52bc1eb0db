// What the clients of a simulation ask for: made from random numbers, known to a naive model.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mutation.h"
#include "service/naive_lineage.h"

namespace whence::fault {

// Who may read `c.s.fixed`, by name. All have the gates.
struct NaiveAccess {
  std::set<std::string> granted;  // SELECT on the schema; users and the group
  std::set<std::string> members;  // of the group
  std::set<std::string> inactive;
  std::set<std::string> denied;

  bool MayRead(const std::string& user) const;
  friend bool operator==(const NaiveAccess&, const NaiveAccess&) = default;
};

// Everything that the server should hold, written down in the plainest way.
struct Model {
  test::NaiveWorld world;
  NaiveAccess access;
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
inline constexpr int kUsers = 2;
std::string UserOf(int number);  // "user:u0"

// A random order; `number` makes its request id.
Order RandomOrder(std::mt19937_64& random, int number);
// One of those about access.
Order AccessOrder(std::mt19937_64& random, int number);
// Those that come before everything: the catalog, the schema, a model that predicts, users and a
// table for them. Not in the model.
std::vector<std::unique_ptr<Mutation>> FirstOrders();
void AddFirstAccessOrders(std::vector<std::unique_ptr<Mutation>>* orders);

}  // namespace whence::fault
