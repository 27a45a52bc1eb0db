// A random metastore, kept twice: in a whole server, and as facts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/mask.h"
#include "http/http_fixture.h"
#include "naive_world.h"
#include "service/operation.h"

namespace whence::verdicts {

// Purpose: makes a world of two catalogs, changes it step by step through public operations, and
// keeps the facts beside it. The same seed makes the same world.
// Ownership: owns server and facts. Thread-safety: one thread.
class RandomWorld {
 public:
  explicit RandomWorld(uint64_t seed);

  // Changes one thing or a few, and waits until they are in force.
  void Step();
  // Makes one more deny, which is in force.
  void AddDeny();
  // Takes a grant away; false when there is none.
  bool RemoveGrant();
  // Drops all policies, and makes them again in another order. Returns how many are elsewhere now.
  int RemakePolicies();

  size_t Number(size_t below) { return random_() % below; }
  bool Once(size_t in) { return Number(in) == 0; }
  template <class T>
  const T& Any(const std::vector<T>& list) {
    return list[Number(list.size())];
  }
  // A user, service or group, now and then with groups that only the question names.
  NaiveCaller AnyCaller();
  // Some privilege that means something there, mostly the one that matters.
  std::string AnyPrivilege(const std::string& path);
  // Columns to ask for: none, some, and some that nobody knows, in either case.
  std::vector<std::string> AnyColumns();

  // Every change that was made, in order and in full, and the facts of now: to replay it by hand.
  std::string Story() const;
  // What a mask policy puts on a column, as Trino's SQL. `told` is the type that the engine says it
  // has; without, it is the one that is known, if any.
  std::string MaskSql(const std::string& policy, const std::string& column,
                      const std::string& told = "") const;
  // The condition that a filter becomes in Trino.
  static std::string FilterSql(const std::string& policy);
  const NaivePolicy& PolicyNamed(const std::string& name) const;

  http::test::HttpFixture http;
  whence::test::HouseFixture& house = http.house;
  NaiveWorld naive;
  std::vector<std::string> paths;                    // of everything but the metastore
  std::vector<std::string> tables;                   // and views
  std::vector<std::string> users;                    // and services: who can show a token
  std::map<std::string, service::CallInfo> callers;  // by user
  std::string engine;  // the token of svc:engine, who may see everything and do nothing
  std::vector<std::pair<Position, NaiveWorld>> history;
  std::map<std::string, std::string> placeholders;  // in lineage, by what they stand for, and back

 private:
  template <class Request, class Response>
  void Send(const service::MutationOperation<Request, Response>& operation,
            const std::string& text);
  void Settle();  // waits for everything that was sent

  void MakeSecurables();
  void MakeSecurable(const std::string& path, const std::string& kind);
  void MakePrincipals();
  void StepMember();
  void StepActive();
  void StepOwner();
  void StepGrant();
  void StepTag();
  void StepColumn();
  void StepPolicy();
  NaivePolicy AnyPolicy();
  void MakePolicy(const NaivePolicy& policy);
  void Grant(const std::string& on, const std::string& to, const std::string& privilege);
  void AddMember(const std::string& group, const std::string& member);

  std::string AnyPlace();
  std::string AnyPrincipal();
  std::string AnyColumn();  // `table#column`
  NaiveCondition AnyCondition();

  std::mt19937_64 random_;
  const uint64_t seed_;
  int names_ = 0;
  std::map<std::string, access::Mask> masks_;  // of policies
  std::vector<std::string> groups_;
  std::vector<std::string> story_;
  std::vector<std::function<void()>> waits_;
};

}  // namespace whence::verdicts
