#!/usr/bin/env python3
"""The README's tour of access, typed as it stands there: what is granted and masked holds through the command (gRPC),
REST, AuthZEN and Trino's protocol, and what is revoked is gone from all of them."""

import json
import os
import pathlib
import re
import subprocess
import unittest

import world

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
ADDRESS = "localhost:7071"


def blocks(section, language):
    """What stands in the code blocks of a language in one section."""
    text = re.search(rf"^## {section}$(.*?)^## ", README.read_text(encoding="utf-8"), re.M | re.S)[1]
    return re.findall(rf"^```{language}$\n(.*?)^```$", text, re.M | re.S)


def typed(block):
    """The commands of a console block."""
    return "".join(line.removeprefix("$ ") for line in block.splitlines(keepends=True) if not line.startswith("$ make"))


class Tour(world.Case):
    def start_server(self, listen="127.0.0.1:0", **_):
        port_file = self.folder / ".http.port"
        super().start_server(listen, more=("--http-listen", "127.0.0.1:0", "--http-port-file", str(port_file)))
        self.http_address = port_file.read_text(encoding="utf-8").strip()

    def type(self, script):
        """What it printed."""
        done = subprocess.run(["bash", "-c", script.replace(ADDRESS, self.http_address)], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=120)
        return done.stdout

    @staticmethod
    def answers(printed):
        """The JSON documents that stand in what was printed, also where curl ended no line."""
        found, decoder = [], json.JSONDecoder()
        at = printed.find('{"')
        while at >= 0:
            document, end = decoder.raw_decode(printed, at)
            found.append(document)
            at = printed.find('{"', end)
        return found

    def test_the_tour(self):
        os.symlink(self.bin / "whence", self.folder / "whence")
        self.type("\n".join(typed(block) for block in blocks("Five minutes", "console")))
        steps = blocks("Govern it", "sh")
        self.assertEqual(len(steps), 4)
        said = self.type("\necho; echo =====\n".join(steps)).split("\n=====\n")
        self.assertEqual(len(said), 4, said)
        _, as_bo, as_engine, afterwards = said

        # The command, over gRPC: allowed, and one column masked.
        self.assertIn("ALLOWED", as_bo)
        self.assertIn("email", as_bo)
        decision = json.loads(as_bo[as_bo.index("\n{") :])
        self.assertTrue(decision["allowed"], decision)
        self.assertEqual([mask["column"] for mask in decision["masks"]], ["email"])
        self.assertEqual(decision["masks"][0]["policy"], "mask-pii")

        # AuthZEN and Trino, one answer a line.
        answers = self.answers(as_engine)
        self.assertIs(answers[0]["decision"], True, as_engine)
        self.assertIs(answers[1]["result"], True, as_engine)
        self.assertIn("email", json.dumps(answers[2]["result"]), as_engine)

        # The command, REST, AuthZEN and Trino; and the mask, which shows nothing to who may not read.
        self.assertIn("user:bo may not see shop.churn.customers, or there is none", afterwards)
        self.assertNotIn("ALLOWED", afterwards)
        refused, decided, allowed, mask = self.answers(afterwards)
        self.assertEqual(refused["error"]["status"], "PERMISSION_DENIED", afterwards)
        self.assertEqual(refused["error"]["details"][0]["reason"], "PERMISSION_DENIED", afterwards)
        self.assertIs(decided["decision"], False, afterwards)
        self.assertEqual(allowed, {"result": False}, afterwards)
        self.assertEqual(mask, {"result": {"expression": "NULL"}}, afterwards)


if __name__ == "__main__":
    unittest.main()
