#include "inference/origin.h"

#include <catch2/catch.hpp>

#include "inference/inference_fixture.h"

namespace whence::inference {
namespace {

using test::InferenceFixture;

std::vector<int64_t> Ids(absl::StatusOr<std::vector<int64_t>> ids) { return *std::move(ids); }

TEST_CASE("the same parents are the same origin") {
  InferenceFixture fixture;
  const std::vector<Parent> parents = {{Role::kModel, 7}, {Role::kPrompt, 8}, {Role::kPrompt, 9}};
  const int64_t origin = fixture.Intern(parents);
  CHECK(origin == 1);
  CHECK(fixture.Intern(parents) == origin);
  CHECK(fixture.Intern({{Role::kModel, 7}, {Role::kPrompt, 8}}) == 2);
  CHECK(fixture.Intern({{Role::kModel, 8}}) == 3);
  CHECK(fixture.Intern({{Role::kEndpoint, 8}}) == 4);
  CHECK(ParentsOf(fixture.reader(), origin).value() == parents);
}

TEST_CASE("the order of roles does not count, the order inside a role does") {
  InferenceFixture fixture;
  const int64_t origin =
      fixture.Intern({{Role::kPrompt, 2}, {Role::kModel, 1}, {Role::kPrompt, 3}});
  CHECK(fixture.Intern({{Role::kModel, 1}, {Role::kPrompt, 2}, {Role::kPrompt, 3}}) == origin);
  CHECK(fixture.Intern({{Role::kModel, 1}, {Role::kPrompt, 3}, {Role::kPrompt, 2}}) != origin);
  CHECK(fixture.Intern({{Role::kInput, 1}, {Role::kInput, 2}}) !=
        fixture.Intern({{Role::kInput, 2}, {Role::kInput, 1}}));
}

TEST_CASE("the ranking of what was retrieved makes no origin of its own") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({{Role::kModel, 1},
                                         {Role::kIndex, 5},
                                         {Role::kRetrievedSource, 9},
                                         {Role::kIndex, 5},
                                         {Role::kRetrievedSource, 8}});
  CHECK(fixture.Intern({{Role::kModel, 1},
                        {Role::kIndex, 5},
                        {Role::kRetrievedSource, 8},
                        {Role::kRetrievedSource, 9}}) == origin);
  CHECK(ParentsOf(fixture.reader(), origin).value() ==
        std::vector<Parent>{{Role::kModel, 1},
                            {Role::kIndex, 5},
                            {Role::kRetrievedSource, 8},
                            {Role::kRetrievedSource, 9}});
}

TEST_CASE("a parent counts once in a role, and again in another") {
  InferenceFixture fixture;
  const int64_t origin =
      fixture.Intern({{Role::kPrompt, 4}, {Role::kPrompt, 5}, {Role::kPrompt, 4}});
  CHECK(fixture.Intern({{Role::kPrompt, 4}, {Role::kPrompt, 5}}) == origin);
  const int64_t both = fixture.Intern({{Role::kPrompt, 4}, {Role::kInput, 4}});
  CHECK(ParentsOf(fixture.reader(), both).value() ==
        std::vector<Parent>{{Role::kPrompt, 4}, {Role::kInput, 4}});
}

TEST_CASE("no parents are an origin too") {
  InferenceFixture fixture;
  const int64_t none = fixture.Intern({});
  CHECK(fixture.Intern({}) == none);
  CHECK(ParentsOf(fixture.reader(), none).value().empty());
  CHECK(ParentsOf(fixture.reader(), 99).value().empty());
}

TEST_CASE("thousands of parents are interned as fast as they are many") {
  InferenceFixture fixture;
  std::vector<Parent> parents;
  for (int64_t i = 0; i < 3000; ++i) parents.push_back({Role::kInput, 1 + i % 2999});
  const int64_t origin = fixture.Intern(parents);
  CHECK(ParentsOf(fixture.reader(), origin).value().size() == 2999);
  CHECK(fixture.Intern(parents) == origin);
}

TEST_CASE("an origin whose mutation failed is not there, and its number is given again") {
  InferenceFixture fixture;
  CHECK_FALSE(fixture
                  .Do([](sql::WriteContext& context, const ledger::Change& change) {
                    const std::vector<Parent> parents = {{Role::kModel, 1}};
                    CHECK(InternOrigin(context, change, parents).value() == 1);
                    return absl::UnknownError("later");
                  })
                  .ok());
  CHECK(ParentsOf(fixture.reader(), 1).value().empty());
  CHECK(fixture.Intern({{Role::kModel, 2}}) == 1);
}

TEST_CASE("origins are found by a parent in a role, by an asset's versions, by any of some nodes") {
  InferenceFixture fixture;
  fixture.Create("m", catalog::Kind::kCatalog);
  fixture.Create("m.s", catalog::Kind::kSchema);
  const int64_t model = fixture.Create("m.s.model", catalog::Kind::kModel).id;
  const int64_t other = fixture.Create("m.s.other", catalog::Kind::kModel).id;
  const int64_t one = fixture.RegisterDigest(model, "opaque:1").id;
  const int64_t two = fixture.RegisterDigest(model, "opaque:2").id;
  const int64_t others = fixture.RegisterDigest(other, "opaque:1").id;

  const int64_t a = fixture.Intern({{Role::kModel, one}});
  const int64_t b = fixture.Intern({{Role::kModel, two}, {Role::kInput, one}});
  const int64_t c = fixture.Intern({{Role::kModel, model}});
  const int64_t d = fixture.Intern({{Role::kModel, others}, {Role::kInput, two}});

  sql::Connection& reader = fixture.reader();
  using List = std::vector<int64_t>;
  CHECK(Ids(OriginsWithParent(reader, Role::kModel, one)) == List{a});
  CHECK(Ids(OriginsWithParent(reader, Role::kInput, one)) == List{b});
  CHECK(Ids(OriginsWithParent(reader, Role::kPrompt, one)).empty());
  CHECK(Ids(OriginsWithAsset(reader, Role::kModel, model)) == List{a, b, c});
  CHECK(Ids(OriginsWithAsset(reader, Role::kModel, other)) == List{d});
  CHECK(Ids(OriginsWithAsset(reader, Role::kInput, model)) == List{b, d});
  const List nodes = {one, two, one};
  CHECK(Ids(OriginsDerivedFrom(reader, nodes)) == List{a, b, d});
  CHECK(Ids(OriginsDerivedFrom(reader, {})).empty());
}

}  // namespace
}  // namespace whence::inference
