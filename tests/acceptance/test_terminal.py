#!/usr/bin/env python3
"""What the command shows on a terminal: progress bars, colours, the width of the window."""

import re
import unicodedata
import unittest

import world

BAR = re.compile(r"\[#*-*\] +\d+%  ")
WIPE = "\r\x1b[K"
# One asset from a long way off: its tree is wider than a narrow window.
LINEAGE = """{"catalog": {"name": "prod"}}
{"schema": {"name": "prod.a_schema_with_a_long_name"}}
{"asset": {"name": "prod.a_schema_with_a_long_name.users", "kind": "KIND_TABLE"}}
{"asset": {"name": "prod.a_schema_with_a_long_name.contacts", "kind": "KIND_TABLE"}}
{"run": {"id": "8f41c2e7-1111-4222-8333-444455556666", "job": "prod.a_schema_with_a_long_name.build", "reads": [{"reference": "prod.a_schema_with_a_long_name.users"}], "writes": [{"reference": "prod.a_schema_with_a_long_name.contacts"}], "start_time": "2026-03-01T09:00:00Z", "end_time": "2026-03-01T09:00:07Z"}}
"""
CONTACTS = "prod.a_schema_with_a_long_name.contacts"


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Bars(world.Case):
    def terminal(self, *words, **more):
        env = {**self.env, "TERM": more.pop("term", "xterm")}
        return world.Terminal(["whence", *words], env, self.folder, **more).end()

    def check_bar(self, said, code, last):
        self.assertEqual(code, 0, said)
        self.assertRegex(said, BAR)
        # Each picture of it begins by wiping the one before; the last is wiped before the message.
        for bar in BAR.finditer(said):
            self.assertEqual(said[:bar.start()][-len(WIPE):], WIPE)
        shown, message = said.rsplit(WIPE, 1)
        self.assertNotIn("\n", shown)
        self.assertTrue(message.startswith(last), said)
        self.assertEqual(message.count("\n"), 1)

    def test_backup(self):
        said, code = self.terminal("admin", "backup", "copy.db")
        self.check_bar(said, code, "backed up to copy.db (")
        self.assertIn("KiB", said)
        self.assertTrue((self.folder / "copy.db").stat().st_size > 0)

    def test_import(self):
        self.write("data.jsonl", LINEAGE)
        said, code = self.terminal("import", "data.jsonl")
        self.check_bar(said, code, "imported 5 records (")
        self.assertRegex(said, r"\d lines?  [\d,]+/s")

    def test_a_refused_line_takes_the_bar_away_first(self):
        self.write("data.jsonl", LINEAGE + "nonsense\n")
        said, code = self.terminal("import", "data.jsonl")
        self.assertEqual(code, 1)
        self.assertRegex(said, BAR)
        for line in world.without_colours(said).split("\n"):
            if "data.jsonl:6" in line:
                self.assertTrue(line.rsplit(WIPE, 1)[-1].startswith("data.jsonl:6: error: not JSON"), said)
                break
        else:
            self.fail(said)
        self.assertIn("\x1b[", said.split("data.jsonl:6: ")[1].split("error:")[0])  # the word is red

    def test_data_does_not_go_where_the_bar_goes(self):
        self.write("data.jsonl", LINEAGE)
        self.whence("import", "data.jsonl", "-q")
        said, code = self.terminal("export", out_is_terminal=False)
        self.assertEqual(code, 0)
        self.assertNotIn("catalog", said)
        self.assertTrue(said.rsplit(WIPE, 1)[-1].startswith("exported 8 records"), said)

    def test_quiet_is_quiet(self):
        self.write("data.jsonl", LINEAGE)
        self.assertEqual(self.terminal("import", "data.jsonl", "-q"), ("", 0))
        self.assertEqual(self.terminal("admin", "backup", "copy.db", "--quiet"), ("", 0))
        self.write("bad.jsonl", "nonsense\n")
        said, code = self.terminal("import", "bad.jsonl", "-q")
        self.assertEqual(code, 1)
        self.assertTrue(world.without_colours(said).startswith("bad.jsonl:1: error: not JSON"), said)
        self.assertNotIn(WIPE, said)

    def test_no_bar_without_a_terminal(self):
        self.write("data.jsonl", LINEAGE)
        done = self.whence("import", "data.jsonl")
        self.assertTrue(done.stderr.startswith("imported 5 records"))
        self.assertEqual(done.stdout, "")
        self.assertNotIn("\x1b", self.whence("admin", "backup", "copy.db").stderr)
        said, _ = self.terminal("import", "data.jsonl", term="dumb")  # cannot wipe a line
        self.assertNotIn("\x1b", said)
        self.assertTrue(said.startswith("imported 5 records"), said)


class Colours(world.Case):
    def setUp(self):
        super().setUp()
        self.write("data.jsonl", LINEAGE)
        self.whence("import", "data.jsonl", "-q")

    def why(self, columns=100, *more, **variables):
        terminal = world.Terminal(["whence", "why", CONTACTS, *more], {**self.env, "TERM": "xterm", **variables},
                                  self.folder, columns)
        said, code = terminal.end()
        self.assertEqual(code, 0, said)
        return said

    def test_colours_only_change_what_is_not_seen(self):
        said = self.why()
        self.assertIn("\x1b[", said)
        # Each colour ends on the line it began on.
        for line in said.split("\n"):
            codes = re.findall(r"\x1b\[([0-9;]*)m", line)
            self.assertTrue(not codes or codes[-1] in ("", "0"), repr(line))
        plain = self.whence("why", CONTACTS).stdout
        self.assertNotIn("\x1b", plain)
        self.assertEqual(self.why(100, NO_COLOR="1"), world.without_colours(said))
        self.assertIn("prod.a_schema_with_a_long_name.users", plain)

    def test_who_does_not_want_colours_gets_none(self):
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with self.subTest(variables):
                said = self.why(100, **variables)
                self.assertNotIn("\x1b", said)
                self.assertIn("prod.a_schema_with_a_long_name.users", said)
        self.assertIn("\x1b[", self.why(100, NO_COLOR=""))  # empty is as not set: no-color.org

    def test_a_narrow_window_is_kept(self):
        wide = world.without_colours(self.why(200))
        self.assertTrue(any(width(line) > 60 for line in wide.split("\n")), wide)
        for columns in (60, 80):
            for line in world.without_colours(self.why(columns)).split("\n"):
                self.assertLessEqual(width(line), columns, line)

    def test_errors_are_red_on_a_terminal_alone(self):
        terminal = world.Terminal(["whence", "why", "prod.a.nothing"], {**self.env, "TERM": "xterm"}, self.folder)
        said, code = terminal.end()
        self.assertEqual(code, 5)
        self.assertRegex(said, r"^\x1b\[[0-9;]+merror:\x1b\[0?m ")
        done = self.whence("why", "prod.a.nothing", code=5)
        self.assertTrue(done.stderr.startswith("error: "))


if __name__ == "__main__":
    unittest.main()
