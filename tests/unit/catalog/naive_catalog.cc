#include "naive_catalog.h"

#include <algorithm>

namespace whence::catalog::test {
namespace {

std::string NotFoundAt(size_t depth) { return std::string(NotFoundReason(depth)); }
std::string ExistsAt(size_t depth) { return std::string(AlreadyExistsReason(depth)); }

}  // namespace

const NaiveNode* NaiveWorld::LiveChild(int64_t parent, const std::string& name) const {
  for (const auto& [id, node] : nodes) {
    if (node.parent == parent && node.name == name && !node.deleted) return &node;
  }
  return nullptr;
}

const NaiveNode* NaiveWorld::Find(const Parts& path, size_t* missing) const {
  const NaiveNode* node = nullptr;
  for (size_t depth = 1; depth <= path.size(); ++depth) {
    node = LiveChild(node == nullptr ? 0 : node->id, path[depth - 1]);
    if (node == nullptr) {
      if (missing != nullptr) *missing = depth;
      return nullptr;
    }
  }
  return node;
}

NaiveNode* NaiveWorld::Find(const Parts& path, std::string* reason) {
  size_t missing = 0;
  const NaiveNode* node = static_cast<const NaiveWorld*>(this)->Find(path, &missing);
  *reason = node == nullptr ? NotFoundAt(missing) : "OK";
  return node == nullptr ? nullptr : &nodes.at(node->id);
}

Parts NaiveWorld::PathOf(int64_t id) const {
  Parts path;
  for (; id != 0; id = nodes.at(id).parent) path.insert(path.begin(), nodes.at(id).name);
  return path;
}

bool NaiveWorld::IsLive(int64_t id) const {
  for (; id != 0; id = nodes.at(id).parent) {
    if (nodes.at(id).deleted) return false;
  }
  return true;
}

bool NaiveWorld::ParentsLive(int64_t id) const { return IsLive(nodes.at(id).parent); }

bool NaiveWorld::HasLiveChildren(int64_t id) const {
  return std::any_of(nodes.begin(), nodes.end(), [id](const auto& entry) {
    return entry.second.parent == id && !entry.second.deleted;
  });
}

const NaiveStretch* NaiveWorld::Alias(const NaiveNode& node, const std::string& name) const {
  const auto found = node.aliases.find(name);
  if (found == node.aliases.end() || found->second.back().to != kForever) return nullptr;
  return &found->second.back();
}

std::string NaiveWorld::Create(const Parts& path, Kind kind, Position now) {
  std::string reason = "OK";
  int64_t parent = 0;
  if (path.size() > 1) {
    const NaiveNode* found = Find(Parts(path.begin(), path.end() - 1), &reason);
    if (found == nullptr) return reason;
    parent = found->id;
  }
  if (LiveChild(parent, path.back()) != nullptr) return ExistsAt(path.size());
  NaiveNode node;
  node.id = ++last_id;
  node.kind = kind;
  node.parent = parent;
  node.name = path.back();
  node.changed = now;
  nodes[node.id] = node;
  return "OK";
}

std::string NaiveWorld::Rename(const Parts& path, const Parts& new_path, Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  int64_t parent = 0;
  if (new_path.size() > 1) {
    const NaiveNode* found = Find(Parts(new_path.begin(), new_path.end() - 1), &reason);
    if (found == nullptr) return reason;
    parent = found->id;
  }
  if (node->kind == Kind::kSchema && parent != node->parent) return "SCHEMA_CANNOT_CHANGE_CATALOG";
  const NaiveNode* taken = LiveChild(parent, new_path.back());
  if (taken == node) return "OK";
  if (taken != nullptr) return ExistsAt(new_path.size());
  node->parent = parent;
  node->name = new_path.back();
  node->changed = now;
  return "OK";
}

std::string NaiveWorld::Delete(const Parts& path, bool force, Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (!force && HasLiveChildren(node->id)) {
    return path.size() == 1 ? "CATALOG_NOT_EMPTY" : "SCHEMA_NOT_EMPTY";
  }
  node->deleted = true;
  node->changed = now;
  return "OK";
}

std::string NaiveWorld::Undelete(const Parts& path, Position now) {
  int64_t parent = 0;
  for (size_t depth = 1; depth <= path.size(); ++depth) {
    const std::string& name = path[depth - 1];
    const NaiveNode* live = LiveChild(parent, name);
    NaiveNode* tombstone = nullptr;  // the newest
    for (auto& [id, node] : nodes) {
      if (node.parent != parent || node.name != name || !node.deleted) continue;
      if (tombstone == nullptr || tombstone->changed < node.changed) tombstone = &node;
    }
    if (live == nullptr && tombstone == nullptr) return NotFoundAt(depth);
    if (depth < path.size()) {
      if (live == nullptr) return "PARENT_DELETED";
      parent = live->id;
      continue;
    }
    if (live != nullptr && tombstone != nullptr) return ExistsAt(depth);
    if (live != nullptr) return "OK";
    tombstone->deleted = false;
    tombstone->changed = now;
  }
  return "OK";
}

std::string NaiveWorld::UndeleteId(int64_t id, Position now) {
  const auto found = nodes.find(id);
  if (found == nodes.end()) return "SECURABLE_NOT_FOUND";
  NaiveNode& node = found->second;
  if (!ParentsLive(id)) return "PARENT_DELETED";
  if (!node.deleted) return "OK";
  if (LiveChild(node.parent, node.name) != nullptr) return ExistsAt(PathOf(id).size());
  node.deleted = false;
  node.changed = now;
  return "OK";
}

std::string NaiveWorld::Comment(const Parts& path, const std::string& comment, Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (node->comment != comment) {
    node->comment = comment;
    node->changed = now;
  }
  return "OK";
}

std::string NaiveWorld::Register(const Parts& path, const std::string& digest, Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  for (const NaiveVersion& version : node->versions) {
    if (version.digest == digest) return "OK";
  }
  node->versions.push_back({.id = ++last_id, .digest = digest, .comment = {}, .changed = now});
  return "OK";
}

std::string NaiveWorld::CommentVersion(const Parts& path, size_t number, const std::string& comment,
                                       Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (number > node->versions.size()) return "VERSION_NOT_FOUND";
  NaiveVersion& version = node->versions[number - 1];
  if (version.comment != comment) {
    version.comment = comment;
    version.changed = now;
  }
  return "OK";
}

std::string NaiveWorld::SetAlias(const Parts& path, const std::string& alias, size_t number,
                                 Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (number > node->versions.size()) return "VERSION_NOT_FOUND";
  const NaiveStretch* current = Alias(*node, alias);
  if (current != nullptr && current->number == number) return "OK";
  std::vector<NaiveStretch>& stretches = node->aliases[alias];
  if (current != nullptr) stretches.back().to = now;
  stretches.push_back({.number = number, .from = now});
  return "OK";
}

std::string NaiveWorld::DeleteAlias(const Parts& path, const std::string& alias, Position now) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (Alias(*node, alias) == nullptr) return "ALIAS_NOT_FOUND";
  node->aliases[alias].back().to = now;
  return "OK";
}

std::string NaiveWorld::SetTag(const Parts& path, const std::string& column, const std::string& key,
                               const std::optional<std::string>& value) {
  std::string reason;
  NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  if (value.has_value()) {
    node->tags[column][key] = *value;
  } else {
    node->tags[column].erase(key);
  }
  return "OK";
}

std::string NaiveWorld::Attach(const Parts& path, const std::string& space, const std::string& name,
                               Position now) {
  std::string reason;
  const NaiveNode* node = Find(path, &reason);
  if (node == nullptr) return reason;
  const auto found = identities.find({space, name});
  if (found != identities.end()) {
    if (found->second.asset == node->id) return "OK";
    if (IsLive(found->second.asset)) return "DATASET_IDENTITY_TAKEN";
  }
  identities[{space, name}] = {.asset = node->id, .from = now};
  return "OK";
}

std::string NaiveWorld::Detach(const std::string& space, const std::string& name) {
  identities.erase({space, name});
  return "OK";
}

}  // namespace whence::catalog::test
