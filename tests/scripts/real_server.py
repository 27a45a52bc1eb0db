"""A real whenced on a folder of its own and a free port, and the whence command against it."""

import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHENCE_BUILD_DIR", ROOT / "build/release"))
WHENCED = BUILD / "server/whenced"
WHENCE = BUILD / "client/whence"
START_SECONDS = 60


def environment(home, **more):
    """Nothing of the caller's but where programs and sanitizers' settings are."""
    kept = {name: value for name, value in os.environ.items() if name == "PATH" or name.endswith("SAN_OPTIONS")}
    return {**kept, "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


class Server:
    """with Server(data, home) as server: server.ask("run", "list")"""

    def __init__(self, data, home):
        self.data = pathlib.Path(data)
        self.home = pathlib.Path(home)
        self.process = None
        self.address = None

    def __enter__(self):
        port_file = self.home / "address"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [WHENCED, "--data", self.data, "--listen", "127.0.0.1:0", "--http-listen", "off", "--port-file", port_file,
             "--quiet"],
            env=environment(self.home), cwd=self.home)
        end = time.monotonic() + START_SECONDS
        while not (port_file.exists() and port_file.read_text(encoding="utf-8").strip()):
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise RuntimeError("whenced did not start")
            time.sleep(0.02)
        self.address = port_file.read_text(encoding="utf-8").strip()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)

    def whence(self, *args, **options):
        return subprocess.run([WHENCE, *args], env=environment(self.home, WHENCE_SERVER=self.address,
                              WHENCE_DATA=str(self.data)), cwd=self.home,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False, **options)

    def ask(self, *args):
        """What a command answers as JSON."""
        done = self.whence(*args, "-o", "json")
        if done.returncode != 0:
            raise AssertionError(f"whence {' '.join(args)}: exit {done.returncode}\n{done.stdout}")
        return json.loads(done.stdout)
