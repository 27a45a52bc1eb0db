// Explanations from remembered nodes against explanations from the database alone: after every kind
// of change, of the present and of the past, they must be the same.

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "lineage_house.h"
#include "service/access_operations.h"
#include "service/message_cache.h"
#include "sql/connection.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::RunOf;

class TwoAnswers : public LineageHouse {
 public:
  TwoAnswers() {
    auto opened = sql::Connection::Open(house().folder().database_path(), {.read_only = true});
    REQUIRE(opened.ok());
    bare_ = *std::move(opened);
  }

  // The explanation that callers get, once it is seen to be the one of a connection without caches.
  v1::Explanation Same(const std::string& reference, Position as_of) {
    v1::ExplainRequest request;
    request.set_reference(reference);
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    v1::Explanation cached = Must(kExplain, request);
    const CallInfo admitted = Admitted();
    Call call(admitted, house(), *bare_);
    const absl::StatusOr<Encoded<v1::Explanation>> plain = service::Explain(call, request);
    REQUIRE(plain.ok());
    CAPTURE(reference, as_of);
    REQUIRE(cached.DebugString() == plain->Decode().DebugString());
    return cached;
  }

  // The same for an asset.
  v1::Asset SameAsset(const std::string& name, Position as_of) {
    v1::GetAssetRequest request;
    request.set_name(name);
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    const absl::StatusOr<v1::Asset> cached = Run(kGetAsset, request);
    const CallInfo admitted = Admitted();
    Call call(admitted, house(), *bare_);
    const absl::StatusOr<v1::Asset> plain = service::GetAsset(call, request);
    CAPTURE(name, as_of);
    REQUIRE(whence::test::ReasonOf(cached.status()) == whence::test::ReasonOf(plain.status()));
    if (!cached.ok()) return {};
    REQUIRE(cached->DebugString() == plain->DebugString());
    return *cached;
  }

  // The same for a list, deleted ones too.
  void SameList(const CallInfo& who, const std::string& parent, Position as_of) {
    v1::ListAssetsRequest request;
    request.set_parent(parent);
    request.set_show_deleted(true);
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    const absl::StatusOr<v1::ListAssetsResponse> cached = RunAs(who, kListAssets, request);
    CallInfo admitted = who;
    REQUIRE(corridor().Admit(admitted, "Test").ok());
    Call call(admitted, house(), *bare_);
    const absl::StatusOr<v1::ListAssetsResponse> plain = service::ListAssets(call, request);
    CAPTURE(parent, as_of);
    REQUIRE(whence::test::ReasonOf(cached.status()) == whence::test::ReasonOf(plain.status()));
    REQUIRE((!cached.ok() || cached->DebugString() == plain->DebugString()));
  }

  // Somebody who sees only this.
  CallInfo Reader(const std::string& asset) {
    Known("user:bo");
    const auto grant = [this](const std::string& on, const std::string& privilege) {
      v1::ChangeGrantsRequest request;
      request.mutable_securable()->set_name(on);
      request.set_principal("user:bo");
      request.add_add(privilege);
      Must(kChangeGrants, request);
    };
    grant("prod", "USE CATALOG");
    grant("prod.raw", "USE SCHEMA");
    grant(asset, "SELECT");
    v1::CreateTokenRequest token;
    token.mutable_token()->set_principal("user:bo");
    return {.bearer = Must(kCreateToken, token).secret(), .via = "test"};
  }

  // The same for the present, twice, and for some positions of the past.
  void SameEverywhere(const std::string& reference) {
    Same(reference, -1);
    for (Position back = 0; back < 6 && position() - back > first_; ++back) {
      Same(reference, position() - back);
    }
    Same(reference, -1);
  }

  Position first_ = 0;  // when what is explained was there

 private:
  std::unique_ptr<sql::Connection> bare_;
};

}  // namespace

TEST_CASE("A remembered node is as good as one that is read", "[service][message_cache]") {
  TwoAnswers house;
  house.Asset("prod.raw.clicks", v1::KIND_TABLE);
  house.Asset("prod.churn.model", v1::KIND_MODEL);
  v1::RegisterVersionRequest version;
  version.set_asset("prod.churn.model");
  version.mutable_version()->set_digest("opaque:1");
  house.Must(kRegisterVersion, version);
  house.Record(RunOf(1, {"prod.raw.clicks"}, {"prod.churn.model@1"}, "prod.churn.train"));
  house.first_ = house.position();

  house.Known("group:ads");
  const std::vector<std::pair<std::string, std::function<void()>>> changes = {
      {"an owner",
       [&] {
         v1::UpdateAssetRequest request;
         request.mutable_asset()->set_name("prod.raw.clicks");
         request.mutable_asset()->set_owner("group:ads");
         request.mutable_update_mask()->add_paths("owner");
         house.Must(kUpdateAsset, request);
       }},
      {"a tag of the asset", [&] { house.Tag("prod.raw.clicks", "pii", "email"); }},
      {"a tag of the version", [&] { house.Tag("prod.churn.model@1", "stage", "prod"); }},
      {"an alias",
       [&] {
         v1::SetAliasRequest request;
         request.set_asset("prod.churn.model");
         request.set_alias("champion");
         request.set_version(1);
         house.Must(kSetAlias, request);
       }},
      {"an alias that goes",
       [&] {
         v1::DeleteAliasRequest request;
         request.set_asset("prod.churn.model");
         request.set_alias("champion");
         house.Must(kDeleteAlias, request);
       }},
      {"a run's parameters",
       [&] {
         v1::Run run = RunOf(1, {}, {});
         (*run.mutable_parameters())["epochs"] = "10";
         house.Update(run);
       }},
      {"a name", [&] { house.Rename("prod.raw.clicks", "prod.raw.visits"); }},
      {"a schema's name",
       [&] {
         v1::RenameSchemaRequest request;
         request.set_name("prod.raw");
         request.set_new_name("prod.source");
         house.Must(kRenameSchema, request);
       }},
      {"a job's name", [&] { house.Rename("prod.churn.train", "prod.churn.fit"); }},
      {"a deletion", [&] { house.Delete("prod.source.visits"); }},
  };
  house.SameEverywhere("prod.churn.model@1");
  for (const auto& [what, change] : changes) {
    CAPTURE(what);
    const std::string before = house.Same("prod.churn.model@1", -1).DebugString();
    change();
    REQUIRE(house.Same("prod.churn.model@1", -1).DebugString() != before);
    house.SameEverywhere("prod.churn.model@1");
  }
}

TEST_CASE("A remembered asset is as good as one that is read", "[service][message_cache]") {
  TwoAnswers house;
  house.Asset("prod.raw.clicks", v1::KIND_TABLE);
  v1::UpdateAssetRequest columns;
  columns.mutable_asset()->set_name("prod.raw.clicks");
  columns.mutable_asset()->mutable_detail()->mutable_table()->add_columns()->set_name("mail");
  columns.mutable_update_mask()->add_paths("detail");
  house.Must(kUpdateAsset, columns);
  const CallInfo reader = house.Reader("prod.raw.clicks");
  const auto register_version = [&](const std::string& digest) {
    v1::RegisterVersionRequest request;
    request.set_asset("prod.raw.clicks");
    request.mutable_version()->set_digest(digest);
    house.Must(kRegisterVersion, request);
  };
  const std::vector<std::pair<std::string, std::function<void()>>> changes = {
      {"a version", [&] { register_version("opaque:1"); }},
      {"a tag", [&] { house.Tag("prod.raw.clicks", "tier", "gold"); }},
      {"a column's tag", [&] { house.Tag("prod.raw.clicks#mail", "pii", "email"); }},
      {"an alias",
       [&] {
         v1::SetAliasRequest request;
         request.set_asset("prod.raw.clicks");
         request.set_alias("newest");
         request.set_version(1);
         house.Must(kSetAlias, request);
       }},
      {"a comment",
       [&] {
         v1::UpdateAssetRequest request;
         request.mutable_asset()->set_name("prod.raw.clicks");
         request.mutable_asset()->set_comment("every click");
         request.mutable_update_mask()->add_paths("comment");
         house.Must(kUpdateAsset, request);
       }},
      {"a version that a run registers",
       [&] {
         v1::Run run = RunOf(1, {}, {"prod.raw.clicks"});
         run.mutable_writes(0)->mutable_version()->set_digest("opaque:2");
         house.Record(run);
       }},
      {"a schema's name",
       [&] {
         for (const auto& [from, to] :
              {std::pair("prod.raw", "prod.source"), std::pair("prod.source", "prod.raw")}) {
           v1::RenameSchemaRequest request;
           request.set_name(from);
           request.set_new_name(to);
           house.Must(kRenameSchema, request);
           house.SameList(reader, to, -1);
         }
         house.Tag("prod.raw.clicks", "tier", "silver");
       }},
      {"its deletion", [&] { house.Delete("prod.raw.clicks"); }},
      {"a successor", [&] { house.Asset("prod.raw.clicks", v1::KIND_VIEW); }},
  };
  for (const auto& [what, change] : changes) {
    CAPTURE(what);
    const std::string before = house.SameAsset("prod.raw.clicks", -1).DebugString();
    change();
    REQUIRE(house.SameAsset("prod.raw.clicks", -1).DebugString() != before);
    house.SameList(reader, "prod.raw", -1);
    for (Position at = house.position(); at > 3; --at) {
      house.SameAsset("prod.raw.clicks", at);
      house.SameList(reader, "prod.raw", at);
    }
    house.SameAsset("prod.raw.clicks", -1);
    house.SameList(reader, "prod.raw", -1);
  }
}

TEST_CASE("Nodes are remembered within a bound", "[service][message_cache]") {
  catalog::Changes changes;
  NodeCache cache(&changes);
  DescribedNode node{.bytes = std::string(kMaxCachedMessageBytes / 4, 'x')};
  for (int64_t id = 1; id <= 3; ++id) cache.Keep(1, {.id = id}, node);
  REQUIRE(cache.Find(1, {.id = 1}) != nullptr);
  cache.Keep(1, {.id = 4}, node);  // does not fit with the others
  REQUIRE(cache.Find(1, {.id = 1}) == nullptr);
  REQUIRE(cache.Find(1, {.id = 4})->bytes == node.bytes);

  node.bytes = std::string(kMaxCachedMessageBytes, 'x');
  cache.Keep(1, {.id = 5}, node);  // never fits
  REQUIRE(cache.Find(1, {.id = 5}) == nullptr);
  REQUIRE(cache.Find(1, {.id = 4}) != nullptr);
}

TEST_CASE("A node is remembered until it, its asset or a name changes",
          "[service][message_cache]") {
  catalog::Changes changes;
  NodeCache cache(&changes);
  const NodeCache::Key key{.id = 7, .asset = 3};
  const DescribedNode node{.bytes = "a"};
  cache.Keep(5, key, node);
  REQUIRE(cache.Find(5, key) != nullptr);
  REQUIRE(cache.Find(9, key) != nullptr);
  REQUIRE(cache.Find(4, key) == nullptr);
  REQUIRE(cache.Find(9, {.id = 7, .asset = 3, .detail = true}) == nullptr);
  SECTION("it") { changes.Note(7, 8); }
  SECTION("its asset") { changes.Note(3, 8); }
  SECTION("a name") { changes.NoteNames(8); }
  REQUIRE(cache.Find(9, key) == nullptr);
  cache.Keep(6, key, node);  // what was read before the change is not kept
  REQUIRE(cache.Find(9, key) == nullptr);
  cache.Keep(8, key, node);
  REQUIRE(cache.Find(9, key) != nullptr);
}

}  // namespace whence::service
