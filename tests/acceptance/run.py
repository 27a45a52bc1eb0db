#!/usr/bin/env python3
"""Runs the acceptance cases: scripts against the real binaries, their output against what is expected.

A case is a folder with

  script    bash; a line "$ command" is shown and its output with it ("> " goes on with it);
            other lines run unseen. A command that ends with another code than 0 is followed by
            "[exit N]".
  output    what is expected, after what changes from run to run has been replaced (see Normaliser)
  no-server optional: without a server of its own
  replace   optional lines "regular expression => replacement", applied to the output

Each case has a folder of its own to work in, and its own whenced on a free port, named by
WHENCE_SERVER, with the token of its owner, user:ana, in WHENCE_TOKEN_FILE; WHENCE_SOURCE_DIR is the
project. Scripts may start more with `start_server FOLDER`, which sets ADDRESS and TOKEN_FILE, and
stop one with `stop_server FOLDER`.

  run.py [--bin DIR] [--update] [-j N] [-v] [CASE ...]
"""

import argparse
import concurrent.futures
import datetime
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# For one case. Sanitizers are slow, ThreadSanitizer most.
CASE_SECONDS = 600 if os.environ.get("WHENCE_SANITIZE") else 120
START_SECONDS = 30

PRELUDE = r"""
start_server() {
  local folder="$1"; shift
  rm -f "$folder.port"
  whenced --data "$folder" --listen 127.0.0.1:0 --http-listen off --port-file "$folder.port" --admin user:ana --quiet "$@" &
  echo $! > "$folder.pid"
  local i
  for i in $(seq 300); do [ -s "$folder.port" ] && break; sleep 0.1; done
  ADDRESS="$(cat "$folder.port")"
  TOKEN_FILE="$PWD/$folder/admin.token"
  case "$ADDRESS" in *:*) ;; *) ADDRESS="127.0.0.1:$ADDRESS" ;; esac
}
stop_server() {
  local pid; pid="$(cat "$1.pid")"
  kill "${2:--TERM}" "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  rm -f "$1.pid"
}
stop_all() { local f; for f in *.pid; do [ -e "$f" ] && stop_server "${f%.pid}"; done; }
trap stop_all EXIT
"""


class Normaliser:
    """Replaces what changes from run to run by words of the same width, so that columns stay in line.

    Times of today (those that a script gives are of other days), UUIDs that the server chose (version
    7; numbered, also in their short form), addresses, the case's folder; then the case's own rules.
    """

    UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
    SHORT = re.compile(r"\b[0-9a-f]{8}(?=  (?:COMPLETE|RUNNING|FAILED|ABORTED)\b|\n|   ←)")
    TIME = re.compile(r"(\d{4}-\d\d-\d\d)([T ])\d\d:\d\d:\d\d(?:\.\d+)?Z")
    CLOCK = re.compile(r"(?<=   )\d\d:\d\d:\d\dZ|(?<=  )\d\d:\d\d:\d\dZ(?=  )")

    def __init__(self, folder, extra):
        self.folder = str(folder)
        self.extra = extra
        self.numbers = {}
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.days = {str(today + datetime.timedelta(days=d)) for d in (-1, 0, 1)}

    def number(self, uuid):
        return self.numbers.setdefault(uuid[-8:], len(self.numbers) + 1)

    def time(self, match):
        return f"YYYY-MM-DD{match.group(2)}HH:MM:SSZ" if match.group(1) in self.days else match.group(0)

    def __call__(self, text):
        text = text.replace(self.folder, "DIR")
        text = re.sub(r"127\.0\.0\.1:[1-9]\d{3,4}\b", "127.0.0.1:PORT", text)
        text = self.UUID.sub(lambda m: f"00000000-0000-7000-8000-{self.number(m.group(0)):012d}", text)
        text = self.SHORT.sub(lambda m: f"{self.numbers[m.group(0)]:08d}" if m.group(0) in self.numbers
                              else m.group(0), text)
        text = self.CLOCK.sub("HH:MM:SSZ", self.TIME.sub(self.time, text))
        text = re.sub(r"(?m)^(build +)(?:[0-9a-f]{12}\+?|unknown)$", r"\1BUILD", text)
        text = re.sub(r"process \d+, started \d{4}-\d\d-\d\d \d\d:\d\dZ", "process PID, started TIME", text)
        # `why` leaves out the day where it is that of the first line: not when midnight came between the two.
        text = re.sub(r"(by \S+  )(?:YYYY-MM-DD HH:MM:SSZ|\d\d:\d\d:\d\dZ)", r"\1HH:MM:SSZ", text)
        text = re.sub(r"\([\d.]+ KiB, (position \d+), sha256:[0-9a-f]{8}\)", r"(SIZE, \1, DIGEST)", text)
        text = re.sub(r"\bwhence_[0-9A-Za-z]{4}\.\.\.[0-9A-Za-z]{4}\b", "whence_AAAA...ZZZZ", text)
        for pattern, replacement in self.extra:
            text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        return text


def bash_of(script):
    """The script as bash that echoes the marked commands."""
    out = [PRELUDE]
    lines = script.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.startswith("$ "):
            out.append(line)
            continue
        shown = [line]
        command = [line[2:]]
        while at < len(lines) and lines[at].startswith("> "):
            shown.append(lines[at])
            command.append(lines[at][2:])
            at += 1
        quoted = "\n".join(shown).replace("'", "'\\''")
        out.append(f"printf '%s\\n' '{quoted}'")
        out.append("\n".join(command))
        out.append('__code=$?; [ $__code -eq 0 ] || echo "[exit $__code]"')
    return "\n".join(out)


def find_binaries(folder):
    found = {}
    for name, places in {"whence": ("", "client", "bin"), "whenced": ("", "server", "bin")}.items():
        for place in places:
            path = pathlib.Path(folder) / place / name
            if path.is_file() and os.access(path, os.X_OK):
                found[name] = path.resolve()
                break
        else:
            sys.exit(f"no {name} in {folder}; name the folder with --bin")
    return found


class Server:
    """The whenced of one case."""

    def __init__(self, bin_dir, folder, env, listen="127.0.0.1:0", more=("--http-listen", "off")):
        self.log = open(folder / ".server.log", "w+", encoding="utf-8")
        port_file = folder / ".server.port"
        self.process = subprocess.Popen(
            [str(bin_dir / "whenced"), "--data", str(folder / ".server"), "--listen", listen,
             "--port-file", str(port_file), "--admin", "user:ana", "--quiet", *more],
            stdout=self.log, stderr=subprocess.STDOUT, env=env, cwd=folder)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if port_file.exists() and (text := port_file.read_text().strip()):
                break
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"whenced did not start: {self.said()}")
            time.sleep(0.02)
        self.address = text if ":" in text else f"127.0.0.1:{text}"
        self.token_file = folder / ".server/admin.token"

    def said(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """What it said and how it ended, where that is worth telling."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "killed after 30 s"
        said = self.said()
        self.log.close()
        if code == 0 and not said:
            return ""
        return f"whenced said: {said}whenced ended with {code}\n"


def environment(bin_dir, folder):
    env = {
        "PATH": f"{bin_dir}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "WHENCE_SOURCE_DIR": str(HERE.parents[1]),
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


def read_replacements(case):
    path = case / "replace"
    if not path.exists():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [tuple(line.split(" => ", 1)) for line in lines]


def run_case(case, bin_dir):
    """The normalised output of a case."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="whence-acceptance-")).resolve()
    server = None
    trouble = ""
    try:
        for extra in case.iterdir():
            if extra.is_file() and extra.name not in ("script", "output", "no-server", "replace"):
                shutil.copy(extra, folder / extra.name)
        env = environment(bin_dir, folder)
        if not (case / "no-server").exists():
            server = Server(bin_dir, folder, env)
            env["WHENCE_SERVER"] = server.address
            env["WHENCE_TOKEN_FILE"] = str(server.token_file)
        script = bash_of((case / "script").read_text(encoding="utf-8"))
        try:
            done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=CASE_SECONDS)
            output = done.stdout.decode("utf-8", "backslashreplace")
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"").decode("utf-8", "backslashreplace")
            trouble = f"the script did not end within {CASE_SECONDS} s\n"
        if server is not None:
            trouble += server.stop()
            server = None
        return Normaliser(folder, read_replacements(case))(output + trouble)
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def judge(case, bin_dir, update):
    """(passed, what to print)."""
    expected_path = case / "output"
    try:
        actual = run_case(case, bin_dir)
    except Exception as error:  # one broken case must not hide the others
        return False, f"{case.name}: {error}\n"
    expected = expected_path.read_text(encoding="utf-8") if expected_path.exists() else ""
    if actual == expected:
        return True, ""
    diff = "".join(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True),
                                        f"{case.name}/output", "what came"))
    if update:
        expected_path.write_text(actual, encoding="utf-8")
        return True, f"{case.name}: updated\n"
    return False, diff if diff.endswith("\n") else diff + "\n"


def main():
    parser = argparse.ArgumentParser(description="Runs the acceptance cases.")
    parser.add_argument("--bin", default=os.environ.get("WHENCE_BIN_DIR", "."),
                        help="folder of whence and whenced [WHENCE_BIN_DIR]")
    parser.add_argument("--update", action="store_true", help="write the outputs anew")
    parser.add_argument("-j", type=int, default=2, metavar="N", help="cases at a time")
    parser.add_argument("-v", action="store_true", help="name each case")
    parser.add_argument("cases", nargs="*", help="names of cases; all without")
    options = parser.parse_args()
    names = [pathlib.Path(name).name for name in options.cases]
    cases = sorted(path.parent for path in HERE.glob("*/script") if not names or path.parent.name in names)
    if not cases or len(set(names)) > len(cases):
        sys.exit("no such case")
    binaries = find_binaries(options.bin)
    links = pathlib.Path(tempfile.mkdtemp(prefix="whence-bin-"))
    passed = failed = 0
    try:
        for name, path in binaries.items():
            (links / name).symlink_to(path)
        with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
            for case, (good, text) in zip(cases, pool.map(lambda c: judge(c, links, options.update), cases)):
                if options.v or not good:
                    print(f"{'ok  ' if good else 'FAIL'} {case.name}", flush=True)
                sys.stdout.write(text)
                passed, failed = passed + good, failed + (not good)
    finally:
        shutil.rmtree(links, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
