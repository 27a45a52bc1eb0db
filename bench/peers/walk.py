#!/usr/bin/env python3
"""The walks of bench/walk.cc in other systems, on the same graph: one JSON object a line, seconds of the median walk.

    walk.py SYSTEM FOLDER        SYSTEM: sqlite, duckdb or kuzu

Each loads FOLDER/edges.csv into a database of its own, indexed as its users would, and answers how many nodes are
downstream of each root in FOLDER/roots.csv. A wrong number is an error. Memory is warm: the first walk is not counted.
"""

import csv
import json
import pathlib
import statistics
import sys
import time

ROUNDS = 3

RECURSIVE = """
  WITH RECURSIVE reached (id) AS (
    SELECT CAST({root} AS BIGINT)
    UNION
    SELECT edge.target FROM reached JOIN edge ON edge.source = reached.id
  )
  SELECT count(*) FROM reached
"""


class Sqlite:
    """A clustered table, which is the cheapest index there is; all of it fits into the cache."""

    def __init__(self, folder):
        import sqlite3
        (folder / "walk.sqlite").unlink(missing_ok=True)
        self.connection = sqlite3.connect(folder / "walk.sqlite")
        self.connection.executescript("""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000;
            CREATE TABLE edge (source INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY (source, target))
              WITHOUT ROWID;
            CREATE TABLE loaded (source INTEGER NOT NULL, target INTEGER NOT NULL);""")
        with open(folder / "edges.csv", newline="", encoding="ascii") as file:
            self.connection.executemany("INSERT INTO loaded VALUES (?, ?)", csv.reader(file))
        self.connection.execute("INSERT INTO edge SELECT source, target FROM loaded ORDER BY source, target")
        self.connection.commit()

    def walk(self, root):
        return self.connection.execute(RECURSIVE.format(root=root)).fetchone()[0]


class Duckdb:
    """DuckDB joins by hash; an index would not be used."""

    def __init__(self, folder):
        import duckdb
        self.connection = duckdb.connect()
        self.connection.execute("CREATE TABLE edge AS SELECT * FROM read_csv(?, header = false, "
                                "columns = {'source': 'BIGINT', 'target': 'BIGINT'})", [str(folder / "edges.csv")])

    def walk(self, root):
        return self.connection.execute(RECURSIVE.format(root=root)).fetchone()[0]


class Kuzu:
    """Shortest paths to every node, which is Kùzu's breadth-first search; other forms count every path."""

    def __init__(self, folder):
        import kuzu
        nodes = set()
        with open(folder / "edges.csv", newline="", encoding="ascii") as file:
            for source, target in csv.reader(file):
                nodes.add(int(source))
                nodes.add(int(target))
        with open(folder / "nodes.csv", "w", encoding="ascii") as file:
            file.writelines(f"{node}\n" for node in sorted(nodes))
        del nodes
        self.database = kuzu.Database(":memory:")
        self.connection = kuzu.Connection(self.database)
        self.run("CREATE NODE TABLE Node (id INT64 PRIMARY KEY)")
        self.run("CREATE REL TABLE Edge (FROM Node TO Node)")
        self.run(f"COPY Node FROM '{folder / 'nodes.csv'}' (header = false)")
        self.run(f"COPY Edge FROM '{folder / 'edges.csv'}' (header = false)")
        self.run("CALL var_length_extend_max_depth = 1000")
        (folder / "nodes.csv").unlink()

    def run(self, query):
        result = self.connection.execute(query)
        return result.get_next() if result.has_next() else None

    def walk(self, root):
        found = self.run(f"MATCH (a:Node)-[:Edge* SHORTEST 1..1000]->(b:Node) WHERE a.id = {root} RETURN count(*)")
        return found[0] + 1  # and the root


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    system = {"sqlite": Sqlite, "duckdb": Duckdb, "kuzu": Kuzu}[name](folder)
    with open(folder / "roots.csv", newline="", encoding="ascii") as file:
        walks = [(walk, int(root), int(reached)) for walk, root, reached in csv.reader(file)]
    for walk, root, reached in walks:
        times = []
        for _ in range(ROUNDS + 1):
            start = time.perf_counter()
            found = system.walk(root)
            times.append(time.perf_counter() - start)
            if found != reached:
                sys.exit(f"{name}: {found} nodes reached, where {reached} are right")
        print(json.dumps({"line": walk, "peer": name, "unit": "ms", "value": statistics.median(times[1:]) * 1e3}),
              flush=True)


if __name__ == "__main__":
    main()
