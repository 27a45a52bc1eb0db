#include "sql/writer.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/strings.h"
#include "writer_fixture.h"

namespace whence::sql {
namespace {

using test::kInsertEntry;
using test::Lines;
using test::Reason;
using test::WriterFixture;

absl::Status Refused() { return FailedPrecondition("REFUSED", "by the test"); }

TEST_CASE("tasks run in order, and are there when their reply comes") {
  WriterFixture fixture;
  Lines log;
  fixture.Add("a", &log);
  fixture.Add("b", &log);
  CHECK(log.empty());
  CHECK(fixture.Entries().empty());
  CHECK(fixture.writer->RunQueued() == 2);
  CHECK(log == Lines{"a=ok", "b=ok"});
  CHECK(fixture.Entries() == Lines{"1|a", "2|b"});
  CHECK(fixture.writer->RunQueued() == 0);
}

TEST_CASE("a failed task leaves its neighbours unharmed and no gap in the sequences") {
  WriterFixture fixture;
  Lines log;
  fixture.Add("a", &log);
  fixture.Add("bad", &log, Refused());
  fixture.Add("c", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=ok", "bad=REFUSED", "c=ok"});
  CHECK(fixture.Entries() == Lines{"1|a", "2|c"});
  const WriterStats stats = fixture.writer->stats();
  CHECK(stats.batches == 1);
  CHECK(stats.tasks == 3);
  CHECK(stats.failed_tasks == 1);
  CHECK(stats.largest_batch == 3);
}

TEST_CASE("an SQL error in a task is that task's alone") {
  WriterFixture fixture;
  Lines log;
  fixture.Add("a", &log);
  WriteTask duplicate;
  duplicate.execute = [](WriteContext& context) {
    REQUIRE(context.connection().Execute(kInsertEntry, 50, "before").ok());
    return context.connection().Execute(kInsertEntry, 1, "again");
  };
  duplicate.finish = WriterFixture::Logs("duplicate", &log);
  fixture.writer->Submit(std::move(duplicate));
  fixture.Add("c", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=ok", "duplicate=SQL_CONSTRAINT", "c=ok"});
  CHECK(fixture.Entries() == Lines{"1|a", "2|c"});
}

TEST_CASE("sequences begin where they were set and are independent") {
  WriterFixture fixture;
  fixture.writer->SetCounter(Counter::kPosition, 41);
  fixture.writer->SetCounter(Counter::kObjectId, 7);
  const auto take = [](WriteContext& context) {
    CHECK(context.Last(Counter::kPosition) == 41);
    CHECK(context.Next(Counter::kPosition) == 42);
    CHECK(context.Next(Counter::kPosition) == 43);
    CHECK(context.Next(Counter::kObjectId) == 8);
    CHECK(context.Last(Counter::kObjectId) == 8);
    CHECK(context.Next(Counter::kColumnId) == 1);
    CHECK(context.Last(Counter::kOriginId) == 0);
    return Refused();
  };
  CHECK(Reason(fixture.writer->RunAndWait(take)) == "REFUSED");
  CHECK(Reason(fixture.writer->RunAndWait(take)) == "REFUSED");  // all of them were given back
}

TEST_CASE("hooks run after the commit, in order, before any reply; those of a failed task never") {
  WriterFixture fixture;
  Lines log;
  const auto add = [&](const std::string& name, absl::Status result) {
    WriteTask task;
    task.execute = [&, name, result](WriteContext& context) {
      context.OnCommit(
          [&, name] { log.push_back(StrCat(name, " hook 1, stored ", fixture.Entries().size())); });
      const int64_t position = context.Next(Counter::kPosition);
      REQUIRE(context.connection().Execute(kInsertEntry, position, name).ok());
      context.OnCommit([&, name] { log.push_back(name + " hook 2"); });
      log.push_back(name + " executes");
      return result;
    };
    task.finish = WriterFixture::Logs(name, &log);
    fixture.writer->Submit(std::move(task));
  };
  add("a", absl::OkStatus());
  add("b", Refused());
  add("c", absl::OkStatus());
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a executes", "b executes", "c executes", "a hook 1, stored 2", "a hook 2",
                     "c hook 1, stored 2", "c hook 2", "a=ok", "b=REFUSED", "c=ok"});
}

TEST_CASE("a task's time stands still, has whole microseconds and never goes back") {
  WriterFixture fixture;
  const absl::Time start = absl::FromUnixSeconds(1'800'000'000);
  std::vector<absl::Time> times;
  const auto note = [&](WriteContext& context) {
    times.push_back(context.now());
    fixture.clock.Advance(absl::Seconds(5));
    CHECK(context.now() == times.back());
    return times.size() == 2 ? Refused() : absl::OkStatus();
  };
  fixture.clock.Set(start + absl::Nanoseconds(1234));
  fixture.writer->RunAndWait(note).IgnoreError();
  fixture.writer->RunAndWait(note).IgnoreError();  // also a failed task's time counts
  fixture.clock.Set(start - absl::Hours(1));
  fixture.writer->RunAndWait(note).IgnoreError();
  fixture.clock.Set(start + absl::Hours(1));
  fixture.writer->RunAndWait(note).IgnoreError();
  CHECK(times == std::vector<absl::Time>{start + absl::Microseconds(1),
                                         start + absl::Microseconds(1) + absl::Seconds(5),
                                         start + absl::Microseconds(1) + absl::Seconds(5),
                                         start + absl::Hours(1)});
}

TEST_CASE("time does not run behind what is stored") {
  WriterFixture fixture;
  const absl::Time stored = fixture.clock.Now() + absl::Hours(24);
  fixture.writer->SetLastTime(stored);
  CHECK(fixture.writer
            ->RunAndWait([&](WriteContext& context) {
              CHECK(context.now() == stored);
              return absl::OkStatus();
            })
            .ok());
}

TEST_CASE("a full queue refuses at once, and takes again when it has room") {
  WriterOptions options = WriterFixture::Manual();
  options.max_queue = 2;
  WriterFixture fixture(options);
  Lines log;
  fixture.Add("a", &log);
  fixture.Add("b", &log);
  fixture.Add("c", &log);
  CHECK(log == Lines{"c=WRITER_QUEUE_FULL"});
  fixture.writer->RunQueued();
  fixture.Add("d", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"c=WRITER_QUEUE_FULL", "a=ok", "b=ok", "d=ok"});
}

TEST_CASE("a batch is bounded") {
  WriterOptions options = WriterFixture::Manual();
  options.max_batch_tasks = 3;
  WriterFixture fixture(options);
  Lines log;
  for (int i = 0; i < 7; ++i) {
    fixture.Add("x", &log);
  }
  CHECK(fixture.writer->RunQueued() == 3);
  CHECK(log.size() == 3);
  CHECK(fixture.writer->RunQueued() == 3);
  CHECK(fixture.writer->RunQueued() == 1);
  CHECK(fixture.writer->stats().largest_batch == 3);
}

// Queues a task of so many bytes that writes `copied` more.
void AddHeavy(WriterFixture& fixture, size_t bytes, size_t copied) {
  WriteTask task;
  task.execute = [copied](WriteContext& context) {
    context.Weigh(copied);
    return context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition), "heavy");
  };
  task.finish = [](const absl::Status& status) { CHECK(status.ok()); };
  task.bytes = bytes;
  fixture.writer->Submit(std::move(task));
}

TEST_CASE("a batch of heavy tasks is several transactions") {
  CHECK(WriterOptions().max_batch_bytes == kMaxWriterBatchBytes);
  CHECK(WriterOptions().max_queue_bytes == kMaxWriterQueueBytes);
  WriterOptions options = WriterFixture::Manual();
  options.max_batch_bytes = 100;
  WriterFixture fixture(options);
  const auto batches = [&](size_t bytes, size_t copied) {
    const int64_t before = fixture.writer->stats().batches;
    for (int i = 0; i < 6; ++i) {
      AddHeavy(fixture, bytes, copied);
    }
    CHECK(fixture.writer->RunQueued() == 6);
    return fixture.writer->stats().batches - before;
  };
  CHECK(batches(16, 0) == 1);   // 96: all six
  CHECK(batches(20, 0) == 2);   // the fifth is the last
  CHECK(batches(10, 10) == 2);  // what a task copies counts like what it brings
  CHECK(batches(0, 50) == 3);
  CHECK(batches(1000, 0) == 6);  // never less than one
  CHECK(fixture.Entries().size() == 30);
}

TEST_CASE("a queue is bounded in bytes too") {
  WriterOptions options = WriterFixture::Manual();
  options.max_queue_bytes = 100;
  WriterFixture fixture(options);
  std::string log;
  const auto add = [&](size_t bytes) {
    WriteTask task;
    task.execute = [](WriteContext&) { return absl::OkStatus(); };
    task.finish = [&log](const absl::Status& status) {
      log += status.ok() ? "ok " : Reason(status) + " ";
    };
    task.bytes = bytes;
    fixture.writer->Submit(std::move(task));
  };
  add(60);
  add(41);
  add(40);
  CHECK(log == "WRITER_QUEUE_FULL ");
  fixture.writer->RunQueued();
  CHECK(log == "WRITER_QUEUE_FULL ok ok ");
  add(1000);  // alone: it waits for nobody
  fixture.writer->RunQueued();
  CHECK(log == "WRITER_QUEUE_FULL ok ok ok ");
}

TEST_CASE("a reply may submit the next task") {
  WriterFixture fixture;
  Lines log;
  WriteTask task;
  task.execute = [](WriteContext&) { return absl::OkStatus(); };
  task.finish = [&](const absl::Status&) { fixture.Add("next", &log); };
  fixture.writer->Submit(std::move(task));
  CHECK(fixture.writer->RunQueued() == 1);
  CHECK(fixture.writer->RunQueued() == 1);
  CHECK(log == Lines{"next=ok"});
}

TEST_CASE("stopping finishes what is queued, refuses what comes later and empties the log") {
  WriterFixture fixture;
  Lines log;
  fixture.Add("a", &log);
  fixture.writer->Stop();
  CHECK(log == Lines{"a=ok"});
  fixture.Add("late", &log);
  CHECK(log == Lines{"a=ok", "late=SERVER_STOPPING"});
  CHECK(test::FileSize(fixture.path + "-wal") == 0);
  CHECK(fixture.Entries() == Lines{"1|a"});
  fixture.writer->Stop();
}

TEST_CASE("the writer's thread serves many callers at once") {
  WriterFixture fixture{WriterOptions{}};
  constexpr int kThreads = 16;
  constexpr int kEach = 50;
  std::atomic<int64_t> published{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        int64_t mine = 0;
        const bool fails = (t + i) % 5 == 0;
        const absl::Status status = fixture.writer->RunAndWait([&](WriteContext& context) {
          mine = context.Next(Counter::kPosition);
          context.OnCommit([&published, mine] { published = mine; });
          const absl::Status inserted =
              context.connection().Execute(kInsertEntry, mine, StrCat(t, "/", i));
          return fails ? Refused() : inserted;
        });
        // Read your writes: the view has advanced before the reply.
        wrong += status.ok() == fails || (status.ok() && published < mine) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(wrong == 0);
  const auto entries = fixture.Entries();
  CHECK(static_cast<int64_t>(entries.size()) == published);  // no gaps
  fixture.writer->Stop();
  const WriterStats stats = fixture.writer->stats();
  CHECK(stats.tasks == kThreads * kEach);
  CHECK(stats.failed_tasks == kThreads * kEach - published);
  CHECK(stats.batches <= stats.tasks);
}

TEST_CASE("stopping while callers submit: every one of them gets exactly one answer") {
  WriterFixture fixture{WriterOptions{}};
  std::atomic<int> answers{0};
  std::atomic<int> accepted{0};
  constexpr int kThreads = 4;
  constexpr int kEach = 300;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        WriteTask task;
        task.execute = [](WriteContext& context) {
          return context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition), "");
        };
        task.finish = [&](const absl::Status& status) {
          accepted += status.ok() ? 1 : 0;
          ++answers;
        };
        fixture.writer->Submit(std::move(task));
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  fixture.writer->Stop();
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(answers == kThreads * kEach);
  CHECK(static_cast<int>(fixture.Entries().size()) == accepted);
}

// Queues a task that calls for the work of `key`; what is done is appended to the log.
void AddPostponing(WriterFixture& fixture, int64_t key, const std::string& note, Lines* log,
                   absl::Status result = {}, absl::Status work_result = {}) {
  WriteTask task;
  task.execute = [=](WriteContext& context) {
    absl::Status status =
        context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition), note);
    const bool later = context.Postpone(key, [=](WriteContext&) {
      log->push_back(StrCat("later ", key, " ", note));
      return work_result;
    });
    if (!later) log->push_back(StrCat("now ", key, " ", note));
    status.Update(result);
    return status;
  };
  task.finish = WriterFixture::Logs(note, log);
  fixture.writer->Submit(std::move(task));
}

TEST_CASE("work that many tasks call for is done at the first call, and once more for the last") {
  WriterFixture fixture;
  Lines log;
  AddPostponing(fixture, 1, "a", &log);
  AddPostponing(fixture, 1, "b", &log);
  AddPostponing(fixture, 2, "c", &log);
  AddPostponing(fixture, 1, "d", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"now 1 a", "now 2 c", "later 1 d", "a=ok", "b=ok", "c=ok", "d=ok"});
  // Every batch begins anew.
  log.clear();
  AddPostponing(fixture, 1, "e", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"now 1 e", "e=ok"});
}

TEST_CASE("work of a task that failed is not taken for done") {
  WriterFixture fixture;
  Lines log;
  const absl::Status refused = FailedPrecondition("REFUSED", "no", "");
  AddPostponing(fixture, 1, "a", &log, refused);
  AddPostponing(fixture, 1, "b", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"now 1 a", "now 1 b", "a=REFUSED", "b=ok"});
}

TEST_CASE("postponed work that fails takes its batch with it, and the writer goes on") {
  WriterFixture fixture;
  Lines log;
  AddPostponing(fixture, 1, "a", &log);
  AddPostponing(fixture, 1, "b", &log, {}, FailedPrecondition("BROKEN", "no", ""));
  fixture.Add("c", &log, FailedPrecondition("REFUSED", "no", ""));
  fixture.writer->RunQueued();
  // What was refused may have been refused for what is not there now.
  CHECK(log == Lines{"now 1 a", "later 1 b", "a=BROKEN", "b=BROKEN", "c=BROKEN"});
  CHECK(fixture.Entries().empty());
  CHECK(fixture.writer->stats().lost_batches == 1);
  log.clear();
  AddPostponing(fixture, 1, "d", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"now 1 d", "d=ok"});
}

}  // namespace
}  // namespace whence::sql
