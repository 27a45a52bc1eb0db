#!/usr/bin/env python3
"""Trino as it is released, and its OPA plugin by itself, ask a running whenced: what they enforce is what was granted.

Set up as docs/trino.md says. Skipped (exit code 77) where the release is not here, for it has 800 MB: `make trino`
fetches it (release.py) and runs this.
"""

import http.client
import http.server
import json
import pathlib
import sys
import threading
import unittest

import release
import server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "acceptance"))

import issuer  # pylint: disable=wrong-import-position
import world  # pylint: disable=wrong-import-position

PATHS = {"opa.policy.uri": "allow", "opa.policy.batched-uri": "batch", "opa.policy.row-filters-uri": "row-filters",
         "opa.policy.batch-column-masking-uri": "batch-column-masking"}
SINGLE_PATHS = {"opa.policy.uri": "allow", "opa.policy.row-filters-uri": "row-filters",
                "opa.policy.column-masking-uri": "column-masking"}


def properties(base, paths):
    return {key: f"{base}/v1/trino/{path}" for key, path in paths.items()}


class TrinoCase(world.Case):
    """A server with a shop, and svc:trino, who may ask about everybody."""

    # As other engines call the types than Trino.
    COLUMNS = [("id", "bigint"), ("email", "string"), ("region", "text"), ("price", "numeric(10,2)"), ("day", "date"),
               ("seen", "timestamp")]

    def start_server(self, listen="127.0.0.1:0", more=(), **_):
        self.http_file = self.folder / ".http.port"
        self.http_file.unlink(missing_ok=True)
        super().start_server(listen, more=("--http-listen", "127.0.0.1:0", "--http-port-file", str(self.http_file), *more))

    @property
    def http_address(self):
        return self.http_file.read_text(encoding="utf-8").strip()

    def set_up_a_shop(self):
        columns = json.dumps({"columns": [{"name": name, "type": type_} for name, type_ in self.COLUMNS]})
        self.whence("catalog", "create", "shop")
        self.whence("schema", "create", "shop.sales")
        for name, kind in (("orders", "table"), ("refunds", "table"), ("recent", "view")):
            self.whence("asset", "create", f"shop.sales.{name}", "--kind", kind, "--detail", columns)
        self.whence("asset", "create", "shop.sales.twice", "--kind", "function")
        for user in ("bo", "cy", "wim"):
            self.whence("principal", "create", f"user:{user}")
        self.whence("group", "create", "group:analysts")
        self.whence("principal", "create", "svc:trino")
        self.whence("grant", "BROWSE", "on", "metastore", "to", "svc:trino")
        self.write("salt", "pepper")

    def grant(self, who, *privileges):
        for privilege, place in privileges:
            self.whence("grant", privilege, "on", place, "to", who)

    def policy(self, name, *words, to="group:analysts"):
        self.whence("policy", "create", name, *words, "--to", to)


# ---- the plugin by itself -------------------------------------------------------------------------------------------

class AddsToken(http.server.ThreadingHTTPServer):
    """The proxy that docs/trino.md speaks of: on this machine, and adds the token."""

    def __init__(self, address, token):
        super().__init__(("127.0.0.1", 0), Forward)
        self.address, self.token = address, token
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"


class Forward(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["content-length"]))
        connection = http.client.HTTPConnection(self.server.address, timeout=60)
        connection.request("POST", self.path, body, {"content-type": self.headers["content-type"],
                                                     "authorization": f"Bearer {self.server.token}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.send_response(answer.status)
        self.send_header("content-type", answer.getheader("content-type"))
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass


class PluginAlone(TrinoCase):
    """Made from an admin's properties, with batches and without; and called as Trino calls it."""

    NAMES = {"user": "bo", "groups": "analysts", "catalog": "shop", "schema": "sales", "table": "orders"}

    def plugin(self, settings):
        plugin = release.Plugin(settings, self.folder)
        self.addCleanup(plugin.close)
        return plugin

    def proxy(self):
        token = self.whence("token", "create", "svc:trino", "--read-only").stdout.strip()
        proxy = AddsToken(self.http_address, token)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        return proxy

    def check(self, plugin):
        """What bo may, asked through either form; the same."""
        names = self.NAMES

        def call(method, *types, **more):
            return plugin.call(method, *types, **names | more)

        self.assertEqual(call("checkCanExecuteQuery"), ("returned", None))
        self.assertEqual(call("checkCanExecuteQuery", user="stranger")[0], "denied")
        self.assertEqual(call("filterCatalogs", set="shop,system,other"), ("returned", ["shop", "system"]))
        self.assertEqual(call("filterCatalogs", set="shop,system,other", groups=""), ("returned", ["system"]))
        self.assertEqual(call("filterSchemas", strings="shop", set="sales,information_schema,secret"),
                         ("returned", ["information_schema", "sales"]))
        self.assertEqual(call("filterTables", strings="shop", tables="sales.orders,sales.refunds,sales.nothing"),
                         ("returned", ["sales.orders"]))
        map_form = "SystemSecurityContext String Map<SchemaTableName,Set<String>>"
        self.assertEqual(call("filterColumns", map_form, strings="shop", tables="sales.orders", set="id,email,price"),
                         ("returned", {"sales.orders": ["email", "id"]}))
        self.assertEqual(call("checkCanSelectFromColumns", set="id,email"), ("returned", None))
        self.assertEqual(call("checkCanSelectFromColumns", set="id,price")[0], "denied")
        self.assertEqual(call("checkCanSelectFromColumns", set="id", table="refunds")[0], "denied")
        self.assertEqual(call("checkCanDropTable")[0], "denied")
        how, rows = call("getRowFilters")
        self.assertEqual((how, len(rows)), ("returned", 1))
        self.assertIn("'EU'", rows[0])
        how, masks = call("getColumnMasks", set="id,email,price")
        self.assertEqual((how, sorted(masks)), ("returned", ["email", "price"]))
        self.assertRegex(masks["email"], r"^CAST\(regexp_replace\(.* AS varchar\)$")
        self.assertEqual(masks["price"], "NULL")

    def test_with_batches_and_without(self):
        self.set_up_a_shop()
        self.grant("group:analysts", ("USE CATALOG", "shop"), ("USE SCHEMA", "shop.sales"), ("SELECT", "shop.sales.orders"))
        self.policy("mask-mail", "--mask", "redact", "--column", "email", "--on", "schema shop.sales")
        self.policy("eu-only", "--filter", "region = 'EU'", "--on", "schema shop.sales")
        self.policy("no-prices", "--deny", "--privilege", "SELECT", "--column", "price", "--on", "shop.sales.orders")
        base = self.proxy().base
        for paths in (PATHS, SINGLE_PATHS):
            with self.subTest(paths=sorted(paths)):
                self.check(self.plugin(properties(base, paths)))

    def test_what_it_is_told_when_it_may_not_ask(self):
        self.set_up_a_shop()
        # Without a credential, and with a path for another.
        plugin = self.plugin(properties(f"http://{self.http_address}", PATHS))
        how, message = plugin.call("checkCanExecuteQuery", **self.NAMES)
        self.assertEqual(how, "failed")
        self.assertIn("status 401", message)
        base = self.proxy().base
        plugin = self.plugin(properties(base, PATHS | {"opa.policy.row-filters-uri": "allow"}))
        how, message = plugin.call("getRowFilters", **self.NAMES)
        self.assertEqual(how, "failed", message)
        plugin = self.plugin(properties(base, PATHS))
        self.whence("revoke", "BROWSE", "on", "metastore", "from", "svc:trino")
        how, message = plugin.call("checkCanExecuteQuery", **self.NAMES)
        self.assertEqual(how, "failed")
        self.assertIn("status 403", message)

    def test_every_operation_that_it_can_name_is_known(self):
        known = json.loads((release.ROOT / "tests/unit/http/trino_recorded.json").read_text(encoding="utf-8"))
        recorded = {request["request"]["input"]["action"]["operation"] for request in known["requests"]}
        self.assertEqual(known["trino"], release.RELEASE)
        # Operations are words in one, beginning with a capital; of these texts few others are.
        names = {text for text in release.plugin_names() if text.isalpha() and text[0].isupper() and not text.isupper()}
        self.assertGreater(len(names), 50)
        self.assertEqual(names - recorded, set())


# ---- a whole Trino --------------------------------------------------------------------------------------------------

ORDERS = [(1, "ana@example.com", "EU", "1.50", "2024-02-29", "2024-02-29 10:11:12.345"),
          (2, "bo@example.com", "US", "2.25", "2025-07-01", "2025-07-01 00:00:00.000"),
          (3, "cy@example.org", "EU", "2.00", "2026-01-31", "2026-01-31 23:59:59.999")]
ROW_TYPES = "bigint", "varchar(15)", "varchar(2)", "decimal(10,2)", "date", "timestamp(3)"


def values(rows):
    """As a query, of the very types."""
    texts = ", ".join("(" + ", ".join(f"'{field}'" for field in row) + ")" for row in rows)
    names = [name for name, _ in TrinoCase.COLUMNS]
    fields = ", ".join(f"CAST({name} AS {type_}) AS {name}" for name, type_ in zip(names, ROW_TYPES))
    return f"SELECT {fields} FROM (VALUES {texts}) AS t({', '.join(names)})"


class WholeTrino(TrinoCase):
    """Its coordinator with a client certificate, a group provider and a catalog in memory."""

    RULES = 'certificates:\n  - {dns: "trino.example.org", principal: "svc:trino"}\n'

    def certificate(self, authority, name, names):
        self.write("names", f"subjectAltName={names}\n")
        issuer.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                       "-out", f"{name}.csr", "-subj", f"/CN={name}", cwd=self.folder)
        issuer.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                       "-days", "1", "-extfile", "names", "-out", f"{name}.pem", cwd=self.folder)

    def with_tls(self):
        """Starts whenced anew, so that it listens with TLS and knows Trino by its certificate."""
        for name in ("ours", "clients"):
            issuer.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                           f"{name}.key", "-out", f"{name}.pem", "-days", "1", "-subj", f"/CN={name}", cwd=self.folder)
        self.certificate("ours", "server", "IP:127.0.0.1")
        self.certificate("clients", "trino-client", "DNS:trino.example.org")
        issuer.openssl("pkcs12", "-export", "-in", "trino-client.pem", "-inkey", "trino-client.key", "-out",
                       "trino-client.p12", "-passout", "pass:secret", cwd=self.folder)
        self.write("identity.yaml", self.RULES)
        self.stop_server()
        self.start_server(more=("--identity", str(self.folder / "identity.yaml"), "--tls-cert", "server.pem", "--tls-key",
                                "server.key", "--tls-client-ca", "clients.pem"))
        self.whence("context", "set", "tls", "--server", self.server.address, "--ca", "ours.pem", "-q")
        del self.env["WHENCE_SERVER"]
        self.env["WHENCE_CONTEXT"] = "tls"

    def start_trino(self):
        access = {"access-control.properties": {
            "access-control.name": "opa", **properties(f"https://{self.http_address}", PATHS),
            "opa.http-client.key-store-path": self.folder / "trino-client.p12",
            "opa.http-client.key-store-password": "secret", "opa.http-client.trust-store-path": self.folder / "ours.pem"}}
        work = self.folder / "trino"
        work.mkdir()
        trino = server.Server(work, access, groups={"analysts": "bo", "others": "cy"})
        trino.__enter__()
        self.addCleanup(trino.__exit__)
        return trino

    def rows(self, sql, user="bo", **more):
        return sorted(self.trino.run(sql, user, **more))

    def denied(self, sql, user="bo", why="PERMISSION_DENIED"):
        with self.assertRaises(server.QueryError, msg=sql) as caught:
            self.trino.run(sql, user)
        self.assertEqual(caught.exception.name, why, caught.exception)

    def test_what_is_granted_filtered_and_masked_is_what_trino_shows(self):
        self.set_up_a_shop()
        self.with_tls()
        self.trino = self.start_trino()
        self.fill()
        for step in (self.who_may_what, self.rows_and_columns, self.denied_columns, self.writing, self.views,
                     self.functions, self.trinos_own, self.taken_away):
            with self.subTest(step.__name__):
                step()

    def fill(self):
        """By the administrator, through Trino."""
        self.trino.run("CREATE SCHEMA shop.sales", "ana")
        for table in ("orders", "refunds", "unregistered"):
            self.trino.run(f"CREATE TABLE shop.sales.{table} AS {values(ORDERS)}", "ana")

    def who_may_what(self):
        self.denied("SELECT 1", "stranger")
        self.assertEqual(self.rows("SELECT 1"), [[1]])
        self.assertEqual(self.rows("SHOW CATALOGS"), [["system"]])
        self.denied("SHOW SCHEMAS FROM shop")
        self.denied("SELECT * FROM shop.sales.orders")
        # To a group that only Trino knows him to be in.
        self.grant("group:analysts", ("USE CATALOG", "shop"), ("USE SCHEMA", "shop.sales"), ("SELECT", "shop.sales.orders"))
        self.assertEqual(self.rows("SHOW CATALOGS"), [["shop"], ["system"]])
        self.assertEqual(self.rows("SHOW SCHEMAS FROM shop"), [["information_schema"], ["sales"]])
        self.assertEqual(self.rows("SHOW TABLES FROM shop.sales"), [["orders"]])
        self.assertEqual(self.rows("SELECT DISTINCT table_name FROM shop.information_schema.columns "
                                   "WHERE table_schema = 'sales'"), [["orders"]])
        self.assertEqual([row[0] for row in self.rows("SELECT * FROM shop.sales.orders")], [1, 2, 3])
        self.assertEqual(self.rows("SELECT count(*) FROM shop.sales.orders"), [[3]])
        for sql in ("SELECT * FROM shop.sales.refunds", "SHOW COLUMNS FROM shop.sales.refunds",
                    "SELECT count(*) FROM shop.sales.refunds", "DROP TABLE shop.sales.orders",
                    "SELECT * FROM shop.sales.orders JOIN shop.sales.refunds USING (id)",
                    "CREATE TABLE shop.sales.mine AS SELECT * FROM shop.sales.orders",
                    "ALTER TABLE shop.sales.orders RENAME TO shop.sales.mine", "CREATE SCHEMA shop.mine"):
            self.denied(sql)
        self.denied("SELECT * FROM shop.sales.orders", "cy")
        # What nobody registered is nobody's, also an administrator's.
        self.denied("SELECT * FROM shop.sales.unregistered", "ana")

    def rows_and_columns(self):
        orders = "SELECT * FROM shop.sales.orders"
        for column, mask in (("email", ["redact"]), ("price", ["constant", "--constant", "9.75"]), ("day", ["year"]),
                             ("region", ["hash", "--salt-file", "salt"]), ("seen", ["nullify"])):
            self.policy(f"mask-{column}", "--mask", *mask, "--column", column, "--on", "schema shop.sales")
        self.assertEqual(
            [[*row[:2], *row[3:]] for row in self.rows(orders)],
            [[1, "xxx@xxxxxxx.xxx", "9.75", "2024-01-01", None], [2, "xx@xxxxxxx.xxx", "9.75", "2025-01-01", None],
             [3, "xx@xxxxxxx.xxx", "9.75", "2026-01-01", None]])
        # What is behind the mask is not found by asking for it.
        self.assertEqual(self.rows("SELECT id FROM shop.sales.orders WHERE email = 'ana@example.com'"), [])
        self.assertEqual(self.rows("SELECT max(price), count(DISTINCT email) FROM shop.sales.orders"), [["9.75", 2]])
        self.assertEqual(self.rows(orders, "ana")[0][1], "ana@example.com")
        self.policy("eu-only", "--filter", "region = 'EU'", "--on", "schema shop.sales")
        self.assertEqual([row[0] for row in self.rows(orders)], [1, 3])
        self.assertEqual(self.rows("SELECT count(*) FROM shop.sales.orders"), [[2]])
        # All filters together; a decimal is compared with all its digits.
        self.policy("cheap", "--filter", "price IN (1.5, 1.6)", "--on", "schema shop.sales")
        self.assertEqual([row[0] for row in self.rows(orders)], [1])
        self.assertEqual(len(self.rows(orders, "ana")), 3)
        for name in ("cheap", "eu-only", "mask-email", "mask-price", "mask-day", "mask-region", "mask-seen"):
            self.whence("policy", "delete", name, "--yes")
        self.assertEqual(self.rows(orders), self.rows(orders, "ana"))

    def denied_columns(self):
        self.policy("no-mail", "--deny", "--privilege", "SELECT", "--column", "email", "--on", "shop.sales.orders")
        # `*` means all columns, or, as an administrator of Trino may set it, those that may be read.
        self.denied("SELECT * FROM shop.sales.orders")
        self.assertEqual(self.rows("SELECT * FROM shop.sales.orders", session="hide_inaccessible_columns=true")[0][:2],
                         [1, "EU"])
        self.assertEqual(self.rows("SHOW TABLES FROM shop.sales"), [["orders"]])
        self.assertNotIn("email", [row[0] for row in self.rows("DESCRIBE shop.sales.orders")])
        self.denied("SELECT email FROM shop.sales.orders")
        self.denied("SELECT id FROM shop.sales.orders WHERE email LIKE 'a%'")
        self.whence("policy", "delete", "no-mail", "--yes")
        # Masks that disagree: the column shows nothing, the others are as they are.
        self.policy("one", "--mask", "redact", "--column", "email", "--on", "schema shop.sales")
        self.policy("two", "--mask", "first4", "--salt-file", "salt", "--column", "email", "--on", "shop.sales.orders")
        self.assertEqual(self.rows("SELECT id, region FROM shop.sales.orders")[0], [1, "EU"])
        for name in ("one", "two"):
            self.whence("policy", "delete", name, "--yes")

    def writing(self):
        self.denied("INSERT INTO shop.sales.orders SELECT * FROM shop.sales.orders")
        self.grant("user:wim", ("USE CATALOG", "shop"), ("USE SCHEMA", "shop.sales"), ("MODIFY", "shop.sales.orders"))
        more = (4, "wim@example.com", "US", "4.00", "2026-02-01", "2026-02-01 00:00:00.000")
        self.trino.run(f"INSERT INTO shop.sales.orders {values([more])}", "wim")
        self.assertEqual(self.rows("SELECT count(*) FROM shop.sales.orders"), [[4]])
        self.denied("SELECT * FROM shop.sales.orders", "wim")
        self.denied("DROP TABLE shop.sales.orders", "wim")
        self.trino.run("COMMENT ON TABLE shop.sales.orders IS 'sold'", "wim")
        # Trino writes no table of which its writer sees a part.
        self.grant("group:analysts", ("MODIFY", "shop.sales.orders"))
        self.policy("some", "--mask", "redact", "--column", "email", "--on", "schema shop.sales")
        self.denied(f"INSERT INTO shop.sales.orders {values([more])}", why="NOT_SUPPORTED")
        self.whence("policy", "delete", "some", "--yes")
        self.whence("revoke", "MODIFY", "on", "shop.sales.orders", "from", "group:analysts")

    def views(self):
        """Its owner reads what is behind a view, its reader the view."""
        self.trino.run("CREATE VIEW shop.sales.recent AS SELECT * FROM shop.sales.orders WHERE id > 1", "ana")
        self.denied("SELECT * FROM shop.sales.recent")
        self.grant("group:analysts", ("SELECT", "shop.sales.recent"))
        self.policy("of-view", "--mask", "redact", "--column", "email", "--on", "shop.sales.recent")
        self.assertEqual(self.rows("SELECT id, email FROM shop.sales.recent")[0], [2, "xx@xxxxxxx.xxx"])
        self.whence("policy", "delete", "of-view", "--yes")

    def functions(self):
        self.trino.run("CREATE FUNCTION shop.sales.twice(x bigint) RETURNS bigint RETURN x * 2", "ana")
        self.denied("SELECT shop.sales.twice(id) FROM shop.sales.orders")
        self.assertEqual(self.rows("SHOW FUNCTIONS FROM shop.sales"), [])
        self.grant("group:analysts", ("EXECUTE", "shop.sales.twice"))
        self.assertEqual(self.rows("SELECT shop.sales.twice(id) FROM shop.sales.orders WHERE id = 2"), [[4]])
        self.assertEqual([row[0] for row in self.rows("SHOW FUNCTIONS FROM shop.sales")], ["twice"])
        self.denied("DROP FUNCTION shop.sales.twice(bigint)")

    def trinos_own(self):
        self.assertIn(["orders"], self.rows("SELECT table_name FROM system.jdbc.tables WHERE table_cat = 'shop'"))
        self.assertNotIn(["refunds"], self.rows("SELECT table_name FROM system.jdbc.tables WHERE table_cat = 'shop'"))
        self.denied("SELECT * FROM system.runtime.queries")
        self.denied("CALL system.runtime.kill_query('20260101_000000_00000_abcde')")
        self.trino.run("SET SESSION query_max_run_time = '1h'", "bo")
        self.denied("GRANT SELECT ON shop.sales.orders TO cy", "ana")
        self.assertEqual(self.rows("SELECT lower(region) FROM shop.sales.orders WHERE id = 1"), [["eu"]])

    def taken_away(self):
        self.whence("revoke", "SELECT", "on", "shop.sales.orders", "from", "group:analysts")
        self.denied("SELECT * FROM shop.sales.orders")
        # Who may not ask gets no answer, and so nobody gets anything.
        self.whence("principal", "deactivate", "svc:trino")
        self.denied("SELECT 1", "ana", why="GENERIC_INTERNAL_ERROR")


if __name__ == "__main__":
    release.require()
    unittest.main()
