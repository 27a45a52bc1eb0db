#!/usr/bin/env python3
"""What a newcomer sees first, with the real programs: scripts/demo runs the handbook example against a whenced and asks
where one of its answers came from. The answer must lead down to the sources, and a second run must record no answer
twice."""

import csv
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from real_server import BUILD, ROOT, WHENCE, Server, environment

EXAMPLE = ROOT / "examples/handbook_qa"
COMMIT = "4be1c7d0" * 5  # what build systems say in GIT_COMMIT: it goes before the work tree's own
ANSWERER, INDEX, PASSAGES = "demo.handbook.answerer@1", "demo.handbook.tfidf@1", "demo.handbook.passages@1"
SOURCE, PROMPT = "demo.handbook.source@1", "demo.handbook.extractive@1"
CALIBRATION, ENDPOINT = "demo.handbook.calibration@1", "demo.handbook.qa"


def digest(path):
    return "sha256:" + hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class Demo(unittest.TestCase):
    """The demo twice on one data folder; after each run the records are read from a server on that folder."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.home = pathlib.Path(scratch.name)
        cls.shown, cls.explained, cls.predictions, cls.versions, cls.runs, cls.grants = [], [], [], [], [], []
        for _ in range(2):
            cls.shown.append(cls.demo())
            with Server(cls.home / "data", cls.home) as server:
                cls.explained.append(server.ask("why", "prediction:handbook-0007"))
                cls.predictions.append(server.ask("prediction", "list"))
                cls.runs.append(server.ask("run", "list"))
                cls.grants.append(server.ask("grants", "to", "svc:handbook-qa"))
                cls.versions.append([server.ask("version", "list", asset)
                                     for asset in (name.split("@")[0] for name in
                                                   (SOURCE, CALIBRATION, PROMPT, PASSAGES, INDEX, ANSWERER))])

    @classmethod
    def demo(cls):
        done = subprocess.run([ROOT / "scripts/demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=250, check=False, env=cls.surroundings("data"))
        if done.returncode != 0:
            raise AssertionError(f"scripts/demo: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    @classmethod
    def surroundings(cls, data):
        return environment(cls.home, WHENCE_BUILD=str(BUILD), WHENCE_DATA=str(cls.home / data),
                           WHENCE_LISTEN="127.0.0.1:0", WHENCE_HTTP="off", GIT_COMMIT=COMMIT)

    def nodes(self):
        return {node["reference"]: node for node in self.explained[0]["graph"]["nodes"]}

    def edges(self):
        """(source, target, role) of every edge, in references."""
        graph = self.explained[0]["graph"]
        return {(graph["nodes"][edge.get("source", 0)]["reference"], graph["nodes"][edge.get("target", 0)]["reference"],
                 edge["role"].removeprefix("EDGE_ROLE_")) for edge in graph["edges"]}

    def test_the_tree_shows_the_whole_origin(self):
        tree = self.shown[0].partition("whence why prediction:handbook-0007\n")[2]
        for line in (r"^prediction handbook-0007 .* svc:handbook-qa .* OK$",
                     r'^│ "How long may one House adjourn without the consent of the other\?"$',
                     r'^│ → "Neither House, during the Session of Congress, shall, without the Consent of the other, ',
                     r"^├─ endpoint  demo\.handbook\.qa ",
                     r"^├─ model     demo\.handbook\.answerer@1  \(champion\) .*sha256:[0-9a-f]{8}$",
                     r"^│  └─ run   train-answerer [0-9a-f]{8}  COMPLETE .* git 4be1c7d examples/handbook_qa$",
                     r"^│     ├─ index  demo\.handbook\.tfidf@1 .*sha256:[0-9a-f]{8}$",
                     r"^│     │     └─ table  demo\.handbook\.passages@1 ",
                     r"└─ volume  demo\.handbook\.source@1  handbook\.txt .*← source$",
                     r"^├─ prompt    demo\.handbook\.extractive@1 ",
                     r"^└─ retrieved from index  demo\.handbook\.tfidf@1 ",
                     r'^   ├─ #1  0\.\d\d  passages@1 row 15   "Neither House, during the Session of Congress',
                     r"^11 nodes, 3 runs, 4 sources .* complete: nothing cut, nothing redacted$"):
            self.assertRegex(tree, re.compile(line, re.M))

    def test_the_prediction_names_its_parents_and_holds_its_answer(self):
        prediction = self.nodes()["prediction:handbook-0007"]["prediction"]
        self.assertEqual(prediction["model"], ANSWERER)
        self.assertEqual(prediction["prompts"], [PROMPT])
        self.assertEqual(prediction["endpoint"], ENDPOINT)
        self.assertIn("adjourn for more than three days", prediction["output_text"])
        for text, kept in (("input_text", "input_digest"), ("output_text", "output_digest")):
            self.assertEqual(prediction[kept], "sha256:" + hashlib.sha256(prediction[text].encode()).hexdigest())

    def test_what_was_retrieved_are_the_rows_of_the_passages(self):
        retrieved = self.nodes()["prediction:handbook-0007"]["prediction"]["retrieved"]
        self.assertEqual(len(retrieved), 5)
        with open(self.nodes()[PASSAGES]["dataset"]["location"], encoding="utf-8") as table:
            rows = {row[0]: row for row in csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}
        for item in retrieved:
            self.assertEqual((item["index"], item["source"]), (INDEX, PASSAGES))
            self.assertEqual(item["source_location"], "row " + item["item_id"])
            self.assertIn(item["excerpt"], rows[item["item_id"]])
        answer = self.nodes()["prediction:handbook-0007"]["prediction"]["output_text"]
        self.assertTrue(any(answer in item["excerpt"] for item in retrieved))

    def test_the_walk_leads_from_the_answer_to_the_sources(self):
        runs = {node["run"]["job"].rpartition(".")[2]: reference for reference, node in self.nodes().items()
                if "run" in node}
        self.assertEqual(set(runs), {"train-answerer", "build-index", "cut-passages"})
        answer = "prediction:handbook-0007"
        self.assertLessEqual({(ENDPOINT, answer, "ENDPOINT"), (ANSWERER, answer, "MODEL"), (PROMPT, answer, "PROMPT"),
                              (INDEX, answer, "INDEX"), (PASSAGES, answer, "RETRIEVED_SOURCE"),
                              (runs["train-answerer"], ANSWERER, "WRITE"), (INDEX, runs["train-answerer"], "READ"),
                              (PASSAGES, runs["train-answerer"], "READ"), (CALIBRATION, runs["train-answerer"], "READ"),
                              (runs["build-index"], INDEX, "WRITE"), (PASSAGES, runs["build-index"], "READ"),
                              (runs["cut-passages"], PASSAGES, "WRITE"), (SOURCE, runs["cut-passages"], "READ")},
                             self.edges())
        self.assertEqual({reference for reference, node in self.nodes().items() if node.get("source")},
                         {ENDPOINT, PROMPT, SOURCE, CALIBRATION})

    def test_versions_are_those_of_the_very_files(self):
        nodes = self.nodes()
        self.assertEqual(nodes[SOURCE]["dataset"]["digest"], digest(EXAMPLE / "handbook.txt"))
        self.assertEqual(nodes[CALIBRATION]["dataset"]["digest"], digest(EXAMPLE / "calibration.tsv"))
        for made in (PASSAGES, INDEX, ANSWERER):
            dataset = nodes[made]["dataset"]
            self.assertEqual(dataset["digest"], digest(dataset["location"]), made)

    def test_runs_name_the_code(self):
        runs = [node["run"] for node in self.nodes().values() if "run" in node]
        self.assertEqual(len(runs), 3)
        for run in runs:
            self.assertEqual((run["code"]["commit"], run["code"]["path"]), (COMMIT, "examples/handbook_qa"))
            self.assertEqual((run["state"], run["recorder"]), ("RUN_STATE_COMPLETE", "svc:handbook-qa"))

    def test_it_runs_with_the_least_that_it_needs_and_with_a_token_of_its_own(self):
        for listed in self.grants:
            granted = {(grant["securable"]["name"], grant["privilege"]) for grant in listed["grants"]}
            makes = ("VOLUME", "TABLE", "PROMPT", "INDEX", "MODEL", "ENDPOINT", "JOB")
            self.assertEqual(granted, {("demo", "USE CATALOG"), ("demo.handbook", "USE SCHEMA"),
                                       *(("demo.handbook", "CREATE " + kind) for kind in makes)})
        token = self.home / "data/handbook-qa.token"
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)
        self.assertRegex(token.read_text(encoding="utf-8"), r"\Awhence_[0-9A-Za-z]{36}\n\Z")

    def test_a_second_run_records_no_answer_twice(self):
        self.assertRegex(self.shown[0], r"(?m)^handbook_qa: .* 12 questions answered and recorded$")
        self.assertRegex(self.shown[1],
                         r"(?m)^handbook_qa: .* 12 questions answered and recorded \(12 of them by an earlier run\)$")
        self.assertEqual(len(self.predictions[0]["predictions"]), 12)
        self.assertEqual(self.predictions[1]["predictions"], self.predictions[0]["predictions"])

    def test_a_second_run_makes_no_version(self):
        self.assertEqual([len(listed["versions"]) for listed in self.versions[0]], [1] * 6)
        self.assertEqual([listed["versions"] for listed in self.versions[1]],
                         [listed["versions"] for listed in self.versions[0]])
        # The steps did run again, and that is on record; where the answer came from is not another thing by that.
        self.assertEqual([len(listed["runs"]) for listed in self.runs], [3, 6])

    def test_make_run_serves_until_it_is_interrupted(self):
        process = subprocess.Popen([ROOT / "scripts/demo", "--serve"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, start_new_session=True, env=self.surroundings("served"))
        self.addCleanup(process.stdout.close)
        address = None
        for line in process.stdout:
            if told := re.match(r"The server goes on at (\S+); Ctrl-C stops it\.", line):
                address = told[1]
                break
        self.assertIsNotNone(address)
        asked = subprocess.run([WHENCE, "--server", address, "why", "prediction:handbook-0012"], capture_output=True,
                               text=True, timeout=60, check=False, env=environment(self.home, WHENCE_DATA=str(self.home / "served")))
        self.assertEqual(asked.returncode, 0, asked.stderr)
        self.assertIn("demo.handbook.answerer@1", asked.stdout)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        with Server(self.home / "served", self.home) as server:  # nothing holds the folder any more
            self.assertEqual(len(server.ask("prediction", "list")["predictions"]), 12)


if __name__ == "__main__":
    unittest.main()
