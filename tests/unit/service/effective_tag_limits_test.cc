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

constexpr char kMaskPii[] =
    "policy { name: 'mask-pii' securable { type: SECURABLE_TYPE_METASTORE } kind: "
    "POLICY_KIND_MASK column_tags { any: 'pii' } mask { type: 'nullify' } }";

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
  house.Ask(kCreatePolicy, kMaskPii);
  const Position more = house.position();
  house.Ask(kSetTags, "reference: 'prod.raw.s#c1' set { key: 'pii' value: 'email' }");
  const auto decide = [](Position position) {
    return absl::StrCat(
        "privilege: 'SELECT' securable { name: 'prod.raw.t' } as_of { position: ", position, " }");
  };
  CHECK(house.Ask(kDecide, decide(most)).allowed());
  CHECK(house.Why(kDecide, decide(more)) == "CLASSIFICATION_CUT");
}

std::string SelectFrom(const std::string& table) {
  return absl::StrCat("privilege: 'SELECT' securable { name: 'prod.raw.", table, "' }");
}

TEST_CASE("however far a tag comes, what is decided rests on it") {
  Asked house;
  for (const char* table : {"t", "last", "after"}) {
    house.Asset(absl::StrCat("prod.raw.", table), v1::KIND_TABLE);
  }
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Ask(kSetTags, "reference: 'prod.raw.t#c0' set { key: 'pii' }");
  house.Ask(kCreatePolicy, kMaskPii);
  constexpr int kSteps = 5000;
  std::string edges = Edge("prod.raw.last#x", "prod.raw.after#x");
  for (int i = 0; i < kSteps; ++i) {
    edges += Edge(absl::StrCat("prod.raw.t#c", i), absl::StrCat("prod.raw.t#c", i + 1));
  }
  house.Ask(kRecordEdges, edges);
  CHECK(house.Ask(kDecide, SelectFrom("t")).masks_size() == kSteps + 1);
  CHECK(house.Ask(kDecide, SelectFrom("last")).masks_size() == 0);
  CHECK(house.Ask(kDecide, SelectFrom("after")).masks_size() == 0);
  const Position before = house.position();
  house.Ask(kRecordEdges, Edge(absl::StrCat("prod.raw.t#c", kSteps), "prod.raw.last#x"));
  for (const char* table : {"last", "after"}) {
    CAPTURE(table);
    CHECK(house.Ask(kDecide, SelectFrom(table)).masks_size() == 1);
    const auto answer =
        house.Ask(kGetEffectiveTags, absl::StrCat("reference: 'prod.raw.", table, "#x'"));
    REQUIRE(answer.tags_size() == 1);
    CHECK(answer.tags(0).source() == "prod.raw.t#c0");
    CHECK(answer.tags(0).path_size() == kSteps + (table == std::string_view("last") ? 2 : 3));
    CHECK(answer.truncated().empty());
  }
  // Of the past, too.
  CHECK(house.Ask(kDecide, absl::StrCat(SelectFrom("after"), " as_of { position: ", before, " }"))
            .masks_size() == 0);
}

TEST_CASE("sources of tags are looked for over kMaxEffectiveTagWalk steps") {
  Asked house;
  house.Asset("prod.raw.s", v1::KIND_TABLE);
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  std::string fifty;
  for (size_t i = 0; i < kMaxTagsPerTarget; ++i) {
    house.Ask(kCreateTagDefinition,
              absl::StrCat("definition { key: 'k", i, "' propagates: true }"));
    absl::StrAppend(&fifty, "set { key: 'k", i, "' } ");
  }
  house.Ask(kSetTags, "reference: 'prod.raw.s#c0' " + fifty);
  // Columns at the end of a long way, which all their tags went.
  constexpr size_t kSteps = 2000;
  constexpr size_t kColumns = kMaxEffectiveTagWalk / kSteps / kMaxTagsPerTarget;
  std::string edges;
  for (size_t i = 0; i + 2 < kSteps; ++i) {
    edges += Edge(absl::StrCat("prod.raw.s#c", i), absl::StrCat("prod.raw.s#c", i + 1));
  }
  const std::string end = absl::StrCat("prod.raw.s#c", kSteps - 2);
  edges += Edge(end, "prod.raw.s#end");
  for (size_t i = 0; i < kColumns; ++i) {
    edges += Edge("prod.raw.s#end", absl::StrCat("prod.raw.t#d", i));
  }
  house.Ask(kRecordEdges, edges);
  const auto sources = [&](std::string* truncated) {
    const auto answer = house.Ask(kGetEffectiveTags, "reference: 'prod.raw.t' columns: true");
    size_t count = 0;
    for (const v1::ColumnTags& column : answer.columns()) {
      for (const v1::EffectiveTag& tag : column.tags()) {
        count += tag.source() == "prod.raw.s#c0" ? 1 : 0;
      }
    }
    *truncated = answer.truncated();
    return count;
  };
  std::string truncated;
  CHECK(sources(&truncated) == kColumns * kMaxTagsPerTarget);
  CHECK(truncated == "an answer has paths of at most 20000 columns");
  house.Ask(kRecordEdges, Edge("prod.raw.s#end", "prod.raw.t#more"));
  CHECK(sources(&truncated) == kColumns * kMaxTagsPerTarget);
  CHECK(truncated ==
        "an answer has paths of at most 20000 columns; sources are looked for over at most "
        "1000000 steps");
}

TEST_CASE("with over kMaxDerivedTags nothing is decided, also about what was decided before") {
  Asked house;
  for (const char* table : {"s", "t", "u", "last", "after", "apart"}) {
    house.Asset(absl::StrCat("prod.raw.", table), v1::KIND_TABLE);
  }
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  std::string fifty = "set { key: 'pii' } ";
  for (size_t i = 1; i < kMaxTagsPerTarget; ++i) {
    house.Ask(kCreateTagDefinition,
              absl::StrCat("definition { key: 'k", i, "' propagates: true }"));
    absl::StrAppend(&fifty, "set { key: 'k", i, "' } ");
  }
  house.Ask(kSetTags, "reference: 'prod.raw.s#c' " + fifty);
  house.Ask(kCreatePolicy, kMaskPii);
  house.Ask(kRecordEdges, Edge("prod.raw.last#x", "prod.raw.after#x") +
                              Edge("prod.raw.apart#x", "prod.raw.apart#y"));
  constexpr size_t kColumns = kMaxDerivedTags / kMaxTagsPerTarget;
  constexpr size_t kAtOnce = 5000;
  for (size_t i = 0; i < kColumns; i += kAtOnce) {
    std::string edges;
    for (size_t j = i; j < i + kAtOnce; ++j) {
      edges += Edge("prod.raw.s#c", absl::StrCat("prod.raw.", j < kMaxColumns ? "t#d" : "u#d", j));
    }
    house.Ask(kRecordEdges, edges);
  }
  const auto decides = [&](const std::string& table) {
    const auto decided = house.Run(kDecide, test::Parse<v1::DecideRequest>(SelectFrom(table)));
    return decided.ok() ? absl::StrCat(decided->masks_size(), " masks")
                        : test::ReasonOf(decided.status());
  };
  for (const char* table : {"last", "after", "apart"}) CHECK(decides(table) == "0 masks");
  // One that is too many: it and what is after it are not known, and which those are, neither.
  house.Ask(kRecordEdges, Edge("prod.raw.s#c", "prod.raw.last#x"));
  for (const char* table : {"last", "after", "apart"}) {
    CHECK(decides(table) == "CLASSIFICATION_CUT");
  }
  // In a batch that is the answer to its question alone.
  const auto batch = house.Ask(
      kDecideBatch,
      absl::StrCat("questions { ", SelectFrom("last"),
                   " } questions { privilege: 'USE CATALOG' securable { name: 'prod' } }"));
  CHECK(batch.decisions(0).error() == "CLASSIFICATION_CUT");
  CHECK_FALSE(batch.decisions(0).allowed());
  CHECK(batch.decisions(1).allowed());
  // With room for them they are.
  house.Ask(kSetTags, "reference: 'prod.raw.s#c' remove: 'k1'");
  CHECK(decides("last") == "1 masks");
  CHECK(decides("after") == "1 masks");
  CHECK(decides("apart") == "0 masks");
}

}  // namespace
}  // namespace whence::service
