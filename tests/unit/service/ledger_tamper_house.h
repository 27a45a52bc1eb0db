#pragma once

// The database of a house in which there is something of everything, to be tampered with.

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ledger/governed_tables.h"
#include "ledger/log_name.h"
#include "ledger/row_scan.h"
#include "ledger/verify.h"
#include "policy_house.h"
#include "service/audit_operations.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"
#include "support/ledger_check.h"

namespace whence::service::test {

using ledger::GovernedTable;
using whence::test::LedgerFaults;

// Something of everything that a metastore may hold, with states that have ended.
class FullHouse : public PolicyHouse {
 public:
  FullHouse() {
    Catalog();
    Lineage();
    Access();
  }

 private:
  void Catalog() {
    Ask(kCreateSchema, "schema { name: 'prod.mart' }");
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    Version("prod.fraud.model");
    Version("prod.fraud.model");
    Alias("prod.fraud.model", "champion", 1);
    Alias("prod.fraud.model", "champion", 2);
    Ask(kDeleteAlias, "asset: 'prod.fraud.model' alias: 'champion'");
    for (const char* comment : {"a", "b"}) {
      Ask(kUpdateVersion, absl::StrCat("version { name: 'prod.fraud.model@1' comment: '", comment,
                                       "' } update_mask { paths: 'comment' }"));
    }
    Ask(kRenameAsset, "name: 'prod.fraud.scores' new_name: 'prod.mart.scores'");
    Ask(kAttachDatasetIdentity,
        "identity { namespace: 's3://lake' name: 'scores' asset: 'prod.mart.scores' }");
    Ask(kDetachDatasetIdentity, "namespace: 's3://lake' name: 'scores'");
    Ask(kSetTags, "reference: 'prod.mart' set { key: 'tier' value: 'gold' }");
    Ask(kSetTags, "reference: 'prod.mart' remove: 'tier'");
  }
  void Lineage() {
    const std::string run =
        "run { id: '00000000-0000-7000-8000-000000000001' "
        "reads { reference: 'prod.fraud.users' } writes { reference: 'prod.mart.scores' } ";
    Ask(kStartRun, absl::StrCat(run, "}"));
    Ask(kUpdateRun, absl::StrCat(run,
                                 "column_mappings { column: 'prod.mart.scores#who' "
                                 "sources { column: 'prod.fraud.users#email' } } }"));
    Ask(kFinishRun, "id: '00000000-0000-7000-8000-000000000001' state: RUN_STATE_COMPLETE");
    Ask(kRecordEdges,
        "comment: 'by hand' edges { source: 'prod.fraud.model@1' target: 'prod.mart.scores' }");
    Ask(kRecordPredictions,
        "predictions { id: 'p-1' model: 'prod.fraud.model@1' input_text: 'in' output_text: 'out' }"
        "predictions { id: 'p-2' model: 'prod.fraud.model@2' output_text: 'out' }"
        "predictions { id: 'p-3' model: 'prod.fraud.model@2' cost_micros: 5 currency: 'USD' }");
    Ask(kRecordPrediction, "prediction { id: 'p-4' model: 'prod.fraud.model@1' input_text: 'x' }");
    Ask(kErase, "prediction: 'p-4'");
  }
  void Access() {
    Ask(kRemoveMember, "group: 'group:analysts' member: 'user:bo'");
    Ask(kUpdatePrincipal,
        "principal { name: 'user:bo' display_name: 'Bo' emails: 'bo@example.org' }"
        " update_mask { paths: 'display_name' paths: 'emails' }");
    const v1::CreateTokenResponse token =
        Ask(kCreateToken, "token { principal: 'user:cy' scope { name: 'prod' } }");
    Ask(kRevokeToken, absl::StrCat("id: ", token.token().id()));
    Ask(kChangeGrants, "remove: 'SELECT' securable { name: 'prod' } principal: 'group:analysts'");
    Mask("mail", "hash", "column_tags { all: 'pii' } to: 'group:analysts'");
    Deny("gone", "prod.mart");
    Drop("gone");
    Ask(kCreateTagDefinition, "definition { key: 'pii' values: 'email' values: 'phone' }");
    Ask(kUpdateTagDefinition,
        "definition { key: 'pii' values: 'email' } update_mask { paths: 'values' }");
    Ask(kDeclassify, "reference: 'prod.mart.scores#who' key: 'pii' comment: 'hashed'");
    Ask(kReclassify, "reference: 'prod.mart.scores#who' key: 'pii'");
    Ask(kDeleteAsset, "name: 'prod.mart.scores'");
    Ask(kTransferMetastore, "owner: 'user:cy'");
  }
};

// What the rows say: stamps by entry, and how many are of no entry.
struct Rows {
  std::vector<ledger::RowHash> stamps;
  size_t strays = 0;
};

// Of rows that are others than before.
struct Difference {
  std::set<Position> positions;  // their entries; 0: of none
  size_t stamps = 0;             // how many
};

// The database of a house that has stopped, to be tampered with.
struct Victim {
  FullHouse house;
  std::unique_ptr<sql::Connection> file;

  Victim() {
    house.Close();
    file = sql::Connection::Open(house.folder() + "/whence.db").value();
    REQUIRE(Do("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF").ok());
    REQUIRE(LedgerFaults(*file) == "");
  }

  absl::Status Do(const std::string& script) { return file->ExecuteScript(script); }

  ledger::VerifyReport Tables() { return ledger::VerifyTables(*file, {}).value(); }
  ledger::VerifyReport Tree() { return ledger::VerifyTree(*file, {}).value(); }

  Rows Now() {
    ledger::RowHasher hasher(ledger::FindLogName(*file)->rows_secret);
    ledger::RowWindow window = ledger::ReadWindow(*file, hasher, 1, 1'000'000, [](int64_t) {
                                 return absl::OkStatus();
                               }).value();
    return {std::move(window.rows), window.strays.size()};
  }
  Difference Differ(const Rows& before) {
    const Rows now = Now();
    std::vector<ledger::RowHash> gone;
    std::vector<ledger::RowHash> come;
    std::set_difference(before.stamps.begin(), before.stamps.end(), now.stamps.begin(),
                        now.stamps.end(), std::back_inserter(gone));
    std::set_difference(now.stamps.begin(), now.stamps.end(), before.stamps.begin(),
                        before.stamps.end(), std::back_inserter(come));
    Difference difference;
    for (const auto& list : {gone, come}) {
      for (const ledger::RowHash& stamp : list) difference.positions.insert(stamp.position);
    }
    if (now.strays != before.strays) difference.positions.insert(kNoPosition);
    difference.stamps = std::max(gone.size(), come.size() + now.strays - before.strays);
    return difference;
  }
};

// The rows of `table`, each as a condition that finds it.
inline std::vector<std::string> RowsOf(Victim& victim, const GovernedTable& table) {
  std::vector<std::string> conditions;
  sql::Rows rows = victim.file->Run(*table.rows);
  while (rows.Next()) {
    std::string condition;
    for (int i = 0; i < static_cast<int>(table.keys); ++i) {
      const sql::ColumnValue key = rows.Value(2 + i);
      absl::StrAppend(&condition, condition.empty() ? "" : " AND ",
                      std::string(table.columns[static_cast<size_t>(i)]), " = ");
      if (key.kind == sql::ColumnValue::Kind::kInteger) {
        absl::StrAppend(&condition, key.integer);
      } else {
        absl::StrAppend(&condition, "'", std::string(key.bytes), "'");
      }
    }
    conditions.push_back(condition);
  }
  return conditions;
}

}  // namespace whence::service::test
