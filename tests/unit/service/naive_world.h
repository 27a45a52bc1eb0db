// A small metastore as lists of facts, and what they mean by the letter of docs/privileges.md and
// docs/policies.md: no index, no cache, no ids. What the server says is compared with it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace whence::service::test {

struct NaivePolicy {
  std::string kind;  // "mask", "filter", "deny"
  std::string on;    // a path; empty: the metastore
  bool in_force = true;
  std::set<std::string> to, except;
  std::set<std::string> privileges;               // deny; empty: all
  std::optional<std::string> asset_tag;           // of any value
  std::optional<std::string> column, column_tag;  // mask and deny
  std::string mask;                               // its type
  int priority = 0;
};

struct NaiveDecision {
  bool allowed = false;
  bool by_policy = false;
  bool conflict = false;
  std::set<std::string> filters;             // names
  std::map<std::string, std::string> masks;  // types by column

  friend bool operator==(const NaiveDecision&, const NaiveDecision&) = default;
};

struct NaiveWorld {
  using Tags = std::map<std::string, std::string>;

  std::vector<std::string> tables;
  std::vector<std::string> columns;                                    // of each table
  std::set<std::pair<std::string, std::string>> members;               // member, group
  std::set<std::tuple<std::string, std::string, std::string>> grants;  // on, to, privilege
  std::map<std::string, Tags> tags;                                    // by path or path#column
  std::map<std::string, NaivePolicy> policies;

  // `asked`: columns; empty: all. `privilege`: of tables.
  NaiveDecision Decide(const std::string& who, const std::string& privilege,
                       const std::string& table, const std::set<std::string>& asked) const;
  // Everything that may be used on a table, gates left aside, asking for all columns.
  std::set<std::string> Effective(const std::string& who, const std::string& table) const;
  bool Sees(const std::string& who, const std::string& table) const;

 private:
  enum class Columns { kNone, kAsked };

  bool IsIn(const std::string& who, const std::string& other) const;
  bool IsFor(const NaivePolicy& policy, const std::string& who) const;
  std::set<std::string> Granted(const std::string& who, const std::string& path) const;
  Tags TagsOf(const std::string& path) const;
  bool Selects(const NaivePolicy& policy, const std::string& table,
               const std::string& column) const;
  bool Touches(const NaivePolicy& policy, const std::string& who, const std::string& path) const;
  bool Denied(const std::string& who, const std::string& privilege, const std::string& path,
              const std::set<std::string>& asked) const;
};

}  // namespace whence::service::test
