#!/usr/bin/env python3
"""The HTTP door of the real server, asked with Python's own client: a pipeline's day, what is served beside it, and the
OpenAPI document before openapi-spec-validator (from PyPI, in an environment of its own under the build folder)."""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import unittest
import urllib.parse

import world

VALIDATOR = "openapi-spec-validator==0.7.1"


def quote(name):
    return urllib.parse.quote(name, safe="")


class Rest(world.Case):
    def start_server(self, listen="127.0.0.1:0", **_):
        port_file = self.folder / ".http.port"
        super().start_server(listen, more=("--http-listen", "127.0.0.1:0", "--http-port-file", str(port_file)))
        token = self.server.token_file.read_text(encoding="utf-8").strip()
        self.credentials = {"authorization": f"Bearer {token}"}
        self.http = http.client.HTTPConnection(port_file.read_text(encoding="utf-8").strip(), timeout=60)
        self.addCleanup(self.http.close)

    def ask(self, method, path, body=None, status=200, headers=None):
        """The answer as JSON; on one connection that is kept."""
        sent = {**self.credentials, **(headers or {})}
        if body is not None:
            body = json.dumps(body)
            sent["content-type"] = "application/json"
        self.http.request(method, path, body, sent)
        self.answer = self.http.getresponse()
        text = self.answer.read()
        self.assertEqual(self.answer.status, status, f"{method} {path}: {text!r}")
        return json.loads(text) if self.answer.headers["content-type"] == "application/json" else text

    def test_a_day(self):
        self.ask("POST", "/v1/catalogs", {"name": "shop"})
        self.ask("POST", "/v1/schemas", {"name": "shop.churn"})
        self.ask("POST", "/v1/assets", {"name": "shop.churn.customers", "kind": "KIND_TABLE"})
        self.ask("POST", "/v1/assets/shop.churn.customers/versions", {"digest": "opaque:1"})
        run = {"job": "shop.churn.train", "reads": [{"reference": "shop.churn.customers"}],
               "writes": [{"reference": "shop.churn.model", "createKind": "KIND_MODEL",
                           "version": {"digest": "opaque:weights"}}]}
        recorded = self.ask("POST", "/v1/runs?requestId=r1", run)
        self.assertEqual(self.ask("POST", "/v1/runs?requestId=r1", run), recorded)
        self.ask("PUT", "/v1/assets/shop.churn.model/aliases/champion", {"version": 1})
        prediction = {"id": "churn/1", "model": "shop.churn.model@champion", "inputText": "4711"}
        self.ask("POST", "/v1/predictions:record", {"predictions": [prediction]})
        why = self.ask("GET", "/v1/explanations/" + quote("prediction:churn/1"))
        self.assertIn("shop.churn.customers@1", [node["reference"] for node in why["graph"]["nodes"]])
        self.assertEqual(why["runCount"], 1)
        self.assertEqual(self.ask("GET", f"/v1/runs/{recorded['id']}")["job"], "shop.churn.train")
        hits = self.ask("GET", "/v1/search?query=customers&kinds=KIND_MODEL&kinds=KIND_TABLE")["hits"]
        self.assertEqual([hit["asset"]["name"] for hit in hits], ["shop.churn.customers"])
        # The other door sees the same.
        self.assertIn("shop.churn.model", self.whence("asset", "list", "shop.churn").stdout)
        self.whence("catalog", "create", "other")
        self.assertEqual(self.ask("GET", "/v1/catalogs/other")["name"], "other")

    def test_conditions_and_errors(self):
        self.ask("POST", "/v1/catalogs", {"name": "`a b/c.d`"})
        path = "/v1/catalogs/" + quote("`a b/c.d`")
        etag = self.ask("GET", path) and self.answer.headers["etag"]
        self.ask("PATCH", path, {"comment": "one"}, headers={"if-match": etag})
        error = self.ask("PATCH", path, {"comment": "two"}, 412, headers={"if-match": etag})["error"]
        self.assertEqual((error["code"], error["status"]), (412, "ABORTED"))
        self.assertEqual(error["details"][0]["reason"], "ETAG_MISMATCH")
        self.ask("GET", "/v1/catalogs/none", status=404)
        self.ask("PUT", path, {}, 405)
        self.assertEqual(self.answer.headers["allow"], "DELETE, GET, HEAD, PATCH")
        self.http.request("HEAD", path, headers=self.credentials)
        answer = self.http.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b""))
        self.ask("DELETE", path)
        self.ask("GET", path, status=404)
        self.assertEqual(self.ask("GET", path + "?asOf.position=1")["position"], "1")

    def test_what_is_served_beside_it(self):
        self.assertEqual(self.ask("GET", "/healthz"), {"status": "alive"})
        self.assertEqual(self.ask("GET", "/readyz"), {"status": "ready"})
        self.ask("POST", "/v1/catalogs", {"name": "c"})
        metrics = self.ask("GET", "/metrics").decode()
        self.assertIn('whence_calls_total{operation="CreateCatalog",door="http",code="OK"} 1', metrics)
        copy = self.folder / "copy.db"
        copy.write_bytes(self.ask("GET", "/v1/server/backup"))
        self.assertEqual(self.answer.headers["whence-position"], "1")
        restored = subprocess.run([str(self.bin / "whenced"), "--data", str(self.folder / "restored"), "--restore",
                                   str(copy)], check=False, stdout=subprocess.DEVNULL)
        self.assertEqual(restored.returncode, 0)

    def test_the_document_is_valid(self):
        document = self.folder / "openapi.json"
        document.write_text(json.dumps(self.ask("GET", "/openapi.json")), encoding="utf-8")
        python = validator()
        if python is None:
            print(f"skipped: {VALIDATOR} cannot be installed here: nobody else reads the OpenAPI document", flush=True)
            self.skipTest("no validator")
        done = subprocess.run([python, "-m", "openapi_spec_validator", str(document)], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-2000:])


def validator():
    """A Python with the validator; None where it is not to be had."""
    folder = pathlib.Path(os.environ.get("WHENCE_BUILD_DIR", "build/release")) / "openapi-validator"
    python = folder / "bin/python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "-q", VALIDATOR], check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    return python


if __name__ == "__main__":
    unittest.main()
