#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sql/column_value.h"

namespace whence::sql {

namespace internal {
class Statement;
}  // namespace internal

// A forward cursor over the result of Connection::Run.
//
//   sql::Rows rows = connection.Run(kListChildren, parent_id);
//   while (rows.Next()) Use(rows.Int64(0), rows.Text(1));
//   WHENCE_RETURN_IF_ERROR(rows.status());
//
// Ownership: borrows a statement of its Connection and gives it back when the last row has been
// read or the cursor is destroyed, whichever is first; must not outlive the Connection. Errors are
// latched: after one, Next() returns false for good and status() tells why. A loop that ends must
// therefore look at status() once.
// Thread-safety: none; used on the thread that uses the Connection.
class Rows {
 public:
  Rows(Rows&& other) noexcept;
  Rows& operator=(Rows&&) = delete;
  Rows(const Rows&) = delete;
  ~Rows();

  // Moves to the next row. False at the end and on an error.
  bool Next();

  // OK while rows come and after the last one; otherwise the first error met (see errors in
  // connection.h; also DATABASE_CORRUPT when Uint32 finds a value outside its range).
  const absl::Status& status() const { return status_; }

  // Columns of the current row, numbered from 0. Only after Next() returned true (asserted), with
  // an existing column (asserted). On NULL they return 0, an empty view, or the epoch.
  int64_t Int64(int column);
  int Int(int column);          // out of range: latches DATABASE_CORRUPT, returns 0
  uint32_t Uint32(int column);  // out of range: latches DATABASE_CORRUPT, returns 0
  double Double(int column);
  bool Bool(int column);
  std::string_view Text(int column);  // valid until Next() or the end of the cursor
  std::string_view Blob(int column);  // valid until Next() or the end of the cursor
  absl::Time Time(int column);        // from microseconds since the epoch
  bool IsNull(int column);
  // Whatever it is; valid until Next() or the end of the cursor.
  ColumnValue Value(int column);

  // The same with NULL told apart.
  std::optional<int64_t> OptionalInt64(int column);
  std::optional<uint32_t> OptionalUint32(int column);
  std::optional<double> OptionalDouble(int column);
  std::optional<bool> OptionalBool(int column);
  std::optional<std::string_view> OptionalText(int column);
  std::optional<std::string_view> OptionalBlob(int column);
  std::optional<absl::Time> OptionalTime(int column);

  // Number of columns of the result; 0 when the statement could not be prepared.
  int column_count() const { return columns_; }

 private:
  friend class Connection;
  explicit Rows(internal::Statement* statement);
  explicit Rows(absl::Status error);

  void Fail(int code);
  void Release();
  void CheckColumn(int column) const;
  int64_t InRange(int column, int64_t low, int64_t high);

  internal::Statement* statement_ = nullptr;  // null when finished or failed
  int columns_ = 0;
  bool has_row_ = false;
  absl::Status status_;
};

}  // namespace whence::sql
