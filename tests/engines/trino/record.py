#!/usr/bin/env python3
"""Writes tests/unit/http/trino_recorded.json: what Trino's own OPA plugin sends, for every method of its access control.

    record.py      after `make trino`, which fetches the release

The plugin is made by its factory, from properties as an admin writes them, once without batches and once with; a server
in this program takes its requests down. CALLS says what each method is called with, and who of the test's principals
(tests/unit/http/trino_test.cc) is to be allowed that; a method that is not in it is an error, so that those of a next
release are not passed over. The file differs from one recording to the next only where the plugin does.
"""

import http.server
import json
import tempfile
import threading

import release

OUT = release.ROOT / "tests/unit/http/trino_recorded.json"

# ---- who ------------------------------------------------------------------------------------------------------------

ADMIN = ["admin"]
PRESENT = ["admin", "reader", "writer", "maker", "manager", "auditor", "nobody"]
USE_CATALOG = ["admin", "reader", "writer", "maker", "manager"]
SEE = [*USE_CATALOG, "auditor"]  # catalogs and schemas
SEE_TABLE = ["admin", "reader", "writer", "manager", "auditor"]
BROWSE = ["admin", "auditor"]
MANAGE = ["admin", "manager"]
MODIFY = ["admin", "writer"]
READ = ["admin", "reader"]
READ_COLUMN = ["admin", "reader", "auditor"]
MAKE = ["admin", "maker"]
UNFILTERED = ["admin", "reader", "writer"]
NOBODY = []

# ---- what -----------------------------------------------------------------------------------------------------------

USUAL = {"user": "asker", "groups": "some-group", "owner": "someone", "owners": "someone,reader", "catalog": "prod",
         "schema": "fraud", "table": "scores", "newSchema": "fraud", "newTable": "renamed", "function": "risk",
         "set": "account,email", "tables": "fraud.scores,fraud.nothing", "functions": "fraud.risk,fraud.nothing"}
NEW = {"table": "new_table", "schema": "fraud"}

# The method, who may, what is not as usual, and a note.
CALLS = [
    ("checkCanExecuteQuery", PRESENT, {}, ""),
    ("checkCanSetSystemSessionProperty", PRESENT, {"strings": "query_max_run_time"}, ""),
    ("checkCanReadSystemInformation", BROWSE, {}, ""),
    ("checkCanWriteSystemInformation", ADMIN, {}, ""),
    ("checkCanImpersonateUser", ADMIN, {"strings": "someone"}, ""),
    ("checkCanViewQueryOwnedBy", BROWSE, {}, ""),
    ("checkCanViewQueryOwnedBy", [*BROWSE, "reader"], {"owner": "reader"}, "one's own query"),
    ("checkCanKillQueryOwnedBy", ADMIN, {}, ""),
    ("checkCanKillQueryOwnedBy", READ, {"owner": "reader"}, "one's own query"),
    ("filterViewQueryOwnedBy", BROWSE, {"owners": "someone"}, ""),
    ("canAccessCatalog", SEE, {"strings": "prod"}, ""),
    ("canAccessCatalog", PRESENT, {"strings": "system"}, "Trino's own catalog"),
    ("filterCatalogs", SEE, {"set": "prod,nothing"}, ""),
    ("filterCatalogs", PRESENT, {"set": "system,nothing"}, "Trino's own catalog"),
    ("checkCanCreateCatalog", MAKE, {"strings": "new_catalog"}, ""),
    ("checkCanCreateCatalog", NOBODY, {"strings": "system"}, "Trino's own catalog"),
    ("checkCanDropCatalog", MANAGE, {"strings": "prod"}, ""),
    ("checkCanDropCatalog", NOBODY, {"strings": "system"}, "Trino's own catalog"),
    ("checkCanSetCatalogSessionProperty", USE_CATALOG, {"strings": "prod,max_split_size"}, ""),
    ("checkCanShowSchemas", SEE, {"strings": "prod"}, ""),
    ("checkCanShowSchemas", PRESENT, {"strings": "system"}, "Trino's own catalog"),
    ("filterSchemas", SEE, {"strings": "prod", "set": "fraud,nothing"}, ""),
    ("filterSchemas", SEE, {"strings": "prod", "set": "information_schema,nothing"}, "every catalog has it"),
    ("checkCanCreateSchema", MAKE, {"schema": "new_schema"}, ""),
    ("checkCanDropSchema", MANAGE, {}, ""),
    ("checkCanRenameSchema", MANAGE, {"strings": "frauds"}, ""),
    ("checkCanSetSchemaAuthorization", MANAGE, {}, ""),
    ("checkCanShowCreateSchema", SEE, {}, ""),
    ("checkCanShowTables", SEE, {}, ""),
    ("filterTables", SEE_TABLE, {"strings": "prod"}, ""),
    ("filterTables", PRESENT, {"strings": "system", "tables": "metadata.catalogs"}, "Trino's own table"),
    ("checkCanShowColumns", SEE_TABLE, {}, ""),
    ("filterColumns", READ_COLUMN, {"strings": "prod", "tables": "fraud.scores"}, ""),
    ("filterColumns", SEE, {"strings": "prod", "tables": "information_schema.columns", "set": "table_name,column_name"},
     "for who sees the catalog"),
    ("checkCanShowCreateTable", SEE_TABLE, {}, ""),
    ("checkCanCreateTable", MAKE, NEW, ""),
    ("checkCanCreateTable", ADMIN, {}, "CREATE OR REPLACE, for all that can be told: what is there is dropped"),
    ("checkCanCreateView", MAKE, NEW, ""),
    ("checkCanCreateView", ADMIN, {"schema": "archive", "table": "old"}, "likewise"),
    ("checkCanCreateMaterializedView", MAKE, NEW, ""),
    ("checkCanDropTable", MANAGE, {}, ""),
    ("checkCanDropTable", NOBODY, {"schema": "information_schema", "table": "columns"}, "nobody changes it"),
    ("checkCanDropView", MANAGE, {}, ""),
    ("checkCanDropMaterializedView", MANAGE, {}, ""),
    ("checkCanRenameTable", MANAGE, {}, ""),
    ("checkCanRenameTable", ADMIN, {"newSchema": "archive", "newTable": "scores"},
     "into another schema, where one must be made"),
    ("checkCanRenameView", MANAGE, {}, ""),
    ("checkCanRenameMaterializedView", MANAGE, {}, ""),
    ("checkCanSetTableProperties", MODIFY, {}, ""),
    ("checkCanSetMaterializedViewProperties", MODIFY, {}, ""),
    ("checkCanSetTableComment", MODIFY, {}, ""),
    ("checkCanSetViewComment", MODIFY, {}, ""),
    ("checkCanSetColumnComment", MODIFY, {}, ""),
    ("checkCanAddColumn", MODIFY, {}, ""),
    ("checkCanAlterColumn", MODIFY, {}, ""),
    ("checkCanDropColumn", MODIFY, {}, ""),
    ("checkCanRenameColumn", MANAGE, {}, ""),
    ("checkCanInsertIntoTable", MODIFY, {}, ""),
    ("checkCanInsertIntoTable", NOBODY, {"catalog": "system", "schema": "jdbc", "table": "tables"},
     "nobody writes Trino's own tables"),
    ("checkCanDeleteFromTable", MODIFY, {}, ""),
    ("checkCanTruncateTable", MODIFY, {}, ""),
    ("checkCanUpdateTableColumns", MODIFY, {"set": "score,region"}, ""),
    ("checkCanRefreshMaterializedView", MODIFY, {}, ""),
    ("checkCanExecuteTableProcedure", MODIFY, {"strings": "optimize"}, ""),
    ("checkCanSetTableAuthorization", MANAGE, {}, ""),
    ("checkCanSetViewAuthorization", MANAGE, {}, ""),
    ("checkCanSelectFromColumns", READ, {"set": "account,email,region"}, ""),
    ("checkCanSelectFromColumns", READ, {"set": ""}, "count(*) reads no column"),
    ("checkCanSelectFromColumns", PRESENT, {"catalog": "system", "schema": "jdbc", "table": "tables", "set": "table_cat"},
     "drivers list tables there; Trino filters them"),
    ("checkCanSelectFromColumns", BROWSE, {"catalog": "system", "schema": "runtime", "table": "queries", "set": "query"},
     "what all others ran"),
    ("checkCanSelectFromColumns", SEE, {"schema": "information_schema", "table": "columns", "set": "table_name"},
     "for who sees the catalog; Trino filters the rows"),
    ("checkCanSelectFromColumns", NOBODY, {"table": "scores$partitions"}, "a table that Whence does not know"),
    ("checkCanSelectFromColumns", NOBODY, {"table": "risk"}, "a function is no table"),
    ("checkCanCreateViewWithSelectFromColumns", READ, {}, ""),
    ("checkCanShowFunctions", SEE, {}, ""),
    ("filterFunctions", SEE_TABLE, {"strings": "prod"}, ""),
    ("filterFunctions", PRESENT, {"strings": "system", "functions": "builtin.lower,fraud.nothing"}, "Trino's own function"),
    ("checkCanShowCreateFunction", SEE_TABLE, {}, ""),
    ("checkCanCreateFunction", MAKE, {"function": "new_function"}, ""),
    ("checkCanCreateFunction", ADMIN, {}, "CREATE OR REPLACE, as above"),
    ("checkCanDropFunction", MANAGE, {}, ""),
    ("canExecuteFunction", READ, {}, ""),
    ("canExecuteFunction", PRESENT, {"catalog": "system", "schema": "builtin", "function": "lower"}, "Trino's own function"),
    ("canExecuteFunction", MANAGE, {"schema": "system", "function": "query"}, "reaches past tables, into the source itself"),
    ("canExecuteFunction", NOBODY, {"function": "scores"}, "a table is no function"),
    ("canCreateViewWithExecuteFunction", READ, {}, ""),
    ("canCreateViewWithExecuteFunction", PRESENT, {"catalog": "system", "schema": "builtin", "function": "lower"},
     "Trino's own function"),
    ("checkCanExecuteProcedure", READ, {}, ""),
    ("checkCanExecuteProcedure", MANAGE, {"schema": "system", "function": "query"},
     "reaches past tables, into the source itself"),
    ("checkCanExecuteProcedure", ADMIN, {"catalog": "system", "schema": "runtime", "function": "kill_query"},
     "Trino's own procedure"),
    ("checkCanSetEntityAuthorization", MANAGE, {}, ""),
    ("getRowFilters", UNFILTERED, {}, ""),
    ("getColumnMasks", UNFILTERED, {}, ""),
]

# Methods that ask nobody, and what the plugin does by itself.
SILENT = {
    **{f"checkCan{verb}{what}Privilege": "denied" for verb in ("Grant", "Deny", "Revoke") for what in ("Schema", "Table",
                                                                                                     "Entity")},
    **{f"checkCan{what}": "denied" for what in ("CreateRole", "DropRole", "GrantRoles", "RevokeRoles")},
    **{f"checkCanShow{what}": "returned" for what in ("Roles", "CurrentRoles", "RoleGrants")},
    "checkCanSetUser": "returned",  # ImpersonateUser is asked instead
    "getColumnMask": "returned",  # Trino calls getColumnMasks
    "getEventListeners": "returned",
}
SILENT_FORMS = {("filterColumns", "SystemSecurityContext CatalogSchemaTableName Set<String>")}  # Trino calls the other
SILENT_NAMES = {"strings": "x"}

# ---- recording ------------------------------------------------------------------------------------------------------


class Recorder(http.server.ThreadingHTTPServer):
    """Takes down what is sent, and answers so that the plugin goes on."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self):
        taken, self.requests = self.requests, []
        return sorted(taken, key=json.dumps)  # some are sent at the same time

    def properties(self, batched):
        at = f"http://127.0.0.1:{self.server_port}/"
        settings = {"opa.policy.uri": "allow", "opa.policy.row-filters-uri": "row-filters",
                    "opa.policy.column-masking-uri": "column-masking"}
        if batched:
            settings |= {"opa.policy.batched-uri": "batch", "opa.policy.batch-column-masking-uri": "batch-column-masking"}
        return {key: at + path for key, path in settings.items()}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.removeprefix("/")
        self.server.requests.append((path, body))
        answer = json.dumps({"result": {"allow": True, "column-masking": None}.get(path, [])}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass


def check_every_method_is_called(plugin):
    known = {call[0] for call in CALLS} | set(SILENT)
    missing = sorted({name for name, _ in plugin.methods} - known)
    assert not missing, f"methods that CALLS does not have: {missing}"


def check_silent(plugin, recorder):
    for name, types in plugin.methods:
        if name in SILENT:
            how, what = plugin.call(name, types, **USUAL | SILENT_NAMES)
            assert how == SILENT[name], (name, how, what)
        elif (name, types) in SILENT_FORMS:
            plugin.call(name, types, **USUAL)
        assert not recorder.take(), f"{name} asks"


def record(plugin, recorder, calls):
    """What the calls make the plugin send, each request once."""
    for name, allowed, unusual, note in calls:
        (types,) = (types for method, types in plugin.methods if method == name and (method, types) not in SILENT_FORMS)
        how, what = plugin.call(name, types, **USUAL | unusual)
        assert how != "failed", (name, what)
        taken = recorder.take()
        assert taken, f"{name} asks nobody"
        for path, request in taken:
            yield {"call": name, "path": path, "request": request, "allowed": allowed, **({"note": note} if note else {})}


def asks_in_batches(call):
    return call[0].startswith("filter") or call[0] == "getColumnMasks"


def main():
    release.require()
    recorder = Recorder()
    requests = []
    with tempfile.TemporaryDirectory(prefix="whence-trino-") as work:
        for batched in (False, True):
            plugin = release.Plugin(recorder.properties(batched), work)
            check_every_method_is_called(plugin)
            check_silent(plugin, recorder)
            requests += record(plugin, recorder, [call for call in CALLS if not batched or asks_in_batches(call)])
            plugin.close()
    recorder.shutdown()
    # What stands beside it in a list is known to nobody.
    for request in requests:
        if "nothing" in json.dumps(request["request"]["input"]["action"].get("resource", {})):
            request["allowed"] = NOBODY
    lines = ",\n  ".join(json.dumps(request) for request in requests)
    OUT.write_text(f'{{"trino": "{release.RELEASE}",\n "recorded_by": "tests/engines/trino/record.py",\n "requests": [\n  '
                   f"{lines}\n]}}\n", encoding="utf-8")
    print(f"{len(requests)} requests of Trino {release.RELEASE} in {OUT.relative_to(release.ROOT)}")


if __name__ == "__main__":
    main()
