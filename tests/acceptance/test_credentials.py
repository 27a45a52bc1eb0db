#!/usr/bin/env python3
"""Who a caller of the real server is: by the token of an issuer whose keys are in a file or behind a URL, and by a
client certificate, through both doors."""

import http.client
import json
import ssl
import subprocess
import time
import unittest

import issuer
import world

# Of the server: how long after a fetch the keys are fetched again (base/limits.h), and some time to do it.
REFETCH_SECONDS = 30 + 15

RULES = """
certificates:
  - {uri: "spiffe://example.org/sa/*", principal: "svc:*"}
"""


class Credentials(world.Case):
    """Servers with --identity; the command's own token is that of user:ana."""

    def start_server(self, listen="127.0.0.1:0", more=(), **_):
        self.http_file = self.folder / ".http.port"
        self.http_file.unlink(missing_ok=True)
        super().start_server(listen, more=("--http-listen", "127.0.0.1:0", "--http-port-file", str(self.http_file), *more))

    def restart(self, identity, *more):
        """With this file of --identity."""
        self.write("identity.yaml", identity)
        self.stop_server()
        self.start_server(more=("--identity", str(self.folder / "identity.yaml"), *more))

    def issuers(self, keys):
        return f"issuers:\n  - {{issuer: '{issuer.ISSUER}', audience: whence, {keys}, groups: {{claim: groups}}}}\n"

    def whoami(self, token, door):
        """The name, or the reason of the refusal."""
        if door == "gRPC":
            done = subprocess.run(["whence", "access", "whoami", "-o", "json"], cwd=self.folder, text=True, check=False,
                                  env={**self.env, "WHENCE_TOKEN": token}, capture_output=True)
            if done.returncode == 0:
                return json.loads(done.stdout)["principal"]["name"]
            self.assertNotIn(token, done.stdout + done.stderr)
            return done.stderr.partition("(")[2].partition(")")[0].rpartition(", ")[2]
        connection = http.client.HTTPConnection(self.http_file.read_text(encoding="utf-8").strip(), timeout=60)
        connection.request("GET", "/v1/whoami", headers={"authorization": f"Bearer {token}"})
        return self.named(connection)

    def named(self, connection):
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        if answer.status == 200:
            return body["principal"]["name"]
        return next(d["reason"] for d in body["error"]["details"] if d["@type"].endswith("ErrorInfo"))

    def check(self, token, expected):
        for door in ("gRPC", "HTTP"):
            self.assertEqual(self.whoami(token, door), expected, door)

    def test_tokens_of_an_issuer_whose_keys_are_in_a_file(self):
        first, rsa, second = (issuer.Key(self.folder, name, rsa) for name, rsa in
                              (("first", False), ("rsa", True), ("second", False)))
        self.write("keys.json", issuer.jwks(first, rsa))
        self.restart(self.issuers("keys_file: keys.json"))
        good = first.token("bo")
        self.check(good, "PRINCIPAL_UNKNOWN")
        self.whence("principal", "create", "user:bo", "-q")
        self.check(good, "user:bo")
        self.check(rsa.token("bo"), "user:bo")
        self.check(first.token("bo", -120), "TOKEN_EXPIRED")
        self.check(first.token("bo", aud="others"), "TOKEN_INVALID")
        self.check(first.token("bo", iss="https://other.example"), "TOKEN_INVALID")
        self.check(good[:-6] + "AAAAAA", "TOKEN_INVALID")
        self.check(second.token("bo"), "TOKEN_INVALID")
        # Groups of the token count, here and now.
        for words in (("catalog", "create", "prod"), ("group", "create", "analysts"),
                      ("grant", "BROWSE", "on", "catalog", "prod", "to", "group:analysts")):
            self.whence("-q", *words)
        get = ("catalog", "get", "prod", "-q")
        self.env["WHENCE_TOKEN"] = good
        self.whence(*get, code=4)
        self.env["WHENCE_TOKEN"] = first.token("bo", groups=["analysts", "unheard-of"])
        self.whence(*get)
        shown = self.whence("access", "whoami").stdout
        self.assertRegex(shown, r"(?m)^groups +group:analysts$")
        self.assertRegex(shown, rf"(?m)^shown +a token of {issuer.ISSUER}$")
        self.assertRegex(shown, r"(?m)^ends +\d{4}-")
        del self.env["WHENCE_TOKEN"]
        # Keys are renewed in place, and deactivation is at once.
        self.write("keys.new", issuer.jwks(second))
        (self.folder / "keys.new").rename(self.folder / "keys.json")
        time.sleep(1.1)
        self.check(second.token("bo"), "user:bo")
        self.check(good, "TOKEN_INVALID")
        self.whence("-q", "principal", "deactivate", "user:bo")
        self.check(second.token("bo"), "PRINCIPAL_INACTIVE")
        self.assertEqual(self.server.said(), "")

    def test_keys_behind_a_url_are_fetched_rotated_and_waited_for(self):
        first, second = (issuer.Key(self.folder, name) for name in ("first", "second"))
        keys = issuer.KeyServer()
        self.addCleanup(keys.close)
        self.whence("principal", "create", "user:bo", "-q")
        # Down when the server starts: it starts all the same, and says so.
        self.restart(self.issuers(f"keys_url: '{keys.url}'"))
        self.assertRegex(self.server.said(), r"^whenced: cannot fetch the keys at .*: the answer is 503, not 200; it is asked "
                                             r"again\n$")
        self.assertEqual(keys.asked, 1)
        self.check(first.token("bo"), "ISSUER_KEYS_UNAVAILABLE")
        keys.document = issuer.jwks(first)
        self.until(first.token("bo"), "user:bo")
        asked = keys.asked
        # A made-up key is asked about once in a while, and a good token needs nobody.
        for _ in range(5):
            self.assertIn(self.whoami(second.token("bo"), "HTTP"), ("TOKEN_INVALID", "ISSUER_KEYS_REFRESHING"))
            self.check(first.token("bo"), "user:bo")
        self.assertLessEqual(keys.asked, asked + 1)
        # Rotated: the new key is found, and the one that was taken back is gone with the same fetch.
        keys.document = issuer.jwks(second)
        self.until(second.token("bo"), "user:bo")
        self.check(first.token("bo"), "TOKEN_INVALID")
        # Who has keys can do without the issuer for a while.
        keys.document = None
        self.check(second.token("bo"), "user:bo")

    def until(self, token, expected):
        end = time.monotonic() + REFETCH_SECONDS
        while (who := self.whoami(token, "HTTP")) != expected:
            self.assertLess(time.monotonic(), end, who)
            time.sleep(0.5)
        self.check(token, expected)

    def replace(self, name, text):
        """As editors and tools do it."""
        self.write(f"{name}.new", text)
        (self.folder / f"{name}.new").rename(self.folder / name)

    def test_a_file_that_changes_is_in_force_with_the_next_call(self):
        first, second = (issuer.Key(self.folder, name) for name in ("first", "second"))
        self.write("first.json", issuer.jwks(first))
        self.write("second.json", issuer.jwks(second))
        keys = issuer.KeyServer()
        keys.document = issuer.jwks(second)
        self.addCleanup(keys.close)
        self.whence("principal", "create", "user:bo", "-q")
        self.restart(self.issuers("keys_file: first.json"))
        old, new = first.token("bo"), second.token("bo")
        self.check(old, "user:bo")
        self.check(new, "TOKEN_INVALID")
        self.replace("identity.yaml", self.issuers("keys_file: second.json"))
        self.check(old, "TOKEN_INVALID")
        self.check(new, "user:bo")
        # One that is wrong is not taken, and said once.
        self.replace("identity.yaml", self.issuers("keys_file: nowhere.json"))
        self.check(new, "user:bo")
        self.replace("identity.yaml", "isuers: []")
        self.check(new, "user:bo")
        # Nobody is believed, and then keys that are fetched while nobody waits.
        self.replace("identity.yaml", "{}")
        self.check(new, "TOKEN_INVALID")
        self.replace("identity.yaml", self.issuers(f"keys_url: '{keys.url}'"))
        self.assertIn(self.whoami(new, "HTTP"), ("ISSUER_KEYS_REFRESHING", "user:bo"))
        self.until(new, "user:bo")
        said = self.server.said().splitlines()
        file = self.folder / "identity.yaml"
        in_force = f"whenced: {file} changed, and what is new is in force"
        self.assertEqual([said[0], *said[3:]], [in_force] * 3)
        self.assertRegex(said[1], r"identity\.yaml changed: .*nowhere\.json.*; what was before stays in force$")
        self.assertRegex(said[2], r"identity\.yaml changed: isuers: there is no such setting; what was before stays in force$")

    def test_what_is_wrong_with_the_file_is_said_before_the_doors_open(self):
        for text, said in (("issuers: [{issuer: x}]", "issuers[0].audience"),
                           (self.issuers("keys_file: nowhere.json"), "nowhere.json"),
                           (self.issuers("keys_url: 'http://keys.example/'"), "https")):
            self.write("identity.yaml", text)
            done = subprocess.run(["whenced", "--data", "other", "--listen", "127.0.0.1:0", "--http-listen", "off",
                                   "--identity", "identity.yaml"], cwd=self.folder, env=self.env, text=True, timeout=60,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.folder / "other").exists(), "nothing was made")

    def certificate(self, authority, name, names):
        """A key and a certificate of the authority; its files' names without their endings."""
        self.write("names", f"subjectAltName={names}\n")
        issuer.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                       "-out", f"{name}.csr", "-subj", f"/CN={name}", cwd=self.folder)
        issuer.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                       "-days", "1", "-extfile", "names", "-out", f"{name}.pem", cwd=self.folder)
        return name

    def by_certificate(self, name, door, token=None):
        """Who shows this certificate is, or why it is nobody; with a token besides."""
        if door == "HTTPS":
            context = ssl.create_default_context(cafile=self.folder / "ours.pem")
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
            address = self.http_file.read_text(encoding="utf-8").strip()
            connection = http.client.HTTPSConnection(address, timeout=60, context=context)
            try:
                connection.request("GET", "/v1/whoami", headers={} if token is None else {"authorization": f"Bearer {token}"})
                return self.named(connection)
            except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
                return "no connection"
        self.whence("context", "set", name, "--server", self.server.address, "--ca", "ours.pem", "--cert", f"{name}.pem",
                    "--key", f"{name}.key", "-q")
        env = {key: value for key, value in self.env.items() if key not in ("WHENCE_SERVER", "WHENCE_TOKEN_FILE")}
        if token is not None:
            env["WHENCE_TOKEN"] = token
        done = subprocess.run(["whence", "--context", name, "access", "whoami", "-o", "json", "--timeout", "20s"],
                              cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)["principal"]["name"]
        return "no connection" if "no answer" in done.stderr else done.stderr.partition("(")[2].partition(")")[0].rpartition(", ")[2]

    def test_client_certificates_through_both_doors(self):
        for name in ("ours", "clients", "others"):
            issuer.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                           f"{name}.key", "-out", f"{name}.pem", "-days", "1", "-subj", f"/CN={name}", cwd=self.folder)
        self.certificate("ours", "server", "IP:127.0.0.1")
        token = self.server.token_file.read_text(encoding="utf-8").strip()
        self.whence("principal", "create", "svc:trainer", "-q")
        tls = ("--tls-cert", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "clients.pem")
        self.restart(RULES, *tls)
        trainer = self.certificate("clients", "trainer", "URI:spiffe://example.org/sa/trainer,DNS:node-7")
        unknown = self.certificate("clients", "unknown", "URI:spiffe://example.org/sa/unknown")
        other = self.certificate("clients", "other", "DNS:spiffe.example.org")
        foreign = self.certificate("others", "foreign", "URI:spiffe://example.org/sa/trainer")
        for door in ("gRPC", "HTTPS"):
            self.assertEqual(self.by_certificate(trainer, door), "svc:trainer", door)
            self.assertEqual(self.by_certificate(trainer, door, token), "user:ana", door)
            self.assertEqual(self.by_certificate(trainer, door, "garbage"), "TOKEN_INVALID", door)
            self.assertEqual(self.by_certificate(unknown, door), "PRINCIPAL_UNKNOWN", door)
            self.assertEqual(self.by_certificate(other, door), "CERTIFICATE_UNKNOWN", door)
            self.assertEqual(self.by_certificate(foreign, door, token), "no connection", door)


if __name__ == "__main__":
    unittest.main()
