#!/usr/bin/env python3
"""AuthZEN and Trino as their clients meet them: a real server, grants and policies by the command, questions asked by
HTTP."""

import http.client
import json
import unittest

import world

MAPPING = """
policy_decision_point: https://pdp.example.com
resources:
  sale:
    securable: shop.sales.orders
    actions:
      see: {privilege: SELECT, rows: true}
"""


class Doors(world.Case):
    def start_server(self, listen="127.0.0.1:0", **_):
        port_file = self.folder / ".http.port"
        self.write("authzen.yaml", MAPPING)
        super().start_server(listen, more=("--http-listen", "127.0.0.1:0", "--http-port-file", str(port_file),
                                           "--authzen", str(self.folder / "authzen.yaml")))
        self.http = http.client.HTTPConnection(port_file.read_text(encoding="utf-8").strip(), timeout=60)
        self.addCleanup(self.http.close)

    def ask(self, path, body, status=200):
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        self.http.request("POST", path, json.dumps(body), headers)
        answer = self.http.getresponse()
        text = answer.read()
        self.assertEqual(answer.status, status, text)
        return json.loads(text) if status == 200 else text.decode()

    def may(self, user, action, kind, name, **properties):
        return self.ask("/access/v1/evaluation", {
            "subject": {"type": "user", "id": user}, "action": {"name": action},
            "resource": {"type": kind, "id": name, "properties": properties}})["decision"]

    def trino(self, path, user, operation, **action):
        return self.ask(f"/v1/trino/{path}", {"input": {
            "context": {"identity": {"user": user, "groups": []}, "softwareStack": {"trinoVersion": "476"}},
            "action": {"operation": operation, **action}}})["result"]

    def set_up_a_shop(self):
        columns = json.dumps({"columns": [{"name": "id", "type": "bigint"}, {"name": "email", "type": "varchar"},
                                          {"name": "region", "type": "varchar"}]})
        self.whence("catalog", "create", "shop")
        self.whence("schema", "create", "shop.sales")
        self.whence("asset", "create", "shop.sales.orders", "--kind", "table", "--detail", columns)
        self.whence("principal", "create", "user:bo")
        self.whence("group", "create", "group:analysts")
        self.whence("group", "add", "group:analysts", "user:bo")
        self.whence("principal", "create", "svc:engine")
        self.whence("grant", "BROWSE", "on", "metastore", "to", "svc:engine")
        self.token = self.whence("token", "create", "svc:engine", "--read-only").stdout.strip()

    def test_what_is_granted_holds_through_both_doors_and_what_is_revoked_is_gone(self):
        self.set_up_a_shop()
        table = {"catalogName": "shop", "schemaName": "sales", "tableName": "orders"}
        select = {"resource": {"table": {**table, "columns": ["id", "email"]}}}
        self.assertFalse(self.may("bo", "SELECT", "table", "shop.sales.orders"))
        self.assertFalse(self.trino("allow", "bo", "SelectFromColumns", **select))
        for privilege, place in (("USE CATALOG", "shop"), ("USE SCHEMA", "shop.sales"), ("SELECT", "shop.sales")):
            self.whence("grant", privilege, "on", place, "to", "group:analysts")
        self.whence("policy", "create", "mask-mail", "--mask", "redact", "--column", "email", "--on", "schema shop.sales",
                    "--to", "group:analysts")
        self.whence("policy", "create", "eu-only", "--filter", "region = 'EU'", "--on", "schema shop.sales", "--to",
                    "group:analysts")
        self.assertTrue(self.may("bo", "SELECT", "table", "shop.sales.orders"))
        self.assertTrue(self.may("bo", "see", "sale", "1", region="EU"))
        self.assertFalse(self.may("bo", "see", "sale", "2", region="US"))
        self.assertTrue(self.trino("allow", "bo", "SelectFromColumns", **select))
        filters = self.trino("row-filters", "bo", "GetRowFilters", resource={"table": table})
        self.assertEqual(len(filters), 1)
        self.assertIn("'EU'", filters[0]["expression"])
        columns = [{"column": {**table, "columnName": name, "columnType": "varchar"}} for name in ("id", "email", "region")]
        masks = self.trino("batch-column-masking", "bo", "GetColumnMask", filterResources=columns)
        self.assertEqual([mask["index"] for mask in masks], [1])
        self.whence("revoke", "SELECT", "on", "shop.sales", "from", "group:analysts")
        self.assertFalse(self.may("bo", "SELECT", "table", "shop.sales.orders"))
        self.assertFalse(self.trino("allow", "bo", "SelectFromColumns", **select))

    def test_where_it_is_and_who_may_ask(self):
        self.set_up_a_shop()
        self.http.request("GET", "/.well-known/authzen-configuration")
        answer = json.loads(self.http.getresponse().read())
        self.assertEqual(answer["policy_decision_point"], "https://pdp.example.com")
        self.assertEqual(answer["access_evaluation_endpoint"], "https://pdp.example.com/access/v1/evaluation")
        self.whence("revoke", "BROWSE", "on", "metastore", "from", "svc:engine")
        text = self.ask("/access/v1/evaluation", {"subject": {"type": "user", "id": "bo"}, "action": {"name": "SELECT"},
                                                  "resource": {"type": "table", "id": "shop.sales.orders"}}, 403)
        self.assertTrue(text.startswith("PERMISSION_DENIED: "), text)


if __name__ == "__main__":
    unittest.main()
