"""Trino as the tests of compiled SQL use an engine (test_engines.py)."""

import pathlib

import server


class Trino:
    """A server of its own, with tables in memory."""

    text_type = "varchar"

    def __init__(self, folder):
        self.server = server.Server(pathlib.Path(folder))

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    @staticmethod
    def literal(value):
        return "NULL" if value is None else f"from_utf8(from_hex('{value.encode().hex()}'))"

    def script(self, statements):
        rows = []
        for statement in statements:
            found = self.server.run(statement, schema="default")
            if statement.startswith("SELECT"):
                rows += [[None if field == "-" else bytes.fromhex(field).decode() for field in row] for row in found]
        return rows

    @staticmethod
    def instant(text):
        return f"replace(replace({text}, 'T', ' '), 'Z', ' UTC')"

    @staticmethod
    def shown(expression):
        return f"coalesce(lower(to_hex(to_utf8(CAST({expression} AS varchar)))), '-')"
