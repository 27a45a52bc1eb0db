#!/usr/bin/env python3
"""The build's own helpers: how the suite is counted and files are looked at, how migrations are embedded, how the demo
ends."""

import importlib.machinery
import importlib.util
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load(name):
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Counting(unittest.TestCase):
    count = staticmethod(load("test").count)

    def case(self, status, output="", inner=""):
        return self.count(xml.etree.ElementTree.fromstring(
            f'<testcase status="{status}">{inner}<system-out>{output}</system-out></testcase>'))

    def test_catch2(self):
        self.assertEqual(self.case("run", "All tests passed (12 assertions in 3 test cases)\n"), (3, 0, 0))
        self.assertEqual(self.case("run", "All tests passed (1 assertion in 1 test case)\n"), (1, 0, 0))
        self.assertEqual(self.case("fail", "test cases: 5 | 3 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed\n"),
                         (3, 2, 0))
        self.assertEqual(self.case("fail", "test cases: 1 | 1 failed\nassertions: - none -\n"), (0, 1, 0))
        self.assertEqual(self.case("run", "test cases: 4 | 3 passed | 1 failed as expected\n"), (4, 0, 0))

    def test_what_catch2_skips_has_not_passed(self):
        said = "skipped: no fixtures\nwarning:\n  skipped: no disk\n"
        self.assertEqual(self.case("run", said + "All tests passed (1 assertion in 5 test cases)\n"), (3, 0, 2))
        self.assertEqual(self.case("fail", said + "test cases: 5 | 4 passed | 1 failed\n"), (2, 1, 2))
        self.assertEqual(self.case("run", "not skipped: all\nAll tests passed (1 assertion in 1 test case)\n"), (1, 0, 0))

    def test_scripts(self):
        self.assertEqual(self.case("run", "ok a\n12 passed, 0 failed, 1 skipped\n"), (12, 0, 1))
        self.assertEqual(self.case("fail", "12 passed, 2 failed\n"), (12, 2, 0))

    def test_unittest(self):
        self.assertEqual(self.case("run", "Ran 5 tests in 0.1s\n\nOK (skipped=1)\n"), (4, 0, 1))
        self.assertEqual(self.case("fail", "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"), (3, 2, 0))

    def test_others_count_as_one(self):
        self.assertEqual(self.case("run", "fine"), (1, 0, 0))
        self.assertEqual(self.case("fail", "boom"), (0, 1, 0))

    def test_a_crash_is_a_failure_whatever_was_printed(self):
        self.assertEqual(self.case("fail", "All tests passed (12 assertions in 3 test cases)\nSEGV\n"), (3, 1, 0))

    def test_what_says_that_it_failed_has_failed(self):
        self.assertEqual(self.case("run", "3 passed, 1 failed\n"), (3, 1, 0))

    def test_skipped_and_not_run(self):
        self.assertEqual(self.case("notrun", "", '<skipped message="SKIP_RETURN_CODE=77"/>'), (0, 0, 1))
        self.assertEqual(self.case("notrun", "", '<skipped message="Disabled"/>'), (0, 1, 0))
        self.assertEqual(self.case("fail", "", '<failure message="Unable to find executable"/>'), (0, 1, 0))


class ClangTidy(unittest.TestCase):
    """Which files are looked at as one, and when a unit is looked at again."""

    script = load("clang-tidy")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write(".clang-tidy", "Checks: '*'\n")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        self.script.text_of.cache_clear()
        self.script.includes_of.cache_clear()
        return path

    def test_what_a_file_has_for_itself(self):
        path = self.write("a.cc", """#include "a.h"
namespace whence {
namespace {

constexpr int kMost = 3;
using Row = std::vector<int>;
struct Pair {
  int first = 0;
};
std::map<int, int> Count(const Row& row) { return {}; }
MACRO(other, "text") {}

}  // namespace

int Public() { return 1; }
static int Hidden() { return 2; }
}  // namespace whence
""")
        self.assertEqual(self.script.own_names(path), {"kMost", "Row", "Pair", "Count", "Hidden"})

    def test_a_unit_has_each_name_once_and_each_file_is_in_one(self):
        own = "namespace {{\nconstexpr int {} = 1;\n}}  // namespace\n"
        paths = [self.write(f"{i:02}.cc", own.format("kSame" if i % 3 == 0 else f"k{i}")) for i in range(40)]
        other = self.write("other.cc", "")
        units = self.script.units_of({**{path: ("-O0",) for path in paths}, other: ("-O1",)})
        self.assertEqual(sorted(path for unit in units for path in unit.files), sorted([*paths, other]))
        for unit in units:
            self.assertLessEqual(len(unit.files), self.script.TOGETHER)
            names = [name for path in unit.files for name in self.script.own_names(path)]
            self.assertEqual(len(names), len(set(names)))
        self.assertIn(self.script.Unit((other,), ("-O1",)), units)
        self.assertLess(len(units), 20)

    def test_a_header_that_changed_calls_for_another_look(self):
        unit = self.script.Unit((self.write("a.cc", '#include "b.h"\n'),), ("-O0",))
        self.write("b.h", '  #  include "c.h"\n')
        self.write("c.h", "int one;\n")
        self.write("d.h", "int other;\n")
        before = self.script.digest(unit)
        self.write("d.h", "int nobody;\n")
        self.assertEqual(self.script.digest(unit), before)
        self.write("c.h", "int two;\n")
        self.assertNotEqual(self.script.digest(unit), before)
        self.write("c.h", "int one;\n")
        self.assertEqual(self.script.digest(unit), before)
        self.write(".clang-tidy", "Checks: '-*'\n")
        self.assertNotEqual(self.script.digest(unit), before)


class Documents(unittest.TestCase):
    def test_every_make_target_that_is_named_exists(self):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.M))
        for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/performance.md", "docs/durability.md"):
            text = (ROOT / name).read_text(encoding="utf-8")
            named = {word for words in re.findall(r"(?:`|^\$ )make ((?:[a-z]+ ?)+)", text, re.M) for word in words.split()}
            self.assertLessEqual(named, targets, name)
            if name == "README.md":
                self.assertIn("run", named)

    def test_the_links_of_documents_lead_somewhere(self):
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("examples/*/*.md")]:
            text = document.read_text(encoding="utf-8")
            for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):  # pictures are drawn by bench
                self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")


class Corpus(unittest.TestCase):
    def test_every_call_of_the_contract_has_a_seed(self):
        calls = {name for proto in (ROOT / "proto/whence/v1").glob("*.proto")
                 for name in re.findall(r"^  rpc (\w+)\((?!stream)\w+\)\s+returns \((?!stream)",
                                        proto.read_text(encoding="utf-8"), re.M)}
        self.assertGreater(len(calls), 80)
        seeds = {re.split("[:=]", file.read_bytes().decode("latin-1"), maxsplit=1)[0]
                 for file in (ROOT / "tests/fuzz/corpus/rpc").iterdir()}
        self.assertEqual(calls - seeds, set(), "a call that tests/fuzz/corpus/rpc has no seed of")


class Embedding(unittest.TestCase):
    def embed(self, files):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8")
            paths = ";".join(str(folder / name) for name in files)
            result = subprocess.run(["cmake", f"-DOUTPUT={folder}/out.cc", f"-DFILES={paths}",
                                     "-P", ROOT / "cmake/EmbedMigrations.cmake"], capture_output=True, check=False)
            return (folder / "out.cc").read_bytes().decode() if result.returncode == 0 else None

    def test_text_survives_byte_for_byte(self):
        text = "-- [;] \\ \" $x ${HOME} @y@ é )\n" * 2000 + "CREATE TABLE a (b TEXT) STRICT;\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "0012_a_b.sql"
            path.write_text(text, encoding="utf-8")
            out = pathlib.Path(folder) / "out.cc"
            subprocess.run(["cmake", f"-DOUTPUT={out}", f"-DFILES={path}", "-P", ROOT / "cmake/EmbedMigrations.cmake"],
                           check=True)
            source = out.read_bytes()
        parts = re.findall(rb'R"__sql\((.*?)\)__sql"', source, re.S)
        self.assertEqual(b"".join(parts).decode(), text)
        self.assertTrue(all(len(part) <= 16384 for part in parts))
        self.assertIn(b'{12, "a_b",', source)

    def test_bad_names_are_refused(self):
        self.assertIsNone(self.embed({"12_a.sql": "x"}))
        self.assertIsNone(self.embed({"0012_A.sql": "x"}))
        self.assertIsNotNone(self.embed({"0012_a.sql": "x"}))


class Demo(unittest.TestCase):
    """scripts/demo with programs in place of the real ones: what it does when things end."""

    WHENCED = """#!/usr/bin/env bash
trap 'echo stopped >>"$LOG"; exit 0' TERM
trap 'echo interrupted >>"$LOG"' INT
[ -z "${REFUSE-}" ] || { echo "error: in use" >&2; exit 7; }
while [ $# -gt 0 ]; do case $1 in --port-file) file=$2 ;; --data) mkdir -p "$2" ;; esac; shift; done
echo 127.0.0.1:4242 >"$file"
while :; do sleep 0.05; done
"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = pathlib.Path(folder.name)
        self.log = self.build / "log"
        self.log.touch()
        self.program("server/whenced", self.WHENCED)
        self.program("examples/handbook_qa/handbook_qa", '#!/bin/sh\necho "qa $WHENCE_SERVER"; exit ${QA-0}\n')
        self.program("client/whence", '#!/bin/sh\necho "whence $*"\n')

    def program(self, path, text):
        file = self.build / path
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def start(self, *args, **environment):
        return subprocess.Popen([ROOT / "scripts/demo", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, start_new_session=True,
                                env={**os.environ, "WHENCE_BUILD": str(self.build), "LOG": str(self.log),
                                     "WHENCE_DATA": str(self.build / "data"), **environment})

    def test_runs_and_stops(self):
        process = self.start()
        output, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("qa 127.0.0.1:4242\n", output)
        self.assertIn("whence why prediction:handbook-0007\n", output)
        self.assertEqual(self.log.read_text(encoding="utf-8"), "stopped\n")

    def test_serves_until_interrupted(self):
        process = self.start("--serve")
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.log.read_text(encoding="utf-8"), "stopped\n")

    def test_server_that_refuses(self):
        process = self.start(REFUSE="1")
        output, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 7)
        self.assertIn("error: in use", output)

    def test_example_that_fails(self):
        process = self.start(QA="3")
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(self.log.read_text(encoding="utf-8"), "stopped\n")


if __name__ == "__main__":
    unittest.main()
