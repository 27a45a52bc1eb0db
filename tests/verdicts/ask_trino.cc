#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ask.h"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "door.h"

namespace whence::verdicts {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

// docs/trino.md, with what is asked first in front.
const Names kSeeCatalog = {"USE CATALOG", "BROWSE"};
const Names kSeeSchema = {"USE SCHEMA", "BROWSE"};
const Names kSeeTable = {"SELECT", "BROWSE", "MODIFY", "APPLY TAG", "MANAGE"};
const Names kSeeFunction = {"EXECUTE", "BROWSE", "MODIFY", "APPLY TAG", "MANAGE"};
const Names kColumns = {"a", "b", "c", "d", "unknown"};

// Members of a resource that name `c.s.t`, as far as it goes; `last` is what its third part is.
std::string Parts(const std::string& path, const std::string& last) {
  const Names parts = absl::StrSplit(path, '.');
  std::string text = absl::StrCat(R"("catalogName":")", parts[0], "\"");
  if (parts.size() > 1) absl::StrAppend(&text, R"(,"schemaName":")", parts[1], "\"");
  if (parts.size() > 2) absl::StrAppend(&text, ",\"", last, "\":\"", parts[2], "\"");
  return text;
}
std::string Catalog(const std::string& path) {
  return absl::StrCat(R"({"catalog":{"name":")", path, R"("}})");
}
std::string Schema(const std::string& path) {
  return absl::StrCat(R"({"schema":{)", Parts(path, ""), "}}");
}
std::string Table(const std::string& path, const std::string& more = "") {
  return absl::StrCat(R"({"table":{)", Parts(path, "tableName"), more, "}}");
}
std::string Function(const std::string& path) {
  return absl::StrCat(R"({"function":{)", Parts(path, "functionName"), "}}");
}
std::string Column(const std::string& path, const std::string& column) {
  return absl::StrCat(R"({"column":{)", Parts(path, "tableName"), R"(,"columnName":")", column,
                      R"(","columnType":"varchar"}})");
}

// Purpose: one user's questions. Ownership: borrows the rest. Thread-safety: one thread.
class Trino {
 public:
  Trino(RandomWorld& world, Door& door, NaiveCaller caller, Tally& tally)
      : world_(world), door_(door), caller_(std::move(caller)), tally_(tally) {}

  void Filter(const std::string& operation, const Names& paths, const Names& any,
              const std::set<std::string>& kinds, std::string (*resource)(const std::string&));
  void FilterColumns(const std::string& table);
  void Masks(const std::string& table);
  void Rows(const std::string& table);
  void Allow(const std::string& table);

 private:
  json::value Ask(const std::string& path, const std::string& action) {
    Names groups;
    for (const std::string& group : caller_.extra_groups) groups.push_back(group.substr(6));
    const std::string user = caller_.name.substr(caller_.name.find(':') + 1);
    return door_
        .Post("/v1/trino/" + path,
              absl::StrCat(R"({"input":{"context":{"identity":{"user":")", user, R"(","groups":)",
                           JsonList(groups), R"(}},"action":)", action, "}}"))
        .at("result");
  }
  std::string AskBatch(const std::string& operation, const Names& resources) {
    return std::string(json::serialize(
        Ask("batch", absl::StrCat(R"({"operation":")", operation, R"(","filterResources":[)",
                                  absl::StrJoin(resources, ","), "]}"))));
  }
  NaiveVerdict Decide(const std::string& privilege, const std::string& path,
                      const Names& columns = {}) const {
    return world_.naive.Decide(caller_, privilege, path, columns);
  }
  bool AnyAllowed(const Names& any, const std::string& path, const Names& columns = {}) const {
    return std::any_of(any.begin(), any.end(), [&](const std::string& privilege) {
      return Decide(privilege, path, columns).allowed();
    });
  }
  // Also when it may not read all columns, but one that has no name here.
  bool SeesTable(const std::string& path) const {
    return AnyAllowed(kSeeTable, path) || Decide("SELECT", path, {"another"}).allowed();
  }
  // What is shown of a column: itself (empty), an expression, or nothing.
  std::string MaskOf(const std::string& table, const std::string& column);
  void Compare(const std::string& question, const std::string& expected, const std::string& got) {
    if (got == expected) return;
    Disagree(world_,
             absl::StrCat("Trino: ", caller_.name, " (also in ",
                          absl::StrJoin(caller_.extra_groups, ", "), "): ", question),
             expected, got);
  }
  void Note(bool yes) { ++(yes ? tally_.yes : tally_.no); }

  RandomWorld& world_;
  Door& door_;
  const NaiveCaller caller_;
  Tally& tally_;
};

// The indices of what is left.
void Trino::Filter(const std::string& operation, const Names& paths, const Names& any,
                   const std::set<std::string>& kinds,
                   std::string (*resource)(const std::string&)) {
  Names resources;
  Names left;
  for (size_t i = 0; i < paths.size(); ++i) {
    resources.push_back(resource(paths[i]));
    // What is not registered, or something else, is denied.
    const auto found = world_.naive.securables.find(paths[i]);
    const bool there =
        found != world_.naive.securables.end() && kinds.count(found->second.kind) > 0;
    const bool shown =
        there && (any == kSeeTable ? SeesTable(paths[i]) : AnyAllowed(any, paths[i]));
    if (shown) left.push_back(absl::StrCat(i));
    Note(shown);
  }
  Compare(absl::StrCat(operation, " ", absl::StrJoin(paths, " ")),
          absl::StrCat("[", absl::StrJoin(left, ","), "]"), AskBatch(operation, resources));
}

void Trino::FilterColumns(const std::string& table) {
  Names left;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const NaiveVerdict select = Decide("SELECT", table, {kColumns[i]});
    // BROWSE is for who was not granted to read: a policy that keeps it from reading one does so.
    const bool shown = select.allowed() ||
                       (!select.by_policy() && Decide("BROWSE", table, {kColumns[i]}).allowed());
    if (shown) left.push_back(absl::StrCat(i));
    Note(shown);
  }
  Compare("FilterColumns " + table, absl::StrCat("[", absl::StrJoin(left, ","), "]"),
          AskBatch("FilterColumns",
                   {Table(table, absl::StrCat(R"(,"columns":)", JsonList(kColumns)))}));
}

std::string Trino::MaskOf(const std::string& table, const std::string& column) {
  const NaiveVerdict select = Decide("SELECT", table, {column});
  if (select.allowed()) {
    if (select.masks.empty()) {
      ++tally_.yes;
      return "";
    }
    ++tally_.masked;
    return world_.MaskSql(select.masks.begin()->second, absl::StrCat(table, "#", column),
                          "varchar");
  }
  if (select.by_policy()) {
    ++tally_.refused;
    return "NULL";
  }
  // Trino does not write where there is a mask; nobody reads without SelectFromColumns.
  const bool writes = Decide("MODIFY", table).allowed();
  Note(false);
  return writes ? "" : "NULL";
}

void Trino::Masks(const std::string& table) {
  Names resources;
  std::string expected;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    resources.push_back(Column(table, kColumns[i]));
    const std::string mask = MaskOf(table, kColumns[i]);
    if (!mask.empty()) absl::StrAppend(&expected, i, ": ", mask, "\n");
  }
  const json::value answer = Ask("batch-column-masking",
                                 absl::StrCat(R"({"operation":"GetColumnMask","filterResources":[)",
                                              absl::StrJoin(resources, ","), "]}"));
  std::string got;
  for (const json::value& mask : answer.as_array()) {
    const json::string& sql = mask.at("viewExpression").at("expression").as_string();
    absl::StrAppend(&got, mask.at("index").as_int64(), ": ", std::string(sql.data(), sql.size()),
                    "\n");
  }
  Compare("masks of " + table, expected, got);
}

void Trino::Rows(const std::string& table) {
  // Somebody who may not read one of the columns sees the rows of the others.
  NaiveVerdict select = Decide("SELECT", table);
  const bool by_policy = select.by_policy();
  for (const std::string& column : world_.naive.securables.at(table).columns) {
    if (by_policy && !select.allowed()) select = Decide("SELECT", table, {column});
  }
  Names filters;
  if (select.allowed()) {
    for (const std::string& policy : select.filters) {
      filters.push_back(RandomWorld::FilterSql(policy));
    }
  } else if (by_policy || !Decide("MODIFY", table).allowed()) {
    filters.push_back("false");
  }
  Names got;
  const json::value answer =
      Ask("row-filters",
          absl::StrCat(R"({"operation":"GetRowFilters","resource":)", Table(table), "}"));
  for (const json::value& filter : answer.as_array()) {
    const json::string& sql = filter.at("expression").as_string();
    got.emplace_back(sql.data(), sql.size());
  }
  Compare("rows of " + table, absl::StrJoin(filters, " and "), absl::StrJoin(got, " and "));
  Count(select, tally_);
}

void Trino::Allow(const std::string& table) {
  const std::string schema = table.substr(0, table.rfind('.'));
  const std::string catalog = table.substr(0, table.find('.'));
  const Names columns = {kColumns[world_.Number(4)], kColumns[world_.Number(4)]};
  const std::string asked = absl::StrCat(R"(,"columns":)", JsonList(columns));
  // Whom a policy takes BROWSE on the metastore from is shut out.
  const std::string browse = Decide("BROWSE", "").outcome;
  const std::tuple<std::string, std::string, bool> all[] = {
      {"ExecuteQuery", "{}", browse == "ALLOWED" || browse == "NO_PRIVILEGE"},
      {"SelectFromColumns", Table(table, asked), Decide("SELECT", table, columns).allowed()},
      {"UpdateTableColumns", Table(table, asked), Decide("MODIFY", table, columns).allowed()},
      {"InsertIntoTable", Table(table), Decide("MODIFY", table).allowed()},
      {"DropTable", Table(table), Decide("MANAGE", table).allowed()},
      {"ShowColumns", Table(table), SeesTable(table)},
      {"CreateTable", Table(schema + ".new"), Decide("CREATE TABLE", schema).allowed()},
      {"DropSchema", Schema(schema), Decide("MANAGE", schema).allowed()},
      {"ShowTables", Schema(schema), AnyAllowed(kSeeSchema, schema)},
      {"ShowSchemas", Catalog(catalog), AnyAllowed(kSeeCatalog, catalog)},
      {"CreateSchema", Schema(catalog + ".new"), Decide("CREATE SCHEMA", catalog).allowed()}};
  const auto& [operation, resource, allowed] = all[world_.Number(std::size(all))];
  const json::value answer =
      Ask("allow", absl::StrCat(R"({"operation":")", operation, R"(","resource":)", resource, "}"));
  Compare(operation + " " + resource, allowed ? "yes" : "no", answer.as_bool() ? "yes" : "no");
  Note(allowed);
}

}  // namespace

void AskTrino(RandomWorld& world, int callers, Tally& tally) {
  Door door(world);
  Names catalogs = {"nowhere"};
  Names schemas = {"c0.nothing"};
  Names functions = {"c0.s0.t0"};
  // Not only tables: what is something else, or nothing, is not let through as one.
  Names tables = {"c0.s0.f0", "c1.s0.m0", "c0.s0.missing"};
  for (const std::string& path : world.paths) {
    const std::string& kind = world.naive.securables.at(path).kind;
    if (kind == "catalog") catalogs.push_back(path);
    if (kind == "schema") schemas.push_back(path);
    if (kind == "function") functions.push_back(path);
    if (kind == "table" || kind == "view") tables.push_back(path);
  }
  for (int i = 0; i < callers; ++i) {
    NaiveCaller caller = world.AnyCaller();
    caller.name = world.Any(world.users);  // a group does not log in
    Trino trino(world, door, std::move(caller), tally);
    trino.Filter("FilterCatalogs", catalogs, kSeeCatalog, {"catalog"}, Catalog);
    trino.Filter("FilterSchemas", schemas, kSeeSchema, {"schema"}, Schema);
    trino.Filter("FilterFunctions", functions, kSeeFunction, {"function"}, Function);
    trino.Filter("FilterTables", tables, kSeeTable, {"table", "view"},
                 [](const std::string& path) { return Table(path); });
    for (int j = 0; j < 4; ++j) {
      const std::string& table = world.Any(world.tables);
      trino.FilterColumns(table);
      trino.Masks(table);
      trino.Rows(table);
      trino.Allow(table);
    }
  }
}

}  // namespace whence::verdicts
