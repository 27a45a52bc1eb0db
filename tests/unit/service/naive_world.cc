#include "naive_world.h"

#include <algorithm>

namespace whence::service::test {
namespace {

const std::set<std::string> kOfTables = {"BROWSE", "SELECT", "MODIFY", "APPLY TAG", "MANAGE"};

// "prod.fraud.users": "", "prod", "prod.fraud", and itself.
std::vector<std::string> Above(const std::string& path) {
  std::vector<std::string> above = {""};
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    above.push_back(path.substr(0, dot));
  }
  if (!path.empty()) above.push_back(path);
  return above;
}

}  // namespace

bool NaiveWorld::IsIn(const std::string& who, const std::string& other) const {
  if (who == other) return true;
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    return member.first == who && IsIn(member.second, other);
  });
}

bool NaiveWorld::IsFor(const NaivePolicy& policy, const std::string& who) const {
  const auto is = [&](const std::string& other) { return IsIn(who, other); };
  const bool to = policy.to.empty() || std::any_of(policy.to.begin(), policy.to.end(), is);
  return to && std::none_of(policy.except.begin(), policy.except.end(), is);
}

std::set<std::string> NaiveWorld::Granted(const std::string& who, const std::string& path) const {
  std::set<std::string> granted;
  const std::vector<std::string> above = Above(path);
  for (const auto& [on, to, privilege] : grants) {
    if (std::find(above.begin(), above.end(), on) == above.end() || !IsIn(who, to)) continue;
    granted.insert(privilege);
  }
  return granted;
}

NaiveWorld::Tags NaiveWorld::TagsOf(const std::string& path) const {
  Tags all;
  for (const std::string& at : Above(path)) {
    const auto found = tags.find(at);
    if (found == tags.end()) continue;
    for (const auto& [key, value] : found->second) all[key] = value;
  }
  return all;
}

bool NaiveWorld::Selects(const NaivePolicy& policy, const std::string& table,
                         const std::string& column) const {
  if (policy.column.has_value() && *policy.column != column) return false;
  if (!policy.column_tag.has_value()) return true;
  const auto found = tags.find(table + "#" + column);
  return found != tags.end() && found->second.count(*policy.column_tag) > 0;
}

bool NaiveWorld::Touches(const NaivePolicy& policy, const std::string& who,
                         const std::string& path) const {
  const std::vector<std::string> above = Above(path);
  return policy.in_force && std::find(above.begin(), above.end(), policy.on) != above.end() &&
         IsFor(policy, who) &&
         (!policy.asset_tag.has_value() || TagsOf(path).count(*policy.asset_tag) > 0);
}

bool NaiveWorld::Denied(const std::string& who, const std::string& privilege,
                        const std::string& path, const std::set<std::string>& asked) const {
  return std::any_of(policies.begin(), policies.end(), [&](const auto& entry) {
    const NaivePolicy& policy = entry.second;
    if (policy.kind != "deny" || !Touches(policy, who, path)) return false;
    if (!policy.privileges.empty() && policy.privileges.count(privilege) == 0) return false;
    if (!policy.column.has_value() && !policy.column_tag.has_value()) return true;
    return std::any_of(asked.begin(), asked.end(),
                       [&](const std::string& column) { return Selects(policy, path, column); });
  });
}

NaiveDecision NaiveWorld::Decide(const std::string& who, const std::string& privilege,
                                 const std::string& table,
                                 const std::set<std::string>& asked) const {
  NaiveDecision decision;
  std::set<std::string> columns_asked = asked;
  if (asked.empty()) columns_asked = {columns.begin(), columns.end()};
  const std::vector<std::string> above = Above(table);
  const bool gates = privilege != "BROWSE";
  const bool granted = (!gates || (Granted(who, above[1]).count("USE CATALOG") > 0 &&
                                   Granted(who, above[2]).count("USE SCHEMA") > 0)) &&
                       Granted(who, table).count(privilege) > 0;
  if (!granted) return decision;
  decision.by_policy = Denied(who, privilege, table, columns_asked) ||
                       (gates && (Denied(who, "USE CATALOG", above[1], {}) ||
                                  Denied(who, "USE SCHEMA", above[2], {})));
  if (decision.by_policy) return decision;
  decision.allowed = true;
  if (privilege != "SELECT") return decision;
  std::map<std::string, int> best;
  for (const auto& [name, policy] : policies) {
    if (!Touches(policy, who, table)) continue;
    if (policy.kind == "filter") decision.filters.insert(name);
    if (policy.kind != "mask") continue;
    for (const std::string& column : columns_asked) {
      if (!Selects(policy, table, column)) continue;
      const auto at = best.find(column);
      if (at == best.end() || at->second < policy.priority) {
        best[column] = policy.priority;
        decision.masks[column] = policy.mask;
      }
    }
  }
  for (const auto& [name, policy] : policies) {
    if (policy.kind != "mask" || !Touches(policy, who, table)) continue;
    for (const std::string& column : columns_asked) {
      if (Selects(policy, table, column) && policy.priority == best[column] &&
          policy.mask != decision.masks[column]) {
        decision.conflict = true;
      }
    }
  }
  return decision;
}

std::set<std::string> NaiveWorld::Effective(const std::string& who,
                                            const std::string& table) const {
  std::set<std::string> left;
  const std::set<std::string> all(columns.begin(), columns.end());
  for (const std::string& privilege : Granted(who, table)) {
    if (kOfTables.count(privilege) > 0 && !Denied(who, privilege, table, all)) {
      left.insert(privilege);
    }
  }
  return left;
}

bool NaiveWorld::Sees(const std::string& who, const std::string& table) const {
  const std::vector<std::string> above = Above(table);
  const auto has = [&](const std::string& privilege, const std::string& path) {
    return Granted(who, path).count(privilege) > 0 && !Denied(who, privilege, path, {});
  };
  if (has("BROWSE", table)) return true;
  return has("USE CATALOG", above[1]) && has("USE SCHEMA", above[2]) &&
         std::any_of(kOfTables.begin(), kOfTables.end(),
                     [&](const std::string& privilege) { return has(privilege, table); });
}

}  // namespace whence::service::test
