#!/usr/bin/env python3
"""Keeps the house in order: prints file:line and the reason for everything that breaks one of its rules.

    tests/tidy/tidy.py [ROOT]

The rules, with their reasons in CONTRIBUTING.md and ARCHITECTURE.md:
  arrow     includes run one way: a room may include only rooms below it; the client knows no room
  library   gRPC, SQLite, Boost and generated messages stay in the rooms that are for them
  include   no "..", rooms' own headers from the server folder's root, no header that hides one of gRPC's
  function  no function over 70 lines, signature and braces included
  file      no file over 800 lines
  width     no line over 100 columns (but one that only holds a link)
  mark      nothing admits to being unfinished
  lock      std::mutex and its kin, not Abseil's: Debian's Abseil is built without ThreadSanitizer, which then sees no lock
  guard     headers begin with #pragma once
  reason    docs/errors.md lists the reasons of errors that code gives, with their codes, and no others (documents.py)
  tested    every reason of an error is named by a test (documents.py)
  limit     every bound of server/base/limits.h is named by a test (documents.py)
  comment   everything in the contract has a comment (documents.py)
  strict    every table is STRICT (database.py; so the next three)
  sql       outside server/sql no SELECT * and no SQL that only SQLite has
  query     every sql::Query is a constexpr constant
  memory    the files of walks in memory know nothing of server/sql

Exit code: 0 when all is well, 1 otherwise.
"""

import os
import pathlib
import re
import sys
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import database  # pylint: disable=wrong-import-position
import comparisons  # pylint: disable=wrong-import-position
import documents  # pylint: disable=wrong-import-position

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 800
MAX_COLUMNS = 100

FOLDERS = ("server", "client", "tests", "bench", "examples")
OTHER_FOLDERS = ("proto", "migrations", "cmake", "scripts")  # looked through for marks only
OTHER_ENDINGS = (".proto", ".sql", ".cmake", ".in", ".py", ".sh", "")
SKIPPED_FOLDERS = {"build", "__pycache__", "corpus", "node_modules"}

# Each room and the rooms it may include besides itself: ARCHITECTURE.md's arrows.
_UP_TO_CATALOG = {"base", "sql", "ledger", "catalog"}
_UP_TO_INFERENCE = _UP_TO_CATALOG | {"lineage", "access", "inference"}
ROOMS = {
    "base": set(),
    "files": {"base"},
    "net": {"base", "files"},
    "sql": {"base"},
    "tlog": {"base"},
    "web": {"base"},
    "ledger": {"base", "sql", "tlog"},
    "catalog": {"base", "sql", "ledger"},
    "lineage": _UP_TO_CATALOG,
    "access": _UP_TO_CATALOG | {"lineage", "files"},
    "inference": _UP_TO_CATALOG | {"lineage", "access"},
    "service": _UP_TO_INFERENCE | {"tlog"},
    "grpc": _UP_TO_INFERENCE | {"service", "net"},
    "http": _UP_TO_INFERENCE | {"service", "net", "files", "tlog", "web"},
}
# Places outside the rooms: what of the rooms they may include. Places not named here (tests, bench) may all.
PLACES = {
    "server/main.cc": set(ROOMS),
    "client/include": set(),
    "client/src": set(),
    "client/cli": {"base", "sql", "tlog", "ledger", "web"},
    "examples": set(),
}

# A library's headers, and the places that may include them.
LIBRARIES = (
    ("gRPC", re.compile(r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$"),
     ("server/grpc", "client/src", "client/cli", "tests", "bench")),
    ("SQLite", re.compile(r"^sqlite3(ext)?\.h$"), ("server/sql", "tests", "bench")),
    ("Boost.JSON", re.compile(r"^boost/json"), ("server/access", "server/http", "tests", "bench")),
    ("simdjson", re.compile(r"^simdjson"), ("server/http", "tests", "bench")),
    ("Boost", re.compile(r"^boost/"), ("server/http", "server/web", "tests", "bench")),
    ("a generated message", re.compile(r"\.pb\.h$|^google/protobuf/"),
     ("server/service", "server/grpc", "server/http", "client/src", "client/cli", "tests", "bench")),
)

# server/ is searched before /usr/include: server/grpc/status.h would be found for gRPC's own <grpc/status.h>.
GRPC_HEADERS = {
    "byte_buffer.h", "byte_buffer_reader.h", "census.h", "compression.h", "fork.h", "grpc.h", "grpc_cronet.h",
    "grpc_posix.h", "grpc_security.h", "grpc_security_constants.h", "load_reporting.h", "slice.h", "slice_buffer.h",
    "status.h",
}

ABSL_LOCK = re.compile(r"\babsl::(Mutex|MutexLock|ReaderMutexLock|WriterMutexLock|CondVar|Notification|BlockingCounter"
                       r"|Barrier)\b")
MARK = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    reason: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.reason}"


# ---- reading C++ ----------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""//(?:\\\n|[^\n])*                                  # line comment
      | /\*.*?\*/                                          # block comment
      | (?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"   # raw string
      | "(?:\\.|[^"\\\n])*"                                # string
      | (?<![0-9A-Za-z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'  # character (but not a digit separator)
    """, re.S | re.X)


def blank(text):
    """The text with comments, strings and characters emptied and preprocessor lines dropped; lines stay in place."""
    def empty(match):
        token = match[0]
        newlines = "\n" * token.count("\n")
        return newlines if token.startswith(("//", "/*")) else '""' + newlines
    text = _TOKEN.sub(empty, text)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)


_ACCESS = re.compile(r"\b(?:public|private|protected)\s*:(?!:)")
_SCOPE = re.compile(r"^(?:(?:typedef|inline|export|static|const|constexpr|alignas\s*\([^()]*\)|\[\[.*?\]\])\s*)*"
                    r"(?:namespace|class|struct|union|enum|extern\s*\"\")(?![A-Za-z0-9_])")


def _without_template(header):
    """The header without leading template<...> and requires clauses of one."""
    header = header.lstrip()
    while re.match(r"template\s*<", header):
        depth, plain, at = 0, _outside_parentheses(header), header.index("<")
        for at in range(at, len(header)):
            depth += {"<": 1, ">": -1}.get(plain[at], 0)
            if depth == 0:
                break
        header = header[at + 1:].lstrip()
    return header


def _kind(header):
    """What a brace after this header opens: 'scope', 'function' or 'data'."""
    header = _without_template(_ACCESS.sub(" ", header)).strip()
    if not header:
        return "data"
    if _SCOPE.match(header):
        # `struct X F() {` returns a struct; `struct X : Base<F()> {` is one.
        name_part = re.split(r"(?<!:):(?!:)", header, maxsplit=1)[0]
        plain = re.sub(r"\balignas\s*\([^()]*\)|\[\[.*?\]\]|\b[A-Z][A-Z0-9_]+\s*\([^()]*\)", "", name_part)
        return "function" if "(" in plain and not header.startswith(("namespace", "enum")) else "scope"
    if clause := re.search(r"^(.*)\brequires\s*(?:\([^()]*\))?$", header, re.S):
        # `F(T a) requires(kFits) {` is a function; `concept C = requires(T a) {` is an expression.
        return "function" if re.search(r"(?:\)|\bconst|\bnoexcept|&)\s*$", clause[1]) else "data"
    bare = re.sub(r"\boperator\s*(?:[=!<>]=|=)|[=!<>]=", " ", header)
    assigned = re.search(r"=(?![^(]*\))", _outside_parentheses(bare))
    if assigned:
        tail = header[header.index("=") + 1:].strip()
        # A lambda is a function; anything else after = is data.
        return "function" if re.search(r"\[[^\]]*\]\s*(?:<.*>\s*)?(?:\(.*\).*)?$", tail, re.S) else "data"
    if re.search(r"\)[^()]*(?<!:):(?!:)", header) and re.search(r"[A-Za-z0-9_>]$", header):
        return "data"  # a member's initializer in a constructor's list: `: a_{...}`
    return "function" if "(" in header else "data"


def _outside_parentheses(text):
    out, depth = [], 0
    for c in text:
        depth += {"(": 1, ")": -1}.get(c, 0)
        out.append(c if depth == 0 and c != ")" else " ")
    return "".join(out)


class _Scanner:
    """Finds the functions of one file: walks its braces, knowing of each what it opened."""

    def __init__(self, text):
        self.text = blank(text)
        self.header = []    # characters since the last ; or brace that ended a declaration
        self.start = 0      # line where the header's first character stands
        self.opened = []    # (kind, line of the header's start), outermost first
        self.parentheses = 0
        self.functions = []  # (first line, last line)

    def scan(self):
        line = 1
        for c in self.text:
            if c == "\n":
                line += 1
            self._take(c, line)
        return self.functions

    def _inside(self):
        """Whether the innermost brace belongs to a function or to data: nothing in there starts a declaration."""
        return bool(self.opened) and self.opened[-1][0] != "scope"

    def _take(self, c, line):
        if c == "{":
            self._open(line)
        elif c == "}":
            self._close(line)
        elif self._inside():
            return
        elif c == ";" and self.parentheses == 0:
            self._restart()
        else:
            self.parentheses += {"(": 1, ")": -1}.get(c, 0)
            if not self.header:
                if c.isspace():
                    return
                self.start = line
            self.header.append(c)
            if c == ":" and _ACCESS.fullmatch("".join(self.header).strip()):
                self._restart()

    def _open(self, line):
        if self._inside() or self.parentheses > 0:
            kind = "data"
        else:
            kind = _kind("".join(self.header))
        if kind == "data" and not self._inside():
            self.opened.append(("initializer", self.start))
            return
        self.opened.append((kind, self.start or line))
        if kind != "data":
            self._restart()

    def _close(self, line):
        if not self.opened:
            return
        kind, start = self.opened.pop()
        if kind == "function":
            self.functions.append((start, line))
        if kind == "initializer":
            self.header.append("}")  # the declaration goes on
        elif not self._inside():
            self._restart()

    def _restart(self):
        self.header = []
        self.start = 0
        self.parentheses = 0


def functions_of(text):
    """(first line, last line) of each function, lambda at namespace scope or test case, in order of their ends."""
    return _Scanner(text).scan()


# ---- the rules ------------------------------------------------------------------------------------------------------

def place_of(path):
    """The room ('server/sql') or place ('client/src', 'tests') that a file belongs to."""
    if path in PLACES:
        return path
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("server", "client") else parts[0]


def allowed_rooms(place):
    if place in PLACES:
        return PLACES[place]
    kind, _, name = place.partition("/")
    if kind == "server" and name in ROOMS:
        return ROOMS[name] | {name}
    return set(ROOMS)


def room_of_include(root, target):
    """The room an include names, or None: "grpc/x.h" is ours only when server/grpc/x.h exists."""
    first, _, rest = target.partition("/")
    if first == "migrations":
        return "migrations"
    if first not in ROOMS or not rest or target.endswith(".pb.h"):
        return None
    if first in ("grpc", "http") and not (root / "server" / target).exists():
        return None
    return first


def check_include(root, path, line, target):
    place = place_of(path)
    if ".." in target.split("/"):
        yield Finding(path, line, "include", f'"{target}": name it from the root, not by ".."')
        return
    if place.startswith("server/") and "/" not in target and (root / path).parent.joinpath(target).exists():
        yield Finding(path, line, "include", f'"{target}": name it from the root: "{place[7:]}/{target}"')
    room = room_of_include(root, target)
    if room == "migrations":
        if place not in ("server/main.cc", "tests", "bench"):
            yield Finding(path, line, "arrow", f"{place} may not include {target}: main hands the migrations down")
        return
    if room is not None:
        if room not in allowed_rooms(place):
            yield Finding(path, line, "arrow", f"{place} may not include {target}: the arrow runs back up")
        return
    for name, pattern, places in LIBRARIES:
        if pattern.search(target):
            if place not in places:
                yield Finding(path, line, "library",
                              f"{place} may not include {target}: {name} belongs in {', '.join(places[:3])}")
            return


def check_text(path, text):
    """Rules that hold for every text file."""
    for number, line in enumerate(text.split("\n"), 1):
        if mark := MARK.search(line):
            yield Finding(path, number, "mark", f"{mark[0]}: finish it, or say in the issue why it stands")


def check_cpp(root, path, text):
    lines = text.rstrip("\n").split("\n")
    if len(lines) > MAX_FILE_LINES:
        yield Finding(path, MAX_FILE_LINES + 1, "file", f"{len(lines)} lines, more than {MAX_FILE_LINES}: split it")
    if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.M):
        yield Finding(path, 1, "guard", "a header without #pragma once")
    if path.startswith("server/grpc/") and path.split("/")[2] in GRPC_HEADERS:
        yield Finding(path, 1, "include", f"hides gRPC's own <{path[7:]}>: choose another name")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and not re.fullmatch(r"\s*(//|\*)?\s*\S*https?://\S+", line):
            yield Finding(path, number, "width", f"{len(line)} columns, more than {MAX_COLUMNS}")
        if include := INCLUDE.match(line):
            yield from check_include(root, path, number, include[2])
    for number, line in enumerate(blank(text).split("\n"), 1):
        if lock := ABSL_LOCK.search(line):
            yield Finding(path, number, "lock", f"{lock[0]}: ThreadSanitizer does not see it; take the standard library's")
    for first, last in functions_of(text):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield Finding(path, first, "function",
                          f"{last - first + 1} lines, more than {MAX_FUNCTION_LINES}: give its parts names")


def files_of(root):
    for top in FOLDERS + OTHER_FOLDERS:
        for folder, names, files in os.walk(root / top):
            names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS)
            for file in sorted(files):
                yield (pathlib.Path(folder) / file).relative_to(root).as_posix()


def check(root):
    """All findings of a tree, in order of path and line."""
    root = pathlib.Path(root)
    findings = []
    for path in files_of(root):
        cpp = path.startswith(FOLDERS) and path.endswith((".cc", ".h"))
        if not cpp and pathlib.PurePath(path).suffix not in OTHER_ENDINGS:
            continue
        if path.startswith(("tests/tidy/", "tests/acceptance/")) and not cpp:
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            if cpp:
                findings.append(Finding(path, 1, "file", "not UTF-8"))
            continue
        findings += check_text(path, text)
        if cpp:
            findings += check_cpp(root, path, text)
    for rule, disagreements in (("reason", documents.check_reasons(root)), ("tested", documents.check_tested(root)),
                                ("limit", documents.check_limits(root)), ("bound", documents.check_own_bounds(root)),
                                ("secret", comparisons.check(root)), ("comment", documents.check_comments(root))):
        findings += [Finding(path, line, rule, why) for path, line, why in disagreements]
    findings += [Finding(*finding) for finding in database.check(root)]
    return sorted(findings)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    findings = check(root)
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: all in order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
