#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "base/strings.h"
#include "scratch.h"
#include "writer_fixture.h"

namespace whence::sql::test {
namespace {

constexpr Query kInsertSum{"INSERT INTO entry (position, note) VALUES (?1, ?2)"};

// Writes down what it is asked, and one row a batch at position 1000 + tasks that ended well.
class Recorder : public BatchObserver {
 public:
  void TaskBegins() override { log.push_back("begins"); }
  absl::Status TaskEnds(WriteContext& context) override {
    log.push_back(StrCat("ends ", context.Last(Counter::kPosition)));
    return at_end;
  }
  absl::Status BeforeCommit(WriteContext& context) override {
    log.push_back(StrCat("commits ", context.Last(Counter::kPosition)));
    if (!at_commit.ok()) return at_commit;
    context.OnCommit([this] { log.push_back("committed"); });
    return context.connection().Execute(kInsertSum, 1000 + context.Last(Counter::kPosition), "sum");
  }
  bool WantsIdleBatch() const override { return wants; }
  void IdleBatchBegins() override {
    wants = false;
    log.push_back("idle");
  }

  Lines log;
  std::atomic<bool> wants{false};
  absl::Status at_end;
  absl::Status at_commit;
};

struct Observed {
  Recorder recorder;
  WriterFixture writer{[this] {
    WriterOptions options = WriterFixture::Manual();
    options.observer = &recorder;
    return options;
  }()};
  Lines answers;

  size_t Run() { return writer.writer->RunQueued(); }
};

TEST_CASE("an observer sees each task, and the batch before its commit") {
  Observed o;
  o.writer.Add("a", &o.answers);
  o.writer.Add("b", &o.answers, absl::InternalError("no"));
  o.writer.Add("c", &o.answers);
  CHECK(o.Run() == 3);
  CHECK(o.recorder.log ==
        Lines{"begins", "ends 1", "begins", "begins", "ends 2", "commits 2", "committed"});
  CHECK(o.writer.Entries() == Lines{"1|a", "2|c", "1002|sum"});
  CHECK(o.answers.size() == 3);
}

TEST_CASE("an observer that refuses a task's end fails that task alone") {
  Observed o;
  o.recorder.at_end = Internal("NO_END", "no");
  o.writer.Add("a", &o.answers);
  CHECK(o.Run() == 1);
  CHECK(o.answers == Lines{"a=NO_END"});
  CHECK(o.writer.Entries() == Lines{"1000|sum"});
}

TEST_CASE("an observer that fails before the commit fails the batch, and the writer goes on") {
  Observed o;
  o.recorder.at_commit = Internal("NO_COMMIT", "no");
  o.writer.Add("a", &o.answers);
  o.writer.Add("b", &o.answers);
  CHECK(o.Run() == 2);
  CHECK(o.answers == Lines{"a=NO_COMMIT", "b=NO_COMMIT"});
  CHECK(o.writer.Entries().empty());
  o.recorder.at_commit = absl::OkStatus();
  o.recorder.log.clear();
  o.writer.Add("c", &o.answers);
  CHECK(o.Run() == 1);
  // The positions are given out again.
  CHECK(o.writer.Entries() == Lines{"1|c", "1001|sum"});
  CHECK(o.recorder.log == Lines{"begins", "ends 1", "commits 1", "committed"});
}

TEST_CASE("an observer that wants it gets a batch of its own when the writer stops") {
  Observed o;
  o.writer.Add("a", &o.answers);
  CHECK(o.Run() == 1);
  CHECK(o.Run() == 0);
  o.recorder.log.clear();
  SECTION("it wants one") {
    o.recorder.wants = true;
    o.recorder.at_commit = Internal("NO_COMMIT", "no");  // its row is there already
    o.writer.writer->Stop();
    CHECK(o.recorder.log == Lines{"idle", "commits 1"});
  }
  SECTION("it wants none") {
    o.writer.writer->Stop();
    CHECK(o.recorder.log.empty());
  }
  CHECK(o.writer.Entries() == Lines{"1|a", "1001|sum"});
}

// Says when its batch was committed.
class Waiter : public BatchObserver {
 public:
  void TaskBegins() override {}
  absl::Status TaskEnds(WriteContext&) override { return absl::OkStatus(); }
  absl::Status BeforeCommit(WriteContext& context) override {
    if (!idle || committed) return absl::OkStatus();
    context.OnCommit([this] {
      const std::lock_guard lock(mutex);
      committed = true;
      changed.notify_one();
    });
    return context.connection().Execute(kInsertSum, 77, "idle");
  }
  bool WantsIdleBatch() const override { return !idle; }
  void IdleBatchBegins() override { idle = true; }

  std::atomic<bool> idle{false};
  std::mutex mutex;
  std::condition_variable changed;
  bool committed = false;
};

TEST_CASE("an observer that wants it gets a batch of its own when nothing is asked for a while") {
  Waiter waiter;
  WriterOptions options;
  options.observer = &waiter;
  options.idle_after = absl::Milliseconds(1);
  WriterFixture writer(options);
  {
    std::unique_lock lock(waiter.mutex);
    REQUIRE(
        waiter.changed.wait_for(lock, std::chrono::seconds(30), [&] { return waiter.committed; }));
  }
  CHECK(writer.Entries() == Lines{"77|idle"});
  REQUIRE(writer.writer->RunAndWait([](WriteContext&) { return absl::OkStatus(); }).ok());
}

TEST_CASE("an observer that breaks a rule of the database stops the writer: it is a bug") {
  Observed o;
  o.writer.Add("a", &o.answers);
  CHECK(o.Run() == 1);
  // The same sum again: its row is there.
  REQUIRE(o.writer.writer->RunAndWait([](WriteContext&) { return absl::OkStatus(); }).code() ==
          absl::StatusCode::kAlreadyExists);
  o.writer.Add("b", &o.answers);
  CHECK(o.Run() == 0);
  CHECK(o.answers == Lines{"a=ok", "b=WRITER_FAILED"});
}

}  // namespace
}  // namespace whence::sql::test
