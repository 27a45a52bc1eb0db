#!/usr/bin/env python3
"""An import that is killed goes on where it stopped, and nothing is lost or there twice."""

import collections
import json
import os
import signal
import time
import unittest

import world

# Four kinds in turn: an import waits where the kind changes, so that this one takes a while. ThreadSanitizer takes a
# hundred times as long over each message that gRPC frees.
GROUPS = 100 if "thread" in os.environ.get("WHENCE_SANITIZE", "") else 800
BAD = ("not json\n",
       '{"asset": {"name": "prod.nowhere.bad%d", "kind": "KIND_TABLE"}}\n',
       '{"prediction": {"id": "bad-%d", "model": "prod.a.nothing"}}\n',
       '{"run": {"job": "prod.a.bad%d", "reads": [{"reference": "prod.a.nothing"}]}}\n',
       '{"edges": {"edges": [{"source": "prod.a.nothing", "target": "prod.a.m"}], "comment": "bad %d"}}\n')


def lines_of(groups):
    """(lines, the bad ones among them)."""
    lines = ['{"catalog": {"name": "prod"}}\n', '{"schema": {"name": "prod.a"}}\n',
             '{"asset": {"name": "prod.a.m", "kind": "KIND_MODEL"}}\n',
             '{"version": {"asset": "prod.a.m", "digest": "opaque:m"}}\n']
    bad = []
    for i in range(groups):
        table = f"prod.a.t{i}"
        lines += [json.dumps({"asset": {"name": table, "kind": "KIND_TABLE"}}) + "\n",
                  # Without an id: the import gives one that follows from the line.
                  json.dumps({"run": {"job": "prod.a.job", "reads": [{"reference": table}],
                                      "parameters": {"n": str(i)}}}) + "\n",
                  json.dumps({"edges": {"edges": [{"source": table, "target": "prod.a.m@1"}],
                                        "comment": f"n {i}"}}) + "\n",
                  json.dumps({"prediction": {"model": "prod.a.m@1", "input_text": f"n {i}"}}) + "\n"]
        if i % 7 == 3:
            line = BAD[i % len(BAD)]
            bad.append(line % i if "%d" in line else line)
            lines.append(bad[-1])
    return lines, bad


def access_lines(groups):
    """Who may what, as an export has it, and in its order."""
    def line(record, /, **body):
        return json.dumps({record: body}, separators=(",", ":")) + "\n"

    names = [f"{i:04}" for i in range(groups)]
    lines = [line("principal", name=f"group:g{n}") for n in names]
    lines += [line("principal", name=f"user:u{n}", display_name=f"User {n}") for n in names]
    lines += [line("membership", group=f"group:g{n}", member=f"user:u{n}") for n in names]
    lines += [line("catalog", name=f"c{n}", owner=f"group:g{n}") for n in names]
    lines += [line("tag_definition", key=f"k{n}", assigners=[f"user:u{n}"]) for n in names[:50]]
    for number, n in enumerate(names[:200]):
        lines.append(line("policy", name=f"p{n}", securable={"type": "SECURABLE_TYPE_CATALOG", "name": f"c{n}"},
                          kind="POLICY_KIND_MASK", state="POLICY_STATE_ENABLED", to=[f"group:g{n}"],
                          mask={"type": "hash", "salted": True} if number % 2 else {"type": "redact"}))
    lines += [line("grants", securable={"type": "SECURABLE_TYPE_CATALOG", "name": f"c{n}"}, principal=f"user:u{n}",
                   add=["USE CATALOG", "SELECT"]) for n in names]
    return lines


class Killed(world.Case):
    def numbers(self):
        """How often each good line of each kind is there."""
        found = {kind: collections.Counter() for kind in ("asset", "run", "edges", "prediction")}
        for line in self.whence("export", "-q").stdout.splitlines():
            (kind, body), = json.loads(line).items()
            if kind == "asset" and body["name"].startswith("prod.a.t"):
                found[kind][int(body["name"][8:])] += 1
            elif kind == "run":
                found[kind][int(body["parameters"]["n"])] += 1
            elif kind == "edges":
                found[kind][int(body["comment"][2:])] += 1
            elif kind == "prediction":
                found[kind][int(body["input_text"][2:])] += 1
        return found

    def state(self):
        try:
            return json.loads(self.read("data.jsonl.whence-import"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {"line": 0}

    def kill_half_way(self, groups):
        """Whether the import could be killed once it had noted that it had come past some bad lines."""
        importer = self.start("import", "data.jsonl", "--resume", "--rejects", "refused.jsonl")
        try:
            while importer.poll() is None:
                if self.state()["line"] > 50:
                    importer.send_signal(signal.SIGKILL)
                    break
                time.sleep(0.005)
            said = importer.communicate()
        finally:
            importer.kill()
            importer.wait()
        self.assertIn(importer.returncode, (-signal.SIGKILL, 1), said)
        return importer.returncode == -signal.SIGKILL and self.state()["line"] < 4 * groups

    def test_nothing_is_lost_or_there_twice(self):
        groups = GROUPS
        while True:
            lines, bad = lines_of(groups)
            self.write("data.jsonl", "".join(lines))
            if self.kill_half_way(groups):
                break
            # It was through before it could be killed: a longer file, into a server of its own.
            groups *= 3
            self.stop_server()
            for path in self.folder.iterdir():
                if path.name != ".bin" and path.is_file():
                    path.unlink()
            world.shutil.rmtree(self.folder / ".server")
            self.start_server()
        before = self.numbers()
        self.assertLess(sum(before["prediction"].values()), groups)

        # Another file under the same name is refused before anything of it is read.
        state = self.read("data.jsonl.whence-import")
        for changed in (lines[0].replace("prod", "drop"), "\n" + lines[0]):
            self.write("data.jsonl", changed + "".join(lines[1:]))
            done = self.whence("import", "data.jsonl", "--resume", code=1)
            self.assertIn("error: data.jsonl has changed since the import that data.jsonl.whence-import tells of",
                          done.stderr)
        self.assertEqual(self.read("data.jsonl.whence-import"), state)
        self.write("data.jsonl", "".join(lines))

        self.kill_server()
        self.start_server()
        done = self.whence("import", "data.jsonl", "--resume", "--rejects", "refused.jsonl", code=1)
        self.assertIn(f"going on after line {json.loads(state)['line']:,} of data.jsonl", done.stderr)
        once = collections.Counter(range(groups))
        for kind, numbers in self.numbers().items():
            with self.subTest(kind):
                self.assertEqual(numbers, once)
        self.assertEqual(self.read("refused.jsonl"), "".join(bad))
        self.assertFalse((self.folder / "data.jsonl.whence-import").exists())

        # From the beginning once more: all is there already, and stays as it is.
        export = self.whence("export", "-q").stdout
        self.whence("import", "data.jsonl", code=1)
        self.assertEqual(self.whence("export", "-q").stdout, export)

    def test_who_may_what_is_whole_whenever_the_import_was_killed(self):
        lines = access_lines(GROUPS // 2)
        self.write("data.jsonl", "".join(lines))
        for pause in (0.1, 0.4, 1.6):
            importer = self.start("import", "data.jsonl", "--resume")
            try:
                time.sleep(pause)
            finally:
                importer.kill()
                importer.communicate()
        self.whence("import", "data.jsonl", "--resume")
        export = self.whence("export", "-q").stdout.splitlines(keepends=True)
        # Besides, there is who was there before, and who owns the metastore.
        self.assertEqual([line for line in export if line in set(lines)], lines)
        self.assertEqual(len(export), len(lines) + 2)
        self.whence("import", "data.jsonl")
        self.assertEqual(self.whence("export", "-q").stdout.splitlines(keepends=True), export)

    def test_a_server_that_is_started_again_in_the_middle(self):
        lines, bad = lines_of(GROUPS)
        self.write("data.jsonl", "".join(lines))
        importer = self.start("import", "data.jsonl", "--resume", "--rejects", "refused.jsonl")
        self.addCleanup(importer.kill)
        while self.state()["line"] == 0 and importer.poll() is None:
            time.sleep(0.005)
        address = self.server.address
        self.kill_server()
        self.start_server(address)
        said = importer.communicate()[1]
        self.assertEqual(importer.returncode, 1, said)
        self.assertEqual(said.count(": error: "), len(bad), said)
        once = collections.Counter(range(GROUPS))
        for kind, numbers in self.numbers().items():
            with self.subTest(kind):
                self.assertEqual(numbers, once)
        self.assertEqual(self.read("refused.jsonl"), "".join(bad))

    def test_a_server_that_goes_is_told_with_where_to_go_on(self):
        lines, _ = lines_of(3)
        self.write("data.jsonl", "".join(lines))
        self.kill_server()
        done = self.whence("import", "data.jsonl", "--resume", code=7)
        self.assertIn("(UNAVAILABLE", done.stderr)
        self.assertFalse((self.folder / "data.jsonl.whence-import").exists())
        self.start_server()
        self.whence("import", "data.jsonl", "--resume")
        self.assertEqual(self.numbers()["run"], collections.Counter(range(3)))


if __name__ == "__main__":
    unittest.main()
