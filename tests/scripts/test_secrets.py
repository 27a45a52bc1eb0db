#!/usr/bin/env python3
"""Secrets stay where they belong: whatever a server and a command are shown, true tokens and planted ones, is in nothing
that they print, log, write to the ledger or keep on the disk, but for the file that holds the first token."""

import http.client
import json
import pathlib
import random
import sqlite3
import ssl
import stat
import string
import subprocess
import sys
import tempfile
import unittest

from real_server import ROOT, WHENCE, WHENCED, environment

sys.path.insert(0, str(ROOT / "tests/acceptance"))
import issuer  # pylint: disable=wrong-import-position

TABLE = {"catalogName": "prod", "schemaName": "s", "tableName": "t"}
TRINO = {"input": {"context": {"identity": {"user": "admin", "groups": []}},
                   "action": {"operation": "SelectFromColumns", "resource": {"table": {**TABLE, "columns": ["a"]}}}}}
EVALUATION = {"subject": {"type": "user", "id": "admin"}, "action": {"name": "SELECT"},
              "resource": {"type": "table", "id": "prod.s.t"}}
# What the HTTP door has: REST with answers and errors, others' dialects, figures, the document, the database itself.
OVER_HTTP = (("GET", "/v1/catalogs", None), ("GET", "/v1/whoami", None), ("GET", "/v1/assets/prod.none.at-all", None),
             ("POST", "/v1/catalogs", {"name": "a..b"}), ("POST", "/v1/catalogs", {"nonsense": 1}),
             ("GET", "/v1/tokens?allPrincipals=true", None), ("GET", "/v1/nowhere", None), ("GET", "/v1/server/backup", None),
             ("POST", "/access/v1/evaluation", EVALUATION), ("POST", "/access/v1/search/subject", EVALUATION),
             ("POST", "/v1/trino/allow", TRINO), ("POST", "/v1/trino/allow", {"input": 1}), ("GET", "/metrics", None))
OPEN = (("GET", "/openapi.json", None), ("GET", "/.well-known/authzen-configuration", None), ("GET", "/healthz", None),
        ("GET", "/readyz", None))

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
        self.http = None  # the address of the newest server's HTTP door

    def ask_http(self, token, tls=None):
        """Everything over HTTP, with a credential; the status of what asks for one, but for what there is not."""
        statuses = set()
        for method, path, body in OVER_HTTP + OPEN:
            connection = (http.client.HTTPSConnection(self.http, timeout=60, context=tls) if tls else
                          http.client.HTTPConnection(self.http, timeout=60))
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"authorization": f"Bearer {token}", "content-type": "application/json"})
            answer = connection.getresponse()
            self.printed += f"{answer.status} {answer.getheaders()} {answer.read().decode('latin-1')}\n"
            connection.close()
            if (method, path, body) in OPEN:
                self.assertEqual(answer.status, 200, path)
            elif path != "/v1/nowhere":
                statuses.add(answer.status)
        return statuses

    def ask(self, address, *args, **variables):
        done = subprocess.run([WHENCE, *args], env=environment(self.home, WHENCE_SERVER=address, **variables),
                              cwd=self.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120, check=False)
        self.printed += done.stdout
        return done

    def serve(self, *args):
        """A server that says what it has to say, and its address."""
        port_file, http_file = self.home / "port", self.home / "http.port"
        for file in (port_file, http_file):
            file.unlink(missing_ok=True)
        process = subprocess.Popen([WHENCED, "--data", self.data, "--listen", "127.0.0.1:0", "--port-file", port_file,
                                    "--http-listen", "127.0.0.1:0", "--http-port-file", http_file, *args],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.home,
                                   env=environment(self.home))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        while not all(file.exists() and file.read_text(encoding="utf-8").strip() for file in (port_file, http_file)):
            self.assertIsNone(process.poll())
        self.http = http_file.read_text(encoding="utf-8").strip()
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
        self.assertEqual(self.ask_http(secrets[0]), {200, 400, 404})
        for kind in ("token", "jwt", "odd"):
            secrets.append(planted(kind))
            for args in (("catalog", "list"), ("catalog", "create", "other"), ("admin", "backup", "copy.db"),
                         ("search", "prod"), ("prediction", "list", "-o", "json"), ("context", "current")):
                done = self.ask(address, *args, WHENCE_TOKEN=secrets[-1])
                if args[0] != "context":
                    self.assertEqual(done.returncode, 4, done.stdout)
            self.assertEqual(self.ask_http(secrets[-1]), {400, 401})  # what cannot be read is not looked at
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

    def test_no_token_of_an_issuer_is_printed_or_stored(self):
        elsewhere = tempfile.TemporaryDirectory()
        self.addCleanup(elsewhere.cleanup)
        ours, theirs = issuer.Key(elsewhere.name, "key"), issuer.Key(elsewhere.name, "theirs")
        keys = pathlib.Path(elsewhere.name) / "keys.json"
        keys.write_text(issuer.jwks(ours), encoding="utf-8")
        identity = self.home / "identity.json"
        identity.write_text(json.dumps({"issuers": [{"issuer": issuer.ISSUER, "audience": "whence",
                                                     "keys_file": str(keys)}]}), encoding="utf-8")
        process, address = self.serve("--identity", identity)
        file = self.data / "admin.token"
        good, expired, unknown = ours.token("admin"), ours.token("admin", -120), ours.token("nobody-" + planted("odd"))
        theirs.name = ours.name
        for token, code in ((good, 0), (expired, 4), (unknown, 4), (theirs.token("admin"), 4), (good[:-9], 4),
                            (ours.token("admin", aud="others"), 4)):
            made = self.ask(address, "catalog", "create", f"c{code}" if token == good else "other", WHENCE_TOKEN=token)
            self.assertEqual(made.returncode, code, made.stdout)
            for args in (("access", "whoami"), ("context", "current"), ("search", "c0"), ("admin", "info", "-o", "json")):
                self.ask(address, *args, WHENCE_TOKEN=token)
            self.assertEqual(200 in self.ask_http(token), code == 0)
            self.ask(address, "token", "list", WHENCE_TOKEN_FILE=str(file))
            self.find_nothing_of(token.split(".")[1:])
        process.kill()
        self.printed += process.communicate(timeout=60)[0]
        for token in (good, expired, unknown):
            self.find_nothing_of(token.split(".")[1:])
        with sqlite3.connect(self.data / "whence.db") as database:
            self.assertEqual(database.execute("SELECT count(*) FROM ledger_entry WHERE kind = 1").fetchone(), (1,))

    def test_no_private_key_is_printed_or_stored(self):
        elsewhere = tempfile.TemporaryDirectory()
        self.addCleanup(elsewhere.cleanup)
        pairs = []
        for name in ("first", "second"):
            key, cert = (pathlib.Path(elsewhere.name) / f"{name}.{kind}" for kind in ("key", "cert"))
            issuer.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                           "-keyout", str(key), "-out", str(cert))
            pairs.append((cert, key))
        (cert, key), (_, other) = pairs
        lines = [line for pair in pairs for line in pair[1].read_text(encoding="utf-8").splitlines()
                 if len(line) == 64]
        self.assertGreater(len(lines), 40)
        process, _ = self.serve("--tls-cert", cert, "--tls-key", key)
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self.assertIn(200, self.ask_http(self.token(), trusting))
        # A key that does not fit, and one that is broken: the server says so, and goes on with the one before.
        for content in (other.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")[:900]):
            key.with_suffix(".new").write_text(content, encoding="utf-8")
            key.with_suffix(".new").rename(key)
            self.assertIn(200, self.ask_http(self.token(), trusting))
        self.stop(process)
        self.assertIn("TLS", self.printed)
        kept = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        for line in lines:
            self.assertNotIn(line, self.printed)
            for path, content in kept.items():
                self.assertNotIn(line.encode(), content, path)
        # Nor does a start with files that cannot be used say what is in them.
        refused = subprocess.run([WHENCED, "--data", self.home / "another", "--listen", "127.0.0.1:0", "--http-listen", "off",
                                  "--tls-cert", cert, "--tls-key", key], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, timeout=60, check=False, env=environment(self.home))
        self.assertNotEqual(refused.returncode, 0)
        for line in lines:
            self.assertNotIn(line, refused.stdout)

    def test_a_salt_is_in_no_answer_and_not_in_the_ledger(self):
        process, address = self.serve()
        token_file = str(self.data / "admin.token")
        salt, other = planted("odd"), planted("odd")
        for name, text in (("salt", salt), ("other", other)):
            (self.home / name).write_text(text + "\n", encoding="utf-8")
        mask = ("--mask", "hash", "--column", "email")
        for args in (("catalog", "create", "prod"), ("schema", "create", "prod.s"),
                     ("asset", "create", "prod.s.users", "--kind", "table", "--column", "email:varchar"),
                     ("policy", "create", "hide", *mask, "--salt-file", "salt", "--on", "metastore", "--dry-run"),
                     ("policy", "create", "hide", *mask, "--salt-file", "salt", "--on", "metastore"),
                     ("policy", "get", "hide", "-o", "json"), ("policy", "list", "-o", "yaml"),
                     ("policy", "preview", "hide", "-o", "json"),
                     ("policy", "decide", "user:admin", "SELECT", "prod.s.users", "-o", "json"),
                     ("policy", "update", "hide", "--mask", "hash", "--salt-file", "other"),
                     ("policy", "update", "hide", "--comment", "x"), ("export", "-"),
                     ("policy", "delete", "hide", "--yes", "-o", "json")):
            done = self.ask(address, *args, WHENCE_TOKEN_FILE=token_file)
            self.assertEqual(done.returncode, 0, (args, done.stdout))
        # Errors neither.
        taken = ("policy", "create", "twice", *mask, "--salt-file", "salt", "--on", "metastore")
        self.ask(address, *taken, WHENCE_TOKEN_FILE=token_file)
        self.assertEqual(self.ask(address, *taken, WHENCE_TOKEN_FILE=token_file).returncode, 6)
        process.kill()
        self.printed += process.communicate(timeout=60)[0]
        with sqlite3.connect(self.data / "whence.db") as database:
            ledger = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
                      if name.startswith(("ledger", "request"))]
            self.assertIn("ledger_entry", ledger)
            recorded = repr([database.execute(f"SELECT * FROM {name}").fetchall() for name in ledger])
            kept = repr(database.execute("SELECT definition FROM policy_state").fetchall())
        for secret in (salt, other):
            self.assertIn(secret, kept)  # a mask needs it: this is where it is, and a secret to look for
            self.assertNotIn(secret, self.printed)
            self.assertNotIn(secret, recorded)

    def find_nothing_of(self, parts):
        """Of a token's claims and signature, in nothing that was printed or written."""
        kept = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        self.assertIn(self.data / "whence.db", kept)
        for part in parts:
            middle = part[8:-8]  # a hint shows the ends
            self.assertGreater(len(middle), 20)
            self.assertNotIn(middle, self.printed)
            for path, content in kept.items():
                self.assertNotIn(middle.encode(), content, path)

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
            changes = database.execute("SELECT action FROM ledger_entry WHERE kind = 1 ORDER BY position").fetchall()
        self.assertEqual(changes, [("CreateCatalog",), ("CreateToken",)])

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
