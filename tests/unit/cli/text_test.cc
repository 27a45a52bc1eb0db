// Widths, lines of several tones, times, numbers, flags' values.

#include <catch2/catch.hpp>

#include "cli/text/display_width.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"
#include "cli/text/style.h"

namespace whence::cli {
namespace {

google::protobuf::Timestamp At(const char* text) { return ToTimestamp(*ParseTime(text)); }

TEST_CASE("width counts columns, not bytes or code points") {
  CHECK(DisplayWidth("") == 0);
  CHECK(DisplayWidth("scores") == 6);
  CHECK(DisplayWidth("größe") == 5);
  CHECK(DisplayWidth("日本語") == 6);
  CHECK(DisplayWidth("한국어") == 6);
  CHECK(DisplayWidth("e\u0301") == 1);   // combining accent
  CHECK(DisplayWidth("a\u200Bb") == 2);  // zero-width space
  CHECK(DisplayWidth("😀") == 2);
  CHECK(DisplayWidth("\xFF\xFE") == 2);  // stray bytes
}

TEST_CASE("a text that does not fit ends in an ellipsis") {
  CHECK(FitWidth("scores", 6) == "scores");
  CHECK(FitWidth("scores", 5) == "scor…");
  CHECK(FitWidth("scores", 1) == "…");
  CHECK(FitWidth("scores", 0) == "scores");
  CHECK(FitWidth("日本語", 5) == "日本…");
  CHECK(FitWidth("日本語", 4) == "日…");
  CHECK(FitWidth("two words", 5) == "two…");  // no space before the ellipsis
}

TEST_CASE("padding goes by columns") {
  CHECK(PadRight("日本", 6) == "日本  ");
  CHECK(PadLeft("7", 3) == "  7");
  CHECK(PadLeft("1234", 3) == "1234");
}

TEST_CASE("one line is harmless to a terminal") {
  CHECK(OneLine("two\n  lines\t here ") == "two lines here");
  CHECK(OneLine("\x1b[31mred\x07") == "\uFFFD[31mred\uFFFD");
  CHECK(OneLine("bad \xFF byte") == "bad \uFFFD byte");
  CHECK(OneLine("c1 \u009B csi") == "c1 \uFFFD csi");
}

TEST_CASE("styles are written only when on") {
  CHECK(Styler(false).Paint(Tone::kRed, "x") == "x");
  CHECK(Styler(true).Paint(Tone::kRed, "x") == "\x1b[31mx\x1b[0m");
  CHECK(Styler(true).Paint(Tone::kRed, "") == "");
  CHECK(Styler(true).Paint(Tone::kPlain, "x") == "x");
}

TEST_CASE("a styled line knows its width and is cut with its colours closed") {
  StyledLine line;
  line.Add("ab", Tone::kBold).Add("cdef").PadTo(10, 1).Add("g");
  CHECK(line.width() == 11);
  CHECK(line.Render(Styler(false), 0) == "abcdef    g");
  CHECK(line.Render(Styler(false), 11) == "abcdef    g");
  CHECK(line.Render(Styler(false), 4) == "abc…");
  CHECK(line.Render(Styler(false), 2) == "a…");
  CHECK(line.Render(Styler(true), 4) == "\x1b[1mab\x1b[0mc…");
  CHECK(StyledLine().Add("x").PadTo(0, 3).Render(Styler(false), 0) == "x");
}

TEST_CASE("times for people are UTC to the second") {
  const auto time = At("2026-03-03T10:14:07.25Z");
  CHECK(HumanTime(time) == "2026-03-03 10:14:07Z");
  CHECK(HumanTime({}) == "");
  CHECK(HumanTimeOn(time, At("2026-03-03")) == "10:14:07Z");
  CHECK(HumanTimeOn(time, At("2026-03-04")) == "2026-03-03 10:14:07Z");
  CHECK(MachineTime(time) == "2026-03-03T10:14:07.250Z");
  CHECK(ToTime(time) == *ParseTime("2026-03-03T10:14:07.25Z"));
  CHECK(ToTimestamp(absl::UnixEpoch() - absl::Milliseconds(1)).nanos() == 999'000'000);
}

TEST_CASE("durations, counts and sizes for people") {
  CHECK(HumanMicros(0) == "");
  CHECK(HumanMicros(7) == "7 µs");
  CHECK(HumanMicros(800) == "0.8 ms");
  CHECK(HumanMicros(12'000) == "12 ms");
  CHECK(HumanMicros(1'400'000) == "1.4 s");
  CHECK(HumanMicros(200'000'000) == "3 min 20 s");
  CHECK(HumanCount(0) == "0");
  CHECK(HumanCount(999) == "999");
  CHECK(HumanCount(18'204) == "18,204");
  CHECK(HumanCount(-1'234'567) == "-1,234,567");
  CHECK(HumanBytes(512) == "512 B");
  CHECK(HumanBytes(1'500'000) == "1.4 MiB");
  CHECK(CountOf(1, "node") == "1 node");
  CHECK(CountOf(2, "branch", "branches") == "2 branches");
}

TEST_CASE("short forms of digests, ids and names") {
  CHECK(ShortDigest("sha256:9f2c51d0aabbccdd") == "sha256:9f2c51d0");
  CHECK(ShortDigest("opaque:snapshot-12") == "opaque:snapshot-12");
  CHECK(ShortDigest("") == "");
  CHECK(ShortUuid("8f41c2e7-1111-4222-8333-444455556666") == "8f41c2e7");
  // The first digits of version 7 are the time, which neighbours share.
  CHECK(ShortUuid("0190a5c2-7b1e-7c3a-9d2f-1b6f3c0a9e55") == "3c0a9e55");
  CHECK(LastPart("prod.fraud.scores") == "scores");
  CHECK(LastPart("prod.fraud.`a.b`") == "`a.b`");
  CHECK(KindName(v1::KIND_TABLE) == "TABLE");
  CHECK(KindName(v1::KIND_UNSPECIFIED) == "");
}

TEST_CASE("as-of takes times and positions") {
  CHECK(ParseAsOf("62")->position() == 62);
  CHECK(ParseAsOf("5,101")->position() == 5101);
  CHECK(ParseAsOf("2026-02-01")->time().seconds() == 1769904000);
  CHECK(ParseAsOf("2026-02-01T01:00:00+01:00")->time().seconds() == 1769904000);
  CHECK(ParseAsOf("2026-02-01 00:00")->time().seconds() == 1769904000);
  CHECK_FALSE(ParseAsOf("yesterday").ok());
  CHECK_FALSE(ParseAsOf("").ok());
  CHECK_FALSE(ParseAsOf("99999999999999999999").ok());
}

TEST_CASE("durations need to be more than nothing") {
  CHECK(*ParseDuration("250ms") == absl::Milliseconds(250));
  CHECK(*ParseDuration("2m") == absl::Minutes(2));
  CHECK(*ParseDuration("1.5") == absl::Milliseconds(1500));
  CHECK_FALSE(ParseDuration("0").ok());
  CHECK_FALSE(ParseDuration("-3s").ok());
  CHECK_FALSE(ParseDuration("soon").ok());
  CHECK_FALSE(ParseDuration("inf").ok());
}

TEST_CASE("enum values go by short names in any case, with a suggestion") {
  CHECK(*ParseKind("table") == v1::KIND_TABLE);
  CHECK(*ParseKind("KIND_MODEL") == v1::KIND_MODEL);
  CHECK(*ParseTransformation("group-by") == v1::TRANSFORMATION_TYPE_GROUP_BY);
  CHECK(*ParseRunState("Complete") == v1::RUN_STATE_COMPLETE);
  const absl::Status status = ParseKind("tabel").status();
  CHECK(status.message() ==
        "unknown kind \"tabel\", use one of table, view, volume, function, model, prompt, index, "
        "endpoint, job, dashboard (did you mean table?)");
  CHECK_FALSE(ParseKind("unspecified").ok());
}

TEST_CASE("pairs, columns and version numbers") {
  CHECK(ParseKeyValue("a=b=c")->value == "b=c");
  CHECK(ParseKeyValue("a=")->value == "");
  CHECK_FALSE(ParseKeyValue("=b").ok());
  CHECK_FALSE(ParseKeyValue("a").ok());
  CHECK(ParseColumn("id:bigint!")->name() == "id");
  CHECK(ParseColumn("id:bigint!")->type() == "bigint");
  CHECK_FALSE(ParseColumn("id:bigint!")->nullable());
  CHECK(ParseColumn("price:decimal(10,2)")->nullable());
  CHECK_FALSE(ParseColumn(":int").ok());
  CHECK(*ParseVersionNumber("7") == 7);
  CHECK(*ParseVersionNumber("@7") == 7);
  CHECK_FALSE(ParseVersionNumber("0").ok());
  CHECK_FALSE(ParseVersionNumber("champion").ok());
}

}  // namespace
}  // namespace whence::cli
