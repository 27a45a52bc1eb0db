"""A Trino server of its own, as a coordinator alone, and SQL to it as whoever one likes."""

import http.client
import json
import pathlib
import socket
import subprocess
import time

import release

START_SECONDS = 180
QUERY_SECONDS = 120
MEMORY = "1G"
TIME_ZONE = "Pacific/Auckland"  # not UTC, so that what goes by it is found
CATALOG = "shop"  # in memory


class QueryError(Exception):
    """What Trino says of a query that fails: its error's name, and the message."""

    def __init__(self, error):
        super().__init__(f"{error['errorName']}: {error['message']}")
        self.name = error["errorName"]


class Server:
    """Without `access` everybody may do everything: {file name: properties} of etc/, all of them asked."""

    def __init__(self, work, access=None, groups=None, version=release.RELEASE):
        trino, java = release.require(version)
        self.work = pathlib.Path(work)
        (self.work / "etc/catalog").mkdir(parents=True)
        self.port = free_port()
        config = {"coordinator": "true", "node-scheduler.include-coordinator": "true", "http-server.http.port": self.port,
                  "discovery.uri": f"http://127.0.0.1:{self.port}", "plugin.dir": trino / "plugin",
                  "catalog.config-dir": self.work / "etc/catalog", "node.environment": "test", "node.id": "one",
                  "node.bind-ip": "127.0.0.1", "node.internal-address": "127.0.0.1",
                  "query.max-memory-per-node": "256MB", "memory.heap-headroom-per-node": "256MB", "log.console-format": "TEXT"}
        if access:
            config["access-control.config-files"] = ",".join(str(self.work / "etc" / name) for name in access)
        for name, properties in (access or {}).items():
            self.write(f"etc/{name}", properties)
        self.write(f"etc/catalog/{CATALOG}.properties", {"connector.name": "memory"})
        if groups:
            (self.work / "etc/groups.txt").write_text("".join(f"{group}:{users}\n" for group, users in groups.items()),
                                                      encoding="utf-8")
            self.write("etc/group-provider.properties", {"group-provider.name": "file",
                                                         "file.group-file": self.work / "etc/groups.txt"})
        self.write("etc/config.properties", config)
        self.log = open(self.work / "trino.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(java), f"-Xmx{MEMORY}", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1", f"-Dnode.data-dir={self.work}/data", "-Dfile.encoding=UTF-8",
             "-Djdk.attach.allowAttachSelf=true", f"-Dconfig={self.work}/etc/config.properties", "-cp", f"{trino}/lib/*",
             "io.trino.server.TrinoServer"], cwd=self.work, stdout=self.log, stderr=subprocess.STDOUT)

    def write(self, name, properties):
        text = "".join(f"{key}={value}\n" for key, value in properties.items())
        (self.work / name).write_text(text, encoding="utf-8")

    def __enter__(self):
        end = time.monotonic() + START_SECONDS
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError(f"Trino does not start: {self.said()[-3000:]}")
            time.sleep(0.3)
        return self

    def is_up(self):
        try:
            return not self.request("GET", "/v1/info")["starting"]
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def said(self):
        return (self.work / "trino.log").read_text(encoding="utf-8", errors="replace")

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=QUERY_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def run(self, sql, user="admin", schema=None, session=None):
        """A statement's rows, or QueryError."""
        headers = {"x-trino-user": user, "x-trino-source": "test", "x-trino-time-zone": TIME_ZONE}
        if session:
            headers["x-trino-session"] = session
        if schema:
            headers |= {"x-trino-catalog": CATALOG, "x-trino-schema": schema}
        end, rows = time.monotonic() + QUERY_SECONDS, []
        answer = self.request("POST", "/v1/statement", sql.encode(), headers)
        while True:
            rows += answer.get("data", [])
            if "error" in answer and answer["error"]["errorName"] == "NO_NODES_AVAILABLE" and time.monotonic() < end:
                time.sleep(0.3)  # which has just started, and does not count itself yet
                rows, answer = [], self.request("POST", "/v1/statement", sql.encode(), headers)
                continue
            if "error" in answer:
                raise QueryError(answer["error"])
            if "nextUri" not in answer:
                return rows
            if time.monotonic() > end:
                raise AssertionError(f"no end of {sql}")
            answer = self.request("GET", "/v1/" + answer["nextUri"].partition("/v1/")[2], headers=headers)


def free_port():
    """For a program that cannot say which one it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
