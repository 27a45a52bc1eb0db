// A metastore as lists of facts, and what they mean by the letter of docs/privileges.md,
// docs/policies.md and docs/tags.md: everything is looked at anew for every question. No index, no
// cache, no ids, nothing of the server: what every API says is compared with it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace whence::verdicts {

using Texts = std::set<std::string>;
using Tags = std::map<std::string, std::string>;  // values by key

// Catalogs, schemas and assets by their full names; the metastore's is empty.
struct NaiveSecurable {
  std::string kind;  // "metastore", "catalog", "schema", "table" ...
  std::string owner;
  std::vector<std::string> columns;  // that are declared
  Tags tags;
};

// Lists of terms `key` (with any value) or `key=value`.
struct NaiveCondition {
  std::vector<std::string> all{}, any{}, none{};

  bool empty() const { return all.empty() && any.empty() && none.empty(); }
};

struct NaivePolicy {
  std::string name;
  std::string kind;               // "deny", "filter", "mask"
  std::string on;                 // where it stands
  std::string state = "enabled";  // "dry run", "disabled"
  Texts to{}, except{};           // principals
  Texts privileges{};             // denied; none: all
  Texts columns{};                // by name; none: all
  NaiveCondition asset_tags{}, column_tags{};
  std::string mask{};  // in full: equal masks are equal texts
  int priority = 0;
  std::vector<std::pair<std::string, Texts>> rows{};  // columns, and values that are shown
};

// Who asks, with the groups that it is in beside the stored ones, for this question.
struct NaiveCaller {
  std::string name;
  Texts extra_groups{};
};

struct NaiveVerdict {
  std::string outcome = "ALLOWED";             // else why not
  std::string denied_by{};                     // the policy
  std::vector<std::string> filters{};          // policies, in the order in which they were made
  std::map<std::string, std::string> masks{};  // policies by column
  // Columns and the two policies that put different masks on them.
  std::set<std::tuple<std::string, std::string, std::string>> conflicts{};

  bool allowed() const { return outcome == "ALLOWED" && conflicts.empty(); }
  // Whether policies alone keep it from being allowed.
  bool by_policy() const { return !allowed() && (!denied_by.empty() || !conflicts.empty()); }
  friend bool operator==(const NaiveVerdict&, const NaiveVerdict&) = default;
};

class NaiveWorld {
 public:
  // The facts. Whoever keeps them says what is true.
  std::map<std::string, bool> principals;                 // whether they are active
  std::set<std::pair<std::string, std::string>> members;  // member, group
  std::map<std::string, NaiveSecurable> securables;
  std::set<std::tuple<std::string, std::string, std::string>> grants;  // on, to, privilege
  std::vector<NaivePolicy> policies;                    // in the order in which they were made
  std::map<std::string, Tags> column_tags;              // own ones, of `asset#column`
  std::set<std::pair<std::string, std::string>> edges;  // of columns, that mask nothing
  std::set<std::pair<std::string, std::string>> declassified;  // column, key
  Texts flowing;                                               // keys that flow along edges

  // `columns` that are asked for, of an asset; none: all that are known.
  NaiveVerdict Decide(const NaiveCaller& caller, const std::string& privilege,
                      const std::string& path, const std::vector<std::string>& columns,
                      bool with_dry_run = false) const;
  // What grants and ownership give on it, of what applies there, and what of this policies deny.
  Texts Held(const NaiveCaller& caller, const std::string& path) const;
  Texts Denied(const NaiveCaller& caller, const std::string& path) const;
  // Whether its metadata is visible.
  bool Sees(const NaiveCaller& caller, const std::string& path) const;
  // Whether a row with those values is one that the filter shows.
  static bool Shows(const NaivePolicy& policy, const NaiveCaller& caller, const Tags& row);
  // The own tags of a column, and those that reach it along lineage.
  std::set<std::pair<std::string, std::string>> TagsOfColumn(const std::string& column) const;
  std::vector<std::string> KnownColumns(const std::string& path) const;
  // Whether it means something on what is of that kind.
  static bool Applies(const std::string& privilege, const std::string& kind);

 private:
  bool IsIn(const std::string& who, const std::string& other) const;
  bool Is(const NaiveCaller& caller, const std::string& other) const;
  Texts Granted(const NaiveCaller& caller, const std::string& path) const;
  Tags TagsOf(const std::string& path) const;
  void Flow(const std::string& column, const std::string& key, Texts& seen, Texts& values) const;
  bool IsInForce(const NaivePolicy& policy, const NaiveCaller& caller, const std::string& path,
                 bool with_dry_run) const;
  bool Selects(const NaivePolicy& policy, const std::string& path, const std::string& column) const;
  // Where in the list the first policy stands that denies it; past the end: none does.
  size_t FirstDeny(const NaiveCaller& caller, const std::string& privilege, const std::string& path,
                   const std::vector<std::string>& columns, bool with_dry_run) const;
  void PutMask(const NaiveCaller& caller, const std::string& path, const std::string& column,
               bool with_dry_run, NaiveVerdict& verdict) const;
};

}  // namespace whence::verdicts
