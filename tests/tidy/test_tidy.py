#!/usr/bin/env python3
"""Proves that each rule of tidy bites, and that what is in order passes."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import database  # pylint: disable=wrong-import-position
import documents  # pylint: disable=wrong-import-position
import tidy  # pylint: disable=wrong-import-position


def body(lines):
    return "".join(f"  Step({i});\n" for i in range(lines))


class Tree(unittest.TestCase):
    """Writes a small tree and asks tidy what it thinks of it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def findings(self, **files):
        for path, text in files.items():
            self.write(path, text)
        return [(f.path, f.line, f.rule) for f in tidy.check(self.root)]

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".h") and "#pragma once" not in text:
            text += "\n#pragma once\n"
        file.write_text(text, encoding="utf-8")

    def include(self, path, target):
        """The rules that one include in one file breaks."""
        self.write(path, f'#include "{target}"\n')
        rules = [f.rule for f in tidy.check(self.root) if f.path == path]
        (self.root / path).unlink()
        return rules


class Arrows(Tree):
    def test_each_room_includes_only_what_is_below(self):
        order = ["base", "sql", "ledger", "catalog", "lineage", "inference", "service"]
        for low, lower in enumerate(order):
            for higher in order[low + 1:]:
                self.assertEqual(self.include(f"server/{lower}/a.cc", f"{higher}/x.h"), ["arrow"], (lower, higher))
                self.assertEqual(self.include(f"server/{higher}/a.cc", f"{lower}/x.h"), [], (higher, lower))
            self.assertEqual(self.include(f"server/{lower}/a.cc", f"{lower}/x.h"), [])

    def test_lineage_does_not_know_access(self):
        self.assertEqual(self.include("server/access/a.cc", "lineage/graph.h"), [])
        self.assertEqual(self.include("server/lineage/a.cc", "access/grant.h"), ["arrow"])
        self.assertEqual(self.include("server/inference/a.cc", "access/grant.h"), [])

    def test_doors_do_not_know_each_other(self):
        self.write("server/http/listener.h", "")
        self.write("server/grpc/server.h", "")
        self.assertEqual(self.include("server/grpc/a.cc", "http/listener.h"), ["arrow"])
        self.assertEqual(self.include("server/http/a.cc", "grpc/server.h"), ["arrow"])
        self.assertEqual(self.include("server/service/a.cc", "grpc/server.h"), ["arrow"])
        self.assertEqual(self.include("server/main.cc", "grpc/server.h"), [])

    def test_client_knows_no_room(self):
        self.assertEqual(self.include("client/include/whence/a.h", "base/clock.h"), ["arrow"])
        self.assertEqual(self.include("client/src/a.cc", "base/clock.h"), ["arrow"])
        self.assertEqual(self.include("client/cli/a.cc", "base/clock.h"), [])
        self.assertEqual(self.include("client/cli/why/a.cc", "catalog/asset.h"), ["arrow"])
        self.assertEqual(self.include("examples/quickstart/main.cc", "base/clock.h"), ["arrow"])

    def test_tests_and_benchmarks_see_all(self):
        self.assertEqual(self.include("tests/unit/base/a.cc", "service/house.h"), [])
        self.assertEqual(self.include("bench/walk.cc", "lineage/graph.h"), [])

    def test_migrations_come_from_main(self):
        self.assertEqual(self.include("server/sql/a.cc", "migrations/embedded.h"), ["arrow"])
        self.assertEqual(self.include("server/main.cc", "migrations/embedded.h"), [])

    def test_angle_brackets_are_no_way_round(self):
        self.assertEqual(self.findings(**{"server/base/a.cc": "#  include <sql/query.h>\n"}),
                         [("server/base/a.cc", 1, "arrow")])


class Libraries(Tree):
    def test_grpc_stays_in_its_rooms(self):
        for header in ("grpcpp/grpcpp.h", "grpc/grpc.h", "whence/v1/catalog.grpc.pb.h"):
            for place in ("server/service/a.cc", "server/main.cc", "client/include/whence/a.h", "examples/x/a.cc"):
                self.assertEqual(self.include(place, header), ["library"], (place, header))
            for place in ("server/grpc/a.cc", "client/src/a.cc", "client/cli/rpc/a.cc", "tests/a.cc", "bench/a.cc"):
                self.assertEqual(self.include(place, header), [], (place, header))

    def test_sqlite_stays_in_sql(self):
        self.assertEqual(self.include("server/catalog/a.cc", "sqlite3.h"), ["library"])
        self.assertEqual(self.include("server/sql/a.cc", "sqlite3.h"), [])

    def test_boost_stays_in_http(self):
        self.assertEqual(self.include("server/grpc/a.cc", "boost/beast/core.hpp"), ["library"])
        self.assertEqual(self.include("server/http/a.cc", "boost/beast/core.hpp"), [])

    def test_messages_begin_in_service(self):
        for header in ("whence/v1/common.pb.h", "google/protobuf/message.h"):
            self.assertEqual(self.include("server/inference/a.cc", header), ["library"])
            self.assertEqual(self.include("client/include/whence/a.h", header), ["library"])
            self.assertEqual(self.include("server/service/a.cc", header), [])


class Includes(Tree):
    def test_no_way_up(self):
        self.assertEqual(self.include("server/base/a.cc", "../sql/query.h"), ["include"])

    def test_from_the_root(self):
        self.write("server/base/clock.h", "")
        self.assertEqual(self.include("server/base/a.cc", "clock.h"), ["include"])
        self.assertEqual(self.include("server/base/a.cc", "base/clock.h"), [])

    def test_hides_no_header_of_grpc(self):
        self.assertEqual(self.findings(**{"server/grpc/status.h": ""}), [("server/grpc/status.h", 1, "include")])


class Sizes(Tree):
    def one(self, text):
        return self.findings(**{"server/base/a.cc": text})

    def test_function(self):
        self.assertEqual(self.one("int F() {\n" + body(68) + "}\n"), [])
        self.assertEqual(self.one("int F() {\n" + body(69) + "}\n"), [("server/base/a.cc", 1, "function")])

    def test_signature_counts(self):
        self.assertEqual(self.one("\nint F(int a,\n      int b) {\n" + body(68) + "}\n"),
                         [("server/base/a.cc", 2, "function")])

    def test_file(self):
        self.assertEqual(self.one("int x;\n" * 800), [])
        self.assertEqual(self.one("int x;\n" * 801), [("server/base/a.cc", 801, "file")])

    def test_width(self):
        self.assertEqual(self.one("// " + "é" * 97 + "\n"), [])
        self.assertEqual(self.one("\n// " + "a" * 98 + "\n"), [("server/base/a.cc", 2, "width")])
        self.assertEqual(self.one("// https://example.com/" + "a" * 98 + "\n"), [])

    def test_mark(self):
        for mark in ("TO" + "DO", "FIX" + "ME", "X" + "XX"):
            self.assertEqual(self.one(f"// {mark}: later\n"), [("server/base/a.cc", 1, "mark")])
            self.assertEqual(self.findings(**{"migrations/0001_a.sql": f"-- {mark}\n", "server/base/a.cc": ""}),
                             [("migrations/0001_a.sql", 1, "mark")])
            (self.root / "migrations/0001_a.sql").unlink()
        self.assertEqual(self.one("mktemp XX" + "XXXX\n"), [])

    def test_lock(self):
        self.assertEqual(self.one("\nabsl::Mutex mutex;\n"), [("server/base/a.cc", 2, "lock")])
        self.assertEqual(self.one("// absl::Mutex\nstd::mutex mutex;\n"), [])

    def test_guard(self):
        (self.root / "server/base").mkdir(parents=True)
        (self.root / "server/base/a.h").write_text("int x;\n", encoding="utf-8")
        self.assertEqual(self.findings(), [("server/base/a.h", 1, "guard")])


class Reasons(Tree):
    """docs/errors.md against code and contract."""

    ROW = "| `{}` | {} | when | what |\n"

    def setUp(self):
        super().setUp()
        self.write("tests/unit/a_test.cc", "A_B A_C NAME_BAD")  # what tests name is another matter

    def document(self, *rows):
        self.write("docs/errors.md", "# Errors\n\n| reason | status code | when | what |\n|---|---|---|---|\n" +
                   "".join(self.ROW.format(*row) for row in rows))

    def code(self, text, path="server/base/a.cc"):
        self.write(path, text)
        return self.findings()

    def test_a_reason_must_be_listed(self):
        given = 'return InvalidArgument(\n    "NAME_BAD", "name", "is bad");\n'
        self.assertEqual(self.code(given), [("server/base/a.cc", 2, "reason")])
        self.document(("NAME_BAD", "INVALID_ARGUMENT"))
        self.assertEqual(self.findings(), [])

    def test_in_the_client_as_well(self):
        self.assertEqual(self.code('return MakeError(kCode, "text",\n "FILE_BAD");\n', "client/src/a.cc"),
                         [("client/src/a.cc", 2, "reason")])

    def test_however_it_is_given(self):
        for given in ('detail.reason = "A_B";', 'constexpr char kReason[] = "A_B";', '{.reason = "A_B", .field = {}}',
                      'return depth == 1 ? "A_B" : kOther;', 'return NotFound(a ? "A_B" : b, "x");'):
            self.assertEqual(self.code(given), [("server/base/a.cc", 1, "reason")], given)
        self.assertEqual(self.code('return Internal("BUG", "x");'), [("server/base/a.cc", 1, "reason")])

    def test_a_listed_one_must_be_given(self):
        self.document(("NAME_BAD", "INVALID_ARGUMENT"))
        self.assertEqual(self.findings(), [("docs/errors.md", 5, "reason")])
        for not_given in ('if (reason == "NAME_BAD") {}', '// "NAME_BAD"', '/* "NAME_BAD" */',
                          'Environment("NAME_BAD")', 'environment.Get("NAME_BAD")', 'R"(NAME_BAD)"'):
            self.assertEqual(self.code(not_given), [("docs/errors.md", 5, "reason")], not_given)

    def test_other_words_are_no_reasons(self):
        self.assertEqual(self.code('A("WHENCE_SERVER"); B("NOT_SERVING"); C("_NOT_FOUND"); D("TABLE"); E("a B_C");'), [])

    def test_values_of_the_contract_are_no_reasons(self):
        self.write("proto/whence/v1/a.proto", "// Why.\nenum Kind {\n  // Rows.\n  KIND_TABLE = 1;\n}\n")
        self.assertEqual(self.code('A("KIND_TABLE");'), [])
        self.assertEqual(self.code('A("KIND_TABEL");'), [("server/base/a.cc", 1, "reason")])

    def test_its_code_must_be_listed(self):
        self.document(("A_B", "NOT_FOUND"))
        self.assertEqual(self.code('Aborted("A_B", "x");'), [("server/base/a.cc", 1, "reason")])
        self.document(("A_B", "NOT_FOUND, ABORTED"))
        self.assertEqual(self.findings(), [])

    def test_rows_are_whole_and_in_order(self):
        self.code('F("A_B"); G("A_C");')
        self.document(("A_C", "ABORTED"), ("A_B", "ABORTED"))
        self.assertEqual(self.findings(), [("docs/errors.md", 6, "reason")])
        self.document(("A_B", "ABORTED"), ("A_B", "ABORTED"), ("A_C", "ABORTED"))
        self.assertEqual(self.findings(), [("docs/errors.md", 6, "reason")])
        self.document(("A_B", "BROKEN"), ("A_C", "ABORTED"))
        self.assertEqual(self.findings(), [("docs/errors.md", 5, "reason")])
        self.write("docs/errors.md", self.ROW.format("A_B", "ABORTED") + "| `A_C` | ABORTED | when |\n")
        self.assertEqual(self.findings(), [("docs/errors.md", 2, "reason"), ("server/base/a.cc", 1, "reason")])

    def test_sections_are_each_in_order(self):
        self.code('F("A_B"); G("A_C");')
        self.write("docs/errors.md", self.ROW.format("A_C", "ABORTED") + "## More\n" + self.ROW.format("A_B", "ABORTED"))
        self.assertEqual(self.findings(), [])

    def test_the_contract_names_no_other(self):
        self.code('F("A_B");')
        self.document(("A_B", "ABORTED"))
        self.write("proto/whence/v1/a.proto", "// ABORTED (A_B), KIND_TABLE.\nenum Kind {\n  // Rows.\n  KIND_TABLE = 1;\n}\n")
        self.assertEqual(self.findings(), [])
        self.write("proto/whence/v1/a.proto", "\n// ABORTED (A_C).\n")
        self.assertEqual(self.findings(), [("proto/whence/v1/a.proto", 2, "reason")])


class Tested(Tree):
    """Every reason is brought about by a test."""

    def setUp(self):
        super().setUp()
        self.write("docs/errors.md", Reasons.ROW.format("A_B", "ABORTED"))
        self.write("server/base/a.cc", 'Aborted("A_B", "x");')

    def test_a_test_must_name_it(self):
        bites = [("docs/errors.md", 1, "tested")]
        self.assertEqual(self.findings(), bites)
        self.write("tests/unit/a_test.cc", "CHECK(A_B_C + XA_B);")
        self.write("tests/tidy/test_tidy.py", "A_B")
        self.write("tests/acceptance/a/script", "A_B")
        self.assertEqual(self.findings(), bites)

    def test_any_test_may(self):
        for path in ("tests/unit/a_test.cc", "tests/fault/a.h", "tests/scripts/test_a.py", "tests/acceptance/a/output"):
            self.write(path, "(ABORTED, A_B)")
            self.assertEqual(self.findings(), [], path)
            (self.root / path).unlink()

    def test_what_cannot_be_reached_says_why(self):
        listed = {"A_B": "the moon would have to fall"}
        self.assertEqual(list(documents.check_tested(self.root, listed)), [])
        self.write("tests/unit/a_test.cc", "A_B")
        self.assertEqual([line for _, line, _ in documents.check_tested(self.root, listed)], [1])
        self.assertTrue(all(len(why) > 20 for why in documents.UNREACHED.values()))


class Comments(Tree):
    """Everything in the contract has a comment."""

    def proto(self, text):
        self.write("proto/whence/v1/a.proto", text)
        return [line for path, line, rule in self.findings() if rule == "comment"]

    def test_what_is_declared_has_one(self):
        for declared in ("string a = 1;", "repeated string a = 1;", "optional int64 a_b = 12;", "A_B = 0;", "A = -1;",
                         "map<string, int32> a = 3;", "whence.v1.Kind kind = 4 [deprecated = true];", "message A {",
                         "enum A {", "service A {", "rpc Get(A)\n      returns (B);", "oneof a {",
                         "string a =\n      1;"):
            self.assertEqual(self.proto(f"\n  {declared}\n"), [2], declared)
            self.assertEqual(self.proto(f"// Why.\n  {declared}\n"), [], declared)
        self.assertEqual(self.proto("  string a = 1;  // Why.\n"), [])
        self.assertEqual(self.proto("// Why.\nstring a = 1;\nstring b = 2;\n// Why.\n\nstring c = 3;\n"), [3, 6])

    def test_what_declares_nothing_needs_none(self):
        self.assertEqual(self.proto('syntax = "proto3";\npackage a;\nimport "b.proto";\nreserved 3;\n}\n'
                                    "// string a = 1;\n"), [])

    def test_stored_messages_too_others_not(self):
        self.write("proto/google/rpc/a.proto", "string a = 1;\n")
        self.assertEqual(self.findings(), [])
        self.write("proto/whence/storage/v1/a.proto", "string a = 1;\n")
        self.assertEqual(self.findings(), [("proto/whence/storage/v1/a.proto", 1, "comment")])


class Database(Tree):
    """What SQL may be, and where."""

    def rules(self, path, text):
        self.write(path, text)
        found = [(f.line, f.rule) for f in tidy.check(self.root) if f.path == path]
        (self.root / path).unlink()
        return found

    def test_tables_are_strict(self):
        for good in ("CREATE TABLE a (b TEXT) STRICT;", "CREATE TABLE a (b TEXT CHECK (b <> ';')) STRICT, WITHOUT ROWID;",
                     "CREATE VIRTUAL TABLE a USING fts5 (b);", "-- CREATE TABLE a (b);\nCREATE INDEX a ON b (c);"):
            good = good.replace("';'", "''")
            self.assertEqual(self.rules("migrations/0001_a.sql", good), [], good)
        for bad in ("CREATE TABLE a (b TEXT);", "create table if not exists a (b TEXT) WITHOUT ROWID;",
                    "CREATE TABLE a (strict TEXT);", "CREATE TABLE a (b TEXT); -- STRICT"):
            self.assertEqual(self.rules("migrations/0001_a.sql", "\n" + bad), [(2, "strict")], bad)
        self.assertEqual(self.rules("server/sql/a.cc", 'constexpr Query kA{R"(\nCREATE TABLE a (b TEXT))"};'),
                         [(2, "strict")])

    def test_what_only_sqlite_has_stays_in_sql(self):
        for text in ("SELECT * FROM a", "SELECT DISTINCT * FROM a", "SELECT a.* FROM a", "PRAGMA user_version",
                     "SELECT rowid FROM a", "SELECT _rowid_ FROM a", "INSERT OR IGNORE INTO a VALUES (1)",
                     "UPDATE OR REPLACE a SET b = 1", "REPLACE INTO a VALUES (1)", "SELECT b FROM a WHERE b GLOB ?1",
                     "SELECT json_extract(b, '$.c') FROM a"):
            self.assertEqual(self.rules("server/catalog/a.cc", f'constexpr sql::Query kA{{\n"{text}"}};'), [(2, "sql")],
                             text)
            self.assertEqual(self.rules("server/sql/a.cc", f'constexpr Query kA{{"{text}"}};'), [], text)
        # What another engine is given is not read by ours.
        glob = 'constexpr char kA[] = "substr(a, 1) GLOB \'[A-Z]\'";'
        self.assertEqual(self.rules("server/access/sql_mask.cc", glob), [])
        self.assertEqual(self.rules("server/access/mask.cc", glob), [(1, "sql")])
        for text in ("SELECT count(*) FROM a", "SELECT b * c FROM a", "SELECT row_id, arrowid FROM a", "insert or die",
                     "INSERT INTO a (b) VALUES (?1) ON CONFLICT DO NOTHING"):
            self.assertEqual(self.rules("server/catalog/a.cc", f'constexpr sql::Query kA{{"{text}"}};'), [], text)

    def test_strings_in_halves_are_one(self):
        for text in ('"INSERT"\n    " OR IGNORE INTO a"', '"SELECT "  // all\n    "* FROM a"', '"SELECT "\nR"(*)"'):
            self.assertEqual(self.rules("server/catalog/a.cc", f"A({text});"), [(1, "sql")], text)
        self.assertEqual(self.rules("server/catalog/a.cc", 'A("SELECT ", "* FROM a"); // "PRAGMA"'), [])

    def test_queries_are_constants(self):
        for good in ('constexpr sql::Query kA{"SELECT 1"};', 'static constexpr sql::Query kA{"SELECT 1"};',
                     "void F(const sql::Query& query);", "const sql::Query* const kAll[] = {};", "// sql::Query a"):
            self.assertEqual(self.rules("server/catalog/a.cc", good), [], good)
        for bad in ("const sql::Query kA{Text()};", "sql::Query a(text.c_str());", "Run(sql::Query{text});",
                    "std::optional<sql::Query> a;"):
            self.assertEqual(self.rules("server/catalog/a.cc", "\n" + bad), [(2, "query")], bad)
        self.assertEqual(self.rules("server/sql/a.cc", "static const Query kA{Text()};"), [(1, "query")])
        self.assertEqual(self.rules("server/sql/a.h", "class Query {\n  explicit constexpr Query(const char* text);\n};"),
                         [])

    def test_walks_know_no_sql(self):
        for path in ("server/lineage/walk.cc", "server/lineage/walk_paths.h", "server/lineage/graph_store.cc",
                     "server/lineage/answer.cc", "server/lineage/epoch.h"):
            self.assertEqual(self.rules(path, '\n#include "sql/connection.h"\n'), [(2, "memory")], path)
            self.assertEqual(self.rules(path, '#include "base/limits.h"\n'), [], path)
        for path in ("server/lineage/load.cc", "server/lineage/describe.cc", "server/service/walk.cc"):
            self.assertEqual(self.rules(path, '#include "sql/connection.h"\n'), [], path)

    def test_exceptions_are_taken_off_when_they_are_none_any_more(self):
        for path, why in database.SPEAKS_OF_SQL.items():
            self.assertEqual(self.rules(path, '#include "sql/writer.h"\n'), [], path)
            self.assertEqual(self.rules(path, '#include "base/limits.h"\n'), [(1, "memory")], path)
            self.assertGreater(len(why), 20)


class Limits(Tree):
    def test_every_bound_is_named_by_a_test(self):
        self.write("server/base/limits.h", "// Why.\ninline constexpr size_t kMaxNameBytes = 255;\n"
                   "inline constexpr absl::Duration kRetention = 1;\ninline constexpr int32_t kDefaultSize = 5;\n")
        self.write("server/base/a.cc", "kMaxNameBytes kDefaultSize")
        bites = [("server/base/limits.h", line, "limit") for line in (2, 3, 4)]
        self.assertEqual(self.findings(), bites)
        self.write("tests/unit/a_test.cc", "CHECK(kMaxNameBytesToo + kDefaultSize1 + akRetention);")
        self.assertEqual(self.findings(), bites)
        self.write("tests/unit/a_test.cc", "// kMaxNameBytes\nCHECK(1);  /* kRetention */ F(\"kDefaultSize\");")
        self.assertEqual(self.findings(), bites)
        self.write("tests/unit/a_test.cc", "CHECK(kMaxNameBytes + kDefaultSize); Wait(kRetention);")
        self.assertEqual(self.findings(), [])

    def test_bounds_stand_in_one_place(self):
        for bound in ("constexpr size_t kMaxNames = 3;", "static constexpr absl::Duration kMinWait = 1;",
                      "inline constexpr int64_t kMaxA = 1;", "  constexpr std::array<int, 3> kMinA = {};"):
            self.write("server/access/a.cc", "\n" + bound)
            self.assertEqual(self.findings(), [("server/access/a.cc", 2, "bound")], bound)
        for other in ("constexpr size_t kNames = 3;", "// constexpr size_t kMaxNames = 3;", "size_t n = kMaxNames;",
                      "constexpr bool kMaximal = true;"):
            self.write("server/access/a.cc", other)
            self.assertEqual(self.findings(), [], other)
        self.write("tests/unit/a_test.cc", "constexpr size_t kMaxNames = 3;")
        self.assertEqual(self.findings(), [])

    def test_exceptions_are_taken_off_when_they_are_none_any_more(self):
        own = {("server/access/a.cc", "kMaxNames"): "as the format has it"}
        self.write("server/access/a.cc", "constexpr size_t kMaxNames = 3;")
        self.assertEqual(list(documents.check_own_bounds(self.root, own)), [])
        self.write("server/access/a.cc", "")
        self.assertEqual([line for _, line, _ in documents.check_own_bounds(self.root, own)], [1])
        self.assertTrue(all(len(why) > 15 for why in documents.OWN_BOUNDS.values()))


class Comparisons(Tree):
    """What is secret is compared in constant time."""

    def lines(self, text, path="server/access/a.cc"):
        self.write(path, text)
        found = [line for where, line, rule in self.findings() if (where, rule) == (path, "secret")]
        (self.root / path).unlink()
        return found

    def test_secrets_are_not_compared_as_texts_are(self):
        for bad in ("if (digest == wanted) {", "return a.secret != b;", "x = info->bearer == text;", "if (seal != Seal()) {",
                    "return token_digest_ == d;", "found = text == token.secret;", "std::memcmp(a, b, n)", "memcmp (a, b)",
                    "absl::flat_hash_map<Digest, int> map_;", "std::map<Digest, int>"):
            self.assertEqual(self.lines("\n" + bad), [2], bad)
            self.assertEqual(self.lines("\n" + bad, "server/service/paging.cc"), [2], bad)
            self.assertEqual(self.lines("\n" + bad, "server/catalog/a.cc"), [], bad)
        for good in ("EqualInConstantTime(digest, wanted)", "if (bytes.size() == digest.size()) {", "digest = wanted;",
                     "// digest == wanted", "F(\"secret == x\")", "if (x == digests.end()) {", "CRYPTO_memcmp(a, b, n)",
                     "CowMap<Digest, int, DigestHash, DigestEqual> tokens;", "if (who.token == 0) {",
                     "if (a == secret.empty()) {"):
            self.assertEqual(self.lines(good), [], good)

    def test_the_comparison_is_what_it_says(self):
        self.assertEqual(self.lines("bool EqualInConstantTime() { return a == b; }", "server/base/digest.cc"), [1])
        self.assertEqual(self.lines("return CRYPTO_memcmp(a, b, n) == 0;", "server/base/digest.cc"), [])
        by = "bool DigestEqual::operator()(A a, A b) const {{\n  const auto t = [] {{ return 1; }};\n  return {};\n}}\n"
        self.assertEqual(self.lines(by.format("a == b"), "server/access/index_edit.cc"), [1])
        self.assertEqual(self.lines(by.format("EqualInConstantTime(a, b)"), "server/access/index_edit.cc"), [])


class Functions(unittest.TestCase):
    """What the reader of braces takes for a function."""

    def lines(self, text):
        return tidy.functions_of(text)

    def test_plain_forms(self):
        for text in ("int F() {\n}\n", "int C::F() const noexcept {\n}\n", "TEST_CASE(\"a { b\") {\n}\n",
                     "bool operator==(A a, B b) {\n}\n", "A& A::operator=(A&& a) {\n}\n",
                     "auto F() -> std::vector<int> {\n}\n", "struct X F() {\n}\n",
                     "void F(std::vector<int> a = {}) {\n}\n", "void F(T a) requires(kFits) {\n}\n",
                     "C::C(int a) : a_{a}, b_(a), c_{} {\n}\n", "C::C() : Base<int>{1} {\n}\n",
                     "auto f = [](int a) {\n};\n", "const auto kF = [&] {\n};\n",
                     "extern \"C\" int F(const char* a) {\n}\n",
                     "template <class T, int n = (1 < 2)> requires std::integral<T> T F(T a) {\n}\n"):
            self.assertEqual(self.lines(text), [(1, 2)], text)

    def test_not_functions(self):
        for text in ("namespace a::b {\n}\n", "struct A {\n  int x{};\n};\n", "enum class A : int {\n  kB\n};\n",
                     "constexpr int kA[] = {\n  F(1),\n};\n", "class [[nodiscard]] A final : public B<int()> {\n};\n",
                     "template <typename T>\nconcept C = requires(T a) {\n  a.F();\n};\n",
                     "const std::map<int, F> kA = {\n  {1, F()},\n};\n", "union A {\n};\n"):
            self.assertEqual(self.lines(text), [], text)

    def test_inside_scopes(self):
        text = "namespace a {\nclass B {\n public:\n  B() : x_{1} {}\n  int F() {\n    if (x) {\n    }\n  }\n\n private:\n" \
               "  int x_{};\n};\n}\nint G() {\n}\n"
        self.assertEqual(self.lines(text), [(4, 4), (5, 8), (14, 15)])

    def test_text_is_not_code(self):
        text = "int F() {\n  // }\n  /* } */\n  A('}', \"}\", '\\'', \"\\\"}\");\n  B(R\"sql(\n } \" )\n)sql\");\n" \
               "#if A\n#define X }\n#endif\n  int n = 1'000'000;\n}\n"
        self.assertEqual(self.lines(text), [(1, 12)])

    def test_class_with_a_long_body_is_not_a_function(self):
        text = "class A {\n" + "  int F() { return 1; }\n" * 100 + "};\n"
        self.assertEqual(len(self.lines(text)), 100)

    def test_switches_of_the_preprocessor_do_not_unbalance(self):
        text = "#define BEGIN {\nint F() {\n}\n"
        self.assertEqual(self.lines(text), [(2, 3)])


class ThisTree(unittest.TestCase):
    def test_queries_and_walks_are_found_at_all(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        files = [file for file in (root / "server").rglob("*.cc") if "sql" not in file.parts]
        sources = [file.read_text(encoding="utf-8") for file in files]
        texts = [text for source in sources for _, text in database.texts_of(source)]
        queries = sum(source.count("constexpr sql::Query ") for source in sources)
        self.assertGreater(queries, 50)
        self.assertGreaterEqual(sum(text.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
                                    for text in texts), queries * 9 // 10)
        walks = [file for file in files if database.IN_MEMORY.match(file.relative_to(root).as_posix())]
        self.assertGreater(len(walks), 8)

    def test_functions_are_found_at_all(self):
        """A reader of braces that finds nothing would let everything pass."""
        root = pathlib.Path(__file__).resolve().parents[2]
        sources = list((root / "server").rglob("*.cc"))
        found = sum(len(tidy.functions_of(s.read_text(encoding="utf-8"))) for s in sources)
        self.assertGreaterEqual(found, 2 * len(sources))


if __name__ == "__main__":
    unittest.main()
