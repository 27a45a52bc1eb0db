#pragma once

// The catalog as one would write it if nothing had to be fast or kept: maps in memory, and a full
// copy of them for every position. What the real one must agree with.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/position.h"
#include "catalog/kind.h"

namespace whence::catalog::test {

using Parts = std::vector<std::string>;

struct NaiveVersion {
  int64_t id = 0;
  std::string digest;
  std::string comment;
  Position changed = 0;
};

struct NaiveStretch {
  size_t number = 0;
  Position from = 0;
  Position to = kForever;
};

struct NaiveNode {
  int64_t id = 0;
  Kind kind = Kind::kUnspecified;
  int64_t parent = 0;
  std::string name;
  std::string comment;
  bool deleted = false;
  Position changed = 0;
  std::vector<NaiveVersion> versions;                              // number - 1
  std::map<std::string, std::vector<NaiveStretch>> aliases;        // oldest first
  std::map<std::string, std::map<std::string, std::string>> tags;  // by column, "" the asset
};

struct NaiveIdentity {
  int64_t asset = 0;
  Position from = 0;
};

// The world at one position.
struct NaiveWorld {
  std::map<int64_t, NaiveNode> nodes;
  std::map<std::pair<std::string, std::string>, NaiveIdentity> identities;
  int64_t last_id = 0;

  const NaiveNode* LiveChild(int64_t parent, const std::string& name) const;
  // The live node at a path, or null; `missing` gets the depth of the first part that is missing.
  const NaiveNode* Find(const Parts& path, size_t* missing = nullptr) const;
  NaiveNode* Find(const Parts& path, std::string* reason);
  Parts PathOf(int64_t id) const;
  bool IsLive(int64_t id) const;
  bool ParentsLive(int64_t id) const;
  bool HasLiveChildren(int64_t id) const;
  const NaiveStretch* Alias(const NaiveNode& node, const std::string& name) const;

  // Mutations: the reason of the error, or "OK". `now` is the position they take.
  std::string Create(const Parts& path, Kind kind, Position now);
  std::string Rename(const Parts& path, const Parts& new_path, Position now);
  std::string Delete(const Parts& path, bool force, Position now);
  std::string Undelete(const Parts& path, Position now);
  std::string UndeleteId(int64_t id, Position now);
  std::string Comment(const Parts& path, const std::string& comment, Position now);
  std::string Register(const Parts& path, const std::string& digest, Position now);
  std::string CommentVersion(const Parts& path, size_t number, const std::string& comment,
                             Position now);
  std::string SetAlias(const Parts& path, const std::string& alias, size_t number, Position now);
  std::string DeleteAlias(const Parts& path, const std::string& alias, Position now);
  std::string SetTag(const Parts& path, const std::string& column, const std::string& key,
                     const std::optional<std::string>& value);
  std::string Attach(const Parts& path, const std::string& space, const std::string& name,
                     Position now);
  std::string Detach(const std::string& space, const std::string& name);
};

}  // namespace whence::catalog::test
