#!/usr/bin/env python3
"""Completion as the shells do it: the scripts are sourced, and asked as the shell would ask."""

import shutil
import subprocess
import unittest

import world

# Names that a shell would run, split or expand if they reached it as they are.
TRAP = "`$(touch pwned)`"
WORLD = r"""{"catalog": {"name": "prod"}}
{"catalog": {"name": "production"}}
{"schema": {"name": "prod.fraud"}}
{"schema": {"name": "prod.`my schema`"}}
{"asset": {"name": "prod.fraud.users", "kind": "KIND_TABLE", "detail": {"table": {"columns": [{"name": "id"}, {"name": "e mail"}]}}}}
{"asset": {"name": "prod.fraud.scorer", "kind": "KIND_MODEL", "detail": {"model": {"inputs": [{"name": "amount"}], "outputs": [{"name": "score"}]}}}}
{"asset": {"name": "prod.fraud.`s3://lake`", "kind": "KIND_TABLE"}}
{"asset": {"name": "prod.fraud.`$(touch pwned)`", "kind": "KIND_TABLE"}}
{"asset": {"name": "prod.fraud.`x'; touch pwned; \"`", "kind": "KIND_TABLE"}}
{"asset": {"name": "prod.`my schema`.`a@b#c`", "kind": "KIND_TABLE", "detail": {"table": {"columns": [{"name": "id"}]}}}}
{"version": {"asset": "prod.fraud.scorer", "digest": "opaque:1"}}
{"version": {"asset": "prod.fraud.scorer", "digest": "opaque:2"}}
{"alias": {"asset": "prod.fraud.scorer", "alias": "champion", "version": "2"}}
{"run": {"id": "8f41c2e7-1111-4222-8333-444455556666", "job": "prod.fraud.train", "writes": [{"reference": "prod.fraud.scorer@2"}]}}
{"prediction": {"id": "p-17", "model": "prod.fraud.scorer@2"}}
"""
ASK = """
source <(whence completion bash)
# As readline has them: the line, where the cursor is, and the words between COMP_WORDBREAKS.
COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:@'
IFS=$' \\t\\n' read -ra COMP_WORDS <<<"$1"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_whence whence "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\0' "${COMPREPLY[@]}"
"""
# What readline puts in the place of a word becomes words of a command: this prints them.
EXPAND = 'eval "words=($1)"; printf "%s\\0" "${words[@]}"'


class Bash(world.Case):
    def setUp(self):
        super().setUp()
        self.write("data.jsonl", WORLD)
        self.whence("import", "data.jsonl", "-q")

        self.env["WHENCE_TIMEOUT"] = "60s"  # a busy machine must not look like an absent server

    def bash(self, script, *words):
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\0")[:-1]

    def replies(self, line):
        """COMPREPLY at the end of the line."""
        return [reply for reply in self.bash(ASK, line) if reply]

    def check(self, line, kept, *wanted):
        """That the line, with what readline keeps of its last word (`kept`) and each candidate behind it,
        becomes the words wanted, with nothing run on the way."""
        replies = self.replies(line)
        before = line[:len(line) - len(kept) - self.typed(line, kept)]
        words = [self.bash(EXPAND, before + kept + reply + self.open_quote(line)) for reply in replies]
        self.assertEqual(sorted(word[-1] for word in words), sorted(wanted), replies)
        for word in words:
            self.assertEqual(word[:-1], before.split())
        self.assertFalse((self.folder / "pwned").exists())
        return replies

    @staticmethod
    def open_quote(line):
        return next((quote for quote in "'\"" if line.count(quote) % 2), "")

    @staticmethod
    def typed(line, kept):
        """How long the part is that readline replaces."""
        start = 0
        i = 0
        while i < len(line):  # the last word begins after the last space that is not quoted
            if line[i] == "\\":
                i += 1
            elif line[i] in "'\"":
                i = (line + line[i]).index(line[i], i + 1)
            elif line[i] == " ":
                start = i + 1
            i += 1
        return len(line) - start - len(kept)

    def test_names_level_by_level(self):
        self.check("whence asset list pro", "", "prod.", "production.")
        self.check("whence asset get prod.f", "", "prod.fraud.")
        self.check("whence asset get prod.fraud.u", "", "prod.fraud.users")
        self.check("whence version list prod.fraud.s", "", "prod.fraud.scorer")

    def test_versions_and_columns(self):
        self.check("whence why prod.fraud.scorer@c", "prod.fraud.scorer", "prod.fraud.scorer@champion")
        self.check("whence why prod.fraud.scorer@", "prod.fraud.scorer",
                   "prod.fraud.scorer@champion", "prod.fraud.scorer@1", "prod.fraud.scorer@2")
        self.check("whence why prod.fraud.scorer@2", "prod.fraud.scorer", "prod.fraud.scorer@2")
        self.check("whence why prod.fraud.users#", "", "prod.fraud.users#id", "prod.fraud.users#`e mail`")
        self.check("whence why prod.fraud.scorer#", "", "prod.fraud.scorer#amount", "prod.fraud.scorer#score")

    def test_runs_and_predictions(self):
        run = "8f41c2e7-1111-4222-8333-444455556666"
        self.check("whence why run:", "run:", f"run:{run}")
        self.check("whence why run:8f", "run:", f"run:{run}")
        self.check("whence run get ru", "", f"run:{run}")
        self.check("whence run get 8f4", "", run)
        self.check("whence why prediction:p", "prediction:", "prediction:p-17")
        self.check("whence prediction get p-", "", "p-17")

    def test_flags_and_their_values(self):
        self.check("whence asset create --kin", "", "--kind")
        self.check("whence asset create --kind=m", "--kind=", "--kind=model")
        self.check("whence asset create --kind m", "", "model")
        self.check("whence prediction list --model=prod.fraud.sc", "--model=", "--model=prod.fraud.scorer")

    def test_a_name_is_never_run(self):
        lake = "prod.fraud.`s3://lake`"
        quotes = "prod.fraud.`x'; touch pwned; \"`"
        replies = self.check("whence asset get prod.fraud.", "", lake, quotes, f"prod.fraud.{TRAP}",
                             "prod.fraud.users", "prod.fraud.scorer", "prod.fraud.train")
        self.assertIn(r"prod.fraud.\`s3://lake\`", replies)
        # With a part of it typed, as a shell wants it: escaped, or in either kind of quotes.
        self.check(r"whence asset get prod.fraud.\`s", "", lake)
        self.check(r"whence asset get prod.fraud.\`s3:", r"prod.fraud.\`s3:", lake)
        self.check("whence asset get 'prod.fraud.`", "'", lake, quotes, f"prod.fraud.{TRAP}")
        self.check("whence asset get \"prod.fraud.\\`", "\"", lake, quotes, f"prod.fraud.{TRAP}")
        self.check("whence asset get 'prod.fraud.`s3://", "'", lake)
        self.check(r"whence asset get prod.fraud.\`\$", "", f"prod.fraud.{TRAP}")

    def test_words_are_read_as_the_shell_reads_them(self):
        odd = "prod.`my schema`.`a@b#c`"
        self.check(r"whence asset get prod.\`m", "", "prod.`my schema`.")
        self.check(r"whence asset get prod.\`my\ schema\`.", "", odd)
        self.check("whence asset get 'prod.`my schema`.", "'", odd)
        self.check("whence why 'prod.`my schema`.`a@b#c`#", "'", odd + "#id")
        words = self.bash(EXPAND, "whence asset get 'prod.`my schema`.`a@b#c`' --as")
        self.assertEqual(words[3], odd)
        self.assertEqual(self.replies("whence asset get 'prod.`my schema`.`a@b#c`' --as"), ["--as-of"])

    def test_paths(self):
        (self.folder / "records").mkdir()
        self.write("records/a.jsonl", "")
        self.assertEqual(self.replies("whence import rec"), ["records"])
        self.assertEqual(self.replies("whence import x --rejects=records/"), ["records/a.jsonl"])
        self.assertEqual(self.replies("whence admin restore x --data rec"), ["records"])

    def test_nothing_without_a_server(self):
        self.kill_server()
        self.assertEqual(self.replies("whence asset get prod.fraud."), [])

    def test_in_a_shell_that_people_type_into(self):
        env = {**self.env, "TERM": "dumb", "PS1": "READY> ", "INPUTRC": "/dev/null"}
        terminal = world.Terminal(["bash", "--norc", "--noprofile", "-i"], env, self.folder)
        self.addCleanup(terminal.close)
        terminal.read_until("READY> ")
        terminal.send("source <(whence completion bash); echo loaded:$?\n")
        terminal.read_until("loaded:0")
        terminal.read_until("READY> ")
        terminal.send("whence asset get prod.fraud.\\`\\$\t -o json; echo ended:$?\n")
        said = terminal.read_until("ended:0")
        self.assertIn(f'"name": "prod.fraud.{TRAP}"', said)
        self.assertFalse((self.folder / "pwned").exists())
        terminal.send("whence version get prod.fraud.scorer@ch\t -o json; echo ended:$?\n")
        self.assertIn('"name": "prod.fraud.scorer@2"', terminal.read_until("ended:0"))
        terminal.send("whence run get run:8f\t -o json; echo ended:$?\n")
        self.assertIn('"id": "8f41c2e7-1111-4222-8333-444455556666"', terminal.read_until("ended:0"))
        terminal.send("whence search fraud --kind=mod\t -o csv; echo ended:$?\n")
        self.assertIn("--kind=model", terminal.read_until("ended:0"))
        terminal.send("whence asset get 'prod.fraud.`s\t -o json; echo ended:$?\n")
        self.assertIn('"name": "prod.fraud.`s3://lake`"', terminal.read_until("ended:0"))


class Others(world.Case):
    """Where these shells are: that they take the scripts. What they ask is asked of bash above."""

    def parse(self, shell):
        if shutil.which(shell) is None:
            print(f"skipped: {shell} is not installed: it reads no completion script", flush=True)
            self.skipTest("no such shell")
        self.write("script", self.whence("completion", shell).stdout)
        subprocess.run([shell, "-n", "script"], cwd=self.folder, check=True)

    def test_bash(self):
        self.parse("bash")

    def test_zsh(self):
        self.parse("zsh")

    def test_fish(self):
        self.parse("fish")


if __name__ == "__main__":
    unittest.main()
