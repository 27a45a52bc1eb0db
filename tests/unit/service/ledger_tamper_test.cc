// A house with something of everything verifies, and each of its predictions is proved by itself
// unless it, or a neighbour, was changed. What else somebody may change behind the server's back,
// and that it is found: ledger_tamper_rows_test.cc, ledger_tamper_entries_test.cc.
#include <catch2/catch.hpp>

#include "ledger/row_proof.h"
#include "ledger_tamper_house.h"
#include "tlog/merkle.h"

namespace whence::service::test {
namespace {

TEST_CASE("a full house verifies, and has rows in every governed table") {
  Victim victim;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    sql::Rows rows = victim.file->Run(*table.rows);
    INFO(table.name);
    CHECK(rows.Next());
  }
  const ledger::VerifyReport report = victim.Tables();
  CHECK(report.entries == victim.Tree().entries);
  CHECK(report.rows > 80);
  CHECK(victim.Tree().checkpoints > 0);
}

TEST_CASE("each prediction of a batch is proved by itself, and a changed one is not") {
  FullHouse house;
  sql::Lease lease = house.house().readers().Acquire().value();
  for (const char* id : {"p-1", "p-2", "p-3", "p-4"}) {
    INFO(id);
    const ledger::RowProof proof =
        ledger::ProvePrediction(lease.connection(), house.house().ledger(), id).value();
    const ledger::StoredEntry entry =
        house.house().ledger().GetStored(lease.connection(), proof.position).value();
    CHECK(entry.rows.count == proof.row_count);
    CHECK(entry.rows.root == proof.root);
    CHECK(tlog::CheckInclusion(proof.index, static_cast<uint64_t>(proof.row_count),
                               tlog::LeafHash(proof.leaf), proof.hashes, proof.root)
              .ok());
    CHECK_FALSE(tlog::CheckInclusion(proof.index, static_cast<uint64_t>(proof.row_count),
                                     tlog::LeafHash(proof.leaf + "x"), proof.hashes, proof.root)
                    .ok());
    // It shows the row, and of its texts only that there are some.
    CHECK(proof.leaf.find(id) != std::string::npos);
  }
  CHECK(ReasonOf(
            ledger::ProvePrediction(lease.connection(), house.house().ledger(), "p-9").status()) ==
        "PREDICTION_NOT_FOUND");
  {
    auto file = sql::Connection::Open(house.folder() + "/whence.db", {.read_only = true}).value();
    CHECK(LedgerFaults(*file) == "");
  }
}

TEST_CASE("a prediction whose neighbour was changed is not proved") {
  Victim victim;
  REQUIRE(victim.Do("UPDATE prediction SET latency_us = 7 WHERE id = 'p-2'").ok());
  ledger::Ledger reading;
  CHECK(ReasonOf(ledger::ProvePrediction(*victim.file, reading, "p-1").status()) ==
        "LEDGER_DAMAGED");
  CHECK(ledger::ProvePrediction(*victim.file, reading, "p-4").ok());
}

}  // namespace
}  // namespace whence::service::test
