#include "naive_world.h"

#include <algorithm>
#include <cctype>

namespace whence::verdicts {
namespace {

const Texts kPrivileges = {"USE CATALOG",     "USE SCHEMA",    "BROWSE",           "SELECT",
                           "EXECUTE",         "READ VOLUME",   "WRITE VOLUME",     "MODIFY",
                           "CREATE CATALOG",  "CREATE SCHEMA", "CREATE TABLE",     "CREATE VOLUME",
                           "CREATE FUNCTION", "CREATE MODEL",  "CREATE PROMPT",    "CREATE INDEX",
                           "CREATE ENDPOINT", "CREATE JOB",    "CREATE DASHBOARD", "APPLY TAG",
                           "MANAGE",          "ALL PRIVILEGES"};

// "prod.fraud.users": the metastore, "prod", "prod.fraud", and itself.
std::vector<std::string> Above(const std::string& path) {
  std::vector<std::string> above = {""};
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    above.push_back(path.substr(0, dot));
  }
  if (!path.empty()) above.push_back(path);
  return above;
}

bool IsAsset(const std::string& kind) {
  return kind != "metastore" && kind != "catalog" && kind != "schema";
}

// What reading the data of an asset needs.
std::string ReadingOf(const std::string& kind) {
  static const Texts kUsed = {"function", "model", "prompt", "endpoint", "job"};
  return kind == "volume" ? "READ VOLUME" : kUsed.count(kind) > 0 ? "EXECUTE" : "SELECT";
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Whether the tags, which may have several values of one key, meet the condition.
bool Holds(const NaiveCondition& condition,
           const std::set<std::pair<std::string, std::string>>& tags) {
  const auto there = [&](const std::string& term) {
    return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) {
      return term == tag.first || term == tag.first + "=" + tag.second;
    });
  };
  return std::all_of(condition.all.begin(), condition.all.end(), there) &&
         (condition.any.empty() ||
          std::any_of(condition.any.begin(), condition.any.end(), there)) &&
         std::none_of(condition.none.begin(), condition.none.end(), there);
}

}  // namespace

bool NaiveWorld::Applies(const std::string& privilege, const std::string& kind) {
  static const Texts kAbove = {"USE CATALOG", "CREATE CATALOG", "CREATE SCHEMA"};
  static const Texts kEverywhere = {"BROWSE", "APPLY TAG", "MANAGE", "ALL PRIVILEGES"};
  if (kind == "metastore") return true;
  if (kind == "catalog") return privilege != "CREATE CATALOG";
  if (kind == "schema") return kAbove.count(privilege) == 0;
  if (privilege == "MODIFY") return kind != "volume";
  if (privilege == "WRITE VOLUME") return kind == "volume";
  if (privilege == "SELECT" && (kind == "model" || kind == "endpoint")) return true;
  return privilege == ReadingOf(kind) || kEverywhere.count(privilege) > 0;
}

// The groups on the way must be active, as it itself.
bool NaiveWorld::IsIn(const std::string& who, const std::string& other) const {
  if (who == other) return true;
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    return member.first == who && principals.at(member.second) && IsIn(member.second, other);
  });
}

bool NaiveWorld::Is(const NaiveCaller& caller, const std::string& other) const {
  if (IsIn(caller.name, other)) return true;
  return std::any_of(
      caller.extra_groups.begin(), caller.extra_groups.end(),
      [&](const std::string& group) { return principals.at(group) && IsIn(group, other); });
}

Texts NaiveWorld::Granted(const NaiveCaller& caller, const std::string& path) const {
  Texts granted;
  for (const std::string& at : Above(path)) {
    if (Is(caller, securables.at(at).owner)) return kPrivileges;
    for (const auto& [on, to, privilege] : grants) {
      if (on != at || !Is(caller, to)) continue;
      granted.insert(privilege);
      if (privilege != "ALL PRIVILEGES") continue;
      for (const std::string& one : kPrivileges) {
        if (one != "MANAGE") granted.insert(one);
      }
    }
  }
  return granted;
}

Texts NaiveWorld::Held(const NaiveCaller& caller, const std::string& path) const {
  if (!principals.at(caller.name)) return {};
  Texts held = Granted(caller, path);
  std::erase_if(held, [&](const std::string& privilege) {
    return !Applies(privilege, securables.at(path).kind);
  });
  return held;
}

// What is nearest overrides.
Tags NaiveWorld::TagsOf(const std::string& path) const {
  Tags tags;
  for (const std::string& at : Above(path)) {
    for (const auto& [key, value] : securables.at(at).tags) tags[key] = value;
  }
  return tags;
}

void NaiveWorld::Flow(const std::string& column, const std::string& key, Texts& seen,
                      Texts& values) const {
  const auto own = [&](const std::string& at) {
    const auto found = column_tags.find(at);
    return found != column_tags.end() && found->second.count(key) > 0;
  };
  const bool shut = own(column) || declassified.count({column, key}) > 0;
  if (shut || !seen.insert(column).second) return;
  for (const auto& [source, target] : edges) {
    if (target != column) continue;
    if (own(source)) {
      values.insert(column_tags.at(source).at(key));
    } else {
      Flow(source, key, seen, values);
    }
  }
}

std::set<std::pair<std::string, std::string>> NaiveWorld::TagsOfColumn(
    const std::string& column) const {
  std::set<std::pair<std::string, std::string>> tags;
  if (const auto own = column_tags.find(column); own != column_tags.end()) {
    tags.insert(own->second.begin(), own->second.end());
  }
  for (const std::string& key : flowing) {
    Texts seen;
    Texts values;
    Flow(column, key, seen, values);
    for (const std::string& value : values) tags.emplace(key, value);
  }
  return tags;
}

std::vector<std::string> NaiveWorld::KnownColumns(const std::string& path) const {
  std::vector<std::string> known = securables.at(path).columns;
  Texts others;
  for (const auto& [column, tags] : column_tags) others.insert(column);
  for (const auto& [source, target] : edges) others.insert(target);
  for (const std::string& other : others) {
    const size_t hash = other.find('#');
    const std::string name = other.substr(hash + 1);
    if (other.substr(0, hash) != path || TagsOfColumn(other).empty()) continue;
    if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
  return known;
}

bool NaiveWorld::IsInForce(const NaivePolicy& policy, const NaiveCaller& caller,
                           const std::string& path, bool with_dry_run) const {
  if (policy.state != "enabled" && !(with_dry_run && policy.state == "dry run")) return false;
  const std::vector<std::string> above = Above(path);
  if (std::find(above.begin(), above.end(), policy.on) == above.end()) return false;
  const auto is = [&](const std::string& other) { return Is(caller, other); };
  if (!policy.to.empty() && std::none_of(policy.to.begin(), policy.to.end(), is)) return false;
  if (std::any_of(policy.except.begin(), policy.except.end(), is)) return false;
  const Tags tags = TagsOf(path);
  return Holds(policy.asset_tags, {tags.begin(), tags.end()});
}

bool NaiveWorld::Selects(const NaivePolicy& policy, const std::string& path,
                         const std::string& column) const {
  const bool named = policy.columns.empty() ||
                     std::any_of(policy.columns.begin(), policy.columns.end(),
                                 [&](const std::string& one) { return Lower(one) == column; });
  if (!named || policy.column_tags.empty()) return named;
  return Holds(policy.column_tags, TagsOfColumn(path + "#" + column));
}

size_t NaiveWorld::FirstDeny(const NaiveCaller& caller, const std::string& privilege,
                             const std::string& path, const std::vector<std::string>& columns,
                             bool with_dry_run) const {
  const auto denies = [&](const NaivePolicy& policy) {
    if (policy.kind != "deny" || !IsInForce(policy, caller, path, with_dry_run)) return false;
    if (!policy.privileges.empty() && policy.privileges.count(privilege) == 0) return false;
    if (policy.columns.empty() && policy.column_tags.empty()) return true;
    return std::any_of(columns.begin(), columns.end(),
                       [&](const std::string& column) { return Selects(policy, path, column); });
  };
  const auto first = std::find_if(policies.begin(), policies.end(), denies);
  return static_cast<size_t>(first - policies.begin());
}

Texts NaiveWorld::Denied(const NaiveCaller& caller, const std::string& path) const {
  Texts denied = Held(caller, path);
  const bool asset = IsAsset(securables.at(path).kind);
  const auto columns = asset ? KnownColumns(path) : std::vector<std::string>();
  std::erase_if(denied, [&](const std::string& privilege) {
    return FirstDeny(caller, privilege, path, columns, false) == policies.size();
  });
  return denied;
}

void NaiveWorld::PutMask(const NaiveCaller& caller, const std::string& path,
                         const std::string& column, bool with_dry_run,
                         NaiveVerdict& verdict) const {
  const NaivePolicy* chosen = nullptr;
  const auto counts = [&](const NaivePolicy& policy) {
    return policy.kind == "mask" && IsInForce(policy, caller, path, with_dry_run) &&
           Selects(policy, path, column);
  };
  for (const NaivePolicy& policy : policies) {
    const bool higher = chosen == nullptr || policy.priority > chosen->priority;
    if (higher && counts(policy)) chosen = &policy;
  }
  if (chosen == nullptr) return;
  verdict.masks[column] = chosen->name;
  for (const NaivePolicy& policy : policies) {
    if (policy.priority != chosen->priority || policy.mask == chosen->mask) continue;
    if (!counts(policy)) continue;
    verdict.conflicts.emplace(column, chosen->name, policy.name);
    return;  // the first of those that disagree is named
  }
}

NaiveVerdict NaiveWorld::Decide(const NaiveCaller& caller, const std::string& privilege,
                                const std::string& path, const std::vector<std::string>& columns,
                                bool with_dry_run) const {
  if (!principals.at(caller.name)) return {.outcome = "PRINCIPAL_INACTIVE"};
  const std::string& kind = securables.at(path).kind;
  const std::vector<std::string> above = Above(path);
  const bool catalog_gate = privilege != "BROWSE" && above.size() > 1;
  const bool schema_gate = privilege != "BROWSE" && above.size() > 2;
  if (catalog_gate && Granted(caller, above[1]).count("USE CATALOG") == 0) {
    return {.outcome = "NO_USE_CATALOG"};
  }
  if (schema_gate && Granted(caller, above[2]).count("USE SCHEMA") == 0) {
    return {.outcome = "NO_USE_SCHEMA"};
  }
  if (Granted(caller, path).count(privilege) == 0) return {.outcome = "NO_PRIVILEGE"};
  std::vector<std::string> asked;
  if (IsAsset(kind)) asked = columns.empty() ? KnownColumns(path) : columns;
  for (std::string& column : asked) column = Lower(column);
  size_t deny = FirstDeny(caller, privilege, path, asked, with_dry_run);
  if (catalog_gate) {
    deny = std::min(deny, FirstDeny(caller, "USE CATALOG", above[1], {}, with_dry_run));
  }
  if (schema_gate) {
    deny = std::min(deny, FirstDeny(caller, "USE SCHEMA", above[2], {}, with_dry_run));
  }
  if (deny != policies.size()) {
    return {.outcome = "DENIED_BY_POLICY", .denied_by = policies[deny].name};
  }
  NaiveVerdict verdict;
  if (privilege != "SELECT" && !(IsAsset(kind) && privilege == ReadingOf(kind))) return verdict;
  for (const NaivePolicy& policy : policies) {
    const bool filters = policy.kind == "filter" && IsInForce(policy, caller, path, with_dry_run);
    if (filters) verdict.filters.push_back(policy.name);
  }
  for (const std::string& column : asked) PutMask(caller, path, column, with_dry_run, verdict);
  return verdict;
}

bool NaiveWorld::Sees(const NaiveCaller& caller, const std::string& path) const {
  if (!principals.at(caller.name)) return false;
  const std::vector<std::string> above = Above(path);
  const auto has = [&](const std::string& privilege, const std::string& at) {
    return Granted(caller, at).count(privilege) > 0 &&
           FirstDeny(caller, privilege, at, {}, false) == policies.size();
  };
  if (path.empty() || has("BROWSE", path)) return true;
  if (above.size() > 2 && !has("USE CATALOG", above[1])) return false;
  if (above.size() > 3 && !has("USE SCHEMA", above[2])) return false;
  const std::string& kind = securables.at(path).kind;
  const std::string own_gate = kind == "catalog" ? "USE CATALOG" : "USE SCHEMA";
  return std::any_of(kPrivileges.begin(), kPrivileges.end(), [&](const std::string& privilege) {
    const bool gate = privilege == "USE CATALOG" || privilege == "USE SCHEMA";
    return Applies(privilege, kind) && (!gate || privilege == own_gate) && has(privilege, path);
  });
}

bool NaiveWorld::Shows(const NaivePolicy& policy, const NaiveCaller& caller, const Tags& row) {
  const std::string self = caller.name.substr(caller.name.find(':') + 1);  // without its prefix
  return std::all_of(policy.rows.begin(), policy.rows.end(), [&](const auto& condition) {
    const auto found = row.find(condition.first);
    if (found == row.end()) return false;
    const bool own = condition.second.count("<caller>") > 0 && found->second == self;
    return own || condition.second.count(found->second) > 0;
  });
}

}  // namespace whence::verdicts
