#include "base/reference.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/name.h"
#include "base/strings.h"
#include "base/text.h"
#include "base_test_util.h"

namespace whence {
namespace {

using Kind = Reference::Kind;
using Parts = std::vector<std::string>;
using testing::Contains;
using testing::HintOf;
using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

Reference Parse(const std::string& text) {
  const auto parsed = ParseReference(text, "reference");
  INFO(text << ": " << MessageOf(parsed));
  REQUIRE(parsed.ok());
  CHECK(FormatReference(*parsed) == text);
  return *parsed;
}

TEST_CASE("references to securables", "[reference]") {
  CHECK(Parse("prod") == Reference{Kind::kSecurable, Parts{"prod"}, 0, "", "", ""});
  CHECK(Parse("prod.fraud").name == Parts{"prod", "fraud"});
  CHECK(Parse("prod.fraud.scores").name == Parts{"prod", "fraud", "scores"});
  CHECK(Parse("`s3://lake`.default.`a@b#c`").name == Parts{"s3://lake", "default", "a@b#c"});
  // Schemes end in a colon; names like them do not collide.
  CHECK(Parse("run").kind == Kind::kSecurable);
  CHECK(Parse("prediction.run.x").kind == Kind::kSecurable);
  CHECK(Parse("`run:x`").name == Parts{"run:x"});
}

TEST_CASE("references to versions, aliases and columns", "[reference]") {
  CHECK(Parse("prod.fraud.scores@3") ==
        Reference{Kind::kVersion, Parts{"prod", "fraud", "scores"}, 3, "", "", ""});
  CHECK(Parse("prod.fraud.model@champion") ==
        Reference{Kind::kAlias, Parts{"prod", "fraud", "model"}, 0, "champion", "", ""});
  CHECK(Parse("prod.raw.users#email") ==
        Reference{Kind::kColumn, Parts{"prod", "raw", "users"}, 0, "", "email", ""});
  CHECK(Parse("prod.raw.users@3#`home address`") ==
        Reference{Kind::kColumn, Parts{"prod", "raw", "users"}, 3, "", "home address", ""});
  CHECK(Parse("prod.raw.users@prod-2.1#x") ==
        Reference{Kind::kColumn, Parts{"prod", "raw", "users"}, 0, "prod-2.1", "x", ""});
  CHECK(Parse("a.b.c#`x.y#z@1`").column == "x.y#z@1");
  CHECK(Parse("a.b.c@latest").alias == "latest");
  CHECK(Parse("a.b.`c@1`@2").version == 2);
  CHECK(Parse("a.b.c@9223372036854775807").version == std::numeric_limits<int64_t>::max());
}

TEST_CASE("references to runs and predictions", "[reference]") {
  const std::string uuid = "0190a5c2-1b2c-7def-8a9b-0123456789ab";
  CHECK(Parse("run:" + uuid) == Reference{Kind::kRun, {}, 0, "", "", uuid});
  CHECK(ParseReference("run:0190A5C2-1B2C-7DEF-8A9B-0123456789AB", "r")->id == uuid);
  CHECK(Parse("prediction:answer-42") == Reference{Kind::kPrediction, {}, 0, "", "", "answer-42"});
  CHECK(Parse("prediction:a.b@3#`c`:run:").id == "a.b@3#`c`:run:");
  CHECK(Parse("prediction:\xc3\xa9").id == "\xc3\xa9");
}

TEST_CASE("malformed references are named, with what to do", "[reference]") {
  for (const char* text : {"", "a.b.c@", "a.b.c#", "a.b.c@#x", "a.b.c@0", "a.b.c@00", "a.b.c@007",
                           "a.b.c@9223372036854775808", "a.b.c@99999999999999999999999", "a@1",
                           "a.b@champion", "a.b#col", "a#col", "a.b.c#x.y", "run:", "run:x",
                           "run:0190a5c2-1b2c-7def-8a9b-01234567", "run:`x`"}) {
    CAPTURE(text);
    const auto parsed = ParseReference(text, "reference");
    CHECK(ReasonOf(parsed) == "REFERENCE_MALFORMED");
    CHECK_FALSE(HintOf(parsed).empty());
  }
  CHECK(HintOf(ParseReference("a.b.c@007", "r")) == "Write @7");
  CHECK(HintOf(ParseReference("a.b.c#x.y", "r")) == "A column is one part: write #`x.y`");
  CHECK(Contains(MessageOf(ParseReference("a.b@1", "r")), "has 2 parts"));
  CHECK(ReasonOf(ParseReference(std::string(1 << 20, 'a'), "r")) == "REFERENCE_MALFORMED");
}

TEST_CASE("what is wrong in a name, alias or column keeps its own reason", "[reference]") {
  CHECK(ReasonOf(ParseReference("a..c@1", "r")) == "NAME_PART_EMPTY");
  CHECK(ReasonOf(ParseReference("@1", "r")) == "NAME_PART_EMPTY");
  CHECK(ReasonOf(ParseReference("#x", "r")) == "NAME_PART_EMPTY");
  CHECK(ReasonOf(ParseReference("a.b.c.d", "r")) == "NAME_WRONG_DEPTH");
  CHECK(ReasonOf(ParseReference("a.b.c d@1", "r")) == "NAME_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.`c@1", "r")) == "NAME_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@1#`x", "r")) == "NAME_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c#``", "r")) == "NAME_PART_EMPTY");
  CHECK(ReasonOf(ParseReference("a.b.c#`..`", "r")) == "NAME_PART_RESERVED");
  CHECK(ReasonOf(ParseReference("a.b.c#" + std::string(256, 'x'), "r")) == "NAME_PART_TOO_LONG");
  CHECK(ReasonOf(ParseReference("a.b.c#\xff", "r")) == "NAME_NOT_UTF8");
  CHECK(ReasonOf(ParseReference("RUN:x", "r")) == "NAME_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@-1", "r")) == "ALIAS_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@1@2", "r")) == "ALIAS_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@1x", "r")) == "ALIAS_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@`x`", "r")) == "ALIAS_MALFORMED");
  CHECK(ReasonOf(ParseReference("a.b.c@LATEST", "r")) == "ALIAS_RESERVED");
  CHECK(ReasonOf(ParseReference("prediction:", "r")) == "PREDICTION_ID_MALFORMED");
  CHECK(ReasonOf(ParseReference("prediction:a b", "r")) == "PREDICTION_ID_MALFORMED");
}

TEST_CASE("columns in messages count from the start of the reference", "[reference]") {
  CHECK(Contains(MessageOf(ParseReference("prod.raw.users@3#home address", "r")),
                 "\" \" at column 22 is only legal in backticks: write `home address`"));
  CHECK(Contains(MessageOf(ParseReference("a.b.c d@1", "r")),
                 "\" \" at column 6 is only legal in backticks: write a.b.`c d`"));
}

TEST_CASE("alias names", "[reference]") {
  for (const std::string& alias :
       {std::string("a"), std::string("champion"), std::string("v1.2-rc_3"), std::string("latest2"),
        "a" + std::string(127, 'x')}) {
    CAPTURE(alias);
    CHECK(ValidateAliasName(alias, "alias").ok());
  }
  for (const std::string& alias :
       {std::string(), std::string("1"), std::string("123"), std::string("1a"), std::string(".a"),
        std::string("-a"), std::string("_a"), std::string("a b"), std::string("a@b"),
        std::string("caf\xc3\xa9"), "a" + std::string(128, 'x'), std::string("a\0", 2)}) {
    CAPTURE(alias);
    CHECK(ReasonOf(ValidateAliasName(alias, "alias")) == "ALIAS_MALFORMED");
  }
  for (const char* alias : {"latest", "Latest", "LATEST"}) {
    CHECK(ReasonOf(ValidateAliasName(alias, "alias")) == "ALIAS_RESERVED");
  }
}

TEST_CASE("prediction ids have 1 to 128 printable bytes without spaces", "[reference]") {
  for (const std::string& id : {std::string("x"), std::string("answer-42"), std::string("a/b:c#d"),
                                std::string("\xf0\x9f\x98\x80"), std::string(128, 'x')}) {
    CAPTURE(id);
    CHECK(ValidatePredictionId(id, "id").ok());
  }
  for (const std::string& id :
       {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\n"),
        std::string("\xff"), std::string("a\xc2\xa0"), std::string("a\xe2\x80\x8b"),
        std::string("\0", 1), std::string("\xe3\x80\x80"), std::string("a\xc2\x80")}) {
    CAPTURE(id);
    CHECK(ReasonOf(ValidatePredictionId(id, "id")) == "PREDICTION_ID_MALFORMED");
  }
}

template <typename IsLegal>
std::string RandomLegal(Random& random, size_t max_points, IsLegal is_legal) {
  while (true) {
    std::string text;
    for (size_t n = 1 + random.Below(max_points); n > 0; --n) {
      testing::AppendUtf8(text, testing::RandomCodePoint(random));
    }
    if (is_legal(text)) return text;
  }
}

Reference RandomReference(Random& random) {
  const auto part = [&random] {
    return RandomLegal(random, 8,
                       [](const std::string& text) { return ValidateNamePart(text, "n").ok(); });
  };
  Reference reference;
  switch (random.Below(5)) {
    case 0:
      reference.kind = Kind::kPrediction;
      reference.id = RandomLegal(random, 20, [](const std::string& text) {
        return ValidatePredictionId(text, "id").ok();
      });
      return reference;
    case 1:
      for (size_t n = 1 + random.Below(3); n > 0; --n) reference.name.push_back(part());
      return reference;
    default:
      break;
  }
  reference.name = {part(), part(), part()};
  if (random.OneIn(3)) {
    reference.kind = Kind::kVersion;
    reference.version = static_cast<int64_t>(1 + (random.Next() >> random.Below(60)) / 2);
  } else if (random.OneIn(2)) {
    reference.kind = Kind::kAlias;
    reference.alias = random.Pick(std::vector<std::string>{"latest", "champion", "a", "x.y-z_1"});
  }
  if (random.OneIn(2)) {
    reference.kind = Kind::kColumn;
    reference.column = part();
  }
  return reference;
}

TEST_CASE("every reference makes the round trip", "[reference]") {
  Random random(99);
  for (int i = 0; i < 20'000; ++i) {
    const Reference reference = RandomReference(random);
    const std::string text = FormatReference(reference);
    CAPTURE(text);
    const auto parsed = ParseReference(text, "reference");
    REQUIRE(parsed.ok());
    REQUIRE(*parsed == reference);
  }
}

TEST_CASE("the longest reference there can be makes the round trip", "[reference]") {
  Reference reference;
  reference.kind = Kind::kColumn;
  reference.name = Parts(3, std::string(255, '`'));
  reference.alias = std::string(kMaxAliasBytes, 'a');
  reference.column = std::string(255, '`');
  CHECK(ParseReference(FormatReference(reference), "reference").value() == reference);
}

TEST_CASE("a text longer than any reference is refused without being read", "[reference]") {
  const auto message = [](size_t bytes) {
    return std::string(ParseReference(std::string(bytes, 'a'), "reference").status().message());
  };
  const std::string too_long = StrCat("at most ", kMaxReferenceBytes, " are possible");
  CHECK(message(kMaxReferenceBytes).find(too_long) == std::string::npos);
  CHECK(message(kMaxReferenceBytes + 1).find(too_long) != std::string::npos);
}

TEST_CASE("hostile text is a reference or refused by name", "[reference]") {
  Random random(100);
  const std::vector<std::string> openings = {
      "", "", "a.b.c@", "a.b.c#", "run:", "prediction:", "a.b.`", "a.b.c@1#"};
  for (int i = 0; i < 30'000; ++i) {
    const std::string text = random.Pick(openings) + RandomBytes(random, 30);
    const auto parsed = ParseReference(text, "reference");
    if (parsed.ok()) {
      REQUIRE(ParseReference(FormatReference(*parsed), "reference").value() == *parsed);
      continue;
    }
    REQUIRE_FALSE(ReasonOf(parsed).empty());
    REQUIRE(IsValidUtf8(MessageOf(parsed)));
    REQUIRE_FALSE(HasControlCharacters(MessageOf(parsed)));
    REQUIRE(IsValidUtf8(HintOf(parsed)));
  }
}

}  // namespace
}  // namespace whence
