#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include "base/strings.h"
#include "cli/text/diff.h"

namespace whence::cli {
namespace {

TEST_CASE("equal texts have no diff") {
  CHECK(UnifiedDiff("a", "", "b", "") == "");
  CHECK(UnifiedDiff("a", "x\ny", "b", "x\ny") == "");
}

TEST_CASE("a changed line stands between its context") {
  CHECK(
      UnifiedDiff("p@1", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "p@2", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
      "--- p@1\n+++ p@2\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("changes far apart make hunks of their own, near ones share one") {
  std::string before;
  for (int i = 1; i <= 20; ++i) StrAppend(&before, i, "\n");
  std::string after = before;
  after.replace(after.find("2\n"), 1, "two");
  after.replace(after.find("18\n"), 2, "eighteen");
  const std::string far = UnifiedDiff("a", before, "b", after);
  CHECK(far.find("@@ -1,5 +1,5 @@") != std::string::npos);
  CHECK(far.find("@@ -15,6 +15,6 @@") != std::string::npos);
  std::string near = before;
  near.replace(near.find("4\n"), 1, "four");
  near.replace(near.find("11\n"), 2, "eleven");
  const std::string one = UnifiedDiff("a", before, "b", near);
  CHECK(one.find("@@ -1,14 +1,14 @@") != std::string::npos);
  CHECK(one.find("@@", one.find("@@ -1,14") + 20) == std::string::npos);
}

TEST_CASE("texts that appear and vanish") {
  CHECK(UnifiedDiff("a", "", "b", "x\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  CHECK(UnifiedDiff("a", "x\ny\n", "b", "") == "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
}

TEST_CASE("a missing newline at the end is said") {
  CHECK(UnifiedDiff("a", "x\n", "b", "x") ==
        "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
}

// Applies a diff as patch(1) would, to check that it says everything.
std::string Patch(const std::string& before, const std::string& diff) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < before.size();) {
    const size_t end = before.find('\n', at);
    lines.push_back(before.substr(at, end == std::string::npos ? end : end - at + 1));
    at = end == std::string::npos ? before.size() : end + 1;
  }
  std::string after;
  size_t next = 0;
  for (size_t at = 0; at < diff.size();) {
    const size_t end = diff.find('\n', at);
    const std::string line = diff.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      const size_t begin = std::stoul(line.substr(4));
      const bool empty = line.substr(4).find(",0 ") < line.substr(4).find(' ') + 1;
      for (; next + (empty ? 0 : 1) < begin; ++next) after += lines.at(next);
      continue;
    }
    if (line.starts_with("\\")) {
      if (after.ends_with('\n') && diff.at(diff.rfind('\n', at - line.size() - 2) + 1) != '-')
        after.pop_back();
      continue;
    }
    if (line.at(0) != '-') after += line.substr(1) + "\n";
    if (line.at(0) != '+') ++next;
  }
  for (; next < lines.size(); ++next) after += lines.at(next);
  return after;
}

TEST_CASE("a diff leads from any text to any other") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto text = [&random] {
      std::string made;
      const size_t lines = random() % 30;
      for (size_t i = 0; i < lines; ++i) {
        made.push_back("abcd"[random() % 4]);
        made.push_back('\n');
      }
      return made;
    };
    const std::string before = text();
    const std::string after = text();
    CAPTURE(before, after);
    CHECK(Patch(before, UnifiedDiff("a", before, "b", after)) == after);
  }
}

TEST_CASE("texts with nothing in common come out replaced, in bounded time") {
  std::string before;
  std::string after;
  for (int i = 0; i < 6000; ++i) {
    StrAppend(&before, "old ", i, "\n");
    StrAppend(&after, "new ", i, "\n");
  }
  const std::string diff = UnifiedDiff("a", before, "b", after);
  CHECK(diff.find("@@ -1,6000 +1,6000 @@") != std::string::npos);
  CHECK(Patch(before, diff) == after);
}

}  // namespace
}  // namespace whence::cli
