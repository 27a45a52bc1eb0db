// Random steps against the catalog and a naive one: every answer, at every position, must be the
// same.

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/name.h"
#include "base/reference.h"
#include "catalog/alias.h"
#include "catalog/dataset_identity.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "catalog/securable_list.h"
#include "catalog/tag.h"
#include "catalog/version.h"
#include "catalog_steps.h"
#include "ledger/ledger.h"
#include "naive_catalog.h"
#include "support/scratch_database.h"
#include "support/shrink.h"
#include "support/soak.h"

namespace whence::catalog::test {
namespace {

using whence::test::ReasonOf;
using whence::test::ScratchDatabase;

// Compares one answer of both; remembers the first difference.
class Differences {
 public:
  void Same(std::string_view what, const std::string& real, const std::string& naive) {
    if (real == naive || !first_.empty()) return;
    first_ = absl::StrCat(std::string(what), ":\n    catalog ", real, "\n    naive   ", naive);
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// --- Both sides as text ---

std::string Text(const Securable& s) {
  return absl::StrCat(s.id, " ", static_cast<int>(s.kind), " ", s.FullName(), " '", s.comment, "' ",
                      s.deleted ? "deleted " : "", s.parent_deleted ? "in deleted " : "", "@",
                      s.position);
}

std::string Text(const NaiveWorld& world, const NaiveNode& node) {
  return absl::StrCat(node.id, " ", static_cast<int>(node.kind), " ",
                      FormatName(world.PathOf(node.id)), " '", node.comment, "' ",
                      node.deleted ? "deleted " : "",
                      world.ParentsLive(node.id) ? "" : "in deleted ", "@", node.changed);
}

std::string Text(const Version& version) {
  return absl::StrCat(version.number, "#", version.id, " ", version.digest, " '", version.comment,
                      "' @", version.position);
}

std::string Text(const NaiveVersion& version, size_t number) {
  return absl::StrCat(number, "#", version.id, " ", version.digest, " '", version.comment, "' @",
                      version.changed);
}

template <class T>
std::string TextOr(const absl::StatusOr<T>& result) {
  return result.ok() ? Text(*result) : ReasonOf(result.status());
}

// --- The catalog's answers at one position, against a world ---

class Comparison {
 public:
  Comparison(sql::Connection& connection, Position as_of, const NaiveWorld& world,
             Differences* differences)
      : connection_(connection), as_of_(as_of), world_(world), differences_(*differences) {}

  void Run() {
    for (size_t depth = 1; depth <= 3; ++depth) {
      for (const Parts& path : StepPaths(depth)) ByName(path);
      for (const bool show_deleted : {false, true}) {
        for (const int page : {1, 3, 1000}) List(depth, show_deleted, page);
      }
    }
    for (int64_t id = 1; id <= world_.last_id + 1; ++id) ById(id);
    for (const auto& [id, node] : world_.nodes) {
      if (IsAssetKind(node.kind)) Asset(node);
    }
    Identities();
  }

 private:
  void Same(std::string_view what, const std::string& real, const std::string& naive) {
    differences_.Same(absl::StrCat("as of ", as_of_, ", ", std::string(what)), real, naive);
  }

  void ByName(const Parts& path) {
    size_t missing = 0;
    const NaiveNode* node = world_.Find(path, &missing);
    Same(absl::StrCat("get ", FormatName(path)), TextOr(GetSecurable(connection_, as_of_, path)),
         node != nullptr ? Text(world_, *node) : std::string(NotFoundReason(missing)));
    const std::optional<SecurableId> found = FindSecurable(connection_, as_of_, path).value();
    Same(absl::StrCat("find ", FormatName(path)),
         found.has_value() ? absl::StrCat(found->id, " ", static_cast<int>(found->kind)) : "",
         node != nullptr ? absl::StrCat(node->id, " ", static_cast<int>(node->kind)) : "");
  }

  void ById(int64_t id) {
    const auto node = world_.nodes.find(id);
    const bool known = node != world_.nodes.end();
    Same(absl::StrCat("id ", id), TextOr(GetSecurableById(connection_, as_of_, id)),
         known ? Text(world_, node->second) : "SECURABLE_NOT_FOUND");
    Same(absl::StrCat("live ", id), IsLive(connection_, as_of_, id).value() ? "yes" : "no",
         known && world_.IsLive(id) ? "yes" : "no");
  }

  void List(size_t depth, bool show_deleted, int page) {
    std::map<Parts, std::string> ordered;
    for (const auto& [id, node] : world_.nodes) {
      if (world_.PathOf(id).size() != depth || (!show_deleted && !world_.IsLive(id))) continue;
      // Level by level: name, then id.
      Parts key;
      for (int64_t at = id; at != 0; at = world_.nodes.at(at).parent) {
        key.push_back(absl::StrCat(absl::Dec(at, absl::kZeroPad8)));
        key.push_back(world_.nodes.at(at).name);
      }
      std::reverse(key.begin(), key.end());
      ordered[key] = Text(world_, node);
    }
    std::vector<std::string> naive;
    for (const auto& [key, text] : ordered) naive.push_back(text);
    Same(absl::StrCat("list ", depth, show_deleted ? " deleted" : "", " by ", page),
         absl::StrJoin(Listed(depth, show_deleted, page), "\n"), absl::StrJoin(naive, "\n"));
  }

  std::vector<std::string> Listed(size_t depth, bool show_deleted, int page) {
    std::vector<std::string> listed;
    ListQuery query{.as_of = as_of_, .depth = depth, .show_deleted = show_deleted};
    for (bool complete = false; !complete;) {
      int taken = 0;
      const ListEnd end =
          ListSecurables(connection_, query, [&](const Securable& item) -> absl::StatusOr<bool> {
            if (taken == page) return false;
            ++taken;
            listed.push_back(Text(item));
            return true;
          }).value();
      complete = end.complete;
      query.after = end.place;
    }
    return listed;
  }

  void Asset(const NaiveNode& node) {
    Versions(node);
    Aliases(node);
    const std::string at = absl::StrCat(" of ", node.id);
    for (int column = 0; column < 4; ++column) {
      const std::string name = StepColumn(column);
      std::string real;
      const std::vector<Tag> tags = ListTags(connection_, as_of_, node.id, name).value();
      for (const Tag& tag : tags) absl::StrAppend(&real, tag.key, "=", tag.value, " ");
      std::string naive;
      const auto found = node.tags.find(name);
      if (found != node.tags.end()) {
        for (const auto& [key, value] : found->second)
          absl::StrAppend(&naive, key, "=", value, " ");
      }
      Same(absl::StrCat("tags", at, "#", name), real, naive);
    }
    std::string real;
    const auto of_columns = ListColumnTags(connection_, as_of_, node.id).value();
    for (const ColumnTag& tag : of_columns) {
      absl::StrAppend(&real, tag.column, ":", tag.tag.key, "=", tag.tag.value, " ");
    }
    std::string naive;
    for (const auto& [column, tags] : node.tags) {
      for (const auto& [key, value] : tags) {
        if (!column.empty()) absl::StrAppend(&naive, column, ":", key, "=", value, " ");
      }
    }
    Same(absl::StrCat("column tags", at), real, naive);
    if (world_.IsLive(node.id)) Pins(node);
  }

  void Versions(const NaiveNode& node) {
    std::string real;
    bool all = false;
    for (int64_t before = 0; !all;) {
      int left = 2;
      const auto add = [&](const Version& version) {
        absl::StrAppend(&real, Text(version), "; ");
        before = version.number;
        return --left > 0;
      };
      all = ListVersions(connection_, as_of_, node.id, before, add).value();
    }
    std::string naive;
    for (size_t number = node.versions.size(); number > 0; --number) {
      absl::StrAppend(&naive, Text(node.versions[number - 1], number), "; ");
    }
    Same(absl::StrCat("versions of ", node.id), real, naive);
    for (size_t number = 1; number <= 6; ++number) {
      const bool known = number <= node.versions.size();
      const auto stored = static_cast<int64_t>(number);
      Same(absl::StrCat("version ", node.id, "@", number),
           TextOr(GetVersion(connection_, as_of_, node.id, stored)),
           known ? Text(node.versions[number - 1], number) : "VERSION_NOT_FOUND");
    }
    for (int word = 0; word < 5; ++word) {
      const std::string digest = absl::StrCat("opaque:", word);
      const auto found = FindVersionByDigest(connection_, as_of_, node.id, digest).value();
      int64_t number = 0;
      for (size_t i = 0; i < node.versions.size(); ++i) {
        if (node.versions[i].digest == digest) number = static_cast<int64_t>(i) + 1;
      }
      Same(absl::StrCat("digest ", digest, " of ", node.id),
           absl::StrCat(found.has_value() ? found->number : 0), absl::StrCat(number));
    }
  }

  void Aliases(const NaiveNode& node) {
    std::string real;
    const auto listed = ListAliases(connection_, as_of_, node.id, "", 100).value();
    for (const Alias& alias : listed) {
      absl::StrAppend(&real, alias.name, "=", alias.number, "@", alias.position, " ");
    }
    std::string naive;
    for (const auto& [name, stretches] : node.aliases) {
      const NaiveStretch* stretch = world_.Alias(node, name);
      if (stretch == nullptr) continue;
      absl::StrAppend(&naive, name, "=", stretch->number, "@", stretch->from, " ");
    }
    Same(absl::StrCat("aliases of ", node.id), real, naive);
    for (int word = 0; word < 2; ++word) History(node, StepAlias(word));
  }

  void History(const NaiveNode& node, const std::string& alias) {
    std::string real;
    for (Position before = kForever;;) {
      const auto page = AliasHistory(connection_, as_of_, node.id, alias, before, 2).value();
      for (const Alias& stretch : page) {
        absl::StrAppend(&real, stretch.number, ":", stretch.position, "-", stretch.end, " ");
      }
      if (page.empty()) break;
      before = page.back().position;
    }
    std::string naive;
    const auto found = node.aliases.find(alias);
    if (found != node.aliases.end()) {
      for (auto stretch = found->second.rbegin(); stretch != found->second.rend(); ++stretch) {
        absl::StrAppend(&naive, stretch->number, ":", stretch->from, "-", stretch->to, " ");
      }
    }
    Same(absl::StrCat("history of ", node.id, "@", alias), real, naive);
  }

  // What `reference` is pinned to: "node version", or the reason.
  std::string Pinned(const Reference& reference) {
    const auto pinned = Pin(connection_, as_of_, reference);
    return pinned.ok() ? absl::StrCat(pinned->node_id, " ", pinned->version)
                       : ReasonOf(pinned.status());
  }

  void Pins(const NaiveNode& node) {
    Reference reference;
    reference.name = world_.PathOf(node.id);
    const auto expected = [&](size_t number) {
      return absl::StrCat(number == 0 ? node.id : node.versions[number - 1].id, " ", number);
    };
    Same(absl::StrCat("pin ", node.id), Pinned(reference), expected(node.versions.size()));
    reference.kind = Reference::Kind::kAlias;
    for (int word = 0; word < 2; ++word) {
      reference.alias = StepAlias(word);
      const NaiveStretch* stretch = world_.Alias(node, reference.alias);
      Same(absl::StrCat("pin ", node.id, "@", reference.alias), Pinned(reference),
           stretch == nullptr ? "ALIAS_NOT_FOUND" : expected(stretch->number));
    }
    reference.alias = "latest";
    Same(absl::StrCat("pin latest of ", node.id), Pinned(reference),
         node.versions.empty() ? "VERSION_NOT_FOUND" : expected(node.versions.size()));
  }

  void Identities() {
    std::map<int64_t, std::string> by_asset;
    for (int space = 0; space < kStepWords; ++space) {
      for (int name = 0; name < kStepWords; ++name) {
        const std::pair<std::string, std::string> key = {absl::StrCat("w", space),
                                                         absl::StrCat("w", name)};
        const auto found = world_.identities.find(key);
        const bool known = found != world_.identities.end();
        const auto resolved = ResolveIdentity(connection_, as_of_, key.first, key.second);
        Same(absl::StrCat("identity ", key.first, " ", key.second),
             resolved.ok() ? absl::StrCat(resolved->asset_id, "@", resolved->position)
                           : ReasonOf(resolved.status()),
             known && world_.IsLive(found->second.asset)
                 ? absl::StrCat(found->second.asset, "@", found->second.from)
                 : "DATASET_IDENTITY_NOT_FOUND");
        if (known) absl::StrAppend(&by_asset[found->second.asset], key.first, key.second, " ");
      }
    }
    for (const auto& [id, node] : world_.nodes) {
      std::string real;
      const auto listed = ListIdentities(connection_, as_of_, id, "", "", 100).value();
      for (const DatasetIdentity& identity : listed) {
        absl::StrAppend(&real, identity.name_space, identity.name, " ");
      }
      Same(absl::StrCat("identities of ", id), real, by_asset[id]);
    }
  }

  sql::Connection& connection_;
  const Position as_of_;
  const NaiveWorld& world_;
  Differences& differences_;
};

// When a position was taken: a second after the one before.
absl::Time TimeOf(Position position) { return absl::FromUnixSeconds(1'900'000'000 + position); }

// The stamp of a step, which the ledger has as well, so that it can be asked for by its time.
absl::StatusOr<ledger::Change> Stamp(sql::WriteContext& context, ledger::Ledger& ledger) {
  const Position position = context.Next(sql::Counter::kPosition);
  const ledger::Entry entry{.position = position,
                            .time = TimeOf(position),
                            .actor = "user:ana",
                            .via = "test",
                            .action = "Step",
                            .resource = "",
                            .request_id = "",
                            .digest = std::string(32, 'd')};
  const absl::Status status = ledger.Append(context, entry);
  if (!status.ok()) return status;
  return ledger::Change{.position = position, .time = entry.time, .actor = "user:ana"};
}

// Runs the steps against both and compares: outcomes as they come, then answers at positions
// `every` apart, every other one asked for by a time in its second. Returns the first difference,
// or
// "".
std::string RunSteps(const std::vector<Step>& steps, Position every) {
  ScratchDatabase database;
  ledger::Ledger ledger;
  std::vector<NaiveWorld> worlds(1);  // by position
  Differences differences;
  for (const Step& step : steps) {
    database.Queue(
        [&](sql::WriteContext& context) {
          const ledger::Change change = Stamp(context, ledger).value();
          NaiveWorld next = worlds.back();
          const std::string naive = Apply(step, next, change.position);
          const absl::Status real = Apply(step, context, change);
          differences.Same(absl::StrCat(change.position, " ", ToText(step)), ReasonOf(real), naive);
          if (real.ok()) worlds.push_back(std::move(next));
          return real;
        },
        [](absl::Status) {});
  }
  database.Run();
  const auto last = static_cast<Position>(worlds.size()) - 1;
  for (Position position = last; position >= 0; position -= every) {
    if (!differences.first().empty()) break;
    Position as_of = position;
    if ((last - position) / every % 2 == 1) {
      const absl::Time time = TimeOf(position) + absl::Milliseconds(position % 1000);
      as_of = ledger.PositionAt(database.reader(), last, time).value();
    }
    Comparison(database.reader(), as_of, worlds[static_cast<size_t>(position)], &differences).Run();
  }
  return differences.first();
}

TEST_CASE("the catalog answers as a naive one does, at every position", "[model]") {
  whence::test::ModelSeeds seeds("catalog model", 1, 12);
  while (const std::optional<uint64_t> seed = seeds.Next()) {
    const std::vector<Step> steps = RandomSteps(*seed, 250);
    if (RunSteps(steps, 7).empty()) continue;
    const std::vector<Step> shrunk = whence::test::Shrink<Step>(
        steps, [](const std::vector<Step>& list) { return !RunSteps(list, 1).empty(); }, Simpler,
        300);
    std::string text = absl::StrCat("seed ", *seed, ", shrunk to\n");
    for (const Step& step : shrunk) absl::StrAppend(&text, "  ", ToText(step), "\n");
    FAIL(text << RunSteps(shrunk, 1));
  }
}

TEST_CASE("short histories are right at each of their positions") {
  for (uint64_t seed = 100; seed < 106; ++seed) {
    INFO("seed " << seed);
    CHECK(RunSteps(RandomSteps(seed, 40), 1).empty());
  }
}

}  // namespace
}  // namespace whence::catalog::test
