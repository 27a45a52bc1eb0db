#include "service/search_ops.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;

struct Searches : Asked {
  std::string Find(const std::string& query, const std::string& more = "") {
    const auto found = Run(kSearch, Parse<v1::SearchRequest>("query: '" + query + "' " + more));
    REQUIRE(found.ok());
    std::string names;
    for (const v1::SearchHit& hit : found->hits()) absl::StrAppend(&names, hit.asset().name(), " ");
    return names;
  }
};

TEST_CASE("assets are found by name, comment, columns, tags and template, as they now are") {
  Searches house;
  house.Asset("prod.raw.users", v1::KIND_TABLE);
  house.Asset("prod.ml.greeter", v1::KIND_PROMPT);
  house.Asset("prod.ml.model", v1::KIND_MODEL);
  CHECK(house.Find("users") == "prod.raw.users ");
  CHECK(house.Find("use") == "prod.raw.users ");
  house.Ask(kUpdateAsset,
            R"(asset { name: "prod.raw.users" comment: "People we know" detail { table {
      columns { name: "email_address" comment: "where to write" } } } })");
  CHECK(house.Find("people") == "prod.raw.users ");
  CHECK(house.Find("email_address") == "prod.raw.users ");
  CHECK(house.Find("where to wri") == "prod.raw.users ");
  house.Ask(kSetTags, "reference: 'prod.raw.users#email_address' set { key: 'pii' value: 'mail' }");
  CHECK(house.Find("pii mail") == "prod.raw.users ");
  house.Ask(kRegisterVersion, R"(asset: "prod.ml.greeter" version { detail { prompt {
      template: "Greet {{ guest }} heartily" } } })");
  CHECK(house.Find("heartily") == "prod.ml.greeter ");
  house.Ask(kRegisterVersion, R"(asset: "prod.ml.greeter" version { detail { prompt {
      template: "Welcome {{ guest }}" } } })");
  CHECK(house.Find("heartily").empty());
  CHECK(house.Find("welcome") == "prod.ml.greeter ");
  house.Ask(kRenameAsset, "name: 'prod.ml.greeter' new_name: 'prod.ml.host'");
  CHECK(house.Find("greeter").empty());
  CHECK(house.Find("host") == "prod.ml.host ");
  house.Ask(kUpdateAsset, "asset { name: 'prod.raw.users' } update_mask { paths: 'comment' }");
  CHECK(house.Find("people").empty());
  CHECK(house.WhyAt(kSearch, "query: ' '") == "SEARCH_QUERY_EMPTY at query");
}

TEST_CASE("what is deleted is not found, nor what is in something deleted") {
  Searches house;
  house.Asset("prod.raw.users", v1::KIND_TABLE);
  house.Asset("prod.raw.user_events", v1::KIND_TABLE);
  house.Ask(kDeleteAsset, "name: 'prod.raw.users'");
  CHECK(house.Find("user") == "prod.raw.user_events ");
  house.Ask(kDeleteSchema, "name: 'prod.raw' force: true");
  CHECK(house.Find("user").empty());
  house.Ask(kUndeleteSchema, "name: 'prod.raw'");
  CHECK(house.Find("user") == "prod.raw.user_events ");
  house.Ask(kUndeleteAsset, "name: 'prod.raw.users'");
  CHECK(house.Find("users") == "prod.raw.users ");
  house.Ask(kRenameSchema, "name: 'prod.raw' new_name: 'prod.bronze'");
  CHECK(house.Find("users") == "prod.bronze.users ");
}

TEST_CASE("hits are filtered by kind, tag, owner and catalog") {
  Searches house;
  house.Known("group:ml");
  house.Asset("prod.a.score_table", v1::KIND_TABLE);
  house.Asset("prod.a.score_model", v1::KIND_MODEL);
  house.Asset("dev.a.score_model", v1::KIND_MODEL);
  house.Ask(kUpdateAsset, "asset { name: 'prod.a.score_model' owner: 'group:ml' }");
  house.Ask(kSetTags, "reference: 'prod.a.score_table' set { key: 'pii' value: 'none' }");
  house.Ask(kSetTags, "reference: 'dev.a.score_model#x' set { key: 'pii' value: 'name' }");
  CHECK(house.Find("score", "kinds: KIND_TABLE") == "prod.a.score_table ");
  CHECK(house.Find("score", "kinds: KIND_TABLE kinds: KIND_MODEL catalog: 'prod'").size() ==
        std::string("prod.a.score_table prod.a.score_model ").size());
  CHECK(house.Find("score", "owner: 'group:ml'") == "prod.a.score_model ");
  CHECK(house.Find("score", "catalog: 'dev'") == "dev.a.score_model ");
  CHECK(house.Find("score", "tag: 'pii=none'") == "prod.a.score_table ");
  CHECK(house.Find("score", "tag: 'pii=name'") == "dev.a.score_model ");
  CHECK(house.Find("score", "tag: 'pi'").empty());
  CHECK(house.Why(kSearch, "query: 'x' catalog: 'nix'") == "CATALOG_NOT_FOUND");
  CHECK(house.WhyAt(kSearch, "query: 'x' kinds: KIND_UNSPECIFIED") == "KIND_REQUIRED at kinds[0]");
}

TEST_CASE("a full name finds its asset") {
  Searches house;
  house.Asset("prod.fraud.scores", v1::KIND_TABLE);
  house.Asset("prod.churn.scores", v1::KIND_TABLE);
  house.Asset("dev.fraud.scores", v1::KIND_TABLE);
  house.Asset("dev.fraud.scores_old", v1::KIND_TABLE);
  CHECK(house.Find("prod.fraud.scores") == "prod.fraud.scores ");
  CHECK(house.Find("prod.fraud.sco") == "prod.fraud.scores ");
  CHECK(house.Find("fraud.scores", "page_size: 1") == "prod.fraud.scores ");
  CHECK(house.Find("churn.scores") == "prod.churn.scores ");
  CHECK(house.Find("prod.nothing.scores").empty());
  CHECK(house.Find("prod.fraud").empty());
  auto request = Parse<v1::SearchRequest>("query: 'fraud.scores' page_size: 1");
  std::string names;
  do {
    const auto page = house.Run(kSearch, request).value();
    for (const v1::SearchHit& hit : page.hits()) absl::StrAppend(&names, hit.asset().name(), " ");
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(names == "prod.fraud.scores dev.fraud.scores dev.fraud.scores_old ");
  // What is written with a dot elsewhere is found as before.
  house.Ask(kUpdateAsset, "asset { name: 'prod.churn.scores' comment: 'as of v1.2' }");
  CHECK(house.Find("v1.2") == "prod.churn.scores ");
}

TEST_CASE("hits come in pages, best first, with what matched") {
  Searches house;
  house.Asset("prod.a.fraud", v1::KIND_TABLE);
  for (int i = 0; i < 7; ++i) {
    const std::string name = absl::StrCat("prod.a.t", i);
    house.Asset(name, v1::KIND_TABLE);
    house.Ask(kUpdateAsset, "asset { name: '" + name + "' comment: 'all about fraud and more' }");
  }
  const auto all = house.Ask(kSearch, "query: 'fraud'");
  CHECK(all.hits_size() == 8);
  CHECK(all.hits(0).asset().name() == "prod.a.fraud");
  CHECK(all.hits(0).snippet() == "[fraud]");
  CHECK(all.hits(1).snippet() == "all about [fraud] and more");
  CHECK(all.hits(0).score() > all.hits(1).score());
  CHECK(all.next_page_token().empty());
  for (const std::string& filter : {std::string(), std::string("kinds: KIND_TABLE")}) {
    auto request = Parse<v1::SearchRequest>("query: 'fraud' page_size: 3 " + filter);
    std::string names;
    int pages = 0;
    do {
      const auto page = house.Run(kSearch, request).value();
      for (const v1::SearchHit& hit : page.hits()) absl::StrAppend(&names, hit.asset().name(), " ");
      request.set_page_token(page.next_page_token());
      ++pages;
    } while (!request.page_token().empty());
    CHECK(names == house.Find("fraud"));
    CHECK(pages == 3);
  }
  const std::string token = house.Ask(kSearch, "query: 'fraud' page_size: 1").next_page_token();
  CHECK(house.WhyAt(kSearch, "query: 'other' page_token: '" + token + "'") ==
        "PAGE_TOKEN_OTHER_REQUEST at page_token");
  // Hits that a filter drops do not end the list.
  house.Known("user:eve");
  house.Ask(kUpdateAsset, "asset { name: 'prod.a.t6' owner: 'user:eve' }");
  CHECK(house.Find("fraud", "owner: 'user:eve' page_size: 1") == "prod.a.t6 ");
}

}  // namespace
}  // namespace whence::service
