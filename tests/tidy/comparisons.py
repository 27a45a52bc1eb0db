"""A rule about what secrets are compared with. tidy.py runs it; docs/credentials.md is where it is promised.

  secret  what tells whether a token, or a seal that only the server can make, is right takes the same time wherever they
          differ: it is EqualInConstantTime of base/digest.h, which is CRYPTO_memcmp and nothing else
"""

import pathlib
import re

import documents

# Where tokens and seals are: who is called whose, and pages.
PLACES = ("server/access/", "server/service/paging.cc")
EQUAL = "server/base/digest.cc"
BY_DIGEST = "server/access/index_edit.cc"

_NAMED = r"(?:\w*(?:digest|secret|bearer|seal))(?:_|\b)"
_LEFT = re.compile(rf"(?<![\w.>]){_NAMED}\s*[=!]=(?!=)|(?:\.|->){_NAMED}\s*[=!]=(?!=)", re.I)
_RIGHT = re.compile(rf"[=!]=\s*(?:[\w:]+(?:\.|->|::))*{_NAMED}(?!\s*(?:\.|->|\())", re.I)
_PLAIN = re.compile(r"(?<!CRYPTO_)\b(?:std::)?memcmp\s*\(")
_KEYED = re.compile(r"\b(?:\w*_map|CowMap|map|\w*_set|set)\s*<\s*Digest\b[^;(]*")


def check_source(path, source):
    """(line, why) for each finding in a C++ file."""
    code = documents.code_of(source)
    if path == EQUAL and "CRYPTO_memcmp" not in code:
        yield 1, "EqualInConstantTime is CRYPTO_memcmp"
    if path == BY_DIGEST and not re.search(r"DigestEqual::operator\(\)[^}]*(?:\}[^}]*)?EqualInConstantTime", code):
        yield 1, "digests of tokens are compared with EqualInConstantTime"
    if not path.startswith(PLACES):
        return
    for number, line in enumerate(code.split("\n"), 1):
        if _LEFT.search(line) or _RIGHT.search(line) or _PLAIN.search(line):
            yield number, "a secret is compared with EqualInConstantTime, whose time tells nothing"
    for keyed in _KEYED.finditer(code):
        if "DigestEqual" not in keyed[0]:
            yield code.count("\n", 0, keyed.start()) + 1, "what is found by a token's digest is found by DigestEqual"


def check(root):
    """(path, line, why) for each finding of a tree."""
    root = pathlib.Path(root)
    for file in sorted((root / "server").rglob("*")):
        if file.suffix in (".cc", ".h"):
            path = file.relative_to(root).as_posix()
            for line, why in check_source(path, file.read_text(encoding="utf-8", errors="replace")):
                yield path, line, why
