#include "base/filter.h"

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::Contains;
using testing::HintOf;
using testing::MessageOf;
using testing::Random;
using testing::ReasonOf;

constexpr std::array<std::string_view, 3> kKinds = {"TABLE", "MODEL", "PROMPT"};
const std::vector<FilterField> kFields = {
    {"name", FilterField::kString},  {"kind", FilterField::kString, kKinds},
    {"score", FilterField::kNumber}, {"create_time", FilterField::kTime},
    {"deleted", FilterField::kBool}, {"tags", FilterField::kMap},
};

class Row : public FilterLookup {
 public:
  std::map<std::string, FilterValue, std::less<>> fields;
  std::multimap<std::string, FilterValue, std::less<>> tags;

  FilterValue Get(std::string_view field) const override {
    const auto found = fields.find(field);
    return found == fields.end() ? FilterValue() : found->second;
  }
  std::vector<FilterValue> GetMap(std::string_view field, std::string_view key) const override {
    std::vector<FilterValue> values;
    if (field != "tags") return values;
    const auto range = tags.equal_range(key);
    for (auto i = range.first; i != range.second; ++i) values.push_back(i->second);
    return values;
  }
};

Row SampleRow() {
  Row row;
  row.fields["name"] = std::string("fraud scores");
  row.fields["kind"] = std::string("MODEL");
  row.fields["score"] = 0.5;
  row.fields["create_time"] = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z
  row.fields["deleted"] = false;
  row.tags.emplace("pii", std::string("email"));
  row.tags.emplace("pii", std::string("phone"));
  row.tags.emplace("empty", std::string());
  row.tags.emplace("cost center", std::string("a \"b\" \\c"));
  row.tags.emplace("spark.version", std::string("10"));
  row.tags.emplace("auc", 0.75);
  row.tags.emplace("seen", absl::FromUnixSeconds(1767225600));
  row.tags.emplace("ok", true);
  row.tags.emplace("caf\xc3\xa9", std::string("\xc3\xbc"));
  return row;
}

bool Matches(const std::string& text, const Row& row = SampleRow()) {
  const auto filter = Filter::Parse(text, kFields);
  INFO(text << ": " << MessageOf(filter));
  REQUIRE(filter.ok());
  return filter->Matches(row);
}

TEST_CASE("an empty filter matches everything", "[filter]") {
  CHECK(Filter().empty());
  CHECK(Filter().Matches(Row()));
  for (const char* text : {"", " ", " \t\n\r "}) {
    const auto filter = Filter::Parse(text, kFields);
    REQUIRE(filter.ok());
    CHECK(filter->empty());
    CHECK(filter->text() == "");
    CHECK(filter->Matches(Row()));
  }
  const auto filter = Filter::Parse("  kind = MODEL \n", kFields);
  CHECK_FALSE(filter->empty());
  CHECK(filter->text() == "kind = MODEL");
}

TEST_CASE("strings compare by bytes and by what they contain", "[filter]") {
  CHECK(Matches("name = \"fraud scores\""));
  CHECK_FALSE(Matches("name = fraud"));
  CHECK_FALSE(Matches("name = \"Fraud scores\""));
  CHECK(Matches("name:fraud"));
  CHECK(Matches("name : \"d s\""));
  CHECK(Matches("name:\"\""));
  CHECK_FALSE(Matches("name:Fraud"));
  CHECK(Matches("name != fraud"));
  CHECK(Matches("name > fraud"));
  CHECK(Matches("name >= \"fraud scores\""));
  CHECK_FALSE(Matches("name > \"fraud scores\""));
  CHECK(Matches("name < g"));
  CHECK(Matches("name <= g"));
}

TEST_CASE("numbers, times and booleans compare as such", "[filter]") {
  for (const char* text :
       {"score = 0.5", "score=.5", "score = 5e-1", "score = \"0.50\"", "score < 0.6",
        "score <= 0.5", "score > -1", "score >= 0.5", "score != 1", "score > -1e9"}) {
    CHECK(Matches(text));
  }
  for (const char* text : {"score = 0.6", "score < 0.5", "score > 0.5", "score != 0.5"}) {
    CHECK_FALSE(Matches(text));
  }
  for (const char* text :
       {"create_time = 2026-01-01", "create_time = 2026-01-01T00:00:00Z",
        "create_time = 2026-01-01T01:00:00+01:00", "create_time >= \"2026-01-01T00:00:00.000Z\"",
        "create_time < 2026-01-01T00:00:00.000001Z", "create_time > 2025-12-31"}) {
    CHECK(Matches(text));
  }
  CHECK_FALSE(Matches("create_time > 2026-01-01"));
  CHECK(Matches("deleted = false"));
  CHECK(Matches("deleted != true"));
  CHECK_FALSE(Matches("deleted = true"));
}

TEST_CASE("maps match when any entry of the key does", "[filter]") {
  CHECK(Matches("tags:pii"));
  CHECK(Matches("tags:empty"));
  CHECK(Matches("tags : \"cost center\""));
  CHECK_FALSE(Matches("tags:secret"));
  CHECK(Matches("tags.pii = email"));
  CHECK(Matches("tags.pii = \"phone\""));
  CHECK_FALSE(Matches("tags.pii = mail"));
  CHECK(Matches("tags.pii : mail"));
  CHECK(Matches("tags.empty = \"\""));
  CHECK(Matches("tags.\"cost center\" = \"a \\\"b\\\" \\\\c\""));
  CHECK(Matches("tags.spark.version = 10"));
  CHECK(Matches("tags.caf\xc3\xa9 = \xc3\xbc"));
  // `!=` is NOT `=`: none of the entries is it.
  CHECK_FALSE(Matches("tags.pii != email"));
  CHECK(Matches("tags.pii != mail"));
  CHECK(Matches("tags.secret != x"));
}

TEST_CASE("map entries are ordered as numbers where both sides are, and in their type",
          "[filter]") {
  CHECK(Matches("tags.spark.version > 9"));
  CHECK(Matches("tags.spark.version >= \"10.0\""));
  CHECK_FALSE(Matches("tags.spark.version = 10.0"));
  CHECK(Matches("tags.spark.version < 9a"));
  CHECK(Matches("tags.pii > a"));
  CHECK(Matches("tags.auc = 0.750"));
  CHECK(Matches("tags.auc > 0.7"));
  CHECK_FALSE(Matches("tags.auc > 0.8"));
  CHECK_FALSE(Matches("tags.auc = high"));
  CHECK(Matches("tags.auc != high"));
  CHECK_FALSE(Matches("tags.auc : 0"));
  CHECK(Matches("tags.seen >= 2026-01-01"));
  CHECK_FALSE(Matches("tags.seen > soon"));
  CHECK(Matches("tags.ok = true"));
  CHECK_FALSE(Matches("tags.ok = false"));
  CHECK_FALSE(Matches("tags.ok > false"));
  CHECK(Matches("tags.ok != 1"));
}

TEST_CASE("a field without a value matches nothing but its negation", "[filter]") {
  const Row nothing;
  for (const char* text :
       {"name = x", "name = \"\"", "name:x", "name < x", "name >= x", "score < 1",
        "create_time < 2026-01-01", "deleted = false", "tags.a = b", "tags:a"}) {
    CAPTURE(text);
    CHECK_FALSE(Matches(text, nothing));
    CHECK(Matches(std::string("NOT ") + text, nothing));
  }
  for (const char* text : {"name != x", "score != 1", "deleted != true", "tags.a != b"}) {
    CAPTURE(text);
    CHECK(Matches(text, nothing));
  }
}

TEST_CASE("AND binds tighter than OR, NOT tightest, side by side is AND", "[filter]") {
  const std::string t = "kind=MODEL";
  const std::string f = "kind=TABLE";
  CHECK(Matches(t + " OR " + f + " AND " + f));
  CHECK_FALSE(Matches("(" + t + " OR " + f + ") AND " + f));
  CHECK(Matches(f + " AND " + f + " OR " + t));
  CHECK(Matches("NOT " + f + " AND " + t));
  CHECK_FALSE(Matches("NOT " + t + " OR " + f));
  CHECK(Matches("NOT (" + t + " AND " + f + ")"));
  CHECK(Matches(t + " " + t));
  CHECK_FALSE(Matches(t + " " + f));
  CHECK(Matches(t + " OR " + t + " " + f));
  CHECK(Matches(t + " -" + f));
  CHECK(Matches("-(" + f + ")"));
  CHECK(Matches("- " + f));
  CHECK(Matches("NOT(" + f + ")"));
  CHECK(Matches("((((" + t + "))))"));
  CHECK(Matches("(" + t + ")(" + t + ")"));
  CHECK(Matches("\n" + t + "\tAND\r\n" + t + " "));
  CHECK(Matches("name:\"AND\" OR " + t));
}

TEST_CASE("malformed filters are named with the column", "[filter]") {
  struct Case {
    std::string text;
    std::string message;
  };
  for (const Case& c : {
           Case{"kind", "at column 5: expected =, !=, <, <=, >, >= or : after \"kind\""},
           Case{"kind =", "at column 7: expected a value, found the end"},
           Case{"kind = AND", "at column 8: expected a value, found \"AND\""},
           Case{"kind = )", "at column 8: expected a value, found \")\""},
           Case{"kind == MODEL", "at column 7: expected a value, found \"=\""},
           Case{"= MODEL", "at column 1: expected a comparison, found \"=\""},
           Case{"AND", "at column 1: expected a comparison, found \"AND\""},
           Case{"kind=MODEL AND", "at column 15: expected a comparison, found the end"},
           Case{"kind=MODEL OR OR name=x", "at column 15: expected a comparison, found \"OR\""},
           Case{"kind=MODEL and name=x", "at column 12: expected a comparison, found \"and\""},
           Case{"NOT NOT kind=MODEL", "at column 5: expected a comparison, found \"NOT\""},
           Case{"NOT", "at column 4: expected a comparison, found the end"},
           Case{"(kind=MODEL", "at column 1: the \"(\" is never closed"},
           Case{"kind=MODEL)", "at column 11: there is a \")\" without its \"(\""},
           Case{"()", "at column 2: expected a comparison, found \")\""},
           Case{"name = \"x", "at column 8: the quote is never closed"},
           Case{"name = \"x\\n\"", "at column 10: a backslash must be followed by"},
           Case{"name = \"x\\", "at column 10: a backslash must be followed by"},
           Case{"name = 'x'", "at column 8: expected a value, found \"'\""},
           Case{"name = a*", "at column 9: \"*\" cannot stand in a value without quotes"},
           Case{"name = a,b", "at column 9: \",\" cannot stand in a value without quotes"},
           Case{"score = high", "at column 9: score is a number, and \"high\" is not"},
           Case{"score = nan", "at column 9: score is a number, and \"nan\" is not"},
           Case{"score = inf", "at column 9: score is a number, and \"inf\" is not"},
           Case{"score = 1e999", "at column 9: score is a number"},
           Case{"score = \" 1\"", "at column 9: score is a number"},
           Case{"score : 1", "at column 7: this operator is not for score, which is a number"},
           Case{"create_time = today", "at column 15: create_time is a time, and \"today\" is not"},
           Case{"create_time = infinite-future", "at column 15: create_time is a time"},
           Case{"create_time = 2026-13-01", "at column 15: create_time is a time"},
           Case{"create_time : 2026-01-01", "at column 13: this operator is not for create_time"},
           Case{"deleted = yes", "at column 11: deleted is true or false, and \"yes\" is not"},
           Case{"deleted < true", "at column 9: this operator is not for deleted"},
           Case{"tags = x", "at column 6: tags is a map and needs a key"},
           Case{"tags. = x", "at column 6: expected a key after \"tags.\", found \" \""},
           Case{"tags.\"x = y", "at column 6: the quote is never closed"},
           Case{"name.x = y", "at column 5: name is a string and has no keys"},
           Case{"kind = MODLE",
                "at column 8: \"MODLE\" is no value of kind; there are TABLE, "
                "MODEL, PROMPT"},
           Case{"name = \xc3\xa9\nAND !",
                "at line 2, column 5: expected a comparison, found \"!\""},
       }) {
    CAPTURE(c.text);
    const auto filter = Filter::Parse(c.text, kFields);
    CHECK(ReasonOf(filter) == "FILTER_MALFORMED");
    const std::string expected = "filter: " + c.message;
    CHECK(MessageOf(filter).substr(0, expected.size()) == expected);
    CHECK(testing::FieldOf(filter.status()) == "filter");
  }
  CHECK(HintOf(Filter::Parse("kind = MODLE", kFields)) == "Did you mean MODEL?");
  CHECK(HintOf(Filter::Parse("kind=MODEL or name=x", kFields)) ==
        "Keywords are upper-case: AND, OR, NOT.");
  CHECK(ReasonOf(Filter::Parse("name = \xff", kFields)) == "FILTER_MALFORMED");
  CHECK(ReasonOf(Filter::Parse(std::string("name = \"\0\"", 10), kFields)) == "FILTER_MALFORMED");
}

TEST_CASE("values of an enum are checked for = and != only", "[filter]") {
  CHECK(ReasonOf(Filter::Parse("kind != TABEL", kFields)) == "FILTER_MALFORMED");
  CHECK(ReasonOf(Filter::Parse("kind = \"\"", kFields)) == "FILTER_MALFORMED");
  CHECK(Matches("kind:OD"));
  CHECK(Matches("kind > A"));
  CHECK(Matches("kind = \"MODEL\""));
}

TEST_CASE("unknown fields are named with those there are", "[filter]") {
  const auto filter = Filter::Parse("kind=MODEL AND knd=x", kFields);
  CHECK(ReasonOf(filter) == "FILTER_UNKNOWN_FIELD");
  CHECK(MessageOf(filter) ==
        "filter: at column 16: there is no field \"knd\"; there are name, kind, score, "
        "create_time, deleted, tags.<key>");
  CHECK(HintOf(filter) == "Did you mean kind?");
  CHECK(ReasonOf(Filter::Parse("KIND = x", kFields)) == "FILTER_UNKNOWN_FIELD");
  CHECK(ReasonOf(Filter::Parse("x = y", {})) == "FILTER_UNKNOWN_FIELD");
}

std::string Repeat(const std::string& piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST_CASE("filters have bounds, both sides of each", "[filter]") {
  const std::string one = "name=x ";
  CHECK(Filter::Parse(Repeat(one, kMaxFilterTerms), kFields).ok());
  CHECK(ReasonOf(Filter::Parse(Repeat(one, kMaxFilterTerms + 1), kFields)) == "FILTER_TOO_COMPLEX");

  const auto nested = [&one](size_t depth) {
    return Repeat("(", depth) + one + Repeat(")", depth);
  };
  CHECK(Filter::Parse(nested(kMaxFilterDepth), kFields).ok());
  CHECK(ReasonOf(Filter::Parse(nested(kMaxFilterDepth + 1), kFields)) == "FILTER_TOO_COMPLEX");
  // Depth, not number: many shallow ones are fine.
  CHECK(Filter::Parse(Repeat("(name=x)", kMaxFilterTerms), kFields).ok());
  CHECK(ReasonOf(Filter::Parse(Repeat("(", kMaxFilterBytes), kFields)) == "FILTER_TOO_COMPLEX");
  CHECK(ReasonOf(Filter::Parse(Repeat("NOT (", 500), kFields)) == "FILTER_TOO_COMPLEX");

  const auto of_size = [](size_t size) { return "name=" + std::string(size - 5, 'x'); };
  CHECK(Filter::Parse(of_size(kMaxFilterBytes), kFields).ok());
  CHECK(ReasonOf(Filter::Parse(of_size(kMaxFilterBytes + 1), kFields)) == "FILTER_TOO_COMPLEX");
}

TEST_CASE("a filter outlives its text and its fields, and copies share it", "[filter]") {
  Filter copy;
  {
    std::string text = "tags.pii = email AND kind = MODEL";
    std::vector<FilterField> fields = kFields;
    copy = Filter::Parse(text, fields).value();
    text.assign(text.size(), '?');
    fields.clear();
  }
  CHECK(copy.Matches(SampleRow()));
  CHECK(copy.text() == "tags.pii = email AND kind = MODEL");
}

TEST_CASE("hostile filters parse or are refused by name", "[filter]") {
  Random random(31);
  const std::vector<std::string> pieces = {
      "kind", "name", "score", "tags", ".",        "=",          "!=",      "<",
      ">=",   ":",    "\"",    "\\",   "(",        ")",          " ",       "OR",
      "AND",  " NOT", "-",     "0.5",  "MODEL",    "2026-01-01", "\"x\"",   "x",
      "\n",   "*",    "'",     "\xff", "\xc3\xa9", "true",       "deleted", "create_time"};
  const Row row = SampleRow();
  size_t parsed = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (size_t n = random.Below(12); n > 0; --n) text += random.Pick(pieces);
    const auto filter = Filter::Parse(text, kFields);
    if (filter.ok()) {
      ++parsed;
      const bool first = filter->Matches(row);
      REQUIRE(Filter::Parse(filter->text(), kFields)->Matches(row) == first);
      continue;
    }
    REQUIRE(ReasonOf(filter).rfind("FILTER_", 0) == 0);
    REQUIRE(IsValidUtf8(MessageOf(filter)));
    REQUIRE_FALSE(HasControlCharacters(MessageOf(filter)));
  }
  CHECK(parsed > 1000);
}

}  // namespace
}  // namespace whence
