// Answers made of large items end at a number of bytes, say so, and go on without a gap.
#include <algorithm>

#include <catch2/catch.hpp>

#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::RunOf;

constexpr int kItems = 10;
constexpr size_t kItemBytes = size_t{1} << 20;

v1::Detail Template(int number) {
  v1::Detail detail;
  detail.mutable_prompt()->set_template_(StrCat(number) + std::string(kItemBytes - 10, 'x'));
  return detail;
}

// Parameters of a run that have about a MiB.
void Fill(v1::Run& run, size_t bytes = kItemBytes) {
  for (size_t i = 0; i < bytes / kMaxParameterValueBytes; ++i) {
    (*run.mutable_parameters())[StrCat("p", i)] = std::string(kMaxParameterValueBytes, 'x');
  }
}

// All items of all pages, each at most kMaxPageBytes and an item.
template <class Operation, class Request, class Items>
std::vector<std::string> Walk(LineageHouse& house, const Operation& operation, Request request,
                              Items items) {
  std::vector<std::string> all;
  int pages = 0;
  request.set_page_size(kMaxPageSize);
  do {
    const auto page = house.Must(operation, request);
    CHECK(page.ByteSizeLong() < kMaxPageBytes + kItemBytes + 1000);
    const std::vector<std::string> names = items(page);
    all.insert(all.end(), names.begin(), names.end());
    request.set_page_token(page.next_page_token());
    ++pages;
    CHECK((names.size() >= 3 || all.size() == kItems));
  } while (!request.page_token().empty() && pages < kItems);
  CHECK(pages > 1);
  return all;
}

std::vector<std::string> Numbers(int from, int step) {
  std::vector<std::string> numbers;
  for (int i = 0; i < kItems; ++i) numbers.push_back(StrCat(from + i * step));
  return numbers;
}

TEST_CASE("a page of large versions") {
  LineageHouse house;
  house.Asset("m.s.prompt", v1::KIND_PROMPT);
  for (int i = 1; i <= kItems; ++i) {
    v1::RegisterVersionRequest request;
    request.set_asset("m.s.prompt");
    *request.mutable_version()->mutable_detail() = Template(i);
    house.Must(kRegisterVersion, request);
  }
  v1::ListVersionsRequest request;
  request.set_asset("m.s.prompt");
  CHECK(Walk(house, kListVersions, request, [](const v1::ListVersionsResponse& page) {
          std::vector<std::string> numbers;
          for (const v1::Version& version : page.versions()) {
            numbers.push_back(StrCat(version.number()));
          }
          return numbers;
        }) == Numbers(kItems, -1));
}

TEST_CASE("a page of large runs") {
  LineageHouse house;
  for (int i = 1; i <= kItems; ++i) {
    v1::Run run = RunOf(i, {}, {});
    Fill(run);
    run.set_host(StrCat(i));
    house.Record(std::move(run));
  }
  CHECK(Walk(house, kListRuns, v1::ListRunsRequest(), [](const v1::ListRunsResponse& page) {
          std::vector<std::string> hosts;
          for (const v1::Run& run : page.runs()) hosts.push_back(run.host());
          return hosts;
        }) == Numbers(kItems, -1));
}

TEST_CASE("a page of large hits") {
  LineageHouse house;
  house.Asset("m.s.t", v1::KIND_TABLE);
  for (int i = 1; i <= kItems; ++i) {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name(StrCat("m.s.greeting-", i));
    request.mutable_asset()->set_kind(v1::KIND_PROMPT);
    request.mutable_asset()->set_comment(StrCat(i));
    *request.mutable_asset()->mutable_detail() = Template(i);
    house.Must(kCreateAsset, request);
  }
  v1::SearchRequest request;
  request.set_query("greeting");
  std::vector<std::string> found =
      Walk(house, kSearch, request, [](const v1::SearchResponse& page) {
        std::vector<std::string> comments;
        for (const v1::SearchHit& hit : page.hits()) comments.push_back(hit.asset().comment());
        return comments;
      });
  std::vector<std::string> wanted = Numbers(1, 1);
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
}

// "details of the nodes of a graph, and whether some were left out".
template <class Has>
std::string Rich(const v1::LineageGraph& graph, Has has) {
  int rich = 0;
  for (const v1::LineageNode& node : graph.nodes()) rich += has(node) ? 1 : 0;
  return StrCat(rich, " of ", graph.nodes_size(), " ",
                absl::StrJoin(graph.truncations(), ",", [](std::string* out, int truncation) {
                  StrAppend(out, v1::Truncation_Name(static_cast<v1::Truncation>(truncation)));
                }));
}

TEST_CASE("an explanation has so many bytes of details") {
  LineageHouse house;
  house.Asset("m.s.out", v1::KIND_TABLE);
  constexpr int kFit = static_cast<int>(kMaxGraphDetailBytes / kItemBytes);
  v1::Run run = RunOf(1, {}, {"m.s.out"});
  for (int i = 0; i < kFit; ++i) {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name(StrCat("m.s.p", i));
    request.mutable_asset()->set_kind(v1::KIND_PROMPT);
    *request.mutable_asset()->mutable_detail() = Template(i);
    house.Must(kCreateAsset, request);
    run.add_reads()->set_reference(StrCat("m.s.p", i));
  }
  const auto has_detail = [](const v1::LineageNode& node) { return node.dataset().has_detail(); };
  // A MiB less ten bytes, and the node around it: one does not fit.
  house.Record(run);
  const v1::Explanation cut = house.Explain("m.s.out");
  CHECK(Rich(cut.graph(), has_detail) == StrCat(kFit - 1, " of ", kFit + 2, " TRUNCATION_BYTES"));
  CHECK(cut.ByteSizeLong() < kMaxGraphDetailBytes + kItemBytes);
  CHECK(cut.source_count() == kFit);  // nothing else is missing
  run.mutable_reads()->RemoveLast();
  run.set_id(whence::test::Uuid(2));
  run.mutable_writes(0)->set_reference("m.s.other");
  run.mutable_writes(0)->set_create_kind(v1::KIND_TABLE);
  house.Record(run);
  CHECK(Rich(house.Explain("m.s.other").graph(), has_detail) ==
        StrCat(kFit - 1, " of ", kFit + 1, " "));
}

TEST_CASE("a graph has so many bytes of parameters") {
  LineageHouse house;
  house.Asset("m.s.a", v1::KIND_TABLE);
  house.Asset("m.s.b", v1::KIND_TABLE);
  const auto add = [&](int number) {
    v1::Run run = RunOf(number, {"m.s.a"}, {"m.s.b"});
    Fill(run, kMaxParameters * kMaxParameterValueBytes);
    house.Record(std::move(run));
    return Rich(house.Lineage("m.s.b", v1::DIRECTION_UPSTREAM),
                [](const v1::LineageNode& node) { return node.run().parameters_size() > 0; });
  };
  CHECK(add(1) == "1 of 3 ");
  CHECK(add(2) == "2 of 4 ");
  CHECK(add(3) == "2 of 5 TRUNCATION_BYTES");
}

}  // namespace
}  // namespace whence::service
