#include "naive_lineage.h"

#include <algorithm>

namespace whence::test {
namespace {

bool Finished(v1::RunState state) { return state >= v1::RUN_STATE_COMPLETE; }

bool HasAsset(const NaiveVia& via, bool read, int asset, const std::string& alias) {
  if (!read) {
    return std::any_of(via.writes.begin(), via.writes.end(),
                       [&](const NaiveNode& node) { return node.first == asset; });
  }
  return std::any_of(via.reads.begin(), via.reads.end(), [&](const auto& entry) {
    return entry.first.first == asset && (alias.empty() || entry.second == alias);
  });
}

}  // namespace

std::optional<int> NaiveWorld::Find(const std::string& name) const {
  for (size_t i = 0; i < assets.size(); ++i) {
    if (!assets[i].deleted && assets[i].name == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

bool NaiveWorld::HasNode(NaiveNode node) const {
  return node.second <= static_cast<int>(assets[static_cast<size_t>(node.first)].digests.size());
}

std::string NaiveWorld::Create(const std::string& name, v1::Kind kind) {
  changed = false;
  if (Find(name).has_value()) return "ASSET_ALREADY_EXISTS";
  assets.push_back({.name = name, .kind = kind});
  changed = true;
  return "OK";
}

std::string NaiveWorld::Rename(const std::string& name, const std::string& new_name) {
  changed = false;
  const std::optional<int> asset = Find(name);
  if (!asset.has_value()) return "ASSET_NOT_FOUND";
  if (name == new_name) return "OK";
  if (Find(new_name).has_value()) return "ASSET_ALREADY_EXISTS";
  assets[static_cast<size_t>(*asset)].name = new_name;
  changed = true;
  return "OK";
}

std::string NaiveWorld::Delete(const std::string& name) {
  changed = false;
  const std::optional<int> asset = Find(name);
  if (!asset.has_value()) return "ASSET_NOT_FOUND";
  int last = 0;
  for (const NaiveAsset& other : assets) last = std::max(last, other.deletion);
  assets[static_cast<size_t>(*asset)].deleted = true;
  assets[static_cast<size_t>(*asset)].deletion = last + 1;
  changed = true;
  return "OK";
}

std::string NaiveWorld::Undelete(const std::string& name) {
  changed = false;
  NaiveAsset* newest = nullptr;
  for (NaiveAsset& asset : assets) {
    if (asset.name != name || !asset.deleted) continue;
    if (newest == nullptr || asset.deletion > newest->deletion) newest = &asset;
  }
  const bool taken = Find(name).has_value();
  if (newest == nullptr) return taken ? "OK" : "ASSET_NOT_FOUND";
  if (taken) return "ASSET_ALREADY_EXISTS";
  newest->deleted = false;
  changed = true;
  return "OK";
}

std::string NaiveWorld::Register(const std::string& name, const std::string& digest) {
  changed = false;
  const std::optional<int> asset = Find(name);
  if (!asset.has_value()) return "ASSET_NOT_FOUND";
  std::vector<std::string>& digests = assets[static_cast<size_t>(*asset)].digests;
  if (std::find(digests.begin(), digests.end(), digest) != digests.end()) return "OK";
  digests.push_back(digest);
  changed = true;
  return "OK";
}

std::string NaiveWorld::Alias(const std::string& name, const std::string& alias, int version) {
  changed = false;
  const std::optional<int> found = Find(name);
  if (!found.has_value()) return "ASSET_NOT_FOUND";
  NaiveAsset& asset = assets[static_cast<size_t>(*found)];
  if (!HasNode({*found, version})) return "VERSION_NOT_FOUND";
  changed = std::exchange(asset.aliases[alias], version) != version;
  return "OK";
}

std::string NaiveWorld::Pin(const NaiveReference& reference, NaiveNode* node) const {
  const std::optional<int> found = Find(reference.name);
  if (!found.has_value()) return "ASSET_NOT_FOUND";
  const NaiveAsset& asset = assets[static_cast<size_t>(*found)];
  if (reference.version != 0) {
    *node = {*found, reference.version};
    return HasNode(*node) ? "OK" : "VERSION_NOT_FOUND";
  }
  if (reference.alias.empty()) {
    *node = {*found, static_cast<int>(asset.digests.size())};
    return "OK";
  }
  const auto alias = asset.aliases.find(reference.alias);
  if (alias == asset.aliases.end()) return "ALIAS_NOT_FOUND";
  *node = {*found, alias->second};
  return "OK";
}

std::string NaiveWorld::ApplyRead(const NaiveReference& reference, const NaiveVia& before,
                                  NaiveVia& via) {
  const std::optional<int> asset = Find(reference.name);
  if (!asset.has_value()) return "ASSET_NOT_FOUND";
  if (reference.version == 0 && HasAsset(before, true, *asset, reference.alias)) return "OK";
  NaiveNode node;
  const std::string outcome = Pin(reference, &node);
  if (outcome == "OK") via.reads.try_emplace(node, reference.alias);
  return outcome;
}

std::string NaiveWorld::ApplyWrite(const NaiveWrite& write, const NaiveVia& before, NaiveVia& via) {
  const std::string& name = write.reference.name;
  if (write.create != v1::KIND_UNSPECIFIED) {
    const std::optional<int> there = Find(name);
    if (there.has_value() && assets[static_cast<size_t>(*there)].kind != write.create) {
      return "ASSET_KIND_MISMATCH";
    }
    if (!there.has_value()) Create(name, write.create);
  }
  const std::optional<int> asset = Find(name);
  if (!asset.has_value()) return "ASSET_NOT_FOUND";
  NaiveNode node;
  if (!write.digest.empty()) {
    Register(name, write.digest);
    const auto& digests = assets[static_cast<size_t>(*asset)].digests;
    const auto at = std::find(digests.begin(), digests.end(), write.digest);
    node = {*asset, static_cast<int>(at - digests.begin()) + 1};
  } else {
    if (write.reference.version == 0 && HasAsset(before, false, *asset, "")) return "OK";
    const std::string outcome = Pin(write.reference, &node);
    if (outcome != "OK") return outcome;
  }
  via.writes.insert(node);
  return "OK";
}

std::string NaiveWorld::ApplyTo(const NaiveEvent& event, NaiveVia& via) {
  const NaiveVia before = via;
  if (!event.job.empty() && !(event.start && before.job >= 0)) {
    if (!Find(event.job).has_value()) Create(event.job, v1::KIND_JOB);
    const int job = *Find(event.job);
    if (assets[static_cast<size_t>(job)].kind != v1::KIND_JOB) return "ASSET_KIND_MISMATCH";
    via.job = job;
  }
  for (const NaiveReference& read : event.reads) {
    if (std::string outcome = ApplyRead(read, before, via); outcome != "OK") return outcome;
  }
  for (const NaiveWrite& write : event.writes) {
    if (std::string outcome = ApplyWrite(write, before, via); outcome != "OK") return outcome;
  }
  for (const NaiveLink& link : event.links) {
    const std::optional<int> target = Find(link.target);
    const std::optional<int> source = Find(link.source);
    if (!target.has_value() || !source.has_value()) return "ASSET_NOT_FOUND";
    via.links.try_emplace(
        {{*target, link.target_column}, {*source, link.source_column}, link.transformation},
        link.masking);
  }
  if (!event.parent.empty() && !(event.start && !via.parent.empty())) via.parent = event.parent;
  if (!event.parameter.empty() && !(event.start && via.parameters.contains(event.parameter))) {
    via.parameters[event.parameter] = event.value;
  }
  if (Finished(event.state)) {
    if (Finished(before.state) && before.state != event.state) return "RUN_ALREADY_FINISHED";
    via.state = event.state;
  } else if (event.state == v1::RUN_STATE_RUNNING && before.state == v1::RUN_STATE_UNSPECIFIED) {
    via.state = event.state;
  }
  return "OK";
}

std::string NaiveWorld::Apply(const NaiveEvent& event) {
  NaiveWorld after = *this;
  const bool unknown = !vias.contains(event.run);
  NaiveVia& via = after.vias[event.run];
  std::string outcome = after.ApplyTo(event, via);
  changed = false;
  if (outcome != "OK") return outcome;
  if (unknown) after.run_order.push_back(event.run);
  size_t versions = 0;
  for (const NaiveAsset& asset : assets) versions += asset.digests.size();
  size_t versions_after = 0;
  for (const NaiveAsset& asset : after.assets) versions_after += asset.digests.size();
  const bool differs = unknown || after.assets.size() != assets.size() ||
                       versions_after != versions || !(via == vias.at(event.run));
  *this = std::move(after);
  changed = differs;
  return "OK";
}

std::string NaiveWorld::Declare(int first, const std::vector<NaiveLink>& edges) {
  changed = false;
  std::vector<std::pair<NaiveNode, NaiveNode>> pairs;
  for (const NaiveLink& edge : edges) {
    NaiveNode source, target;
    std::string outcome = Pin({.name = edge.source}, &source);
    if (outcome == "OK") outcome = Pin({.name = edge.target}, &target);
    if (outcome != "OK") return outcome;
    pairs.emplace_back(source, target);
  }
  // One declaration for each target suffices in a naive world, but numbers must agree: targets with
  // the same sources share one, in the order of their first mention.
  std::map<NaiveNode, std::set<NaiveNode>> sources;
  for (const auto& [source, target] : pairs) sources[target].insert(source);
  std::vector<std::set<NaiveNode>> groups;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::set<NaiveNode>& group = sources[pairs[i].second];
    auto at = std::find(groups.begin(), groups.end(), group);
    if (at == groups.end()) at = groups.insert(groups.end(), group);
    NaiveVia& via = vias[-(first + static_cast<int>(at - groups.begin()))];
    via.reads.try_emplace(pairs[i].first, "");
    via.writes.insert(pairs[i].second);
    if (edges[i].source_column.empty()) continue;
    via.links.try_emplace({{pairs[i].second.first, edges[i].target_column},
                           {pairs[i].first.first, edges[i].source_column},
                           edges[i].transformation},
                          edges[i].masking);
  }
  changed = true;
  return "OK";
}

std::set<NaiveNode> RootsOf(const NaiveWorld& world, int asset) {
  std::set<NaiveNode> roots;
  const size_t versions = world.assets[static_cast<size_t>(asset)].digests.size();
  for (size_t number = 1; number <= versions; ++number) {
    roots.emplace(asset, static_cast<int>(number));
  }
  bool own = versions == 0;
  for (const auto& [number, via] : world.vias) {
    own = own || via.reads.contains({asset, 0}) || via.writes.contains({asset, 0});
  }
  if (own) roots.emplace(asset, 0);
  return roots;
}

NaiveWalk Walk(const NaiveWorld& world, const std::set<NaiveNode>& roots,
               const std::set<int>& via_roots, bool up, bool assets) {
  const auto fold = [assets](NaiveNode node) {
    return NaiveNode(node.first, assets ? 0 : node.second);
  };
  const auto sides = [&](const NaiveVia& via) {
    std::set<NaiveNode> near, far;
    for (const auto& [node, alias] : via.reads) (up ? far : near).insert(fold(node));
    for (const NaiveNode& node : via.writes) (up ? near : far).insert(fold(node));
    return std::pair(near, far);
  };
  NaiveWalk walk;
  for (const NaiveNode& root : roots) walk.data[fold(root)] = 0;
  for (const int root : via_roots) walk.vias[root] = 0;
  // Depth by depth, looking at everything each time.
  for (int depth = 0;; ++depth) {
    bool more = false;
    for (const auto& [number, via] : world.vias) {
      const auto [near, far] = sides(via);
      if (!walk.vias.contains(number)) {
        for (const NaiveNode& node : near) {
          if (walk.data.contains(node) && walk.data[node] == depth) walk.vias[number] = depth;
        }
      }
    }
    for (const auto& [number, via] : world.vias) {
      if (!walk.vias.contains(number) || walk.vias[number] != depth) continue;
      for (const NaiveNode& node : sides(via).second) {
        more = walk.data.try_emplace(node, depth + 1).second || more;
      }
    }
    if (!more) return walk;
  }
}

std::map<NaiveColumn, int> WalkColumns(const NaiveWorld& world, const NaiveColumn& root, bool up) {
  std::map<NaiveColumn, int> depths = {{root, 0}};
  for (int depth = 0;; ++depth) {
    bool more = false;
    for (const auto& [number, via] : world.vias) {
      for (const auto& [link, masking] : via.links) {
        const auto& [target, source, how] = link;
        const NaiveColumn& near = up ? target : source;
        const NaiveColumn& far = up ? source : target;
        if (!depths.contains(near) || depths[near] != depth) continue;
        more = depths.try_emplace(far, depth + 1).second || more;
      }
    }
    if (!more) return depths;
  }
}

NaiveImpact ImpactOfColumn(const NaiveWorld& world, const NaiveColumn& root) {
  NaiveImpact impact;
  std::set<NaiveColumn> reached = {root}, bare = {root};
  std::set<NaiveNode> starts, data;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [number, via] : world.vias) {
      for (const auto& [link, masking] : via.links) {
        const auto& [target, source, how] = link;
        if (!reached.contains(source)) continue;
        more = reached.insert(target).second || more;
        if (bare.contains(source) && !masking) more = bare.insert(target).second || more;
        if (number > 0) impact.runs.insert(number);
        bool wrote = false;
        for (const NaiveNode& node : via.writes) {
          if (node.first != target.first) continue;
          starts.insert(node);
          wrote = true;
        }
        if (!wrote) starts.emplace(target.first, 0);
      }
    }
  }
  std::set<int> holders;
  for (const NaiveColumn& column : reached) {
    holders.insert(column.first);
    if (column != root) impact.columns[column] = !bare.contains(column);
  }
  const auto passes = [&](const NaiveNode& node) {
    const v1::Kind kind = world.assets[static_cast<size_t>(node.first)].kind;
    return (kind != v1::KIND_TABLE && kind != v1::KIND_VIEW) || holders.contains(node.first);
  };
  data = starts;
  const size_t versions = world.assets[static_cast<size_t>(root.first)].digests.size();
  std::set<NaiveNode> own;
  for (size_t number = 0; number <= versions; ++number) {
    own.emplace(root.first, static_cast<int>(number));
  }
  data.insert(own.begin(), own.end());
  for (bool more = true; more;) {
    more = false;
    for (const auto& [number, via] : world.vias) {
      const bool reads = std::any_of(via.reads.begin(), via.reads.end(),
                                     [&](const auto& read) { return data.contains(read.first); });
      if (!reads) continue;
      for (const NaiveNode& node : via.writes) {
        if (!passes(node)) continue;
        more = data.insert(node).second || more;
        if (number > 0) impact.runs.insert(number);
      }
    }
  }
  for (const NaiveNode& node : data) {
    if (!own.contains(node) || starts.contains(node)) impact.data.insert(node);
  }
  return impact;
}

}  // namespace whence::test
