#!/usr/bin/env python3
"""Serves logs that our code wrote, as files, and lets Go's packages of its checksum database check them.

    test_tlog_verifier.py WRITE_LOG

WRITE_LOG (write_log.cc) writes a log into a folder. The verifier (go/main.go) is built into the build folder. Exit code 77:
there is no Go, or its packages cannot be had.
"""

import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("WHENCE_BUILD_DIR", HERE.parents[1] / "build/release"))
VERIFIER = BUILD / "tests/tlog_verifier/tlog_verifier"
GO_FOLDERS = "/usr/local/go/bin:/usr/lib/go/bin"
DEBIAN_GOPATH = pathlib.Path("/usr/share/gocode")
DEBIAN_MODULE = DEBIAN_GOPATH / "src/golang.org/x/mod/sumdb"
SKIPPED = 77
SIZES = (1, 255, 256, 257, 1000, 66_000)


def skip(why):
    print(f"skipped: {why}")
    raise SystemExit(SKIPPED)


def build(package, target):
    """Builds with the module that go.sum names or, where that cannot be had, with Debian's package of it."""
    go = shutil.which("go") or shutil.which("go", path=GO_FOLDERS)
    if go is None:
        skip("no Go on this machine: nobody else checks our logs")
    # No other toolchain is fetched, and nothing is written beside the source.
    environment = {"HOME": str(BUILD), **os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false",
                   "CGO_ENABLED": "0"}
    fetched = subprocess.run([go, "mod", "download"], cwd=HERE / "go", env=environment, capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        if not DEBIAN_MODULE.is_dir():
            skip(f"Go's packages cannot be had: nobody else checks our logs: {fetched.stderr.strip()}")
        environment |= {"GO111MODULE": "off", "GOPATH": str(DEBIAN_GOPATH), "GOFLAGS": "-buildvcs=false"}
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([go, "build", "-o", str(target), package], cwd=HERE / "go", env=environment, check=True)


def build_verifier():
    build(".", VERIFIER)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Verifier(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # pylint: disable=consider-using-with
        cls.folder = tempfile.TemporaryDirectory(dir=BUILD)
        cls.log = pathlib.Path(cls.folder.name) / "log"
        cls.vkey = subprocess.run([cls.write_log, str(cls.log), *map(str, SIZES)], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.strip()
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=cls.folder.name))
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.folder.cleanup()

    def run_verifier(self, folder="log", old=None, vkey=None):
        url = f"http://127.0.0.1:{self.server.server_address[1]}/{folder}"
        command = [str(VERIFIER), "-url", url, "-vkey", vkey or self.vkey]
        if old is not None:
            command += ["-old", str(old)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return result.returncode, result.stdout + result.stderr

    def checkpoint(self, size):
        return self.log / f"checkpoint.{size}"

    def changed(self, path, change):
        """What the verifier says of the log of 1,000 entries with one file changed."""
        copy = pathlib.Path(self.folder.name) / "changed"
        shutil.rmtree(copy, ignore_errors=True)
        for part in ("tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003.p/232", "tile/1/000.p/3",
                     "tile/entries/000", "tile/entries/001", "tile/entries/002", "tile/entries/003.p/232"):
            (copy / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.log / part, copy / part)
        shutil.copy(self.checkpoint(1000), copy / "checkpoint")
        file = copy / path
        file.write_bytes(change(file.read_bytes()))
        return self.run_verifier("changed")

    def test_every_size_verifies(self):
        for size in SIZES:
            with self.subTest(size):
                copy = pathlib.Path(self.folder.name) / f"at-{size}"
                copy.mkdir()
                (copy / "tile").symlink_to(self.log / "tile")
                shutil.copy(self.checkpoint(size), copy / "checkpoint")
                code, output = self.run_verifier(copy.name)
                self.assertEqual(code, 0, output)
                self.assertIn(f"{size} entries", output)

    def test_every_log_begins_with_every_older_one(self):
        for size in SIZES:
            with self.subTest(size):
                code, output = self.run_verifier(old=self.checkpoint(size))
                self.assertEqual(code, 0, output)
                self.assertIn(f"begins with the log of {size} entries", output)

    def test_a_log_that_went_back_is_found(self):
        copy = pathlib.Path(self.folder.name) / "back"
        copy.mkdir()
        (copy / "tile").symlink_to(self.log / "tile")
        shutil.copy(self.checkpoint(256), copy / "checkpoint")
        code, output = self.run_verifier("back", old=self.checkpoint(1000))
        self.assertEqual(code, 1)
        self.assertIn("the log has 256 entries; it had 1000", output)

    def test_another_history_is_found(self):
        other = pathlib.Path(self.folder.name) / "other"
        vkey = subprocess.run([self.write_log, str(other), "300"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertEqual(self.run_verifier("other", vkey=vkey.strip())[0], 0)
        code, output = self.run_verifier("other")  # another key has signed it
        self.assertEqual(code, 1)
        self.assertIn("checkpoint", output)

    def test_a_changed_entry_is_found_and_named(self):
        def change(bundle):
            assert bundle.count(b"prod.tables.300") == 1
            return bundle.replace(b"prod.tables.300", b"prod.tables.301")
        code, output = self.changed("tile/entries/001", change)
        self.assertEqual(code, 1)
        self.assertIn("entry 300 is not the one that was logged", output)

    def test_changed_tiles_bundles_and_checkpoints_are_found(self):
        flip = lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]
        for path in ("checkpoint", "tile/0/000", "tile/0/003.p/232", "tile/1/000.p/3", "tile/entries/003.p/232"):
            for name, change in {"flipped": flip, "cut": lambda data: data[:-1], "longer": lambda data: data + b"\0"}.items():
                with self.subTest(path=path, change=name):
                    self.assertEqual(self.changed(path, change)[0], 1)


def main():
    Verifier.write_log = sys.argv[1]
    build_verifier()
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Verifier))
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
