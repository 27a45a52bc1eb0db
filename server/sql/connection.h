#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sql/query.h"
#include "sql/row_watch.h"
#include "sql/rows.h"
#include "sql/transaction.h"
#include "sql/value.h"

struct sqlite3;

namespace whence::sql {

namespace internal {
class HeldLocks;

// Its address stands for the type.
template <class T>
inline constexpr char kTypeKey = 0;
}  // namespace internal

class StatementWatch;

// "Whnc": marks a file as ours, so that no other program's database is ever migrated or
// overwritten.
inline constexpr int32_t kApplicationId = 0x57686e63;

struct OpenOptions {
  // Opened with SQLITE_OPEN_READONLY: it can neither write nor checkpoint. The file must exist.
  bool read_only = false;
  // Page cache of this connection, filled as needed, in KiB.
  int cache_kib = 64 * 1024;
  // How long a statement waits for a lock before it fails with DATABASE_BUSY.
  absl::Duration busy_timeout = absl::Seconds(5);
  // Name of a registered SQLite VFS, so that tests can inject faults; null for the default one.
  const char* vfs = nullptr;
  // Upper bound of the file in pages, 0 for none: the test of a full disk (fails with DISK_FULL).
  int64_t max_pages = 0;
  // The log's file is cut to this when it starts anew, so that one burst does not keep the space.
  // More than a log between two checkpoints takes (WriterOptions): a commit that overwrites is
  // synced in half the time of one that makes the file longer.
  int64_t kept_log_bytes = int64_t{192} << 20;
};

// One SQLite connection with its cache of prepared statements.
//
// Opened strictly: WAL, synchronous=FULL, foreign keys on, no automatic checkpoint, untrusted
// schema, defensive mode, cell size check, temporary data in memory. Every statement is prepared
// once and kept for the connection's life; running it again costs an array access, the binds and
// the steps, and allocates nothing.
//
// Errors of every method carry a reason (base/error.h), a message that names the statement's first
// words and SQLite's text, and a hint:
//   SQL_CONSTRAINT      AlreadyExists (primary key, unique) or FailedPrecondition (foreign key,
//                       check, not null, type)
//   DISK_FULL           ResourceExhausted     OUT_OF_MEMORY    ResourceExhausted
//   DATABASE_BUSY       Unavailable           IO_ERROR         Unavailable
//   DATABASE_READ_ONLY  FailedPrecondition    DATABASE_CORRUPT DataLoss
//   SQL_ERROR           Internal              (a mistake in our SQL: a bug)
// and what a StatementWatch said, when that ended it.
//
// Ownership: owns its SQLite handle and statements; every Rows of it must be gone before it goes.
// Thread-safety: used by one thread at a time (it may move between threads with a happens-before).
class Connection {
 public:
  // Opens `path` (":memory:" for a private database in memory), creating it when allowed. Fails
  // with the reasons above and with DATABASE_FOREIGN (FailedPrecondition) when the file is another
  // program's.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path,
                                                          const OpenOptions& options = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Starts a statement and returns its cursor, before the first row. Text and blob arguments are
  // copied into the statement's own buffer, so they need not outlive this call. The same query may
  // be open twice (nested use gets a second statement). The number of arguments must be the number
  // of the statement's parameters (asserted).
  template <class... Args>
  [[nodiscard]] Rows Run(const Query& query, const Args&... args) {
    const std::array<internal::Argument, sizeof...(Args)> list{internal::ToArgument(args)...};
    return RunList(query, list.data(), list.size());
  }

  // Runs a statement to its end, dropping rows. Text and blobs are bound in place, not copied.
  template <class... Args>
  absl::Status Execute(const Query& query, const Args&... args) {
    const std::array<internal::Argument, sizeof...(Args)> list{internal::ToArgument(args)...};
    return ExecuteList(query, list.data(), list.size());
  }

  // Rows inserted, updated or deleted by the last Execute of such a statement.
  int64_t Changes() const;

  // Runs any number of statements from text, stopping at the first error. For migrations and tests
  // only: everything else uses reviewed constants.
  absl::Status ExecuteScript(std::string_view script);

  // True between BEGIN and COMMIT or ROLLBACK. SQLite itself ends a transaction on some errors.
  bool InTransaction() const;

  // Frames in the write-ahead log after the last commit of this connection (0 after it was
  // emptied).
  int64_t wal_frames() const { return wal_frames_; }

  // What a checkpoint achieved. Readers that still need the log are not an error: what they need is
  // left for the next one.
  struct CheckpointResult {
    int64_t log_frames = 0;    // frames in the log
    int64_t moved_frames = 0;  // of them, now in the database file
    bool complete = false;     // all that the mode asked for was done
  };
  enum class CheckpointMode {
    kMove,      // moves what no reader still needs
    kRestart,   // and sees to it that the next commit writes to the beginning of the log
    kTruncate,  // and empties the log file
  };
  // Moves the log into the database file, waiting for readers up to `wait`. Only the writer's
  // connection may do this (DESIGN, one writer). Outside a transaction only (asserted). Holds
  // SQLite's write lock meanwhile.
  absl::StatusOr<CheckpointResult> Checkpoint(CheckpointMode mode, absl::Duration wait);

  // Takes SQLite's write lock and checkpoint lock and keeps them until the connection is closed, so
  // that no other connection or process can write or checkpoint even between two transactions. For
  // the writer. Fails with DATABASE_BUSY when another connection has one of them.
  absl::Status HoldLocks();

  // While on, statements outside a transaction fail with TRANSACTION_LOST (Aborted) instead of
  // committing by themselves. The writer turns it on for its tasks: SQLite ends the transaction on
  // some errors, and a task that overlooked one must not go on writing piecemeal.
  void RequireTransaction(bool on) { transaction_required_ = on; }

  // SQLite's extended code of the last statement that failed on this connection, 0 for none yet.
  int last_error_code() const { return last_error_code_; }
  void ClearLastErrorCode() { last_error_code_ = 0; }

  // Tells `watcher` of every row that statements of this connection write; null: nobody. Not owned;
  // must outlive the connection or be taken off before. What writes goes through Execute then, not
  // through Run (asserted): only there is known whether it succeeded.
  void Watch(RowWatcher* watcher);
  // For RowChange: what it could not tell counts as an error of the statement.
  void NoteErrorCode(int code) { last_error_code_ = code; }

  // Keeps an object of a room above with the connection, at most one of each type: a cache that
  // whoever uses the connection finds again, and nobody else touches.
  template <class T>
  void Attach(std::unique_ptr<T> object) {
    attached_.emplace_back(&internal::kTypeKey<T>, std::shared_ptr<void>(std::move(object)));
  }
  // The one attached; null when there is none.
  template <class T>
  T* Attached() const {
    for (const auto& [key, object] : attached_) {
      if (key == &internal::kTypeKey<T>) return static_cast<T*>(object.get());
    }
    return nullptr;
  }

  const std::string& path() const { return path_; }
  bool read_only() const { return read_only_; }

  // The SQLite handle; for this room only (nobody else may include sqlite3.h).
  sqlite3* handle() const { return db_; }

 private:
  friend class ReadTransaction;
  friend class Rows;
  friend class StatementWatch;

  Connection(std::string path, const OpenOptions& options);
  absl::Status OpenHandle(const OpenOptions& options);
  absl::Status Configure(const OpenOptions& options);
  absl::Status ConfigureWrites(const OpenOptions& options);
  absl::Status CheckApplication(bool* is_new);
  absl::Status Pragma(const char* text);
  absl::Status FindInteger(const char* sql, int64_t* value);

  Rows RunList(const Query& query, const internal::Argument* args, size_t count);
  absl::Status ExecuteList(const Query& query, const internal::Argument* args, size_t count);
  absl::StatusOr<internal::Statement*> Acquire(const Query& query, size_t argument_count);
  // Begins the ReadTransaction that waits for its first statement.
  absl::Status BeginNow();
  absl::StatusOr<internal::Statement*> Prepare(const Query& query, uint32_t slot);
  // The named error of a failed call; remembers its code.
  absl::Status Failure(int code, std::string_view sql);

  std::string path_;
  bool read_only_;
  absl::Duration busy_timeout_;
  bool transaction_required_ = false;
  bool begin_due_ = false;  // a ReadTransaction begins with the next statement
  int last_error_code_ = 0;
  StatementWatch* watch_ = nullptr;
  RowWatcher* watcher_ = nullptr;
  sqlite3* db_ = nullptr;
  std::unique_ptr<internal::HeldLocks> held_locks_;
  int64_t wal_frames_ = 0;
  // By Query slot: the head of the chain of statements prepared for that query.
  std::vector<internal::Statement*> statements_;
  std::vector<std::unique_ptr<internal::Statement>> owned_;
  std::vector<std::pair<const void*, std::shared_ptr<void>>> attached_;
};

}  // namespace whence::sql
