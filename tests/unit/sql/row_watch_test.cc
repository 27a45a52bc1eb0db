#include "sql/row_watch.h"

#include <catch2/catch.hpp>

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "scratch.h"
#include "sql/table_columns.h"
#include "writer_fixture.h"

namespace whence::sql::test {
namespace {

using Kind = ColumnValue::Kind;

constexpr Query kInsert{"INSERT INTO t (id, name, data, size) VALUES (?1, ?2, ?3, ?4)"};
constexpr Query kInsertMany{
    "INSERT INTO t (id, name, data, size) SELECT id + 10, name, data, size FROM t"};
constexpr Query kRename{"UPDATE t SET name = ?2 WHERE id = ?1"};
constexpr Query kRenumber{"UPDATE t SET id = id + 100"};
constexpr Query kDelete{"DELETE FROM t"};
constexpr Query kPut{
    "INSERT INTO t (id, name, data, size) VALUES (?1, ?2, NULL, NULL)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name"};
constexpr Query kInsertPair{"INSERT INTO pair (a, b, c) VALUES (?1, ?2, ?3)"};
constexpr Query kUpdatePair{"UPDATE pair SET c = ?1"};
constexpr Query kDeletePair{"DELETE FROM pair"};
constexpr Query kInsertChild{"INSERT INTO child (id, t_id) VALUES (?1, ?2)"};

std::string TextOf(const ColumnValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "NULL";
    case Kind::kInteger:
      return StrCat(value.integer);
    case Kind::kReal:
      return StrCat(value.real);
    case Kind::kText:
      return StrCat("'", value.bytes, "'");
    case Kind::kBlob:
      return StrCat("x", absl::BytesToHexString(std::string(value.bytes)));
  }
  return "?";
}

// Writes down what it is told: "t 1 'a' -> 1 'b'".
class Recorder : public RowWatcher {
 public:
  void RowChanged(RowChange& change) override {
    if (change.table() != "t" && change.table() != "pair" && change.table() != "child") return;
    const int columns = change.table() == "t" ? 4 : change.table() == "pair" ? 3 : 2;
    std::string line(change.table());
    for (int i = 0; change.has_old() && i < columns; ++i) {
      StrAppend(&line, " ", TextOf(change.Old(i)));
    }
    line += " ->";
    for (int i = 0; change.has_new() && i < columns; ++i) {
      StrAppend(&line, " ", TextOf(change.New(i)));
    }
    lines.push_back(line);
  }
  size_t Mark() const override { return lines.size(); }
  void Rewind(size_t mark) override { lines.resize(mark); }

  Lines Take() { return std::exchange(lines, {}); }
  Lines lines;
};

struct Watched {
  ScratchFolder folder;
  std::unique_ptr<Connection> connection = MustOpen(folder.File("a.db"));
  Recorder recorder;

  Watched() {
    REQUIRE(
        connection
            ->ExecuteScript("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB,"
                            " size REAL) STRICT;"
                            "CREATE INDEX t_by_size ON t (size);"
                            "CREATE TABLE pair (a INTEGER NOT NULL, b TEXT NOT NULL, c INTEGER,"
                            " PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;"
                            "CREATE TABLE child (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL"
                            " REFERENCES t (id)) STRICT;")
            .ok());
    connection->Watch(&recorder);
  }
};

TEST_CASE("every row that is inserted, updated or deleted is told, with its values") {
  Watched w;
  REQUIRE(w.connection->Execute(kInsert, 1, "a", Blob{std::string_view("\0\xff", 2)}, 0.5).ok());
  REQUIRE(w.connection->Execute(kInsert, 2, Null{}, Blob{""}, Null{}).ok());
  CHECK(w.recorder.Take() == Lines{"t -> 1 'a' x00ff 0.5", "t -> 2 NULL x NULL"});
  REQUIRE(w.connection->Execute(kRename, 1, "b").ok());
  CHECK(w.recorder.Take() == Lines{"t 1 'a' x00ff 0.5 -> 1 'b' x00ff 0.5"});
  REQUIRE(w.connection->Execute(kRename, 7, "b").ok());
  CHECK(w.recorder.Take().empty());
  REQUIRE(w.connection->Execute(kPut, 1, "c").ok());
  CHECK(w.recorder.Take() == Lines{"t 1 'b' x00ff 0.5 -> 1 'c' x00ff 0.5"});
  // Also a row that gets another key, and all of a table at once.
  REQUIRE(w.connection->Execute(kRenumber).ok());
  CHECK(w.recorder.Take() ==
        Lines{"t 1 'c' x00ff 0.5 -> 101 'c' x00ff 0.5", "t 2 NULL x NULL -> 102 NULL x NULL"});
  REQUIRE(w.connection->Execute(kDelete).ok());
  CHECK(w.recorder.Take() == Lines{"t 101 'c' x00ff 0.5 ->", "t 102 NULL x NULL ->"});
}

TEST_CASE("rows of a table without rowid are told as others are") {
  Watched w;
  REQUIRE(w.connection->Execute(kInsertPair, 1, "x", 5).ok());
  REQUIRE(w.connection->Execute(kInsertPair, 1, "y", Null{}).ok());
  CHECK(w.recorder.Take() == Lines{"pair -> 1 'x' 5", "pair -> 1 'y' NULL"});
  REQUIRE(w.connection->Execute(kUpdatePair, 6).ok());
  CHECK(w.recorder.Take() == Lines{"pair 1 'x' 5 -> 1 'x' 6", "pair 1 'y' NULL -> 1 'y' 6"});
  REQUIRE(w.connection->Execute(kDeletePair).ok());
  CHECK(w.recorder.Take() == Lines{"pair 1 'x' 6 ->", "pair 1 'y' 6 ->"});
}

TEST_CASE("a statement that fails half way leaves nothing told") {
  Watched w;
  REQUIRE(w.connection->Execute(kInsert, 1, "a", Null{}, Null{}).ok());
  REQUIRE(w.connection->Execute(kInsert, 2, Null{}, Null{}, Null{}).ok());
  w.recorder.Take();
  // The first row goes in, the second has a name that is there already.
  CHECK(Reason(w.connection->Execute(kInsertMany)) == "SQL_CONSTRAINT");
  CHECK(w.recorder.lines.empty());
  // Found at the statement's end, when the row is in.
  CHECK(Reason(w.connection->Execute(kInsertChild, 1, 99)) == "SQL_CONSTRAINT");
  CHECK(w.recorder.lines.empty());
  // What went well before stays.
  REQUIRE(w.connection->Execute(kInsertChild, 1, 1).ok());
  CHECK(Reason(w.connection->Execute(kInsertChild, 1, 1)) == "SQL_CONSTRAINT");
  CHECK(w.recorder.Take() == Lines{"child -> 1 1"});
}

TEST_CASE("who is taken off is told no more") {
  Watched w;
  w.connection->Watch(nullptr);
  REQUIRE(w.connection->Execute(kInsert, 1, "a", Null{}, Null{}).ok());
  CHECK(w.recorder.lines.empty());
}

TEST_CASE("columns are numbered as they were declared") {
  Watched w;
  CHECK(ColumnsOf(*w.connection, "t").value() == Lines{"id", "name", "data", "size"});
  REQUIRE(w.connection->ExecuteScript("ALTER TABLE t ADD COLUMN more TEXT").ok());
  CHECK(ColumnsOf(*w.connection, "t").value() == Lines{"id", "name", "data", "size", "more"});
  CHECK(ColumnsOf(*w.connection, "none").value().empty());
}

TEST_CASE("a row's values are read as what they are") {
  Watched w;
  static constexpr Query kAll{"SELECT id, name, data, size FROM t ORDER BY id"};
  REQUIRE(w.connection->Execute(kInsert, 1, "a", Blob{"\x01"}, 2.5).ok());
  REQUIRE(w.connection->Execute(kInsert, 2, Null{}, Null{}, Null{}).ok());
  std::string text;
  Rows rows = w.connection->Run(kAll);
  while (rows.Next()) {
    for (int i = 0; i < 4; ++i) StrAppend(&text, TextOf(rows.Value(i)), " ");
  }
  CHECK(text == "1 'a' x01 2.5 2 NULL NULL NULL ");
}

}  // namespace
}  // namespace whence::sql::test
