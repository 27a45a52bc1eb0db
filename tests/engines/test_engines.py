#!/usr/bin/env python3
"""Runs the SQL that masks and secured views compile to, in a real engine, and compares with what Whence makes.

    test_engines.py postgres|duckdb|trino MASKS_DUMP

MASKS_DUMP (masks_dump.cc) prints the SQL and the expected bytes. PostgreSQL 15 is Debian's, started here in a folder
of its own and spoken to through a socket in it; DuckDB comes from PyPI into build/engines-venv; Trino is what
`make trino` has fetched (trino/release.py). Exit code 77: the engine cannot be had.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build/engines-venv"
DUCKDB = "duckdb==2.0.0"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
SKIPPED = 77
# Not UTC, so that a mask that went by the session's time zone is found.
TIME_ZONE = "Pacific/Auckland"
CANARY = [("whence_canary",)]


def skip(why):
    print(f"skipped: {why}")
    raise SystemExit(SKIPPED)


def text(field):
    return None if field == "-" else bytes.fromhex(field.removeprefix("=")).decode()


# ---- what is to be run ----------------------------------------------------------------------------------------------

def read_dump(program, dialect):
    """The cases and views that masks_dump prints."""
    cases, views = [], []
    output = subprocess.run([program, dialect], stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in output.splitlines():
        kind, *fields = line.split("\t")
        if kind == "case":
            cases.append({"class": fields[0], "type": fields[1], "label": text(fields[2]), "sql": text(fields[3]),
                          "rows": []})
        elif kind == "row":
            cases[-1]["rows"].append((text(fields[0]), text(fields[1])))
        elif kind == "view":
            views.append({"table": text(fields[0]), "view": text(fields[1]), "columns": [], "put": [], "run": [],
                          "see": []})
        elif kind == "column":
            views[-1]["columns"].append((text(fields[0]), fields[1]))
        elif kind == "run":
            views[-1]["run"].append(text(fields[0]))
        else:
            views[-1][kind].append([text(field) for field in fields])
    assert len(cases) > 100 and len(views) > 50, (len(cases), len(views))
    return cases, views


# ---- engines --------------------------------------------------------------------------------------------------------

def quoted(name):
    """An identifier, by the standard's rule: written here once more, so that ours is not tested by itself."""
    return '"' + name.replace('"', '""') + '"'


class Postgres:
    """A server of its own, and psql for each script; values travel as hexadecimal."""

    text_type = "text"

    def __init__(self, folder):
        if not (POSTGRES / "initdb").exists():
            skip("PostgreSQL 15 is not installed; Debian's postgresql-15 brings it (scripts/install-packages test)")
        self.folder = pathlib.Path(folder)
        self.user = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            account = next((name for name in ("postgres", "nobody") if self._known(name)), None)
            if account is None:
                skip("PostgreSQL does not run as root, and there is no other account")
            shutil.chown(self.folder, account)
            self.user = {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}
        self.folder.chmod(0o700)
        self.data = self.folder / "data"
        self.environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder),
                            "PGCLIENTENCODING": "UTF8"}

    @staticmethod
    def _known(name):
        try:
            return pwd.getpwnam(name) is not None
        except KeyError:
            return False

    def _run(self, *command, stdin=None):
        result = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, check=False,
                                cwd=self.folder, env=self.environment, timeout=200, **self.user)
        if result.returncode != 0:
            raise SystemExit(f"{command[0]} failed: {result.stderr.decode(errors='replace')[:2000]}")
        return result.stdout.decode()

    def __enter__(self):
        self._run(POSTGRES / "initdb", "-D", self.data, "-U", "whence", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust",
                  "--no-sync")
        settings = "".join(f"{line}\n" for line in (
            "listen_addresses = ''", f"unix_socket_directories = '{self.folder}'", "fsync = off",
            f"timezone = '{TIME_ZONE}'", "max_connections = 5"))
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(settings)
        self._run(POSTGRES / "pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-t", "60", "start")
        return self

    def __exit__(self, *_):
        self._run(POSTGRES / "pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    @staticmethod
    def literal(value):
        """A text that owes nothing to quoting."""
        return "NULL" if value is None else f"convert_from(decode('{value.encode().hex()}', 'hex'), 'UTF8')"

    def script(self, statements):
        """Runs statements; the rows of those that select, as lists of text or None."""
        sql = "".join(f"{statement};\n" for statement in statements)
        output = self._run("psql", "-h", self.folder, "-U", "whence", "-d", "postgres", "-X", "-q", "-A", "-t",
                           "-v", "ON_ERROR_STOP=1", "-F", "|", "-f", "-", stdin=sql.encode())
        return [[None if field == "-" else bytes.fromhex(field).decode() for field in line.split("|")]
                for line in output.splitlines()]

    @staticmethod
    def instant(text):
        """What is cast to an instant, of a text that is one, with its zone."""
        return text

    @staticmethod
    def shown(expression):
        """An expression of any type as a field that script() reads."""
        return f"coalesce(encode(convert_to(CAST({expression} AS text), 'UTF8'), 'hex'), '-')"


class DuckDb:
    """DuckDB in this process."""

    text_type = "text"

    def __init__(self, _folder):
        self.connection = None

    def __enter__(self):
        import duckdb  # pylint: disable=import-outside-toplevel,import-error
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"SET TimeZone = '{TIME_ZONE}'")
        return self

    def __exit__(self, *_):
        self.connection.close()

    @staticmethod
    def literal(value):
        return "NULL" if value is None else f"decode(unhex('{value.encode().hex()}'))"

    def script(self, statements):
        rows = []
        for statement in statements:
            found = self.connection.execute(statement).fetchall()
            if statement.startswith("SELECT"):
                rows += [[None if field == "-" else bytes.fromhex(field).decode() for field in row] for row in found]
        return rows

    @staticmethod
    def instant(text):
        return text

    @staticmethod
    def shown(expression):
        return f"coalesce(lower(hex(encode(CAST({expression} AS VARCHAR)))), '-')"


def with_duckdb():
    """Starts this program again where DuckDB is installed."""
    if os.environ.get("WHENCE_ENGINES_VENV") == str(VENV):
        return
    python = VENV / "bin/python"
    try:
        if not python.exists():
            venv.create(VENV, with_pip=True)
        result = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", DUCKDB],
                                capture_output=True, text=True, timeout=200, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        skip(f"no virtual environment for DuckDB ({error}); Debian's python3-venv brings it")
    if result.returncode != 0:
        skip(f"{DUCKDB} cannot be installed: {(result.stderr.strip() or 'no reason').splitlines()[-1]}")
    os.execve(python, [str(python), "-B", *sys.argv], {**os.environ, "WHENCE_ENGINES_VENV": str(VENV)})


# ---- the comparison -------------------------------------------------------------------------------------------------

def same(type_class, ours, theirs):
    if ours == theirs:
        return True
    if type_class in ("timestamp", "instant", "time") and theirs is not None:
        theirs = theirs.removesuffix(" UTC")
        return ours == (theirs.rstrip("0").rstrip(".") if "." in theirs else theirs)
    if type_class in ("float", "decimal") and None not in (ours, theirs):
        return float(ours) == float(theirs)  # one value, two ways to print it
    return False


def values_of(case):
    return [value for value, _ in case["rows"]]


def mask_statements(engine, case, before):
    """What is asked; before it, unless the case before has the same, a table of its values."""
    zone, value = "", "v"
    if case["class"] == "instant":
        zone = " AT TIME ZONE 'UTC'"
        # Those without a zone are in UTC, which is not the session's.
        value = engine.instant("CASE WHEN substr(v, length(v), 1) = 'Z' OR substr(v, length(v) - 5, 1) IN ('+', '-') "
                               "THEN v ELSE v || 'Z' END")
    if before is None or (before["type"], values_of(before)) != (case["type"], values_of(case)):
        put = ", ".join(f"({number}, {engine.literal(value)})" for number, value in enumerate(values_of(case)))
        yield "DROP TABLE IF EXISTS whence_values"
        yield (f"CREATE TABLE whence_values AS SELECT n, CAST({value} AS {case['type']}) AS v "
               f"FROM (VALUES {put}) AS p(n, v)")
    yield f"SELECT {engine.shown('(' + case['sql'] + ')' + zone)} FROM whence_values ORDER BY n"


def compare_masks(engine, cases):
    """Every mask over every value; returns how many rows agreed, and what did not."""
    rows = iter(engine.script([statement for before, case in zip([None, *cases], cases)
                               for statement in mask_statements(engine, case, before)]))
    agreed, wrong = 0, []
    for case in cases:
        for value, expected in case["rows"]:
            (found,) = next(rows)
            if same(case["class"], expected, found):
                agreed += 1
            else:
                wrong.append(f"{case['class']} {case['label']}: of {value!r} Whence makes {expected!r}, "
                             f"the engine {found!r}")
    assert next(rows, None) is None
    return agreed, wrong


def view_statements(engine, view):
    """A table, a row of each kind, the view; then what it shows (one row expected) and what the canary holds."""
    table = quoted(view["table"])
    columns = ", ".join(f"{quoted(name)} {type_}" for name, type_ in view["columns"])
    put = ", ".join("(" + ", ".join(map(engine.literal, row)) + ")" for row in view["put"])
    shown = ", ".join(engine.shown(quoted(name)) for name, _ in view["columns"])
    return [f"CREATE TABLE {table} ({columns})", f"INSERT INTO {table} VALUES {put}", *view["run"],
            f"SELECT {shown} FROM {quoted(view['view'])} ORDER BY 1",
            f"SELECT {engine.shown('name')} FROM whence_canary"]


def compare_views(engine, views):
    """Hostile names, constants and salts: each view shows what it should, and nothing else was touched."""
    canary = [["whence_canary"]]
    rows = engine.script([f"CREATE TABLE whence_canary (name {engine.text_type})", "INSERT INTO whence_canary VALUES ('whence_canary')",
                          *(statement for view in views for statement in view_statements(engine, view))])
    wrong = []
    for view in views:
        expected = view["see"] + canary
        found, rows = rows[:len(expected)], rows[len(expected):]
        if found != expected:
            wrong.append(f"view {view['view']!r}: expected {expected!r}, found {found!r}")
    tables = engine.script([f"SELECT {engine.shown('count(*)')} FROM information_schema.tables "
                            "WHERE table_name <> 'whence_values' AND table_schema IN ('public', 'main', 'default')"])
    if rows or tables != [[str(2 * len(views) + 1)]]:
        wrong.append(f"left: {rows}; there should be {2 * len(views) + 1} tables and views, there are {tables}")
    return len(views) - len(wrong), wrong


def engine_class(name):
    if name == "duckdb":
        with_duckdb()
    if name == "trino":
        sys.path.insert(0, str(pathlib.Path(__file__).with_name("trino")))
        import engine  # pylint: disable=import-outside-toplevel
        return engine.Trino
    return {"postgres": Postgres, "duckdb": DuckDb}[name]


def main():
    name, dump = sys.argv[1:]
    kind = engine_class(name)
    cases, views = read_dump(dump, name)
    with tempfile.TemporaryDirectory(prefix="whence-engine-") as folder:
        with kind(folder) as engine:
            agreed, wrong = compare_masks(engine, cases)
            views_agreed, views_wrong = compare_views(engine, views)
    for line in (wrong + views_wrong)[:40]:
        print(f"FAILED {line}")
    print(f"{name}: {agreed} masked values and {views_agreed} views agree")
    print(f"{agreed + views_agreed} passed, {len(wrong) + len(views_wrong)} failed")
    return 1 if wrong or views_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
