// What an answer about effective tags holds at most, and that it says what is missing.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"
#include "base/limits.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/tag_operations.h"

namespace whence::service {
namespace {

using test::Asked;

size_t CountTags(const v1::GetEffectiveTagsResponse& answer) {
  auto count = static_cast<size_t>(answer.tags_size());
  for (const v1::ColumnTags& column : answer.columns()) {
    count += static_cast<size_t>(column.tags_size());
  }
  return count;
}

size_t CountSteps(const v1::GetEffectiveTagsResponse& answer) {
  size_t count = 0;
  for (const v1::ColumnTags& column : answer.columns()) {
    for (const v1::EffectiveTag& tag : column.tags()) {
      count += static_cast<size_t>(tag.path_size());
    }
  }
  return count;
}

std::string Edge(const std::string& source, const std::string& target) {
  return absl::StrCat("edges { source: '", source, "' target: '", target, "' } ");
}

TEST_CASE("an answer has kMaxEffectiveTags tags, and paths of kMaxEffectiveTagSteps columns") {
  Asked house;
  house.Asset("prod.raw.s", v1::KIND_TABLE);
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  // As many tags as a column may have, derived by as many columns as fill the paths: two steps
  // each.
  constexpr size_t kColumns = kMaxEffectiveTagSteps / (2 * kMaxTagsPerTarget);
  std::string fifty;
  for (size_t i = 0; i < kMaxTagsPerTarget; ++i) {
    house.Ask(kCreateTagDefinition,
              absl::StrCat("definition { key: 'k", i, "' propagates: true }"));
    absl::StrAppend(&fifty, "set { key: 'k", i, "' } ");
  }
  house.Ask(kSetTags, "reference: 'prod.raw.s#c' " + fifty);
  std::string edges;
  for (size_t i = 0; i < kColumns; ++i) {
    edges += Edge("prod.raw.s#c", absl::StrCat("prod.raw.t#d", i));
  }
  house.Ask(kRecordEdges, edges);
  const std::string all = "reference: 'prod.raw.t' columns: true";
  auto answer = house.Ask(kGetEffectiveTags, all);
  CHECK(answer.truncated().empty());
  CHECK(CountTags(answer) == kColumns * kMaxTagsPerTarget);
  CHECK(CountSteps(answer) == kMaxEffectiveTagSteps);

  // Tags of columns themselves fill the answer.
  constexpr size_t kMore = (kMaxEffectiveTags - kColumns * kMaxTagsPerTarget) / kMaxTagsPerTarget;
  for (size_t i = 0; i < kMore; ++i) {
    house.Ask(kSetTags, absl::StrCat("reference: 'prod.raw.t#o", i, "' ", fifty));
  }
  answer = house.Ask(kGetEffectiveTags, all);
  CHECK(answer.truncated().empty());
  CHECK(CountTags(answer) == kMaxEffectiveTags);
  house.Ask(kSetTags, "reference: 'prod.raw.t' set { key: 'one' }");
  answer = house.Ask(kGetEffectiveTags, all);
  CHECK(answer.truncated() == "an answer has at most 20000 tags");
  CHECK(CountTags(answer) == kMaxEffectiveTags);

  house.Ask(kSetTags, "reference: 'prod.raw.t' remove: 'one'");
  house.Ask(kSetTags, "reference: 'prod.raw.t#o0' remove: 'k0'");
  house.Ask(kSetTags, "reference: 'prod.raw.s#one' set { key: 'k0' }");
  house.Ask(kRecordEdges, Edge("prod.raw.s#one", "prod.raw.t#z"));
  answer = house.Ask(kGetEffectiveTags, all);
  CHECK(answer.truncated() == "an answer has paths of at most 20000 columns");
  CHECK(CountTags(answer) == kMaxEffectiveTags);
  CHECK(CountSteps(answer) == kMaxEffectiveTagSteps);
}

TEST_CASE("a question about the past looks at kMaxPastClassification columns") {
  Asked house;
  house.Asset("prod.raw.s", v1::KIND_TABLE);
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Ask(kSetTags, "reference: 'prod.raw.s#c0' set { key: 'pii' }");
  std::string edges;
  for (size_t i = 0; i + 1 < kMaxPastClassification; ++i) {
    edges += Edge(absl::StrCat("prod.raw.s#c", i), "prod.raw.t#d");
  }
  house.Ask(kRecordEdges, edges);
  const Position most = house.position();
  house.Ask(kRecordEdges, Edge("prod.raw.s#more", "prod.raw.t#d"));
  const auto as_of = [&](Position position) {
    return house.Ask(kGetEffectiveTags,
                     absl::StrCat("reference: 'prod.raw.t#d' as_of { position: ", position, " }"));
  };
  CHECK(as_of(most).truncated().empty());
  CHECK(as_of(most).tags_size() == 1);
  CHECK(as_of(house.position()).truncated() ==
        "of the past only 10000 columns above were looked at");
  CHECK(as_of(house.position()).tags_size() == 1);
  // The present has no such bound.
  CHECK(house.Ask(kGetEffectiveTags, "reference: 'prod.raw.t#d'").truncated().empty());

  // What is not all known is not decided about.
  house.Ask(kCreatePolicy,
            "policy { name: 'mask-pii' securable { type: SECURABLE_TYPE_METASTORE } kind: "
            "POLICY_KIND_MASK column_tags { any: 'pii' } mask { type: 'nullify' } }");
  const Position more = house.position();
  house.Ask(kSetTags, "reference: 'prod.raw.s#c1' set { key: 'pii' value: 'email' }");
  const auto decide = [](Position position) {
    return absl::StrCat(
        "privilege: 'SELECT' securable { name: 'prod.raw.t' } as_of { position: ", position, " }");
  };
  CHECK(house.Ask(kDecide, decide(most)).allowed());
  CHECK(house.Why(kDecide, decide(more)) == "CLASSIFICATION_CUT");
}

TEST_CASE("beyond kMaxDerivedTags nothing is decided, also of what was decided before") {
  Asked house;
  for (const char* name : {"s", "t", "last"}) {
    house.Asset(absl::StrCat("prod.raw.", name), v1::KIND_TABLE);
  }
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Ask(kCreatePolicy,
            "policy { name: 'mask-pii' securable { type: SECURABLE_TYPE_METASTORE } kind: "
            "POLICY_KIND_MASK column_tags { any: 'pii' } mask { type: 'nullify' } }");
  // All values of s come together in t#c, and go from there to as many columns as take the rest.
  constexpr size_t kValues = 200;
  static_assert(kMaxDerivedTags % kValues == 0);
  std::string edges;
  for (size_t i = 0; i < kValues; ++i) {
    house.Ask(kSetTags, absl::StrCat("reference: 'prod.raw.s#c", i, "' set { key: 'pii' value: 'v",
                                     i, "' }"));
    edges += Edge(absl::StrCat("prod.raw.s#c", i), "prod.raw.t#c");
  }
  for (size_t i = 1; i < kMaxDerivedTags / kValues; ++i) {
    edges += Edge("prod.raw.t#c", absl::StrCat("prod.raw.t#d", i));
  }
  house.Ask(kRecordEdges, edges);
  constexpr char kLast[] = "privilege: 'SELECT' securable { name: 'prod.raw.last' }";
  constexpr char kT[] = "privilege: 'SELECT' securable { name: 'prod.raw.t' }";
  CHECK(house.house().classification().snapshot().size() == kMaxDerivedTags);
  CHECK(house.Ask(kDecide, kT).masks_size() == static_cast<int>(kMaxDerivedTags / kValues));
  CHECK(house.Ask(kDecide, kLast).masks_size() == 0);
  // What finds no room is missing at a table that nothing else changed.
  house.Ask(kRecordEdges, Edge("prod.raw.t#d1", "prod.raw.last#x"));
  CHECK(house.Why(kDecide, kLast) == "CLASSIFICATION_CUT");
  CHECK(house.Why(kDecide, kT) == "CLASSIFICATION_CUT");
  // In a batch it is an answer to its question alone.
  const auto batch = house.Ask(kDecideBatch, absl::StrCat("questions { ", kLast,
                                                          " } questions { privilege: 'USE CATALOG'"
                                                          " securable { name: 'prod' } }"));
  CHECK(batch.decisions(0).error() == "CLASSIFICATION_CUT");
  CHECK_FALSE(batch.decisions(0).allowed());
  CHECK(batch.decisions(1).allowed());
}

TEST_CASE("nothing is decided about a table where a tag ends after kMaxDerivedHops steps") {
  Asked house;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  house.Asset("prod.raw.last", v1::KIND_TABLE);
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Ask(kSetTags, "reference: 'prod.raw.t#c0' set { key: 'pii' }");
  house.Ask(kCreatePolicy,
            "policy { name: 'mask-pii' securable { type: SECURABLE_TYPE_METASTORE } kind: "
            "POLICY_KIND_MASK column_tags { any: 'pii' } mask { type: 'nullify' } }");
  std::string edges;
  for (uint32_t i = 0; i < kMaxDerivedHops; ++i) {
    edges += Edge(absl::StrCat("prod.raw.t#c", i), absl::StrCat("prod.raw.t#c", i + 1));
  }
  house.Ask(kRecordEdges, edges);
  constexpr char kT[] = "privilege: 'SELECT' securable { name: 'prod.raw.t' }";
  constexpr char kLast[] = "privilege: 'SELECT' securable { name: 'prod.raw.last' }";
  CHECK(house.Ask(kDecide, kT).masks_size() == kMaxDerivedHops + 1);
  CHECK(house.Ask(kDecide, kLast).masks_size() == 0);
  house.Ask(kRecordEdges, Edge(absl::StrCat("prod.raw.t#c", kMaxDerivedHops), "prod.raw.last#x"));
  CHECK(house.Ask(kDecide, kT).masks_size() == kMaxDerivedHops + 1);
  CHECK(house.Why(kDecide, kLast) == "CLASSIFICATION_CUT");
}

}  // namespace
}  // namespace whence::service
