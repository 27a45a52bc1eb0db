#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "whence/testing/mock_connection.h"

namespace whence::testing {

// What a MockConnection holds, and the rules that pipelines can notice. Not locked: the connection
// does that.
struct MockConnection::World {
  struct AssetEntry {
    Asset asset;
    std::vector<Version> versions;  // number 1 first
  };

  std::vector<std::string> calls;
  std::map<std::string, std::deque<absl::Status>> failures;
  std::map<std::string, Catalog> catalogs;
  std::map<std::string, Schema> schemas;
  std::map<std::string, AssetEntry> assets;
  std::map<std::string, std::map<std::string, std::string>> tags;
  std::vector<RunRecord> runs;
  std::vector<Prediction> predictions;

  // "ASSET_NOT_FOUND" and so on, with the server's words.
  static absl::Status NotFound(const std::string& what, const std::string& name);
  static absl::Status AlreadyExists(const std::string& what, const std::string& name);
  static std::string ParentOf(const std::string& name);
  static bool IsUnder(const std::string& name, const std::string& parent);

  template <typename Resource>
  static absl::StatusOr<Resource> Get(const std::map<std::string, Resource>& resources,
                                      const std::string& name, const std::string& what) {
    const auto found = resources.find(name);
    if (found == resources.end()) return NotFound(what, name);
    return found->second;
  }
  template <typename Resource>
  static absl::StatusOr<Resource> Create(std::map<std::string, Resource>& resources,
                                         const Resource& resource, const std::string& what) {
    const auto [entry, fresh] = resources.emplace(resource.name, resource);
    if (!fresh) return AlreadyExists(what, resource.name);
    return entry->second;
  }
  template <typename Resource>
  static absl::StatusOr<Page<Resource>> List(const std::map<std::string, Resource>& resources,
                                             const std::string& parent) {
    Page<Resource> page;
    for (const auto& [name, resource] : resources) {
      if (IsUnder(name, parent)) page.items.push_back(resource);
    }
    return page;
  }

  // The asset; a missing one is created when a kind is given and its schema exists.
  absl::StatusOr<Asset> EnsureAsset(const std::string& name, Kind kind, Asset fresh);
  absl::StatusOr<Version> Register(const std::string& asset, const NewVersion& version);
  // "a.b.c", "a.b.c@3" or "a.b.c@alias" as what it means now.
  absl::StatusOr<VersionRef> Pin(const std::string& reference);
  // Adds to the run with that id, which may be new. Answers with the whole run.
  absl::StatusOr<RunRecord> AddToRun(const RunRecord& additions);
  absl::StatusOr<Prediction> AddPrediction(Prediction prediction);

 private:
  absl::Status PinReads(const RunRecord& additions, RunRecord* run);
  absl::Status PinWrites(const RunRecord& additions, RunRecord* run);
};

}  // namespace whence::testing
