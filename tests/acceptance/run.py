#!/usr/bin/env python3
"""Runs the acceptance cases: what a user types, and what the real binaries answer.

    tests/acceptance/run.py [--bin DIR] [--update] [CASE...]

A case is a folder with `script` and `output`. In a script a line `$ COMMAND` is shown and run by bash; lines that begin
with `> ` continue it (a here-document, say); any other line is run without being shown. Everything runs in one shell,
in an empty folder, with a server of its own on a free port (WHENCE_SERVER is set). A command that ends with another
code than 0 leaves a line `[exit CODE]`. A file `no-server` in the case's folder leaves the server out.

Before comparing, what differs from run to run is replaced by words of the same width: times, UUIDs, addresses, the
temporary folder, the build. `--update` writes `output` anew: read the difference before committing it.
"""

import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 60  # seconds a case may take


def blocks(script):
    """The script as (shown, command) pairs; shown is empty for silent lines."""
    result = []
    for line in script.splitlines():
        if line.startswith("$ "):
            result.append((line, line[2:]))
        elif line.startswith("> ") and result and result[-1][0]:
            shown, command = result[-1]
            result[-1] = (shown + "\n" + line, command + "\n" + line[2:])
        else:
            result.append(("", line))
    return result


def as_bash(script):
    """The script as a bash program that shows commands and codes."""
    program = []
    for shown, command in blocks(script):
        if not shown:
            program.append(command)
            continue
        program.append(f"printf '%s\\n' {shlex.quote(shown)}")
        program.append(command)
        program.append('case $? in 0) ;; *) echo "[exit $?]" ;; esac')
    # `$?` inside the case is still the command's code.
    return "\n".join(program) + "\n"


class Normaliser:
    """Replaces what differs from run to run; the same thing gets the same word."""

    def __init__(self, folder, address):
        self.folder, self.address = folder, address
        self.uuids = {}

    def uuid(self, match):
        return self.uuids.setdefault(match[0], f"uuid-{len(self.uuids) + 1:031d}")

    def __call__(self, text):
        text = text.replace(str(self.folder / "work"), "DIR").replace(str(self.folder), "..")
        if self.address:
            text = text.replace(self.address, "ADDRESS")
        text = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", self.uuid, text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "YYYY-MM-DD hh:mm:ssZ", text)
        text = re.sub(r"\b\d\d:\d\d:\d\dZ", "hh:mm:ssZ", text)
        text = re.sub(r"\d{4}-\d\d-\d\d [\d:]*…", "YYYY-MM-DD…", text)
        # Runs are shown by the end of their id.
        text = re.sub(r"(?<=via run )[0-9a-f]{8}\b", "RUN-ID__", text)
        text = re.sub(r"\b[0-9a-f]{8}(?=\s+(?:COMPLETE|RUNNING|FAILED|ABORTED)|<br/>run|\\nrun)", "RUN-ID__", text)
        text = re.sub(r"(?m)^took( +).*$", r"took\1DURATION", text)
        text = re.sub(r"(?m)^(build\s+)[0-9a-f]{12}\+?$|^(build\s+)unknown$", r"build BUILD", text)
        text = re.sub(r"process \d+, started [^)(]*", "process PID, started TIME ", text)
        text = re.sub(r"sha256:[0-9a-f]{8}\)", "sha256:DIGEST)", text)
        text = re.sub(r"\([\d.]+ KiB, position", "(SIZE, position", text)
        return text


class Server:
    """A whenced on a folder of its own."""

    def __init__(self, binary, folder):
        self.port_file = folder / "address"
        self.process = subprocess.Popen(
            [binary, "--data", str(folder / "data"), "--listen", "127.0.0.1:0", "--port-file", str(self.port_file),
             "--quiet"], stdin=subprocess.DEVNULL)

    def address(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            if self.port_file.exists():
                return self.port_file.read_text().strip()
            time.sleep(0.01)
        raise RuntimeError("whenced did not start")

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def environment(case, bin_folder, home, address):
    kept = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
    return kept | {"PATH": f"{bin_folder}:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8",
                   "TZ": "UTC", "COLUMNS": "120", "TERM": "dumb", "WHENCE_PRINCIPAL": "user:ana",
                   "WHENCE_SERVER": address, "CASE": str(case), "BIN": str(bin_folder)}


def run_case(case, bin_folder):
    """The normalised output of a case, or an exception."""
    with tempfile.TemporaryDirectory(prefix="whence-acceptance-") as scratch:
        scratch = pathlib.Path(scratch)
        home, work = scratch / "home", scratch / "work"
        home.mkdir()
        work.mkdir()
        server, address = None, ""
        try:
            if not (case / "no-server").exists():
                server = Server(bin_folder / "whenced", scratch)
                address = server.address()
            done = subprocess.run(["bash", "-c", as_bash((case / "script").read_text())], cwd=work,
                                  env=environment(case, bin_folder, home, address), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
            output = Normaliser(scratch, address)(done.stdout.decode("utf-8", "replace"))
        finally:
            code = server.stop() if server else 0
        if code != 0:
            output += f"[whenced ended with {code}]\n"
        return output


def check(case, bin_folder, update):
    """None when the case passes, else what is wrong with it."""
    try:
        output = run_case(case, bin_folder)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return f"{case.name}: {error}\n"
    expected_file = case / "output"
    if update:
        expected_file.write_text(output)
        return None
    expected = expected_file.read_text() if expected_file.exists() else ""
    if output == expected:
        return None
    return "".join(difflib.unified_diff(expected.splitlines(True), output.splitlines(True),
                                        f"{case.name}/output", f"{case.name} (now)"))


def binaries(folder):
    """A folder that holds both binaries, whatever the build's layout."""
    both = pathlib.Path(tempfile.mkdtemp(prefix="whence-bin-"))
    for name in ("whence", "whenced"):
        found = os.environ.get(name.upper()) or next(
            (p for p in (folder / name, folder / "client" / name, folder / "server" / name) if p.is_file()), None)
        if not found or not os.access(found, os.X_OK):
            sys.exit(f"acceptance: no {name} in {folder}")
        (both / name).symlink_to(pathlib.Path(found).resolve())
    return both


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path(os.environ.get("WHENCE_BUILD_DIR", ".")))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()

    cases = sorted(p.parent for p in HERE.glob("*/script") if not args.cases or p.parent.name in args.cases)
    bin_folder = binaries(args.bin.resolve())
    try:
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            problems = list(pool.map(lambda case: check(case, bin_folder, args.update), cases))
    finally:
        shutil.rmtree(bin_folder)
    for problem in problems:
        if problem:
            print(problem, end="")
    failed = sum(1 for problem in problems if problem)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
