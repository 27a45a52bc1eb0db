#!/usr/bin/env python3
"""The whole tree of commands, as `whence --help` gives it, held against the tests: every command is in an acceptance
script, gives each output format that its help promises and refuses the others, and every exit code comes up somewhere."""

import csv
import io
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from real_server import ROOT, WHENCE, Server, environment

FORMATS = ("table", "json", "jsonl", "yaml", "csv", "tree", "dot", "mermaid", "prov-json", "markdown")
ACCEPTANCE = ROOT / "tests/acceptance"

# For each command with formats: what to ask, with {i} for the number of the try, and what must be done before each try.
MADE = "--kind table"
SAMPLES = {
    "catalog create": ("made{i}",),
    "catalog get": ("prod",),
    "catalog list": ("",),
    "catalog update": ("prod --comment {i}",),
    "catalog rename": ("old{i} new{i}", "catalog create old{i}"),
    "catalog delete": ("gone{i}", "catalog create gone{i}"),
    "catalog undelete": ("back{i}", "catalog create back{i}", "catalog delete back{i}"),
    "schema create": ("prod.made{i}",),
    "schema get": ("prod.raw",),
    "schema list": ("prod",),
    "schema update": ("prod.raw --comment {i}",),
    "schema rename": ("prod.old{i} prod.new{i}", "schema create prod.old{i}"),
    "schema delete": ("prod.gone{i}", "schema create prod.gone{i}"),
    "schema undelete": ("prod.back{i}", "schema create prod.back{i}", "schema delete prod.back{i}"),
    "asset create": ("prod.raw.made{i} " + MADE,),
    "asset get": ("prod.raw.users",),
    "asset list": ("prod.raw",),
    "asset update": ("prod.raw.users --comment {i}",),
    "asset rename": ("prod.raw.old{i} prod.raw.new{i}", "asset create prod.raw.old{i} " + MADE),
    "asset delete": ("prod.raw.gone{i}", "asset create prod.raw.gone{i} " + MADE),
    "asset undelete": ("prod.raw.back{i}", "asset create prod.raw.back{i} " + MADE, "asset delete prod.raw.back{i}"),
    "version register": ("prod.raw.users --digest opaque:{i}",),
    "version get": ("prod.raw.users@1",),
    "version list": ("prod.raw.users",),
    "version update": ("prod.raw.users@1 --comment {i}",),
    "alias set": ("prod.raw.users a{i} 1",),
    "alias delete": ("prod.raw.users b{i}", "alias set prod.raw.users b{i} 1"),
    "alias list": ("prod.raw.users",),
    "alias history": ("prod.raw.users live",),
    "tag set": ("prod.raw.users k{i}=v",),
    "tag remove": ("prod.raw.users t{i}", "tag set prod.raw.users t{i}=v kept=v"),
    "tag list": ("prod.raw.users",),
    "tag show": ("prod.raw.users",),
    "tag define": ("made{i}",),
    "tag redefine": ("pii --comment {i}",),
    "tag undefine": ("gone{i} --yes", "tag define gone{i}"),
    "tag definition": ("pii",),
    "tag definitions": ("",),
    "tag declassify": ("prod.raw.users#c{i} pii --comment x",),
    "tag reclassify": ("prod.raw.users#d{i} pii", "tag declassify prod.raw.users#d{i} pii --comment x"),
    "tag declassifications": ("", "tag declassify prod.raw.users#e{i} pii --comment x"),
    "identity attach": ("prod.raw.users postgres://db made{i}",),
    "identity detach": ("postgres://db gone{i}", "identity attach prod.raw.users postgres://db gone{i}"),
    "identity resolve": ("postgres://db users",),
    "identity list": ("prod.raw.users",),
    "prompt create": ("prod.raw.p{i}",),
    "prompt register": ("prod.raw.ask --text again{i}",),
    "prompt get": ("prod.raw.ask@1",),
    "prompt list": ("prod.raw",),
    "run start": ("prod.raw.train",),
    "run update": ("00000000-0000-4000-8000-00000000000{i} --param a={i}",
                   "run start prod.raw.train --id 00000000-0000-4000-8000-00000000000{i}"),
    "run finish": ("00000000-0000-4000-8000-00000000001{i}",
                   "run start prod.raw.train --id 00000000-0000-4000-8000-00000000001{i}"),
    "run record": ("run{i}.json",),
    "run get": ("00000000-0000-4000-8000-000000000100",),
    "run list": ("",),
    "prediction record": ("--id made{i} --model prod.raw.model@1",),
    "prediction get": ("p-1",),
    "prediction list": ("",),
    "edge declare": ("prod.raw.users prod.raw.copy",),
    "search": ("users",),
    "lineage": ("prod.raw.model@1",),
    "path": ("prod.raw.users@1 prod.raw.model@1",),
    "impact": ("prod.raw.users",),
    "why": ("prediction:p-1",),
    "grant": ("SELECT on schema prod.raw to user:bo",),
    "revoke": ("SELECT on schema prod.raw from user:bo", "grant SELECT on schema prod.raw to user:bo"),
    "grants": ("to user:bo", "grant BROWSE on schema prod.raw to user:bo"),
    "owner": ("of schema prod.raw",),
    "principal create": ("user:made{i}",),
    "principal get": ("user:bo",),
    "principal list": ("",),
    "principal update": ("user:bo --display-name {i}",),
    "principal activate": ("user:bo",),
    "principal deactivate": ("user:off{i}", "principal create user:off{i}"),
    "principal delete": ("user:gone{i} --yes", "principal create user:gone{i}"),
    "group create": ("made{i}",),
    "group get": ("team",),
    "group list": ("",),
    "group delete": ("gone{i} --yes", "group create gone{i}"),
    "group add": ("team user:new{i}", "principal create user:new{i}"),
    "group remove": ("team user:out{i}", "principal create user:out{i}", "group add team user:out{i}"),
    "group members": ("team",),
    "group of": ("user:bo",),
    "token create": ("user:bo",),
    "token list": ("",),
    "token revoke": ("2 --yes",),
    "policy create": ("made{i} --deny --privilege APPLY_TAG --on prod.raw.copy",),
    "policy get": ("kept",),
    "policy list": ("",),
    "policy update": ("kept --comment {i}",),
    "policy delete": ("gone{i} --yes", "policy create gone{i} --mask redact --column none --on prod"),
    "policy preview": ("kept --column id",),
    "policy decide": ("user:bo SELECT prod.raw.users", "grant USE_CATALOG, USE_SCHEMA, SELECT on prod to user:bo"),
    "policy view": ("prod.raw.wide --for user:bo --dialect duckdb",
                    "grant USE_CATALOG, USE_SCHEMA, SELECT on prod to user:bo"),
    "access explain": ("user:bo BROWSE schema prod.raw", "grant BROWSE on schema prod.raw to user:bo"),
    "access effective": ("user:bo on schema prod.raw", "grant BROWSE on schema prod.raw to user:bo"),
    "access whoami": ("",),
    "report access": ("prod",),
    "report dossier": ("prod.raw.model",),
    "report changes": ("",),
    "audit log": ("",),
    "audit show": ("1",),
    "audit tail": ("--after 0",),
    "audit prove": ("1 --file {i}.tlog-proof",),
    "audit verify": ("",),
    "audit checkpoint": ("--now",),
    "audit export": ("ledger{i}",),
    "audit key": ("",),
    "admin erase": ("prediction:e{i} --yes",
                    "prediction record --id e{i} --model prod.raw.model@1 --input-text secret"),
    "admin info": ("",),
    "admin health": ("",),
    "context list": ("",),
    "context current": ("",),
}
WORLD = ("catalog create prod", "schema create prod.raw", "asset create prod.raw.users --kind table",
         "version register prod.raw.users --digest opaque:1", "asset create prod.raw.copy --kind table",
         "alias set prod.raw.users live 1", "tag set prod.raw.users tier=gold", "tag define pii",
         "identity attach prod.raw.users postgres://db users", "prompt create prod.raw.ask",
         "prompt register prod.raw.ask --text ask", "run record run.json",
         "prediction record --id p-1 --model prod.raw.model@1", "context set here --server localhost:1",
         "asset create prod.raw.wide --kind table --column id:bigint",
         "policy create kept --mask redact --column none --on prod",
         "principal create user:bo", "group create team", "group add team user:bo", "token create user:bo")

# Commands that take something away without asking, and what gives it back as it was.
TAKEN_BACK = {
    "catalog delete": "catalog undelete", "schema delete": "schema undelete", "asset delete": "asset undelete",
    "alias delete": "alias set", "tag remove": "tag set", "tag declassify": "tag reclassify",
    "identity detach": "identity attach", "principal deactivate": "principal activate", "group remove": "group add",
    "revoke": "grant", "context delete": "context set",
}


def run_json(identifier, model):
    return json.dumps({"id": identifier, "job": "prod.raw.train", "reads": [{"reference": "prod.raw.users@1"}],
                       "writes": [{"reference": model, "create_kind": "KIND_MODEL",
                                   "version": {"digest": "opaque:m"}}]})


def help_of(*words):
    return subprocess.run([WHENCE, *words, "--help"], capture_output=True, text=True, check=True,
                          env=environment("/nowhere")).stdout


def listed(text, heading):
    section = re.search(rf"^{heading}:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  ([a-z][a-z-]*) ", section[1], re.M) if section else []


def commands():
    """{"asset get": its help} of everything that can be run."""
    found = {}
    for name in listed(help_of(), "Commands"):
        text = help_of(name)
        verbs = listed(text, "Verbs")
        found.update({f"{name} {verb}": help_of(name, verb) for verb in verbs} if verbs else {name: text})
    return found


def formats_of(text):
    promised = re.search(r"^Output \(-o\): ([a-z, -]+);", text, re.M)
    return promised[1].split(", ") if promised else []


class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = commands()
        cls.scripts = [path.read_text(encoding="utf-8") for path in ACCEPTANCE.glob("*/script")]
        cls.lines = [line for script in cls.scripts for line in script.replace("\\\n", " ").split("\n")
                     if "whence" in line and not line.startswith("#")]

    def test_the_tree_is_found(self):
        self.assertGreater(len(self.commands), 60)

    def test_every_command_is_in_an_acceptance_script(self):
        for command in self.commands:
            typed = re.compile(r"\bwhence\b(?:\s+-\S+(?:[= ]\S+)?)*\s+" + command.replace(" ", r"\s+") + r"(?![\w-])")
            self.assertTrue(any(typed.search(line) for line in self.lines), f"no script runs 'whence {command}'")

    def test_every_flag_is_in_an_acceptance_script(self):
        scripts = "\n".join(self.scripts)
        for command, text in self.commands.items():
            section = re.search(r"^Flags:\n((?:  .*\n)+)", text, re.M)
            for flag in re.findall(r"^  .{0,6}(--[a-z-]+)", section[1] if section else "", re.M):
                self.assertTrue(re.search(rf"{flag}(?![\w-])", scripts), f"no script gives {flag}, of 'whence {command}'")

    def test_every_format_is_in_an_acceptance_script(self):
        promised = {name for text in self.commands.values() for name in formats_of(text)}
        self.assertEqual(promised, set(FORMATS))
        for name in promised:
            self.assertTrue(any(re.search(rf"(?:-o\s*|--output[= ]|WHENCE_OUTPUT=){name}\b", line) for line in self.lines),
                            f"no script asks for -o {name}")

    def test_every_exit_code_comes_up(self):
        table = subprocess.run([WHENCE, "help", "exit-codes"], capture_output=True, text=True, check=True).stdout
        codes = {int(code) for code in re.findall(r"^ +(\d+)  ", table, re.M)}
        shown = {int(code) for path in ACCEPTANCE.glob("*/output")
                 for code in re.findall(r"^\[exit (\d+)\]$", path.read_text(encoding="utf-8"), re.M)}
        self.assertEqual(codes, set(range(8)))
        self.assertEqual(shown, codes - {0})  # a zero is not printed

    def test_what_cannot_be_taken_back_is_asked_about_first(self):
        asking = {command for command, text in self.commands.items() if re.search(r"^  .{0,6}--yes\b", text, re.M)}
        taking = {command for command in self.commands
                  if re.search(r"(?:^| )(?:un(?!delete)\w+|delete|detach|drop|purge|remove|revoke|erase|transfer|deactivate"
                               r"|declassify)$", command)}
        self.assertGreater(len(taking), 15)
        self.assertEqual(taking - asking, set(TAKEN_BACK), "ask about it first, or say above how it is taken back")
        for command, back in TAKEN_BACK.items():
            self.assertIn(back, self.commands, f"what takes back 'whence {command}'")
        # What it says to no answer, to a no and to a yes is in the table of a unit test.
        table = re.search(r"what cannot be taken back.*?commands = \{(.*?)\};",
                          (ROOT / "tests/unit/cli/command_test.cc").read_text(encoding="utf-8"), re.S)[1]
        tested = {f"{first} {second}" if f"{first} {second}" in self.commands else first
                  for first, second in re.findall(r'\{"([a-z]+)", "([a-z]+)"', table)}
        self.assertEqual(tested, asking)


class Formats(unittest.TestCase):
    """Each command in each of its formats, against a real server."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        home = pathlib.Path(scratch.name)
        cls.server = cls.enterClassContext(Server(home / "data", home))
        (home / "run.json").write_text(run_json("00000000-0000-4000-8000-000000000100", "prod.raw.model"), encoding="utf-8")
        for i in range(len(FORMATS)):
            (home / f"run{i}.json").write_text(run_json(f"00000000-0000-4000-8000-00000000020{i}", "prod.raw.model"),
                                               encoding="utf-8")
        for command in WORLD:
            cls.do(command)

    @classmethod
    def do(cls, command):
        done = cls.server.whence(*command.split())
        if done.returncode != 0:
            raise AssertionError(f"whence {command}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def check(self, name, text):
        self.assertTrue(text.strip())
        if name == "json":
            self.assertIsInstance(json.loads(text), (dict, list))
        elif name == "jsonl":
            for line in text.splitlines():
                self.assertIsInstance(json.loads(line), dict)
        elif name == "csv":
            rows = list(csv.reader(io.StringIO(text)))
            self.assertGreater(len(rows), 1)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        elif name == "yaml":
            for line in filter(None, text.splitlines()):  # texts of several lines have empty ones
                self.assertRegex(line, r'^ *(?:- )*(?:[\w".:/@-]+:(?: .*)?|-? ?\S.*)$')
            self.assertNotIn(text.lstrip()[0], "{[")
        elif name == "dot":
            self.assertRegex(text, r"(?s)^digraph .*\{.*->.*\}\s*$")
        elif name == "mermaid":
            self.assertRegex(text, r"(?s)^(?:flowchart|graph) .*--")
        elif name == "prov-json":
            self.assertIn("whence:answer", json.loads(text)["entity"])
        elif name == "markdown":
            self.assertRegex(text, r"(?s)^# .+\n\n.*\n## ")

    def test_each_promised_format_is_given_and_no_other(self):
        for command, text in commands().items():
            promised = formats_of(text)
            if not promised:
                continue
            self.assertIn(command, SAMPLES, "tell above how to ask it")
            asked, *before = SAMPLES[command]
            refused = next((name for name in FORMATS if name not in promised), None)
            for i, name in enumerate(FORMATS):
                words = f"{command} {asked} -o {name}".format(i=i).split()
                with self.subTest(" ".join(words)):
                    if name not in promised:
                        if name == refused:
                            self.assertEqual(self.server.whence(*words).returncode, 3)
                        continue
                    for step in before:
                        self.do(step.format(i=i))
                    # Of a change, a table is what is said of it; other forms are data alone.
                    done = self.server.whence(*words, *(() if name == "table" else ("-q",)))
                    self.assertEqual(done.returncode, 0, done.stdout)
                    self.check(name, done.stdout)


if __name__ == "__main__":
    unittest.main()
