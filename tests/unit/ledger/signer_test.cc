#include "ledger/signer.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "ledger_fixture.h"
#include "sql/data_folder.h"
#include "support/ledger_check.h"
#include "tlog/checkpoint.h"

namespace whence::ledger::test {
namespace {

std::string Content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

tlog::CheckpointPolicy PolicyOf(const std::vector<LogKey>& keys, const std::string& origin) {
  tlog::CheckpointPolicy policy{.origin = origin, .logs = {}, .witnesses = {}};
  for (const LogKey& key : keys) {
    policy.logs.push_back(tlog::VerifierKey::Parse(key.vkey).value());
  }
  return policy;
}

uint64_t SignedSize(LedgerFixture& f) {
  const auto latest = f.log().LatestCheckpoint();
  return latest.has_value() ? latest->size : 0;
}

absl::StatusOr<SignedCheckpoint> SignNow(LedgerFixture& f) {
  absl::StatusOr<SignedCheckpoint> answer = absl::UnknownError("no answer");
  f.log().CheckpointNow([&](absl::StatusOr<SignedCheckpoint> made) { answer = std::move(made); });
  f.Run();
  return answer;
}

TEST_CASE("a new ledger makes a key that its owner alone may read, and keeps it") {
  LedgerFixture f;
  const std::string path = f.folder.path() + "/ledger.key";
  struct stat info = {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const std::string key = Content(path);
  CHECK(key.rfind("PRIVATE+KEY+whence.local/", 0) == 0);
  const std::vector<LogKey> keys = f.log().keys();
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].number == 1);
  CHECK(keys[0].from_size == 0);
  CHECK(keys[0].endorsement == "");
  CHECK(f.log().signing_status().ok());
  f.Reopen();
  CHECK(Content(path) == key);
  CHECK(f.log().keys() == keys);
}

TEST_CASE("a head is signed with the first batch, and then at most once a second") {
  LedgerFixture f;
  f.Fill(3, 1);
  CHECK(SignedSize(f) == 1);
  f.clock.Advance(kCheckpointInterval - absl::Milliseconds(1));
  f.Fill(1);
  CHECK(SignedSize(f) == 1);
  f.clock.Advance(absl::Milliseconds(1));
  f.Fill(1);
  CHECK(SignedSize(f) == 5);
  // A clock that was set back keeps nobody from signing.
  f.clock.Advance(-absl::Hours(1));
  f.Fill(1);
  f.clock.Advance(absl::Seconds(2));
  f.Fill(1);
  CHECK(SignedSize(f) == 7);
  const SignedCheckpoint latest = *f.log().LatestCheckpoint();
  const auto trusted =
      tlog::OpenCheckpoint(latest.note, PolicyOf(f.log().keys(), f.log().origin())).value();
  CHECK(trusted.checkpoint.size == 7);
  CHECK(trusted.checkpoint.root == f.log().Root(f.reader(), 7).value());
  CHECK(Content(f.folder.path() + "/ledger.signed") == latest.note);
}

TEST_CASE("what is not signed yet is signed when the server stops") {
  LedgerFixture f;
  f.Fill(3, 1);
  CHECK(SignedSize(f) == 1);
  f.Reopen();
  CHECK(SignedSize(f) == 3);
  CHECK(Content(f.folder.path() + "/ledger.signed") == f.log().LatestCheckpoint()->note);
  // Not again, where there is nothing new.
  const size_t stored = ListCheckpoints(f.reader(), 100)->size();
  f.Reopen();
  CHECK(ListCheckpoints(f.reader(), 100)->size() == stored);
}

TEST_CASE("who asks gets a head of everything that there is") {
  LedgerFixture f;
  CHECK(SignNow(f).value().size == 0);
  f.Fill(10, 3);
  CHECK(SignedSize(f) < 10);
  CHECK(SignNow(f).value().size == 10);
  CHECK(SignedSize(f) == 10);
  // Asked again it is the same one, for nothing has changed.
  const auto stored = ListCheckpoints(f.reader(), 100).value();
  CHECK(SignNow(f).value() == stored.front());
  CHECK(ListCheckpoints(f.reader(), 100).value().size() == stored.size());
}

TEST_CASE("old heads are kept up to a number") {
  LedgerFixture f;
  f.Fill(1);
  const int64_t have = static_cast<int64_t>(ListCheckpoints(f.reader(), 1 << 20)->size());
  // As if there had been as many as may be before.
  f.Tamper(StrCat("WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ",
                  kMaxLedgerCheckpoints - have,
                  ") INSERT INTO ledger_checkpoint (size, time_us, note)"
                  " SELECT -i, 0, (SELECT note FROM ledger_checkpoint LIMIT 1) FROM n"));
  f.Open();
  CHECK(static_cast<int64_t>(ListCheckpoints(f.reader(), 1 << 20)->size()) ==
        kMaxLedgerCheckpoints);
  REQUIRE(SignNow(f).ok());
  f.Fill(1);
  REQUIRE(SignNow(f).value().size == 2);
  CHECK(static_cast<int64_t>(ListCheckpoints(f.reader(), 1 << 20)->size()) ==
        kMaxLedgerCheckpoints);
}

TEST_CASE("without its key a ledger goes on, unsigned, until a new one is asked for") {
  LedgerFixture f;
  f.Fill(5);
  const std::vector<LogKey> before = f.log().keys();
  f.Close();
  std::string wanted;
  const std::string path = f.folder.path() + "/ledger.key";
  SECTION("missing") {
    std::filesystem::remove(path);
    wanted = "LEDGER_KEY_MISSING";
  }
  SECTION("another ledger's") {
    const LedgerFixture other;
    std::filesystem::copy_file(other.folder.path() + "/ledger.key", path,
                               std::filesystem::copy_options::overwrite_existing);
    wanted = "LEDGER_KEY_FOREIGN";
  }
  SECTION("no key at all") {
    REQUIRE(sql::WriteSecretFile(path, "secret").ok());
    wanted = "LEDGER_KEY_FOREIGN";
  }
  SECTION("seen by others") {
    REQUIRE(chmod(path.c_str(), 0640) == 0);
    wanted = "SECRET_FILE_EXPOSED";
  }
  SECTION("a link to somewhere") {
    std::filesystem::rename(path, path + ".moved");
    std::filesystem::create_symlink(path + ".moved", path);
    wanted = "SECRET_FILE_EXPOSED";
  }
  f.Open();
  f.clock.Advance(absl::Seconds(5));
  f.Fill(5);
  CHECK(ReasonOf(f.log().signing_status()) == wanted);
  CHECK(SignedSize(f) == 5);  // what was signed before is still served
  CHECK(ReasonOf(SignNow(f).status()) == wanted);
  CHECK(f.log().size() == 10);

  f.Reopen({.new_key = true});
  CHECK(f.log().signing_status().ok());
  const std::vector<LogKey> after = f.log().keys();
  REQUIRE(after.size() == 2);
  CHECK(after[0] == before[0]);
  CHECK(after[1].from_size == 10);
  CHECK(after[1].endorsement == "");  // nobody who trusted the old one has a reason to trust it
  CHECK(SignedSize(f) == 10);
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
  f.Reopen();
  CHECK(f.log().signing_status().ok());
}

TEST_CASE("a key that takes the place of another is endorsed by it, and both sign once") {
  LedgerFixture f;
  f.Fill(5);
  f.Reopen({.new_key = true});
  const std::vector<LogKey> keys = f.log().keys();
  REQUIRE(keys.size() == 2);
  const tlog::VerifierKey old_key = tlog::VerifierKey::Parse(keys[0].vkey).value();
  const tlog::Note note = tlog::Note::Parse(keys[1].endorsement).value();
  CHECK(note.CheckSignatures({&old_key, 1}).ok());
  CHECK(note.text() ==
        StrCat("whence ledger key\n", f.log().origin(), "\n", keys[1].vkey, "\nfrom size 5\n"));
  // Who knows the old key alone, or the new one alone, can follow.
  for (const LogKey& key : keys) {
    CHECK(tlog::OpenCheckpoint(f.log().LatestCheckpoint()->note, PolicyOf({key}, f.log().origin()))
              .ok());
  }
  f.clock.Advance(absl::Seconds(2));
  f.Fill(1);
  const std::string later = f.log().LatestCheckpoint()->note;
  CHECK(tlog::OpenCheckpoint(later, PolicyOf({keys[1]}, f.log().origin())).ok());
  CHECK_FALSE(tlog::OpenCheckpoint(later, PolicyOf({keys[0]}, f.log().origin())).ok());
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
}

TEST_CASE("a change of keys that ended half way is finished, or has not begun") {
  LedgerFixture f;
  f.Fill(5);
  const std::string key = f.folder.path() + "/ledger.key";
  const std::string next = key + ".next";
  const std::string before = Content(key);
  SECTION("before it was on the record") {
    f.Close();
    REQUIRE(sql::WriteSecretFile(next, before).ok());  // any key that is not the newest's successor
    f.Open();
    CHECK(Content(key) == before);
  }
  SECTION("after") {
    f.Reopen({.new_key = true});
    const std::string after = Content(key);
    f.Close();
    REQUIRE(sql::WriteSecretFile(next, after).ok());
    REQUIRE(sql::WriteSecretFile(key, before).ok());
    f.Open();
    CHECK(Content(key) == after);
  }
  CHECK_FALSE(std::filesystem::exists(next));
  CHECK(f.log().signing_status().ok());
}

TEST_CASE("a database that was put back to an older copy signs nothing") {
  LedgerFixture f;
  f.Fill(5);
  REQUIRE(SignNow(f).ok());
  f.Close();
  const std::string copy = f.path() + ".copy";
  std::filesystem::copy_file(f.path(), copy);
  f.Open();
  f.Fill(5);
  REQUIRE(SignNow(f).value().size == 10);
  const SignedCheckpoint lost = *f.log().LatestCheckpoint();
  f.Close();
  std::filesystem::copy_file(copy, f.path(), std::filesystem::copy_options::overwrite_existing);
  f.Open();
  CHECK(ReasonOf(f.log().signing_status()) == "LEDGER_ROLLED_BACK");
  // Nor when it has grown beyond, into another history.
  f.Fill(10);
  CHECK(ReasonOf(SignNow(f).status()) == "LEDGER_ROLLED_BACK");
  f.Reopen();
  CHECK(ReasonOf(f.log().signing_status()) == "LEDGER_FORKED");
  CHECK(ReasonOf(SignNow(f).status()) == "LEDGER_FORKED");
  // An auditor who kept the head finds it.
  const ledger::VerifyOptions kept{.kept = {{.origin = f.log().origin(),
                                             .size = lost.size,
                                             .root = lost.root,
                                             .extensions = {}}},
                                   .progress = nullptr};
  CHECK_THAT(
      whence::test::LedgerFaults(f.reader(), kept),
      Catch::Matchers::Contains("6: the checkpoint that was kept of 10 entries has another head"));
  f.Reopen({.new_key = true});
  CHECK(f.log().signing_status().ok());
  CHECK(f.log().keys().back().endorsement == "");
}

TEST_CASE("a key without what was signed last signs nothing") {
  LedgerFixture f;
  const std::string path = f.folder.path() + "/ledger.signed";
  // Before anything was signed there is an empty one.
  CHECK(std::filesystem::exists(path));
  f.Reopen();
  CHECK(f.log().signing_status().ok());
  f.Fill(5);
  REQUIRE(SignNow(f).ok());
  f.Close();
  const std::string kept = Content(path);
  std::filesystem::remove(path);
  f.Open();
  CHECK(ReasonOf(f.log().signing_status()) == "LEDGER_ROLLED_BACK");
  f.Fill(1);
  CHECK(ReasonOf(SignNow(f).status()) == "LEDGER_ROLLED_BACK");
  f.Close();
  REQUIRE(sql::WriteSecretFile(path, kept).ok());
  f.Open();
  CHECK(f.log().signing_status().ok());
  CHECK(SignNow(f).value().size == 6);
}

TEST_CASE("a file of what was signed that is none keeps from signing") {
  LedgerFixture f;
  f.Fill(5);
  REQUIRE(SignNow(f).ok());
  f.Close();
  REQUIRE(sql::WriteSecretFile(f.folder.path() + "/ledger.signed", "nothing\n").ok());
  f.Open();
  CHECK(ReasonOf(f.log().signing_status()) == "LEDGER_FORKED");
}

TEST_CASE("a ledger has the name that it was given first") {
  LedgerFixture f;
  CHECK(f.log().origin().rfind("whence.local/", 0) == 0);
  f.Close();
  const auto with = [](std::string origin) {
    TreeOptions options;
    options.origin = std::move(origin);
    return options;
  };
  CHECK(ReasonOf(f.TryOpen(true, with("example.org/log"))) == "LEDGER_ORIGIN_FIXED");
  TemporaryFolder elsewhere;
  LedgerFixture g(/*with_tree=*/false);
  g.Close();
  CHECK(ReasonOf(g.TryOpen(true, with("two words"))) == "LEDGER_ORIGIN_MALFORMED");
  REQUIRE(g.TryOpen(true, with("example.org/log")).ok());
  CHECK(g.log().origin() == "example.org/log");
  g.Reopen();
  CHECK(g.log().origin() == "example.org/log");
  g.Reopen(with("example.org/log"));
}

TEST_CASE("a secret file has a bound") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/secret";
  CHECK_FALSE(sql::ReadSecretFile(path).value().has_value());
  REQUIRE(sql::WriteSecretFile(path, std::string(kMaxSecretFileBytes, 'a')).ok());
  CHECK(sql::ReadSecretFile(path).value()->size() == kMaxSecretFileBytes);
  REQUIRE(sql::WriteSecretFile(path, std::string(kMaxSecretFileBytes + 1, 'a')).ok());
  CHECK(ReasonOf(sql::ReadSecretFile(path).status()) == "IO_ERROR");
  CHECK(sql::RemoveSecretFile(path).ok());
  CHECK(sql::RemoveSecretFile(path).ok());
  CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace whence::ledger::test
