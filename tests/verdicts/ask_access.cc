// The list of who may do what with each asset.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/privilege.h"
#include "ask.h"
#include "service/access_operations.h"

namespace whence::verdicts {
namespace {

// Rows and columns are shown to who has one of these.
const Texts kReading = {"SELECT", "EXECUTE", "READ VOLUME"};

// What is told of one principal on one asset, in words.
struct Told {
  Texts may;
  Texts denied;
  Texts filters;
  std::map<std::string, std::string> masks;  // policies by column
  bool conflict = false;

  std::string Text() const {
    const std::string masked = absl::StrJoin(masks, ", ", [](std::string* out, const auto& mask) {
      absl::StrAppend(out, mask.first, " by ", mask.second);
    });
    return absl::StrCat("may ", absl::StrJoin(may, ", "), "; denied ", absl::StrJoin(denied, ", "),
                        "; rows ", absl::StrJoin(filters, ", "), "; masks ", masked,
                        conflict ? "; conflict" : "");
  }
  friend bool operator==(const Told&, const Told&) = default;
};
using ByPair = std::map<std::pair<std::string, std::string>, Told>;  // asset, principal

// Every page of the list, as who owns everything.
ByPair Listed(RandomWorld& world) {
  ByPair all;
  v1::ListAssetAccessRequest request;
  request.set_page_size(world.Once(3) ? 1000 : static_cast<int32_t>(2 + world.Number(40)));
  do {
    const auto page = world.house.Run(service::kListAssetAccess, request);
    INFO(page.status());
    REQUIRE(page.ok());
    for (const v1::AssetAccess& item : page->items()) {
      Told told;
      for (const v1::EffectivePrivilege& one : item.privileges()) told.may.insert(one.privilege());
      for (const v1::EffectivePrivilege& one : item.denied()) told.denied.insert(one.privilege());
      for (const std::string& policy : item.row_filters()) told.filters.insert(policy);
      for (const v1::AppliedMask& mask : item.masks()) {
        for (const std::string& column : mask.columns()) told.masks[column] = mask.policy();
      }
      told.conflict = !item.mask_conflict().empty();
      const bool added =
          all.emplace(std::pair(item.securable().name(), item.principal()), std::move(told)).second;
      REQUIRE(added);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

// The verdict on one privilege: whether it may, with all columns or some, and whether that is not
// all. `sight`: the verdict that says what of the rows and columns is shown.
void Judge(const NaiveWorld& naive, const NaiveCaller& caller, const std::string& privilege,
           const std::string& path, Told& told, NaiveVerdict& sight) {
  NaiveVerdict verdict = naive.Decide(caller, privilege, path, {});
  bool may = verdict.outcome == "ALLOWED";
  if (!verdict.denied_by.empty()) {
    told.denied.insert(privilege);
    for (const std::string& column : naive.KnownColumns(path)) {
      const NaiveVerdict one = naive.Decide(caller, privilege, path, {column});
      may = may || one.outcome == "ALLOWED";
    }
  }
  if (!may) return;
  told.may.insert(privilege);
  if (kReading.count(privilege) > 0) sight = std::move(verdict);
}

Told Expected(const NaiveWorld& naive, const NaiveCaller& caller, const std::string& path) {
  Told told;
  NaiveVerdict sight;
  const std::string& kind = naive.securables.at(path).kind;
  for (const access::Privilege one : access::ToList(access::PrivilegeSet::Everything())) {
    const std::string name(access::PrivilegeName(one));
    if (name == "ALL PRIVILEGES" || name == "USE CATALOG" || name == "USE SCHEMA") continue;
    if (NaiveWorld::Applies(name, kind)) Judge(naive, caller, name, path, told, sight);
  }
  told.filters = Texts(sight.filters.begin(), sight.filters.end());
  told.conflict = !sight.conflicts.empty();
  if (!told.conflict) told.masks = sight.masks;
  return told;
}

}  // namespace

void AskAssetAccess(RandomWorld& world, Tally& tally) {
  const ByPair listed = Listed(world);
  size_t found = 0;
  for (const std::string& path : world.paths) {
    if (std::count(path.begin(), path.end(), '.') != 2) continue;
    for (const auto& [name, active] : world.naive.principals) {
      if (name.starts_with("group:")) continue;
      const auto item = listed.find({path, name});
      found += item == listed.end() ? 0 : 1;
      Told got = item == listed.end() ? Told() : item->second;
      const Told expected = Expected(world.naive, {.name = name}, path);
      // Of whom a policy denies some columns the naive verdict on all of them shows nothing.
      const bool some_columns =
          std::any_of(kReading.begin(), kReading.end(), [&expected](const std::string& one) {
            return expected.denied.count(one) > 0 && expected.may.count(one) > 0;
          });
      if (some_columns) {
        got.filters.clear();
        got.masks.clear();
        got.conflict = false;
      }
      if (got != expected) {
        Disagree(world, absl::StrCat("what ", name, " may do with ", path), expected.Text(),
                 got.Text());
      }
      if (!got.masks.empty()) {
        ++tally.masked;
      } else {
        ++(!got.may.empty() ? tally.yes : !got.denied.empty() ? tally.refused : tally.no);
      }
    }
  }
  // Nothing else is told.
  CHECK(found == listed.size());
}

}  // namespace whence::verdicts
