#include "service/alias_ops.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;
using test::ReasonOf;

struct Aliases : Asked {
  Aliases() {
    Asset("prod.ml.m", v1::KIND_MODEL);  // 1 to 3
    Version("prod.ml.m");                // 4
    Version("prod.ml.m");                // 5
  }
};

TEST_CASE("an alias is set, moved and deleted, and its history kept") {
  Aliases house;
  const v1::Alias set = house.Alias("prod.ml.m", "champion", 1);  // 6
  CHECK(set.asset() == "prod.ml.m");
  CHECK(set.alias() == "champion");
  CHECK(set.version() == 1);
  CHECK(set.position() == 6);
  CHECK(set.end_position() == 0);
  CHECK(set.updater() == "user:ana");
  CHECK(house.Alias("prod.ml.m", "champion", 1).position() == 6);  // again: nothing
  CHECK(house.position() == 6);
  house.Alias("prod.ml.m", "champion", 2);                                                 // 7
  const v1::Alias gone = house.Ask(kDeleteAlias, "asset: 'prod.ml.m' alias: 'champion'");  // 8
  CHECK(gone.version() == 0);
  CHECK(gone.position() == 8);
  CHECK(house.Why(kDeleteAlias, "asset: 'prod.ml.m' alias: 'champion'") == "ALIAS_NOT_FOUND");
  house.Alias("prod.ml.m", "champion", 2);  // 9
  const auto history = house.Ask(kListAliasHistory, "asset: 'prod.ml.m' alias: 'champion'");
  std::string text;
  for (const v1::Alias& entry : history.entries()) {
    absl::StrAppend(&text, entry.version(), ":", entry.position(), "-", entry.end_position(), " ");
  }
  CHECK(text == "2:9-0 2:7-8 1:6-7 ");
  CHECK(house.Ask(kGetVersion, "name: 'prod.ml.m@champion' as_of { position: 6 }").number() == 1);
  CHECK(house.Why(kGetVersion, "name: 'prod.ml.m@champion' as_of { position: 8 }") ==
        "ALIAS_NOT_FOUND");
}

TEST_CASE("aliases are refused by name") {
  Aliases house;
  const auto set = [&](const std::string& alias, int version) {
    return house.WhyAt(kSetAlias,
                       absl::StrCat("asset: 'prod.ml.m' alias: '", alias, "' version: ", version));
  };
  CHECK(set("", 1) == "ALIAS_MALFORMED at alias");
  CHECK(set("7", 1) == "ALIAS_MALFORMED at alias");
  CHECK(set("a b", 1) == "ALIAS_MALFORMED at alias");
  CHECK(set("latest", 1) == "ALIAS_RESERVED at alias");
  CHECK(set("a", 0) == "VERSION_NUMBER_INVALID at version");
  CHECK(house.Why(kSetAlias, "asset: 'prod.ml.m' alias: 'a' version: 3") == "VERSION_NOT_FOUND");
  CHECK(house.Why(kSetAlias, "asset: 'prod.ml.x' alias: 'a' version: 1") == "ASSET_NOT_FOUND");
  CHECK(house.Why(kListAliasHistory, "asset: 'prod.ml.m' alias: 'a'") == "ALIAS_NOT_FOUND");
  CHECK(house.Why(kListAliases, "asset: 'prod.ml.x'") == "ASSET_NOT_FOUND");
  CHECK(house.position() == 5);
}

TEST_CASE("aliases and their history are listed in pages") {
  Aliases house;
  for (const char* alias : {"d", "a", "c", "b"}) house.Alias("prod.ml.m", alias, 1);  // 6 to 9
  auto request = Parse<v1::ListAliasesRequest>("asset: 'prod.ml.m' page_size: 3");
  auto page = house.Run(kListAliases, request).value();
  CHECK(page.aliases_size() == 3);
  CHECK(page.aliases(2).alias() == "c");
  house.Ask(kDeleteAlias, "asset: 'prod.ml.m' alias: 'd'");
  request.set_page_token(page.next_page_token());
  page = house.Run(kListAliases, request).value();
  REQUIRE(page.aliases_size() == 1);
  CHECK(page.aliases(0).alias() == "d");
  CHECK(page.next_page_token().empty());
  CHECK(house.Ask(kListAliases, "asset: 'prod.ml.m' page_size: 3").next_page_token().empty());
  CHECK(house.Ask(kListAliases, "asset: 'prod.ml.m' as_of { position: 7 }").aliases_size() == 2);

  for (const int version : {2, 1, 2}) house.Alias("prod.ml.m", "a", version);
  auto history = Parse<v1::ListAliasHistoryRequest>("asset: 'prod.ml.m' alias: 'a' page_size: 3");
  auto stretches = house.Run(kListAliasHistory, history).value();
  CHECK(stretches.entries_size() == 3);
  history.set_page_token(stretches.next_page_token());
  stretches = house.Run(kListAliasHistory, history).value();
  REQUIRE(stretches.entries_size() == 1);
  CHECK(stretches.entries(0).position() == 7);
  CHECK(stretches.next_page_token().empty());
}

// "version:from-to" of all pages of a history; `between` is called after each page.
template <class Between>
std::string History(Asked& house, v1::ListAliasHistoryRequest request, Between between) {
  std::string text;
  for (;;) {
    const auto page = house.Run(kListAliasHistory, request);
    if (!page.ok()) return ReasonOf(page.status());
    for (const v1::Alias& entry : page->entries()) {
      absl::StrAppend(&text, entry.asset(), " ", entry.version(), ":", entry.position(), "-",
                      entry.end_position(), " ");
    }
    if (page->next_page_token().empty()) return text;
    request.set_page_token(page->next_page_token());
    between();
  }
}

TEST_CASE("an alias's history is told as of a point, and its pages as of the first") {
  Aliases house;
  for (const int version : {1, 2, 1, 2}) house.Alias("prod.ml.m", "a", version);  // 6 to 9
  house.Ask(kRenameAsset, "name: 'prod.ml.m' new_name: 'prod.ml.n'");             // 10
  house.Ask(kDeleteAlias, "asset: 'prod.ml.n' alias: 'a'");                       // 11
  const auto as_of = [&](Position position, const std::string& name) {
    auto request = Parse<v1::ListAliasHistoryRequest>("alias: 'a' page_size: 2");
    request.set_asset(name);
    request.mutable_as_of()->set_position(position);
    return History(house, request, [] {});
  };
  // What ended later had not ended, what began later had not begun, and names are those of then.
  CHECK(as_of(6, "prod.ml.m") == "prod.ml.m 1:6-0 ");
  CHECK(as_of(8, "prod.ml.m") == "prod.ml.m 1:8-0 prod.ml.m 2:7-8 prod.ml.m 1:6-7 ");
  CHECK(as_of(10, "prod.ml.n") ==
        "prod.ml.n 2:9-0 prod.ml.n 1:8-9 prod.ml.n 2:7-8 prod.ml.n 1:6-7 ");
  CHECK(as_of(11, "prod.ml.n") ==
        "prod.ml.n 2:9-11 prod.ml.n 1:8-9 prod.ml.n 2:7-8 prod.ml.n 1:6-7 ");
  CHECK(as_of(5, "prod.ml.m") == "ALIAS_NOT_FOUND");
  CHECK(as_of(10, "prod.ml.m") == "ASSET_NOT_FOUND");
  CHECK(as_of(12, "prod.ml.n") == "POSITION_IN_FUTURE");

  // Set, moved, renamed and deleted between the pages: each shows what the first page's moment
  // knew.
  const auto request =
      Parse<v1::ListAliasHistoryRequest>("asset: 'prod.ml.n' alias: 'a' page_size: 1");
  const std::string before = History(house, request, [] {});
  int step = 0;
  CHECK(History(house, request, [&] {
          switch (step++) {
            case 0:
              return (void)house.Alias("prod.ml.n", "a", 1);
            case 1:
              return (void)house.Ask(kRenameAsset, "name: 'prod.ml.n' new_name: 'prod.ml.o'");
            default:
              return (void)house.Ask(kDeleteAsset, "name: 'prod.ml.o'");
          }
        }) == before);
  CHECK(step == 3);
  // A token belongs to its moment.
  auto other = request;
  other.set_page_token(house
                           .Run(kListAliasHistory, Parse<v1::ListAliasHistoryRequest>(
                                                       "asset: 'prod.ml.n' alias: 'a' page_size: 1"
                                                       " as_of { position: 11 }"))
                           ->next_page_token());
  CHECK(ReasonOf(house.Run(kListAliasHistory, other).status()) == "PAGE_TOKEN_OTHER_REQUEST");
}

}  // namespace
}  // namespace whence::service
