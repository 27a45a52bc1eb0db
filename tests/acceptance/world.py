"""A folder, a whenced on a free port and the whence command: what the Python tests share."""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

import run

BIN_VARIABLE = "WHENCE_BUILD_DIR"
DEADLINE_SECONDS = 60


class Case(unittest.TestCase):
    """One server and one folder for each test; both are gone after it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="whence-test-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.bin = self.folder / ".bin"
        self.bin.mkdir()
        for name, path in run.find_binaries(os.environ.get(BIN_VARIABLE, "build/release")).items():
            (self.bin / name).symlink_to(path)
        self.env = run.environment(self.bin, self.folder)
        self.server = None
        self.addCleanup(self.stop_server)
        self.start_server()

    def start_server(self, listen="127.0.0.1:0", **more):
        (self.folder / ".server.port").unlink(missing_ok=True)
        self.server = run.Server(self.bin, self.folder, self.env, listen, **more)
        self.env["WHENCE_SERVER"] = self.server.address
        self.env["WHENCE_TOKEN_FILE"] = str(self.server.token_file)

    def stop_server(self):
        if self.server is not None:
            self.server.stop()
        self.server = None

    def kill_server(self):
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        self.server.log.close()
        self.server = None

    def whence(self, *words, code=0, **more):
        """What it printed; the code that it ends with is checked."""
        done = subprocess.run(["whence", *words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, **more)
        self.assertEqual(done.returncode, code, f"whence {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *words):
        """The command under way."""
        return subprocess.Popen(["whence", *words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")


class Terminal:
    """A pseudo terminal and a program on it."""

    def __init__(self, words, env, cwd, columns=100, out_is_terminal=True):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        modes = termios.tcgetattr(theirs)
        modes[1] &= ~termios.OPOST  # a line break stays one byte
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
        self.terminal = ours
        self.unread = b""
        self.process = subprocess.Popen(words, cwd=cwd, env=env, stdin=theirs,
                                        stdout=theirs if out_is_terminal else subprocess.DEVNULL,
                                        stderr=theirs, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)

    def send(self, keys):
        os.write(self.terminal, keys.encode())

    def read_until(self, text=None):
        """All that it says up to `text`, or, without one, until it ends."""
        wanted = None if text is None else text.encode()
        while wanted is None or wanted not in self.unread:
            if not select.select([self.terminal], [], [], DEADLINE_SECONDS)[0]:
                raise AssertionError(f"waited for {text!r}, it said {self.unread!r}")
            try:
                more = os.read(self.terminal, 1 << 16)
            except OSError:  # the other end is closed
                more = b""
            if not more:
                if wanted is None:
                    break
                raise AssertionError(f"ended before {text!r}, it said {self.unread!r}")
            self.unread += more
        end = len(self.unread) if wanted is None else self.unread.index(wanted) + len(wanted)
        said, self.unread = self.unread[:end], self.unread[end:]
        return said.decode("utf-8", "backslashreplace")

    def end(self):
        """What it said to its end, and its code."""
        said = self.read_until()
        code = self.process.wait()
        os.close(self.terminal)
        return said, code

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
