#!/usr/bin/env python3
"""Measures other systems beside Whence on the same graph and the same registration, one figure a line (scripts/bench).

    run.py [--short]       WHENCE_BENCH_DIR: where data goes; WHENCE_BUILD: the build folder

A figure's value is the peer's time and its floor is Whence's, so its ratio is how many times longer the peer takes.
Packages (requirements.txt) are installed into build/peers-venv. A peer that cannot be had is passed over, and said so.
"""

import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("WHENCE_BUILD", ROOT / "build/release")).resolve()
DATA = pathlib.Path(os.environ.get("WHENCE_BENCH_DIR", ROOT / "build/bench-data")).resolve()
VENV = ROOT / "build/peers-venv"

# Each peer, the package it needs (None: Python itself brings it), and its command.
PEERS = {
    "sqlite": (None, ["walk.py", "sqlite"]),
    "duckdb": ("duckdb", ["walk.py", "duckdb"]),
    "kuzu": ("kuzu", ["walk.py", "kuzu"]),
    "ml-metadata": ("ml-metadata", ["mlmd.py"]),
}


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


def requirements():
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").split("\n")
    return {line.partition("==")[0]: line for line in lines if "==" in line}


def python_with(package):
    """The interpreter that has the package, or None when it cannot be installed."""
    if package is None:
        return sys.executable
    python = VENV / "bin/python"
    wanted = requirements()[package]
    try:
        if not python.exists():
            venv.create(VENV, with_pip=True)
        result = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted],
                                capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"{package} is left out: no virtual environment ({error}); Debian's python3-venv brings it")
        return None
    if result.returncode != 0:
        say(f"{package} is left out: {wanted} cannot be installed: {(result.stderr.strip() or 'no reason').splitlines()[-1]}")
        return None
    return str(python)


def lines_of(command):
    """The JSON objects that a command prints; SystemExit with its message when it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False,
                            env={**os.environ, "WHENCE_BENCH_DIR": str(DATA)})
    if result.returncode != 0:
        raise SystemExit(f"peers: {' '.join(command)} failed")
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def main():
    short = "--short" in sys.argv[1:]
    DATA.mkdir(parents=True, exist_ok=True)
    folder = DATA / "peers"
    base = lines_of([str(BUILD / "bench/whence_bench_peers"), *(["--short"] if short else [])])
    ours = {f["name"].removeprefix("whence."): f["value"] for f in base}
    for peer, (package, command) in PEERS.items():
        python = python_with(package)
        if python is None:
            continue
        say(peer)
        arguments = [*command[1:], str(folder), *(["short"] if short else [])]
        for found in lines_of([python, "-B", str(HERE / command[0]), *arguments]):
            own = ours[found["line"]]
            print(json.dumps({"name": f"peer.{found['line']}.{peer}", "unit": found["unit"], "value": found["value"],
                              "floor": own, "ratio": found["value"] / own, "reach": None, "better": "lower"}),
                  flush=True)
    for file in folder.glob("*.*"):
        file.unlink()


if __name__ == "__main__":
    main()
