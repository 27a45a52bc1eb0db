"""Rules about SQL. tidy.py runs them; the reasons stand in CONTRIBUTING.md.

  strict  every table is STRICT: a column holds what it says
  sql     outside server/sql no SQL that only SQLite has, and no SELECT *: a second engine is to be a driver
  query   every sql::Query is a constexpr constant: SQL is reviewed text, never put together
  memory  walks over the graph touch memory only: their files know nothing of server/sql
"""

import pathlib
import re

# Files of the graph in memory, and those of them that must speak of the database, with the reason.
IN_MEMORY = re.compile(r"^server/lineage/(?:walk|graph|answer|epoch)\w*\.(?:cc|h)$")
SPEAKS_OF_SQL = {
    "server/lineage/graph_changes.h": "what a batch adds travels with the writer's transaction",
}

SQLITE_ONLY = (
    ("SELECT *", re.compile(r"\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*", re.I), "name the columns"),
    ("PRAGMA", re.compile(r"\bPRAGMA\b"), "settings are made in server/sql"),
    ("rowid", re.compile(r"\b_?rowid_?\b", re.I), "give the table a key of its own"),
    ("INSERT OR", re.compile(r"\b(?:INSERT|UPDATE)\s+OR\s+[A-Z]+\b|\bREPLACE\s+INTO\b"), "write ON CONFLICT"),
    ("GLOB", re.compile(r"\bGLOB\b"), "write LIKE, or compare ranges"),
    ("json_", re.compile(r"\bjson_\w+\s*\(", re.I), "store columns, or a message"),
)

# Files that make the SQL of engines that people run, for those engines to read: SQLite is one of them.
SQL_OF_ENGINES = re.compile(r"^server/access/sql_\w+\.(?:cc|h)$")

_TOKEN = re.compile(r"""(?P<comment>//(?:\\\n|[^\n])* | /\*.*?\*/)
                      | (?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\((?P<raw>.*?)\)(?P=tag)"
                      | "(?P<text>(?:\\.|[^"\\\n])*)"
                      | (?P<other>(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+')""", re.S | re.X)
# A name follows: the privilege is called CREATE TABLE as well.
_TABLE = re.compile(r"\bCREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s+\w[^;]*", re.I)


def texts_of(source):
    """(line, text) of each string of a C++ file, strings that the compiler joins as one."""
    joined, first, end = [], 0, None
    for token in _TOKEN.finditer(source):
        if token["other"] is not None:
            continue
        if token["comment"] is not None:
            if end is not None and not source[end:token.start()].strip():
                end = token.end()  # a comment between two halves
            continue
        if end is not None and source[end:token.start()].strip():
            yield source.count("\n", 0, first) + 1, "".join(joined)
            joined = []
        if not joined:
            first = token.start()
        joined.append(token["raw"] if token["raw"] is not None else token["text"].replace("\\n", "\n"))
        end = token.end()
    if joined:
        yield source.count("\n", 0, first) + 1, "".join(joined)


def _code_of(source):
    """The file without comments and strings; lines stay in place."""
    return _TOKEN.sub(lambda token: '""' + "\n" * token[0].count("\n"), source)


def check_tables(text):
    """(line, why) for each table of an SQL text that is not STRICT. Tables of extensions cannot be."""
    plain = re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), text)
    for table in _TABLE.finditer(plain):
        options = table[0].rpartition(")")[2]
        if not re.search(r"\bSTRICT\b", options, re.I):
            yield plain.count("\n", 0, table.start()), "a table without STRICT takes anything in any column"


def _check_queries(path, code):
    own = path.startswith("server/sql/")
    for query in re.finditer(r"\bQuery\b" if own else r"\bsql::Query\b", code):
        after, before = code[query.end():], code[:query.start()]
        if own and not re.match(r"\s+k[A-Z]\w*\s*[{(=]", after):
            continue  # the class itself, and what takes one
        if re.match(r"\s*(?:const\s*)?[&*]", after):
            continue
        if not re.search(r"\bconstexpr\s+(?:sql::)?$", before):
            yield code.count("\n", 0, query.start()) + 1, "a query is a constexpr constant, never made at run time"


def check_source(path, source):
    """(line, rule, why) for each finding in a C++ file of the server."""
    for line, text in texts_of(source):
        for number, why in check_tables(text):
            yield line + number, "strict", why
        if path.startswith("server/sql/") or SQL_OF_ENGINES.match(path):
            continue
        for name, pattern, instead in SQLITE_ONLY:
            if pattern.search(text):
                yield line, "sql", f"{name} is for server/sql alone: {instead}"
    for line, why in _check_queries(path, _code_of(source)):
        yield line, "query", why
    if IN_MEMORY.match(path):
        include = re.search(r'^[ \t]*#[ \t]*include[ \t]*["<]sql/', source, re.M)
        if include and path not in SPEAKS_OF_SQL:
            yield source.count("\n", 0, include.start()) + 1, "memory", "a walk touches memory only, no SQL"
        if not include and path in SPEAKS_OF_SQL:
            yield 1, "memory", "includes nothing of sql/ any more: take it off the list in tests/tidy/database.py"


def check(root):
    """(path, line, rule, why) for each finding of a tree."""
    root = pathlib.Path(root)
    for file in sorted((root / "migrations").glob("*.sql")):
        for line, why in check_tables(file.read_text(encoding="utf-8")):
            yield file.relative_to(root).as_posix(), line + 1, "strict", why
    for file in sorted((root / "server").rglob("*")):
        if file.suffix in (".cc", ".h"):
            path = file.relative_to(root).as_posix()
            for finding in check_source(path, file.read_text(encoding="utf-8", errors="replace")):
                yield path, *finding
