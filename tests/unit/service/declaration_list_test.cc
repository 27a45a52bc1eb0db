// ListDeclarations.
#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using test::LineageHouse;

std::string Text(const v1::DeclaredEdge& edge) {
  std::string text = absl::StrCat(edge.source(), ">", edge.target());
  if (edge.transformation() != 0) absl::StrAppend(&text, " ", edge.transformation());
  if (edge.masking()) absl::StrAppend(&text, " masked");
  return text;
}

std::string Text(const v1::Declaration& declaration) {
  return absl::StrJoin(
      declaration.edges(), ", ",
      [](std::string* out, const v1::DeclaredEdge& edge) { out->append(Text(edge)); });
}

v1::ListDeclarationsRequest Listing(Position as_of, int page_size = 0) {
  v1::ListDeclarationsRequest request;
  request.set_page_size(page_size);
  if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
  return request;
}

// The edges of all declarations, one a line; pages told apart by a line.
std::string Pages(LineageHouse& house, v1::ListDeclarationsRequest request) {
  std::string text;
  for (;;) {
    const v1::ListDeclarationsResponse page = house.Must(kListDeclarations, request);
    for (const v1::Declaration& declaration : page.declarations()) {
      absl::StrAppend(&text, Text(declaration), "\n");
    }
    if (page.next_page_token().empty()) return text;
    request.set_page_token(page.next_page_token());
    text += "--\n";
  }
}

struct Tables : LineageHouse {
  Tables() {
    for (const char* name : {"p.s.a", "p.s.b", "p.s.c", "p.s.d"}) Asset(name, v1::KIND_TABLE);
  }
  v1::Declaration DeclareColumns(const std::vector<v1::DeclaredEdge>& edges) {
    v1::RecordEdgesRequest request;
    for (const v1::DeclaredEdge& edge : edges) *request.add_edges() = edge;
    return Must(kRecordEdges, request);
  }
};

v1::DeclaredEdge Edge(const std::string& source, const std::string& target, int how = 0,
                      bool masking = false) {
  v1::DeclaredEdge edge;
  edge.set_source(source);
  edge.set_target(target);
  edge.set_transformation(static_cast<v1::TransformationType>(how));
  edge.set_masking(masking);
  return edge;
}

TEST_CASE("declarations are listed newest first, with what was declared") {
  Tables house;
  house.Version("p.s.a");
  house.Alias("p.s.a", "champion", 1);
  v1::RecordEdgesRequest request;
  *request.add_edges() = Edge("p.s.a@champion", "p.s.b");
  request.set_comment("by hand");
  const v1::Declaration declared = house.Must(kRecordEdges, request);
  house.caller = house.Colleague("user:eve");
  const v1::Declaration columns = house.DeclareColumns(
      {Edge("p.s.a#x", "p.s.c#`y z`", 3, true), Edge("p.s.a#w", "p.s.c#w", 1)});
  const v1::ListDeclarationsResponse list = house.Must(kListDeclarations, Listing(-1));
  REQUIRE(list.declarations_size() == 2);
  const v1::Declaration& first = list.declarations(1);
  CHECK(first.id() == declared.id());
  CHECK(Text(first) == "p.s.a@1>p.s.b");
  CHECK(first.comment() == "by hand");
  CHECK(first.creator() == "user:ana");
  CHECK(first.position() == declared.position());
  CHECK(first.create_time().seconds() == declared.create_time().seconds());
  // Tables that the columns brought are not said again.
  const v1::Declaration& second = list.declarations(0);
  CHECK(second.id() == columns.id());
  CHECK(Text(second) == "p.s.a#x>p.s.c#`y z` 3 masked, p.s.a#w>p.s.c#w 1");
  CHECK(second.creator() == "user:eve");
  CHECK(second.comment().empty());
}

TEST_CASE("what is listed declares the same again") {
  Tables house;
  house.Version("p.s.a");
  // Columns of the newest version, a table by an older one, tables that have columns as well, and
  // targets with different sources: three numbers.
  house.DeclareColumns({Edge("p.s.a#x", "p.s.b#y"), Edge("p.s.a", "p.s.b"), Edge("p.s.c", "p.s.b"),
                        Edge("p.s.c", "p.s.d"), Edge("p.s.a#x", "p.s.c#z"),
                        Edge("p.s.c", "p.s.d")});
  house.Version("p.s.a");
  house.DeclareColumns({Edge("p.s.a@1", "p.s.b"), Edge("p.s.a#x", "p.s.b#y", 2)});
  const Position before = house.position();
  const std::string all = Pages(house, Listing(-1));
  CHECK(all ==
        "p.s.a@1>p.s.b, p.s.a#x>p.s.b#y 2\n"
        "p.s.a#x>p.s.c#z\n"
        "p.s.c>p.s.d\n"
        "p.s.c>p.s.b, p.s.a#x>p.s.b#y\n");
  // One call, one position: three numbers in a row.
  const v1::ListDeclarationsResponse list = house.Must(kListDeclarations, Listing(-1));
  CHECK(list.declarations(1).position() == list.declarations(3).position());
  CHECK(list.declarations(1).id() == list.declarations(3).id() + 2);
  for (int i = list.declarations_size() - 1; i >= 0; --i) {
    v1::RecordEdgesRequest again;
    *again.mutable_edges() = list.declarations(i).edges();
    house.Must(kRecordEdges, again);
  }
  // The second time everything is declared of what is newest now.
  const std::string twice = Pages(house, Listing(-1));
  CHECK(twice == all + all);
  CHECK(Pages(house, Listing(before)) == all);
}

TEST_CASE("pages of declarations are as of the first, whatever is declared meanwhile") {
  Tables house;
  CHECK(Pages(house, Listing(-1)).empty());
  CHECK(Pages(house, Listing(0)).empty());
  for (const char* target : {"p.s.b", "p.s.c", "p.s.d"}) house.Declare({{"p.s.a", target}});
  const Position three = house.position();
  const std::string all = "p.s.a>p.s.d\np.s.a>p.s.c\np.s.a>p.s.b\n";
  CHECK(Pages(house, Listing(-1)) == all);
  CHECK(Pages(house, Listing(-1, 3)) == all);
  CHECK(Pages(house, Listing(-1, 2)) == "p.s.a>p.s.d\np.s.a>p.s.c\n--\np.s.a>p.s.b\n");
  CHECK(Pages(house, Listing(three - 1)) == "p.s.a>p.s.c\np.s.a>p.s.b\n");

  v1::ListDeclarationsRequest request = Listing(-1, 1);
  std::string seen;
  for (const char* next : {"p.s.a", "p.s.b", "p.s.c"}) {
    const v1::ListDeclarationsResponse page = house.Must(kListDeclarations, request);
    for (const v1::Declaration& declaration : page.declarations()) {
      absl::StrAppend(&seen, Text(declaration), "\n");
    }
    request.set_page_token(page.next_page_token());
    house.Declare({{"p.s.d", next}});
    if (request.page_token().empty()) break;
    house.Rename(next, absl::StrCat(next, "_new"));
    house.Asset(next, v1::KIND_TABLE);
  }
  CHECK(seen == all);
  CHECK(request.page_token().empty());

  // A token belongs to its request.
  request = Listing(three, 1);
  request.set_page_token(house.Must(kListDeclarations, request).next_page_token());
  request.clear_as_of();
  CHECK(house.Reason(kListDeclarations, request) == "PAGE_TOKEN_OTHER_REQUEST");
  request.set_page_token("x");
  CHECK(house.Reason(kListDeclarations, request) == "PAGE_TOKEN_INVALID");
  CHECK(house.Reason(kListDeclarations, Listing(-1, -1)) == "PAGE_SIZE_NEGATIVE");
  CHECK(house.Reason(kListDeclarations, Listing(house.position() + 1)) == "POSITION_IN_FUTURE");
}

TEST_CASE("a deleted asset is listed by its id, as of then by its name") {
  Tables house;
  v1::GetAssetRequest get;
  get.set_name("p.s.a");
  const std::string gone = absl::StrCat("id:", house.Must(kGetAsset, get).id());
  house.Version("p.s.a");
  house.DeclareColumns({Edge("p.s.a", "p.s.b"), Edge("p.s.a#x", "p.s.c#y")});
  const Position declared = house.position();
  house.Rename("p.s.a", "p.s.e");
  const Position renamed = house.position();
  house.Delete("p.s.e");
  house.Asset("p.s.e", v1::KIND_TABLE);
  const auto both = [](const std::string& a) {
    return absl::StrCat(a, "@1>p.s.b, ", a, "#x>p.s.c#y\n");
  };
  CHECK(Pages(house, Listing(declared)) == both("p.s.a"));
  CHECK(Pages(house, Listing(renamed)) == both("p.s.e"));
  CHECK(Pages(house, Listing(-1)) == both(gone));
}

TEST_CASE("a page of large declarations comes back short") {
  Tables house;
  v1::RecordEdgesRequest request;
  *request.add_edges() = Edge("p.s.a", "p.s.b");
  request.set_comment(std::string(kMaxCommentBytes, 'c'));
  const int fit = static_cast<int>(kMaxPageBytes / kMaxCommentBytes);
  const auto sizes = [&house] {
    std::vector<int> pages;
    v1::ListDeclarationsRequest list = Listing(-1, kMaxPageSize);
    do {
      const v1::ListDeclarationsResponse page = house.Must(kListDeclarations, list);
      pages.push_back(page.declarations_size());
      list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
    return pages;
  };
  // With what stands beside the comment, so many reach the bound.
  for (int i = 0; i < fit; ++i) house.Must(kRecordEdges, request);
  CHECK(sizes() == std::vector<int>{fit});
  house.Must(kRecordEdges, request);
  CHECK(sizes() == std::vector<int>{fit, 1});
}

TEST_CASE("the largest declaration is listed whole") {
  Tables house;
  v1::RecordEdgesRequest request;
  for (size_t i = 0; i < kMaxDeclaredEdges; ++i) {
    *request.add_edges() = Edge(absl::StrCat("p.s.a#x", i), "p.s.b#y");
  }
  house.Must(kRecordEdges, request);
  const v1::ListDeclarationsResponse list = house.Must(kListDeclarations, Listing(-1));
  REQUIRE(list.declarations_size() == 1);
  std::set<std::string> sources;
  for (const v1::DeclaredEdge& edge : list.declarations(0).edges()) sources.insert(edge.source());
  CHECK(list.declarations(0).edges_size() == static_cast<int>(kMaxDeclaredEdges));
  CHECK(sources.size() == kMaxDeclaredEdges);
}

}  // namespace
}  // namespace whence::service
