"""Rules that hold between code and what is written about it: reasons of errors, and bounds. tidy.py runs them.

  reason  every reason that code gives stands in docs/errors.md with its status code, and the other way round; in the
          contract's comments only such reasons are named
  tested  every reason of docs/errors.md is named by a test, or stands in UNREACHED with why it cannot be
  limit   every bound of server/base/limits.h is named by the code of a test, whatever its name begins with
  bound   what is called kMax... or kMin... stands in server/base/limits.h, or in OWN_BOUNDS with why it is none of those
  comment everything in the contract and in the stored messages has a comment: fields, values, messages, calls
"""

import pathlib
import re
from typing import NamedTuple

ERRORS = "docs/errors.md"
LIMITS = "server/base/limits.h"
PROTOS = "proto/whence/v1"

CODES = {
    "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}
# The makers of base/error.h whose first argument is the reason.
MAKERS = {
    "InvalidArgument": "INVALID_ARGUMENT", "NotFound": "NOT_FOUND", "AlreadyExists": "ALREADY_EXISTS",
    "FailedPrecondition": "FAILED_PRECONDITION", "Aborted": "ABORTED", "ResourceExhausted": "RESOURCE_EXHAUSTED",
    "Unavailable": "UNAVAILABLE", "PermissionDenied": "PERMISSION_DENIED", "Unauthenticated": "UNAUTHENTICATED",
    "Internal": "INTERNAL", "DataLoss": "DATA_LOSS",
}
# Reasons that no test can bring about, and why. Whoever finds a way takes the line out.
UNREACHED = {}

# Words in code that look like reasons: answers of the standard health service.
OTHER_WORDS = {"NOT_SERVING", "SERVICE_UNKNOWN"}

_WORD = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
_TOKEN = re.compile(r"""//(?:\\\n|[^\n])* | /\*.*?\*/
                      | (?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
                      | "(?P<text>(?:\\.|[^"\\\n])*)"
                      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'""", re.S | re.X)
_MADE = re.compile(r"\b(" + "|".join(MAKERS) + r")\(\s*$")
# Compared with, or looked up in the environment: not given.
_NOT_GIVEN = re.compile(r"(?:[=!]=|\b[Ee]nvironment(?:\.Get)?\(|\bgetenv\()\s*$")
_ROW = re.compile(r"^\| `(" + _WORD + r"|[A-Z][A-Z0-9]+)` \|(.*)\|$")
_BOUND = re.compile(r"^inline constexpr [\w:<>]+ (k[A-Z]\w*)\b", re.M)
_OWN_BOUND = re.compile(r"\bconstexpr\s+(?:[\w:]+(?:<[^<>]*>)?\s+)+(k(?:Max|Min)[A-Z]\w*)\b")

# Constants of the server that are called kMax... or kMin... and are no bounds of limits.h: (file, name) and why.
OWN_BOUNDS = {
    ("server/base/digest.cc", "kMaxOpaqueBytes"): "what kMaxDigestBytes leaves of it",
    ("server/base/error.cc", "kMinReasonBytes"): "how google.rpc.ErrorInfo spells reasons",
    ("server/base/error.cc", "kMaxReasonBytes"): "how google.rpc.ErrorInfo spells reasons",
    ("server/base/prompt_template.cc", "kMaxListed"): "names that one error's text lists",
    ("server/base/uuid.cc", "kMaxMillis"): "how RFC 9562 lays out a UUID",
    ("server/base/uuid.cc", "kMaxCounter"): "how RFC 9562 lays out a UUID",
    ("server/tlog/canonical_json.cc", "kMaxPlainDigits"): "how RFC 8785 writes numbers",
    ("server/tlog/canonical_json.cc", "kMaxPlainZeros"): "how RFC 8785 writes numbers",
    ("server/tlog/tile.cc", "kMaxIndexElements"): "how C2SP tlog-tiles writes paths",
    ("server/sql/rewrite_log.cc", "kMinPageBytes"): "how SQLite lays out its log",
    ("server/access/tag_definition.cc", "kMaxNamedValues"): "values that one error's text lists",
    ("server/service/governed_tags.cc", "kMaxNamedAssigners"): "names that one error's text lists",
    ("server/service/time_convert.cc", "kMinSeconds"): "what google.protobuf.Timestamp can say",
    ("server/service/time_convert.cc", "kMaxSeconds"): "what google.protobuf.Timestamp can say",
    ("server/service/encoded.cc", "kMaxHeadBytes"): "how Protobuf writes a field's number and length",
    ("server/inference/prediction_list.cc", "kMaxMerged"): "up to where merging is the faster of two ways",
    ("server/lineage/graph_adjacency.h", "kMaxListSize"): "what the graph's 28 bits hold; kMaxNodeEdges is the bound",
    ("server/lineage/graph_arena.h", "kMaxIndex"): "what the graph's 33 bits hold",
    ("server/lineage/graph.h", "kMaxNodeId"): "kMaxObjectId, as the graph calls it",
    ("server/lineage/graph.h", "kMaxGraphPosition"): "kMaxPosition, as the graph calls it",
    ("server/lineage/walk_scratch.h", "kMaxKept"): "scratch space that is kept for the next walk",
    ("server/http/binding.cc", "kMaxQuotedBytes"): "bytes of Protobuf's words in one error's text",
    ("server/http/openapi.cc", "kMaxDepth"): "how deep requests without a body are",
}


def code_of(text):
    """C++ without its comments and strings; lines stay in place."""
    return _TOKEN.sub(lambda token: '""' + "\n" * token[0].count("\n"), text)


class Given(NamedTuple):
    """A reason where code gives it; the code is None where a maker does not say it."""
    path: str
    line: int
    reason: str
    code: str


class Listed(NamedTuple):
    line: int
    section: str
    codes: list
    texts: list


def reasons_of(path, text):
    """The reasons that a C++ file gives."""
    for token in _TOKEN.finditer(text):
        word = token["text"]
        if word is None or word in OTHER_WORDS or word.startswith("WHENCE_"):
            continue
        before = text[max(0, token.start() - 200):token.start()]
        maker = _MADE.search(before)
        if re.fullmatch(_WORD, word) and not _NOT_GIVEN.search(before) or \
                maker and re.fullmatch(r"[A-Z][A-Z0-9]+", word):
            line = text.count("\n", 0, token.start()) + 1
            yield Given(path, line, word, MAKERS[maker[1]] if maker else None)


def read_listed(text, report):
    """The rows of docs/errors.md by reason; what is wrong with a row goes to report(line, why)."""
    rows, section, before = {}, "", ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("#"):
            section, before = line, ""
        if not (row := _ROW.match(line)):
            if line.startswith("| `"):
                report(number, "this row has no reason in its first cell")
            continue
        reason, cells = row[1], [cell.strip() for cell in row[2].split("|")]
        if len(cells) != 3 or not cells[0] or not cells[1]:
            report(number, f"{reason}: a row has a reason, status codes, when it is given and what to do")
            continue
        codes = [code.strip() for code in cells[0].split(",")]
        for code in codes:
            if code not in CODES:
                report(number, f"{reason}: {code} is no status code")
        if reason in rows:
            report(number, f"{reason}: stands in line {rows[reason].line} already")
        elif reason < before:
            report(number, f"{reason}: stands behind {before}; rows go by the alphabet")
        rows.setdefault(reason, Listed(number, section, codes, cells[1:]))
        before = reason
    return rows


def _sources(root):
    for top in ("server", "client"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix in (".cc", ".h") and "build" not in file.relative_to(root).parts:
                yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8", errors="replace")


def check_reasons(root):
    """(path, line, why) for each disagreement of code, contract and docs/errors.md."""
    root = pathlib.Path(root)
    findings = []
    document = root / ERRORS
    listed = read_listed(document.read_text(encoding="utf-8") if document.exists() else "",
                         lambda line, why: findings.append((ERRORS, line, why)))
    seen, values = set(), _values(_contract(root))
    for path, text in _sources(root):
        for given in reasons_of(path, text):
            if given.reason in values:
                continue  # a value of an enum by its name, as JSON has it
            row = listed.get(given.reason)
            seen.add(given.reason)
            if row is None:
                findings.append((path, given.line, f"{given.reason} is not in {ERRORS}"))
            elif given.code is not None and given.code not in row.codes:
                findings.append((path, given.line, f"{given.reason} is {given.code} here, not so in {ERRORS}"))
    for reason, row in listed.items():
        if reason not in seen:
            findings.append((ERRORS, row.line, f"{reason} is given nowhere in server/ and client/"))
    return findings + list(_check_contract(root, listed))


def _contract(root):
    """The text of each file of the contract by its path."""
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted((root / PROTOS).glob("*.proto"))}


def _values(texts):
    """The names of all values of the contract's enums."""
    return {word for text in texts.values() for word in re.findall(r"^\s*(" + _WORD + r")\s*=\s*\d+;", text, re.M)}


def _check_contract(root, listed):
    texts = _contract(root)
    values = _values(texts)
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            comment = line.partition("//")[2]
            for word in re.findall(r"(?<![A-Za-z0-9_])" + _WORD + r"(?![A-Za-z0-9_])", comment):
                if word not in listed and word not in values and word not in CODES:
                    yield path, number, f"{word} is no reason of {ERRORS}, no status code and no value of an enum"


def check_limits(root):
    """(path, line, why) for each bound that no test names."""
    root = pathlib.Path(root)
    file = root / LIMITS
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    words = set()
    for test in (root / "tests").rglob("*"):
        if test.suffix in (".cc", ".h") and test.is_file():
            words.update(re.findall(r"\bk[A-Z]\w*", code_of(test.read_text(encoding="utf-8", errors="replace"))))
    for bound in _BOUND.finditer(text):
        if bound[1] not in words:
            yield LIMITS, text.count("\n", 0, bound.start()) + 1, f"no test names {bound[1]}: test both sides of it"


def check_own_bounds(root, own=None):
    """(path, line, why) for each bound outside limits.h that is not listed, and each listed one that is there no more."""
    root = pathlib.Path(root)
    own = OWN_BOUNDS if own is None else own
    seen = set()
    for file in sorted((root / "server").rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.suffix not in (".cc", ".h") or path == LIMITS:
            continue
        code = code_of(file.read_text(encoding="utf-8", errors="replace"))
        for bound in _OWN_BOUND.finditer(code):
            seen.add((path, bound[1]))
            if (path, bound[1]) not in own:
                line = code.count("\n", 0, bound.start(1)) + 1
                yield path, line, f"{bound[1]}: a bound stands in {LIMITS} with its reason"
    for path, name in own:
        if (root / path).exists() and (path, name) not in seen:
            yield path, 1, f"{name} is there no more: take it off OWN_BOUNDS in tests/tidy/documents.py"


def check_tested(root, unreached=None):
    """(path, line, why) for each reason that no test names."""
    root = pathlib.Path(root)
    document = root / ERRORS
    if not document.exists():
        return
    unreached = UNREACHED if unreached is None else unreached
    words = set()
    for test in (root / "tests").rglob("*"):
        within = test.relative_to(root / "tests").parts
        looked_through = test.suffix in (".cc", ".h", ".py") or test.name == "output"
        if looked_through and within[0] != "tidy" and test.is_file():
            words.update(re.findall(r"[A-Z][A-Z0-9_]+", test.read_text(encoding="utf-8", errors="replace")))
    for reason, row in read_listed(document.read_text(encoding="utf-8"), lambda line, why: None).items():
        if reason not in words and reason not in unreached:
            yield ERRORS, row.line, f"no test names {reason}: bring it about in one"
        if reason in words and reason in unreached:
            yield ERRORS, row.line, f"a test names {reason}: take it off UNREACHED in tests/tidy/documents.py"


_MESSAGES = ("proto/whence",)
# A field, a value, or what opens a block; the statement may go on over lines.
_DECLARED = re.compile(r"^[ \t]*(?:(?:message|enum|service|rpc|oneof)\s+\w+"
                       r"|(?:(?:repeated|optional)\s+)?(?:map\s*<[^>]*>|[\w.]+)\s+\w+\s*=\s*\d+"
                       r"|[A-Z][A-Z0-9_]*\s*=\s*-?\d+)", re.M)


def check_comments(root):
    """(path, line, why) for each declaration of the contract without a comment right above it or behind it."""
    root = pathlib.Path(root)
    for folder in _MESSAGES:
        for file in sorted((root / folder).rglob("*.proto")):
            text = file.read_text(encoding="utf-8")
            lines = text.split("\n")
            for declared in _DECLARED.finditer(re.sub(r"//[^\n]*", lambda c: " " * len(c[0]), text)):
                start = declared.start() + len(declared[0]) - len(declared[0].lstrip())
                number = text.count("\n", 0, start)
                above = lines[number - 1].lstrip() if number else ""
                if not above.startswith("//") and "//" not in lines[number]:
                    name = declared[0].split("=")[0].split()[-1]
                    yield (file.relative_to(root).as_posix(), number + 1,
                           f"{name} has no comment: say what it means, its unit, range and default")
