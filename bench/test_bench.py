#!/usr/bin/env python3
"""Every benchmark still works, and says what it says in the agreed form. Not how fast anything is."""

import importlib.machinery
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = os.environ.get("WHENCE_BUILD_DIR", str(ROOT / "build/release"))

# What the table of the marks must have: a figure for each line of it.
LINES = {
    "record_run_64_callers", "record_run_single_caller", "record_predictions_100", "stream_predictions_100",
    "get_asset_64_callers", "explain_64_callers", "explain_server_p99", "walk_100k_nodes", "walk_1m_nodes",
    "walk_100k_nodes_as_of", "walk_1m_nodes_as_of", "walk_while_writing", "writer_stall", "memory_per_edge",
    "decide_allow_p50", "decide_deny_p50", "decide_allow_allocations", "decide_deny_allocations", "grant_writer_time",
    "decide_policies_p50", "decide_policies_allocations", "decide_100_masks_p50", "decide_64_callers",
    "start_10m_edges", "list_page_1000", "list_1000_visible", "search_p50", "idle_memory", "start_to_ready",
    "healthz_64_connections", "rest_get_asset_64_connections",
    "trino_masks_100_columns", "tlog_append", "inclusion_proof_10m", "inclusion_proof_10m_p99",
    "ledger_record_run_64_callers", "ledger_append_100", "ledger_verify", "ledger_inclusion_proof_10m",
}


def load(path, name):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


bench = load(ROOT / "scripts/bench", "bench_script")
plot = load(ROOT / "bench/plot.py", "bench_plot")


def figure(name="a", value=1.0, **more):
    return {"name": name, "unit": "us", "value": value, "floor": None, "ratio": None, "reach": None,
            "better": "lower", "bench": "a", **more}


class Script(unittest.TestCase):
    def test_reached(self):
        self.assertEqual(bench.reached(figure()), "")
        self.assertEqual(bench.reached(figure(reach=1.0)), "yes")
        self.assertEqual(bench.reached(figure(reach=0.9)), "no")
        self.assertEqual(bench.reached(figure(ratio=0.4, reach=0.5, better="higher")), "no")
        self.assertEqual(bench.reached(figure(ratio=0.5, reach=0.5, better="higher")), "yes")

    def test_growth_is_the_exponent_of_the_cost(self):
        def growth(better, small, large):
            figures = [figure("l@1x", small, better=better), figure("l@10x", 7.0), figure("l@100x", large, better=better)]
            return [(f["name"], f["value"]) for f in bench.growth_of(figures)]
        self.assertEqual(growth("lower", 2.0, 2.0), [("growth.l", 0.0)])
        self.assertEqual(growth("lower", 2.0, 200.0), [("growth.l", 1.0)])
        self.assertEqual(growth("higher", 500.0, 50.0), [("growth.l", 0.5)])
        self.assertEqual(bench.growth_of([figure("l@1x"), figure("m@100x")]), [])

    def test_a_subset_replaces_its_own_figures_only(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.json"
            bench.write(path, [figure("x", bench="one"), figure("y", bench="two")], ["one", "two"], True)
            bench.write(path, [figure("x", 5.0, bench="one")], ["one"], False)
            self.assertEqual({f["name"]: f["value"] for f in json.loads(path.read_text())}, {"x": 5.0, "y": 1.0})

    def test_a_benchmark_that_does_not_exist(self):
        result = subprocess.run([str(ROOT / "scripts/bench"), "nonsense"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no benchmark nonsense", result.stderr)


class Report(unittest.TestCase):
    FIGURES = [figure("walk_1m_nodes", 90.0, floor=60.0, ratio=1.5, reach=2.0)] + [
        figure(f"walk_1m_nodes@{size}x", value) for size, value in ((1, 40.0), (10, 60.0), (100, 90.0))]

    def test_tables_are_put_between_their_marks(self):
        text = "a\n<!-- figures -->\nold\n<!-- end -->\nb\n"
        once = plot.fill(text, "figures", "new\n")
        self.assertEqual(once, "a\n<!-- figures -->\nnew\n<!-- end -->\nb\n")
        self.assertEqual(plot.fill(once, "figures", "new\n"), once)
        with self.assertRaises(ValueError):
            plot.fill("no marks", "figures", "new\n")

    def test_nothing_is_as_low_as_can_be(self):
        self.assertIn("| yes |", plot.marks_table([figure("allocations", 0.0, reach=0.0)]))
        self.assertIn("| **no** |", plot.marks_table([figure("allocations", 1.0, reach=0.0)]))

    def test_plot_is_well_formed(self):
        import xml.etree.ElementTree
        svg = plot.growth_plot("walk", {"walk_1m_nodes": {1: 40.0, 10: 60.0, 100: 90.0}}, "ns/node")
        self.assertTrue(xml.etree.ElementTree.fromstring(svg).tag.endswith("svg"))

    def test_growth_is_read_from_the_figures(self):
        self.assertEqual(plot.growth(self.FIGURES), {"walk_1m_nodes": {1: 40.0, 10: 60.0, 100: 90.0}})


class Short(unittest.TestCase):
    @staticmethod
    def not_here():
        """Benchmarks that say nothing here, with a prefix of their lines.

        That of the ledger has two servers in one process, which share gRPC's threads. These have no instrumentation, so
        ThreadSanitizer cannot see that the second server was made before it was called.
        """
        if "thread" not in os.environ.get("WHENCE_SANITIZE", ""):
            return {}
        print("skipped: the benchmark of the ledger, under ThreadSanitizer", flush=True)
        return {"ledger": "ledger_"}

    def test_every_benchmark_works(self):
        left_out = self.not_here()
        names = sorted(p.stem for p in (ROOT / "bench").glob("*.cc") if p.stem not in left_out)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            output = pathlib.Path(folder) / "bench.json"
            environment = {**os.environ, "WHENCE_BUILD": BUILD, "WHENCE_BENCH_DIR": folder}
            command = [sys.executable, str(ROOT / "scripts/bench"), "--short", "--output", str(output), *names]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stderr[-4000:])
            figures = json.loads(output.read_text(encoding="utf-8"))
        names = [f["name"] for f in figures]
        self.assertEqual(len(names), len(set(names)), "names are not unique")
        self.assertLessEqual({line for line in LINES if not line.startswith(tuple(left_out.values()))}, set(names))
        for f in figures:
            with self.subTest(f["name"]):
                self.check(f)
                self.assertIn(f["name"], result.stdout)

    def check(self, f):
        self.assertEqual(set(f), {*bench.KEYS, "bench"})
        self.assertIn(f["better"], ("higher", "lower"))
        self.assertTrue(f["unit"])
        for key in ("value", "floor", "ratio", "reach"):
            if key == "value" or f[key] is not None:
                self.assertTrue(math.isfinite(f[key]) and f[key] >= 0, key)
        if f["ratio"] is not None:
            self.assertAlmostEqual(f["ratio"], f["value"] / f["floor"], delta=0.01 * f["ratio"])


if __name__ == "__main__":
    unittest.main()
