#pragma once

// Lineage written down in the plainest way: maps, sets and repeated looking. What random steps do
// to the server, they do to this; every answer must be the same.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "whence/v1/lineage.pb.h"

namespace whence::test {

namespace v1 = ::whence::v1;

// (asset, version number); 0: the asset itself. Assets by the order in which they were made.
using NaiveNode = std::pair<int, int>;
using NaiveColumn = std::pair<int, std::string>;

struct NaiveAsset {
  std::string name = {};
  v1::Kind kind = v1::KIND_TABLE;
  bool deleted = false;
  int deletion = 0;                         // the newest deletion is undeleted first
  int64_t id = 0;                           // the server's
  std::vector<std::string> digests = {};    // of versions 1, 2, ...
  std::map<std::string, int> aliases = {};  // to version numbers
};

// A run (number from 1) or declaration (negative number).
struct NaiveVia {
  v1::RunState state = v1::RUN_STATE_UNSPECIFIED;
  int job = -1;  // asset
  std::string parent;
  std::map<std::string, std::string> parameters;
  std::map<NaiveNode, std::string> reads;  // with the alias asked for
  std::set<NaiveNode> writes;
  std::map<std::tuple<NaiveColumn, NaiveColumn, int>, bool> links;  // target, source, how: masking

  friend bool operator==(const NaiveVia&, const NaiveVia&) = default;
};

// What an event says of a run.
struct NaiveReference {
  std::string name = {};
  int version = 0;
  std::string alias = {};
};
struct NaiveWrite {
  NaiveReference reference = {};
  std::string digest = {};                 // registers this version
  v1::Kind create = v1::KIND_UNSPECIFIED;  // creates the asset
};
struct NaiveLink {
  std::string source = {}, source_column = {}, target = {}, target_column = {};
  int transformation = 0;
  bool masking = false;
};
struct NaiveEvent {
  int run = 0;
  bool start = false;
  v1::RunState state = v1::RUN_STATE_UNSPECIFIED;
  std::string job = {}, parent = {}, parameter = {}, value = {};
  std::vector<NaiveReference> reads = {};
  std::vector<NaiveWrite> writes = {};
  std::vector<NaiveLink> links = {};
};

// Everything at one position. Copied to remember it.
class NaiveWorld {
 public:
  // Each returns "OK" or the reason of the error, after which nothing has changed.
  std::string Create(const std::string& name, v1::Kind kind);
  std::string Rename(const std::string& name, const std::string& new_name);
  std::string Delete(const std::string& name);
  std::string Undelete(const std::string& name);
  std::string Register(const std::string& name, const std::string& digest);
  std::string Alias(const std::string& name, const std::string& alias, int version);
  std::string Apply(const NaiveEvent& event);
  // Pairs of (source, target), and columns with them. `first` is the number of the declaration.
  std::string Declare(int first, const std::vector<NaiveLink>& edges);

  std::optional<int> Find(const std::string& name) const;
  bool HasNode(NaiveNode node) const;

  std::vector<NaiveAsset> assets;
  std::map<int, NaiveVia> vias;
  std::vector<int> run_order;  // as they were first heard of
  bool changed = false;        // by the last call

 private:
  std::string Pin(const NaiveReference& reference, NaiveNode* node) const;
  std::string ApplyTo(const NaiveEvent& event, NaiveVia& via);
  std::string ApplyRead(const NaiveReference& reference, const NaiveVia& before, NaiveVia& via);
  std::string ApplyWrite(const NaiveWrite& write, const NaiveVia& before, NaiveVia& via);
};

// --- Questions ---

// Depths of what is reached, by reference of the naive world: data and vias.
struct NaiveWalk {
  std::map<NaiveNode, int> data;
  std::map<int, int> vias;
};

// The closure of the roots upstream or downstream. At asset grain versions are folded into (asset,
// 0).
NaiveWalk Walk(const NaiveWorld& world, const std::set<NaiveNode>& roots,
               const std::set<int>& via_roots, bool up, bool assets);

// All versions of an asset, and its own node where that has edges or there is no version.
std::set<NaiveNode> RootsOf(const NaiveWorld& world, int asset);

// Depths of columns upstream or downstream.
std::map<NaiveColumn, int> WalkColumns(const NaiveWorld& world, const NaiveColumn& root, bool up);

// What a column's impact is.
struct NaiveImpact {
  std::map<NaiveColumn, bool> columns;  // without the root; true: masked
  std::set<NaiveNode> data;             // without the root's own asset, unless it feeds itself
  std::set<int> runs;
};
NaiveImpact ImpactOfColumn(const NaiveWorld& world, const NaiveColumn& root);

}  // namespace whence::test
