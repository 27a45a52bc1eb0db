#pragma once

// A database with one table `entry (position, note)` and a writer on it, for the writer's tests.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scratch.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::sql::test {

inline constexpr Query kInsertEntry{"INSERT INTO entry (position, note) VALUES (?1, ?2)"};

struct WriterFixture {
  ScratchFolder folder;
  std::string path = folder.File("a.db");
  FakeClock clock;
  std::unique_ptr<Writer> writer;

  // Starts at once with these settings (the clock is filled in). Without a thread unless asked.
  explicit WriterFixture(WriterOptions options = Manual(), OpenOptions open = {}) {
    auto connection = MustOpen(path, open);
    const absl::Status made = connection->ExecuteScript(
        "CREATE TABLE entry (position INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT");
    if (!made.ok()) {
      throw std::runtime_error(made.ToString());
    }
    Start(std::move(connection), options);
  }

  void Start(std::unique_ptr<Connection> connection, WriterOptions options) {
    options.clock = &clock;
    writer = Writer::Start(std::move(connection), options).value();
  }

  static WriterOptions Manual() {
    WriterOptions options;
    options.threaded = false;
    return options;
  }

  // Queues a task that takes the next position, inserts one row and ends with `result`. What
  // becomes of it is appended to `log` as "note=REASON" ("note=ok").
  void Add(std::string note, std::vector<std::string>* log, absl::Status result = {}) {
    WriteTask task;
    task.execute = [note, result](WriteContext& context) {
      const int64_t position = context.Next(Counter::kPosition);
      const absl::Status inserted = context.connection().Execute(kInsertEntry, position, note);
      return inserted.ok() ? result : inserted;
    };
    task.finish = Logs(note, log);
    writer->Submit(std::move(task));
  }

  static absl::AnyInvocable<void(absl::Status) &&> Logs(std::string note,
                                                        std::vector<std::string>* log) {
    return [note = std::move(note), log](const absl::Status& status) {
      log->push_back(note + "=" + (status.ok() ? "ok" : Reason(status)));
    };
  }

  // "position|note" of every row, as another connection sees them.
  std::vector<std::string> Entries() const {
    return Select(*MustOpenReader(path), "SELECT position, note FROM entry ORDER BY position");
  }
};

using Lines = std::vector<std::string>;

}  // namespace whence::sql::test
