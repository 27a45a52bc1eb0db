#include "catalog_steps.h"

#include "absl/strings/str_cat.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "catalog/alias.h"
#include "catalog/dataset_identity.h"
#include "catalog/securable.h"
#include "catalog/securable_write.h"
#include "catalog/tag.h"
#include "catalog/version.h"

namespace whence::catalog::test {
namespace {

constexpr const char* kActNames[] = {"Create",         "Rename",     "Delete",      "ForceDelete",
                                     "Undelete",       "UndeleteId", "Comment",     "Register",
                                     "CommentVersion", "SetAlias",   "DeleteAlias", "Tag",
                                     "Untag",          "Attach",     "Detach"};

// Catalogs, schemas and assets together.
constexpr int kStepPaths = 2 + 4 + 12;

// How often each is drawn, of 100.
constexpr int kWeights[] = {14, 7, 3, 2, 10, 3, 5, 14, 5, 18, 5, 5, 3, 5, 1};

const std::vector<Parts>& AllPaths() {
  static const auto* const paths = [] {
    auto* all = new std::vector<Parts>();
    for (size_t depth = 1; depth <= 3; ++depth) {
      for (Parts& path : StepPaths(depth)) all->push_back(std::move(path));
    }
    return all;
  }();
  return *paths;
}

const Parts& AnyPath(int number) {
  return AllPaths()[static_cast<size_t>(number) % AllPaths().size()];
}

// Of few, so that versions, aliases and tags heap up on them.
Parts AssetPath(int number) {
  constexpr size_t kAssets = 4;
  const std::vector<Parts> paths = StepPaths(3);
  return paths[static_cast<size_t>(number) % kAssets];
}

// A path as deep as `like`.
Parts PathLike(const Parts& like, int number) {
  const std::vector<Parts> paths = StepPaths(like.size());
  return paths[static_cast<size_t>(number) % paths.size()];
}

Kind KindAt(const Parts& path, int word) {
  if (path.size() < 3) return path.size() == 1 ? Kind::kCatalog : Kind::kSchema;
  return word % 2 == 0 ? Kind::kTable : Kind::kModel;
}

std::string Word(int word) { return absl::StrCat("w", word % kStepWords); }
std::string Digest(int word) { return absl::StrCat("opaque:", word % 4); }
int64_t Number(int word) { return word % 3 + 1; }

absl::StatusOr<Securable> Current(sql::WriteContext& context, const Parts& path) {
  return GetSecurable(context.connection(), kNow, path);
}

}  // namespace

const std::vector<std::vector<std::string>>& StepNames() {
  static const auto* const names =
      new std::vector<std::vector<std::string>>{{"c", "d"}, {"r", "s.t"}, {"a", "b", "`"}};
  return *names;
}

std::vector<Parts> StepPaths(size_t depth) {
  std::vector<Parts> paths = {{}};
  for (size_t level = 0; level < depth; ++level) {
    std::vector<Parts> longer;
    for (const Parts& path : paths) {
      for (const std::string& name : StepNames()[level]) {
        longer.push_back(path);
        longer.back().push_back(name);
      }
    }
    paths = std::move(longer);
  }
  return paths;
}

std::string StepColumn(int word) { return word % 2 == 0 ? "" : absl::StrCat("col", word % 4); }
std::string StepAlias(int word) { return absl::StrCat("alias", word % 2); }

std::vector<Step> RandomSteps(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  const auto below = [&random](int bound) {
    return static_cast<int>(random() % static_cast<uint64_t>(bound));
  };
  std::discrete_distribution<int> act(std::begin(kWeights), std::end(kWeights));
  std::vector<Step> steps;
  // Something to stand on.
  for (int i = 0; i < 10; ++i) steps.push_back({.act = Act::kCreate, .target = i});
  while (steps.size() < count) {
    steps.push_back({.act = static_cast<Act>(act(random)),
                     .target = below(kStepPaths),
                     .other = below(kStepPaths),
                     .word = below(12)});
  }
  return steps;
}

std::vector<Step> Simpler(const Step& step) {
  std::vector<Step> simpler;
  for (int Step::*field : {&Step::target, &Step::other, &Step::word}) {
    for (const int value : {0, 1, step.*field / 2}) {
      if (value >= step.*field) continue;
      simpler.push_back(step);
      simpler.back().*field = value;
    }
  }
  return simpler;
}

std::string ToText(const Step& step) {
  return absl::StrCat(kActNames[static_cast<int>(step.act)], "(", FormatName(AnyPath(step.target)),
                      " / asset ", FormatName(AssetPath(step.target)), ", other ", step.other,
                      ", word ", step.word, ")");
}

namespace {

absl::Status ApplyToTree(const Step& step, sql::WriteContext& context,
                         const ledger::Change& change) {
  const Parts path = AnyPath(step.target);
  if (step.act == Act::kCreate) {
    return CreateSecurable(context, change, {.kind = KindAt(path, step.word), .path = path})
        .status();
  }
  if (step.act == Act::kUndelete || step.act == Act::kUndeleteId) {
    WHENCE_ASSIGN_OR_RETURN(const Securable gone,
                            step.act == Act::kUndelete
                                ? FindUndeletable(context.connection(), path)
                                : GetSecurableById(context.connection(), kNow, step.other + 1));
    return UndeleteSecurable(context, change, gone).status();
  }
  WHENCE_ASSIGN_OR_RETURN(const Securable current, Current(context, path));
  switch (step.act) {
    case Act::kRename:
      return RenameSecurable(context, change, current, PathLike(path, step.other)).status();
    case Act::kDelete:
      return DeleteSecurable(context, change, current, /*force=*/false).status();
    case Act::kForceDelete:
      return DeleteSecurable(context, change, current, /*force=*/true).status();
    default:
      return UpdateSecurable(context, change, current, {.comment = Word(step.word)}).status();
  }
}

absl::Status ApplyToAsset(const Step& step, sql::WriteContext& context,
                          const ledger::Change& change) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const Securable asset, Current(context, AssetPath(step.target)));
  switch (step.act) {
    case Act::kRegister:
      return RegisterVersion(context, change, asset.id, {.digest = Digest(step.word)}).status();
    case Act::kCommentVersion: {
      WHENCE_ASSIGN_OR_RETURN(const Version version,
                              GetVersion(connection, kNow, asset.id, Number(step.other)));
      return UpdateVersion(context, change, version, {.comment = Word(step.word)}).status();
    }
    case Act::kSetAlias: {
      WHENCE_ASSIGN_OR_RETURN(const Version version,
                              GetVersion(connection, kNow, asset.id, Number(step.other)));
      return SetAlias(context, change, asset.id, StepAlias(step.word), version.id, version.number);
    }
    case Act::kDeleteAlias:
      WHENCE_RETURN_IF_ERROR(GetAlias(connection, kNow, asset.id, StepAlias(step.word)).status());
      return DeleteAlias(context, change, asset.id, StepAlias(step.word));
    case Act::kTag: {
      const std::vector<Tag> set = {{Word(step.other), Word(step.word)}};
      return SetTags(context, change, asset.id, StepColumn(step.word), set, {}).status();
    }
    case Act::kUntag: {
      const std::vector<std::string> remove = {Word(step.other)};
      return SetTags(context, change, asset.id, StepColumn(step.word), {}, remove).status();
    }
    default:
      return AttachIdentity(context, change, asset.id, Word(step.other), Word(step.word)).status();
  }
}

}  // namespace

absl::Status Apply(const Step& step, sql::WriteContext& context, const ledger::Change& change) {
  if (step.act <= Act::kComment) return ApplyToTree(step, context, change);
  if (step.act == Act::kDetach) {
    return DetachIdentity(context, change, Word(step.other), Word(step.word));
  }
  return ApplyToAsset(step, context, change);
}

std::string Apply(const Step& step, NaiveWorld& world, Position now) {
  const Parts path = AnyPath(step.target);
  const Parts asset = AssetPath(step.target);
  const auto number = static_cast<size_t>(Number(step.other));
  switch (step.act) {
    case Act::kCreate:
      return world.Create(path, KindAt(path, step.word), now);
    case Act::kRename:
      return world.Rename(path, PathLike(path, step.other), now);
    case Act::kDelete:
      return world.Delete(path, false, now);
    case Act::kForceDelete:
      return world.Delete(path, true, now);
    case Act::kUndelete:
      return world.Undelete(path, now);
    case Act::kUndeleteId:
      return world.UndeleteId(step.other + 1, now);
    case Act::kComment:
      return world.Comment(path, Word(step.word), now);
    case Act::kRegister:
      return world.Register(asset, Digest(step.word), now);
    case Act::kCommentVersion:
      return world.CommentVersion(asset, number, Word(step.word), now);
    case Act::kSetAlias:
      return world.SetAlias(asset, StepAlias(step.word), number, now);
    case Act::kDeleteAlias:
      return world.DeleteAlias(asset, StepAlias(step.word), now);
    case Act::kTag:
      return world.SetTag(asset, StepColumn(step.word), Word(step.other), Word(step.word));
    case Act::kUntag:
      return world.SetTag(asset, StepColumn(step.word), Word(step.other), std::nullopt);
    case Act::kAttach:
      return world.Attach(asset, Word(step.other), Word(step.word), now);
    case Act::kDetach:
      return world.Detach(Word(step.other), Word(step.word));
    case Act::kCount:
      break;
  }
  return "no such act";
}

}  // namespace whence::catalog::test
