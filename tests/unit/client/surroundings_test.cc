#include "src/surroundings.h"

#include <catch2/catch.hpp>

#include "absl/time/clock.h"
#include "client_test_util.h"
#include "src/process.h"
#include "src/uuid.h"

namespace whence::client_internal {
namespace {

using test::ScopedEnvironment;
using test::ScratchFolder;

constexpr char kCommit[] = "4be1c7d0123456789abcdef0123456789abcdef0";
constexpr char kOther[] = "0000000123456789abcdef0123456789abcdef00";

TEST_CASE("The commit is found by branch, packed branch and detached head",
          "[client][surroundings]") {
  const ScratchFolder repo;
  repo.Write(".git/HEAD", "ref: refs/heads/main\n");
  repo.Write(".git/refs/heads/main", std::string(kCommit) + "\n");
  repo.Write(".git/config",
             "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = https://fork/x\n"
             "[remote \"origin\"]\n\turl = https://bot:secret@git.example/team/repo.git\n");
  repo.Write("src/step/x.cc", "");
  CodeLocation code = CodeAround(repo.path() + "/src/step");
  REQUIRE(code.commit == kCommit);
  REQUIRE(code.repository == "https://git.example/team/repo.git");
  REQUIRE(code.path == "src/step");
  REQUIRE(CodeAround(repo.path()).path.empty());

  std::filesystem::remove(repo.path() + "/.git/refs/heads/main");
  repo.Write(".git/packed-refs", std::string("# pack-refs with: peeled fully-peeled sorted\n") +
                                     kOther + " refs/heads/mainly\n" + kCommit +
                                     " refs/heads/main\n^" + kOther + "\n");
  REQUIRE(CodeAround(repo.path()).commit == kCommit);
  repo.Write(".git/HEAD", std::string(kOther) + "\n");
  REQUIRE(CodeAround(repo.path()).commit == kOther);
}

TEST_CASE("A linked work tree knows its own commit and the common remote",
          "[client][surroundings]") {
  const ScratchFolder folder;
  folder.Write("main/.git/config", "[remote \"origin\"]\n url = git@git.example:team/repo\n");
  folder.Write("main/.git/refs/heads/side", kCommit);
  folder.Write("main/.git/worktrees/side/HEAD", "ref: refs/heads/side");
  folder.Write("main/.git/worktrees/side/commondir", "../..\n");
  folder.Write("side/.git", "gitdir: " + folder.path() + "/main/.git/worktrees/side\n");
  const CodeLocation code = CodeAround(folder.path() + "/side");
  REQUIRE(code.commit == kCommit);
  REQUIRE(code.repository == "git@git.example:team/repo");
}

TEST_CASE("Outside of a work tree, and in a broken one, nothing is claimed",
          "[client][surroundings]") {
  const ScratchFolder folder;
  REQUIRE(CodeAround(folder.path()) == CodeLocation());
  REQUIRE(CodeAround("/nowhere/at/all") == CodeLocation());
  folder.Write(".git/HEAD", "ref: refs/heads/unborn");
  REQUIRE(CodeAround(folder.path()).commit.empty());
  folder.Write(".git/HEAD", "\x01\x02 garbage");
  REQUIRE(CodeAround(folder.path()).commit.empty());
}

TEST_CASE("Changes of tracked files make the tree dirty", "[client][surroundings]") {
  const ScratchFolder repo;
  const absl::Duration limit = absl::Seconds(20);
  if (!RunProgram(repo.path(), {"git", "init", "-q", "."}, limit).has_value()) {
    WARN("skipped: git is not installed");
    return;
  }
  repo.Write("a.txt", "one");
  REQUIRE(RunProgram(repo.path(), {"git", "add", "a.txt"}, limit).has_value());
  REQUIRE(RunProgram(repo.path(),
                     {"git", "-c", "user.name=t", "-c", "user.email=t@example", "commit", "-q",
                      "--no-gpg-sign", "-m", "one"},
                     limit)
              .has_value());
  CodeLocation code = CodeAround(repo.path());
  REQUIRE(code.commit.size() == 40);
  REQUIRE_FALSE(code.dirty);
  repo.Write("untracked.txt", "x");
  REQUIRE_FALSE(CodeAround(repo.path()).dirty);
  repo.Write("a.txt", "two, longer");
  REQUIRE(CodeAround(repo.path()).dirty);
}

TEST_CASE("The build system's word goes first", "[client][surroundings]") {
  const ScopedEnvironment commit("GIT_COMMIT", std::string(kCommit));
  const ScopedEnvironment url("GIT_URL", "https://u:p@ci.example/repo");
  const CodeLocation code = NoticeCode();
  REQUIRE(code.commit == kCommit);
  REQUIRE(code.repository == "https://ci.example/repo");
  REQUIRE_FALSE(code.dirty);
}

TEST_CASE("Credentials never leave in a URL", "[client][surroundings]") {
  REQUIRE(WithoutCredentials("https://a:b@host/x") == "https://host/x");
  REQUIRE(WithoutCredentials("https://token@host:8443/x@y") == "https://host:8443/x@y");
  REQUIRE(WithoutCredentials("https://a@b:c@host") == "https://host");
  REQUIRE(WithoutCredentials("https://host/x@y") == "https://host/x@y");
  REQUIRE(WithoutCredentials("ssh://git@host/x") == "ssh://host/x");
  REQUIRE(WithoutCredentials("git@host:team/x") == "git@host:team/x");
  REQUIRE(WithoutCredentials("/srv/git/x") == "/srv/git/x");
  REQUIRE(WithoutCredentials("").empty());
}

TEST_CASE("Programs are run without a shell and within their time", "[client][surroundings]") {
  const std::string folder = std::filesystem::canonical("/tmp").string();
  REQUIRE(RunProgram(folder, {"pwd"}, absl::Seconds(20)) == folder + "\n");
  REQUIRE(RunProgram(folder, {"echo", "$HOME; true"}, absl::Seconds(20)) == "$HOME; true\n");
  REQUIRE_FALSE(RunProgram(folder, {"false"}, absl::Seconds(20)).has_value());
  REQUIRE_FALSE(RunProgram(folder, {"no-such-program-xyz"}, absl::Seconds(20)).has_value());
  REQUIRE_FALSE(RunProgram("/nowhere", {"pwd"}, absl::Seconds(20)).has_value());
  REQUIRE_FALSE(RunProgram(folder, {}, absl::Seconds(20)).has_value());
  const absl::Time start = absl::Now();
  REQUIRE_FALSE(RunProgram(folder, {"sleep", "60"}, absl::Milliseconds(50)).has_value());
  REQUIRE_FALSE(RunProgram(folder, {"yes"}, absl::Seconds(20)).has_value());
  REQUIRE(absl::Now() - start < absl::Seconds(15));
}

// Whether the text is hexadecimal digits in groups of 8, 4, 4, 4 and 12.
bool LooksLikeUuid(const std::string& id) {
  if (id.size() != 36) return false;
  for (size_t i = 0; i < id.size(); ++i) {
    const bool digit = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? id[i] != '-' : !digit) return false;
  }
  return true;
}

TEST_CASE("Ids are UUIDs of version 7 and sort by time", "[client][surroundings]") {
  const std::string first = NewUuid();
  absl::SleepFor(absl::Milliseconds(2));
  const std::string second = NewUuid();
  for (const std::string& id : {first, second}) {
    CAPTURE(id);
    REQUIRE(LooksLikeUuid(id));
    REQUIRE(id[14] == '7');                                          // the version
    REQUIRE(std::string("89ab").find(id[19]) != std::string::npos);  // the variant
  }
  REQUIRE(first < second);
  REQUIRE_FALSE(HostName().empty());
  REQUIRE_FALSE(UserName().empty());
}

}  // namespace
}  // namespace whence::client_internal
