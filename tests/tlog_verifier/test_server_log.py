#!/usr/bin/env python3
"""The server's own log, read over HTTP and checked by Go's packages of its checksum database; cosigned by a witness in Go,
which refuses another history of it.

The programs are those of test_tlog_verifier.py and go/witness; exit code 77 where there is no Go.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "acceptance"))
import test_tlog_verifier as go  # pylint: disable=wrong-import-position
import world  # pylint: disable=wrong-import-position

WITNESS = go.VERIFIER.with_name("witness")


class ServerLog(world.Case):
    flags = ("--ledger-public",)

    def start_server(self, listen="127.0.0.1:0", **more):
        port_file = self.folder / ".http.port"
        port_file.unlink(missing_ok=True)
        flags = (*self.flags, "--http-listen", "127.0.0.1:0", "--http-port-file", str(port_file))
        super().start_server(listen, more=flags)
        self.url = f"http://{port_file.read_text(encoding='utf-8').strip()}"

    def grow(self, name, count=1):
        for i in range(count):
            self.whence("catalog", "create", f"{name}{i}", "-q")

    def check(self, *more, code=0):
        done = subprocess.run([go.VERIFIER, "-url", self.url, "-vkey", self.vkey(), *more], capture_output=True, text=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def vkey(self):
        return self.whence("audit", "key").stdout.strip()

    def keep(self, name):
        self.whence("audit", "checkpoint", "--now", "--file", name, "-q")
        return self.folder / name

    def restart(self, *flags):
        self.stop_server()
        self.flags = ("--ledger-public", *flags)
        self.start_server()

    def start_witness(self):
        # pylint: disable=consider-using-with
        witness = subprocess.Popen([WITNESS, "-vkey", self.vkey()], stdout=subprocess.PIPE, text=True)
        self.addCleanup(witness.stdout.close)
        self.addCleanup(witness.wait)
        self.addCleanup(witness.kill)
        return witness.stdout.readline().strip()

    def eventually(self, look):
        end = time.monotonic() + 30
        while not look():
            self.assertLess(time.monotonic(), end, "it did not come to that in 30 s")
            time.sleep(0.1)

    def witnesses(self):
        return self.whence("audit", "checkpoint").stdout

    def test_go_checks_every_entry_and_that_older_logs_are_continued(self):
        self.grow("a", 20)
        first = self.keep("first")
        self.assertIn("all checked", self.check())
        self.grow("b", 300)  # over one tile
        self.keep("second")
        self.assertIn("begins with the log of", self.check("-old", str(first)))
        self.restart()
        self.assertIn("begins with the log of", self.check("-old", str(self.folder / "second")))

    def test_go_checks_an_export(self):
        self.grow("a", 300)
        self.whence("audit", "export", "ledger", "-q")
        os.rename(self.folder / "ledger", self.folder / "log")
        server = go.http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), go.functools.partial(go.Quiet, directory=str(self.folder / "log")))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        go.threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.assertIn("all checked", self.check())

    def test_verify_reads_a_log_over_http(self):
        self.grow("a", 20)
        self.keep("kept")
        self.grow("b", 3)
        said = self.whence("audit", "verify", self.url, "--since", "kept").stdout
        self.assertIn("it continues kept", said)
        self.assertIn("rows of the tables against their entries", said)
        # Anybody may read a public log; the tables are for who may manage the metastore.
        self.write("vkey", self.vkey())
        del self.env["WHENCE_TOKEN_FILE"]
        self.env["WHENCE_DATA"] = str(self.folder / "nothing")
        said = self.whence("audit", "verify", self.url, "--key", "vkey", "--since", "kept").stdout
        self.assertIn("it continues kept", said)
        self.assertIn("not checked  the tables against their entries", said)

    def test_a_witness_cosigns_and_a_reader_may_ask_for_it(self):
        witness = self.start_witness()
        self.restart("--ledger-witness", witness)
        self.grow("a", 3)
        self.keep("kept")
        size = int(self.read("kept").splitlines()[1])
        self.eventually(lambda: f" {size} " in self.witnesses())
        cosigned = self.whence("audit", "checkpoint", "--cosigned", "-o", "json").stdout
        self.assertIn("witness.example/go", cosigned)
        vkey = witness.split("=", 1)[1]
        said = self.whence("audit", "verify", self.url, "--witness", vkey, "--quorum", "1", "--no-tables").stdout
        self.assertIn("cosigned by witness.example/go", said)
        self.assertIn("all checked", self.check())

    def test_a_fork_is_refused_by_the_witness_and_found_by_who_kept_a_checkpoint(self):
        witness = self.start_witness()
        self.stop_server()
        data = self.folder / ".server"
        fork = self.folder / "fork"
        shutil.copytree(data, fork)
        self.flags = ("--ledger-public", "--ledger-witness", witness)
        self.start_server()
        self.grow("a", 3)
        kept = self.keep("kept")
        size = int(self.read("kept").splitlines()[1])
        self.eventually(lambda: f" {size} " in self.witnesses())
        # The same key goes another way, and further.
        self.stop_server()
        shutil.rmtree(data)
        shutil.copytree(fork, data)
        self.start_server()
        self.grow("b", 10)
        self.eventually(lambda: "422" in self.witnesses())
        self.assertIn("does not begin with the log of", self.check("-old", str(kept), code=1))
        said = self.whence("audit", "verify", "--since", "kept", code=2).stdout
        self.assertIn("FAILED at position", said)


def main():
    go.build_verifier()
    go.build("./witness", WITNESS)
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(ServerLog))
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
