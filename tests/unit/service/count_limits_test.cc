// Every list of a request: as long as it may be, and one item more. Those of predictions stand in
// prediction_bounds_test.cc.
#include <catch2/catch.hpp>

#include "ask.h"
#include "base/limits.h"
#include "lineage_house.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/run_check.h"
#include "service/run_convert.h"
#include "service/tag_ops.h"

namespace whence::service {
namespace {

using test::FieldOf;
using test::Parse;
using whence::test::LineageHouse;
using whence::test::ReasonOf;
using whence::test::RunOf;
using whence::test::Uuid;

// A list in a request: its error's reason and field, and a check of so many items.
struct Bounded {
  std::string refusal;  // "REASON field"
  size_t bound;
  std::function<absl::Status(size_t)> check;
};

void CheckBothSides(const std::vector<Bounded>& lists) {
  for (const Bounded& list : lists) {
    CAPTURE(list.refusal, list.bound);
    CHECK(ReasonOf(list.check(list.bound)) == "OK");
    const absl::Status refusal = list.check(list.bound + 1);
    CHECK(absl::IsInvalidArgument(refusal));
    CHECK(StrCat(ReasonOf(refusal), " ", FieldOf(refusal)) == list.refusal);
    CHECK(refusal.message().find(absl::StrCat(list.bound)) != std::string::npos);
  }
}

// A detail that `add` puts items into, numbered from 0.
template <class Add>
Bounded InDetail(const std::string& refusal, size_t bound, Add add) {
  return {refusal, bound, [add](size_t count) {
            v1::Detail detail;
            for (size_t i = 0; i < count; ++i) add(detail, StrCat("i", i));
            return CheckDetail(detail, "detail");
          }};
}

TEST_CASE("lists of the catalog") {
  using D = v1::Detail;
  using S = std::string;
  CheckBothSides({
      {"TOO_MANY_PROPERTIES p", kMaxProperties,
       [](size_t count) {
         PropertyMap map;
         for (size_t i = 0; i < count; ++i) map[StrCat(i)] = "";
         return CheckProperties(map, "p");
       }},
      {"TOO_MANY_TAGS set", kMaxTagsPerTarget,
       [](size_t count) {
         v1::SetTagsRequest request;
         request.set_reference("a");
         for (size_t i = 0; i < count; ++i) request.add_set()->set_key(StrCat(i));
         return ValidateSetTags(request);
       }},
      {"TOO_MANY_TAGS remove", kMaxTagsPerTarget,
       [](size_t count) {
         v1::SetTagsRequest request;
         request.set_reference("a");
         for (size_t i = 0; i < count; ++i) request.add_remove(StrCat(i));
         return ValidateSetTags(request);
       }},
      InDetail("TOO_MANY_COLUMNS detail.table.columns", kMaxColumns,
               [](D& d, const S& name) { d.mutable_table()->add_columns()->set_name(name); }),
      InDetail("TOO_MANY_COLUMNS detail.model.inputs", kMaxColumns,
               [](D& d, const S& name) { d.mutable_model()->add_inputs()->set_name(name); }),
      InDetail("TOO_MANY_COLUMNS detail.model.outputs", kMaxColumns,
               [](D& d, const S& name) { d.mutable_model()->add_outputs()->set_name(name); }),
      InDetail("TOO_MANY_METRICS detail.model.metrics", kMaxMetrics,
               [](D& d, const S& name) { (*d.mutable_model()->mutable_metrics())[name] = 1; }),
      InDetail("TOO_MANY_PARAMETERS detail.function.parameters", kMaxFunctionParameters,
               [](D& d, const S& name) { d.mutable_function()->add_parameters()->set_name(name); }),
      InDetail("TOO_MANY_SERVED detail.endpoint.serves", kMaxServed,
               [](D& d, const S&) { d.mutable_endpoint()->add_serves("a.b.c"); }),
  });
}

// Pairs of columns: two mappings, the first with one source.
void AddPairs(v1::Run& run, size_t count) {
  whence::test::MapColumn(run, "a.b.c#x", "a.b.d#x");
  v1::ColumnMapping* mapping = run.add_column_mappings();
  mapping->set_column("a.b.d#y");
  for (size_t i = 1; i < count; ++i) mapping->add_sources()->set_column("a.b.c#x");
}

TEST_CASE("lists of a run") {
  const auto in_run = [](const std::string& refusal, size_t bound, auto fill) {
    return Bounded{refusal, bound, [fill](size_t count) {
                     v1::Run run = RunOf(1, {}, {});
                     fill(run, count);
                     return CheckRun(run, "run");
                   }};
  };
  CheckBothSides({
      in_run("TOO_MANY_ITEMS run.reads", kMaxRunEndpoints,
             [](v1::Run& run, size_t count) {
               for (size_t i = 0; i < count; ++i) run.add_reads()->set_reference("a.b.c");
             }),
      in_run("TOO_MANY_ITEMS run.writes", kMaxRunEndpoints,
             [](v1::Run& run, size_t count) {
               for (size_t i = 0; i < count; ++i) run.add_writes()->set_reference("a.b.c");
             }),
      in_run("TOO_MANY_ITEMS run.column_mappings", kMaxColumnMappings, AddPairs),
      in_run("TOO_MANY_PARAMETERS run.parameters", kMaxParameters,
             [](v1::Run& run, size_t count) {
               for (size_t i = 0; i < count; ++i) (*run.mutable_parameters())[StrCat(i)] = "";
             }),
  });
}

TEST_CASE("runs and edges of one call") {
  CheckBothSides({
      {"TOO_MANY_ITEMS runs", kMaxBatchItems,
       [](size_t count) {
         v1::RecordRunsRequest request;
         for (size_t i = 0; i < count; ++i) request.add_runs();
         return ValidateRecordRuns(request);
       }},
      {"TOO_MANY_ITEMS edges", kMaxDeclaredEdges,
       [](size_t count) {
         v1::RecordEdgesRequest request;
         const auto edge = Parse<v1::DeclaredEdge>("source: 'a.b.c' target: 'a.b.d'");
         for (size_t i = 0; i < count; ++i) *request.add_edges() = edge;
         return ValidateRecordEdges(request);
       }},
  });
}

// A batch of three runs with `count` of something together: none of them has too many by itself.
template <class Fill>
Bounded Together(const std::string& refusal, size_t bound, Fill fill) {
  return {refusal, bound, [fill](size_t count) {
            v1::RecordRunsRequest request;
            const size_t third = count / 3;
            for (const size_t part : {third, third, count - 2 * third}) {
              fill(*request.add_runs(), part);
            }
            return ValidateRecordRuns(request);
          }};
}

TEST_CASE("the runs of a batch have together what one may have") {
  CheckBothSides({
      Together("TOO_MANY_ITEMS runs.reads", kMaxRunEndpoints,
               [](v1::Run& run, size_t count) {
                 for (size_t i = 0; i < count; ++i) run.add_reads()->set_reference("a.b.c");
               }),
      Together("TOO_MANY_ITEMS runs.writes", kMaxRunEndpoints,
               [](v1::Run& run, size_t count) {
                 for (size_t i = 0; i < count; ++i) run.add_writes()->set_reference("a.b.c");
               }),
      Together("TOO_MANY_ITEMS runs.column_mappings", kMaxColumnMappings, AddPairs),
  });
}

TEST_CASE("parameters and properties of a run over several calls") {
  LineageHouse house;
  const auto add = [&house](int from, size_t parameters, size_t properties) {
    v1::UpdateRunRequest request;
    request.mutable_run()->set_id(Uuid(1));
    for (size_t i = 0; i < parameters; ++i) {
      (*request.mutable_run()->mutable_parameters())[StrCat("k", from + static_cast<int>(i))] = "";
    }
    for (size_t i = 0; i < properties; ++i) {
      (*request.mutable_run()->mutable_properties())[StrCat("k", from + static_cast<int>(i))] = "";
    }
    return house.Run(kUpdateRun, request).status();
  };
  REQUIRE(add(0, kMaxParameters - 1, kMaxProperties - 1).ok());
  CHECK(add(0, 1, 1).ok());  // what is there does not count again
  CHECK(add(1'000'000, 1, 1).ok());
  for (const absl::Status& refusal : {add(2'000'000, 1, 0), add(2'000'000, 0, 1)}) {
    CHECK(absl::IsFailedPrecondition(refusal));
  }
  CHECK(ReasonOf(add(2'000'000, 1, 0)) == "TOO_MANY_PARAMETERS");
  CHECK(ReasonOf(add(2'000'000, 0, 1)) == "TOO_MANY_PROPERTIES");
  CHECK(house.GetRun(1).parameters_size() == static_cast<int>(kMaxParameters));
}

TEST_CASE("kinds of a question") {
  LineageHouse house;
  house.Asset("a.b.c", v1::KIND_TABLE);
  CheckBothSides({
      {"TOO_MANY_ITEMS kinds", kMaxKinds,
       [&house](size_t count) {
         v1::SearchRequest request;
         request.set_query("c");
         for (size_t i = 0; i < count; ++i) request.add_kinds(v1::KIND_TABLE);
         return house.Run(kSearch, request).status();
       }},
      {"TOO_MANY_ITEMS kinds", kMaxKinds,
       [&house](size_t count) {
         v1::GetLineageRequest request;
         request.set_reference("a.b.c");
         for (size_t i = 0; i < count; ++i) request.add_kinds(v1::KIND_TABLE);
         return house.Run(kGetLineage, request).status();
       }},
  });
}

}  // namespace
}  // namespace whence::service
