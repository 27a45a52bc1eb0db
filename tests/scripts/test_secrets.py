#!/usr/bin/env python3
"""Secrets stay where they belong: whatever a server and a command are shown, true tokens and planted ones, is in nothing
that they print, log, write to the ledger or keep on the disk, but for the file that holds the first token."""

import pathlib
import random
import sqlite3
import stat
import string
import subprocess
import tempfile
import unittest

from real_server import WHENCE, WHENCED, environment

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def planted(kind):
    """Something like a token that nobody else could have written."""
    text = "".join(random.choices(BASE62, k=30))
    return {"token": "whence_" + text + "000000", "jwt": f"eyJhbGciOiJSUzI1NiJ9.{text}.{text[::-1]}",
            "odd": "hunter2-" + text}[kind]


class Secrets(unittest.TestCase):

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.home = pathlib.Path(scratch.name)
        self.data = self.home / "data"
        self.printed = ""

    def ask(self, address, *args, **variables):
        done = subprocess.run([WHENCE, *args], env=environment(self.home, WHENCE_SERVER=address, **variables),
                              cwd=self.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120, check=False)
        self.printed += done.stdout
        return done

    def serve(self, *args):
        """A server that says what it has to say, and its address."""
        port_file = self.home / "port"
        port_file.unlink(missing_ok=True)
        process = subprocess.Popen([WHENCED, "--data", self.data, "--listen", "127.0.0.1:0", "--port-file", port_file, *args],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.home,
                                   env=environment(self.home))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        while not (port_file.exists() and port_file.read_text(encoding="utf-8").strip()):
            self.assertIsNone(process.poll())
        return process, port_file.read_text(encoding="utf-8").strip()

    def stop(self, process):
        process.terminate()
        self.printed += process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 0)

    def token(self):
        return (self.data / "admin.token").read_text(encoding="utf-8").strip()

    def test_no_secret_is_printed_or_stored(self):
        process, address = self.serve()
        secrets = [self.token()]
        file = self.data / "admin.token"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(self.ask(address, "catalog", "create", "prod", WHENCE_TOKEN_FILE=str(file)).returncode, 0)
        self.assertEqual(self.ask(address, "context", "set", "here", "--server", address, "--token-file", file).returncode, 0)
        for args in (("context", "current"), ("context", "current", "-o", "json"), ("context", "list", "-o", "yaml"),
                     ("catalog", "list"), ("admin", "info", "-o", "json"), ("export", "-")):
            self.ask(address, *args)
        for kind in ("token", "jwt", "odd"):
            secrets.append(planted(kind))
            for args in (("catalog", "list"), ("catalog", "create", "other"), ("admin", "backup", "copy.db"),
                         ("search", "prod"), ("prediction", "list", "-o", "json"), ("context", "current")):
                done = self.ask(address, *args, WHENCE_TOKEN=secrets[-1])
                if args[0] != "context":
                    self.assertEqual(done.returncode, 4, done.stdout)
            bad = self.home / "bad.token"
            bad.write_text(secrets[-1] + "\nand more", encoding="utf-8")
            self.assertEqual(self.ask(address, "--token-file", bad, "catalog", "list").returncode, 1)
            bad.unlink()
        self.stop(process)
        again = subprocess.run([WHENCED, "--data", self.data, "--new-admin-token"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=60, check=True, env=environment(self.home))
        self.printed += again.stdout
        secrets.append(self.token())
        self.assertEqual(len(set(secrets)), 5)
        process, address = self.serve()
        self.assertEqual(self.ask(address, "catalog", "get", "prod", WHENCE_TOKEN_FILE=str(file)).returncode, 0)
        process.kill()  # so that the log is still there
        self.printed += process.communicate(timeout=60)[0]
        self.look_for(secrets)

    def look_for(self, secrets):
        """In all that was printed, and in every file, the database's pages and log among them."""
        self.assertIn("admin.token", self.printed)  # it does say where the token is
        kept = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        self.assertIn(self.data / "whence.db", kept)
        newest = kept.pop(self.data / "admin.token").decode().strip()
        self.assertEqual(newest, secrets[-1])
        for secret in secrets:
            inner = secret.removeprefix("whence_")[4:26]  # what a hint does not show
            for text in (secret, inner, inner[::-1]):
                self.assertNotIn(text, self.printed)
                for path, content in kept.items():
                    self.assertNotIn(text.encode(), content, path)
        with sqlite3.connect(self.data / "whence.db") as database:
            entries = database.execute("SELECT * FROM ledger_entry").fetchall()
        self.assertEqual([entry[4] for entry in entries], ["CreateCatalog", "CreateToken"])

    def test_what_is_planted_would_be_found(self):
        (self.home / "leak").write_text("x" + planted("token"), encoding="utf-8")
        self.data.mkdir()
        (self.data / "whence.db").touch()
        secret = (self.home / "leak").read_text(encoding="utf-8")[1:]
        (self.data / "admin.token").write_text(secret, encoding="utf-8")
        self.printed = "admin.token"
        with self.assertRaises(AssertionError):
            self.look_for([secret])


if __name__ == "__main__":
    unittest.main()
