// Erasure: what is erased is nowhere any more, and everything else still checks.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ask.h"
#include "base/limits.h"
#include "ledger/erasure.h"
#include "ledger/row_hash.h"
#include "service/access_operations.h"
#include "service/audit_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "support/ledger_check.h"

namespace whence::service::test {
namespace {

using whence::test::LedgerFaults;

// Long enough to stand on pages of its own, and found byte by byte.
std::string Secret(std::string_view name, size_t copies = 1) {
  std::string text;
  for (size_t i = 0; i < copies; ++i) StrAppend(&text, "<<", name, "-4f1c9a77e0>>");
  return text;
}

class ErasingHouse : public Asked {
 public:
  ErasingHouse() {
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Version("prod.fraud.model");
  }

  void Record(const std::string& id, const std::string& rest) {
    Ask(kRecordPrediction,
        StrCat("prediction { id: '", id, "' model: 'prod.fraud.model@1' ", rest, " }"));
  }

  // The files of the database that have the text anywhere in them.
  std::vector<std::string> FilesWith(const std::string& text) {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::directory_iterator(folder())) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)),
                              std::istreambuf_iterator<char>());
      if (bytes.find(text) != std::string::npos) found.push_back(file.path().filename().string());
    }
    return found;
  }

  std::string Faults() {
    const sql::Lease lease = house().readers().Acquire().value();
    return LedgerFaults(lease.connection());
  }
};

TEST_CASE("an erased prediction's texts are in no file of the database, and all else checks") {
  ErasingHouse house;
  // Short ones stand in the row's page, long ones on pages of their own.
  const std::string input = Secret("input");
  const std::string output = Secret("output", 2000);
  house.Record("p-1", StrCat("input_text: '", input, "' output_text: '", output, "'"));
  house.Record("p-2", "input_text: 'stays'");
  CHECK_FALSE(house.FilesWith("input-4f1c9a77e0").empty());
  const v1::Prediction before = house.Ask(kGetPrediction, "id: 'p-1'");
  CHECK_FALSE(before.erased());

  const v1::Erasure erasure = house.Ask(kErase, "prediction: 'prediction:p-1'");
  CHECK(erasure.predictions() == 1);
  CHECK(erasure.position() == house.position());
  CHECK(erasure.next() == 0);
  CHECK(house.FilesWith("input-4f1c9a77e0").empty());
  CHECK(house.FilesWith("output-4f1c9a77e0").empty());
  CHECK(house.Faults() == "");

  const v1::Prediction after = house.Ask(kGetPrediction, "id: 'p-1'");
  CHECK(after.erased());
  CHECK(after.input_text().empty());
  CHECK(after.output_text().empty());
  CHECK(after.input_digest() == before.input_digest());
  CHECK(after.output_digest() == before.output_digest());
  CHECK(house.Ask(kGetPrediction, "id: 'p-2'").input_text() == "stays");
  // And it is still one of the rows of its entry.
  CHECK(house.Ask(kGetProof, "prediction: 'p-1'").row().row_count() > 0);
  const auto entry = house.Ask(kListEntries, "action: 'Erase'");
  REQUIRE(entry.entries_size() == 1);
  CHECK(entry.entries(0).row_count() == 1);

  house.Reopen();
  CHECK(house.Faults() == "");
  CHECK(house.FilesWith("4f1c9a77e0").empty());
}

TEST_CASE("recording an erased prediction once more does not bring its texts back") {
  ErasingHouse house;
  const std::string text = StrCat("input_text: '", Secret("again"), "'");
  house.Record("p-1", text);
  house.Ask(kErase, "prediction: 'p-1'");
  house.Record("p-1", text);
  CHECK(house.FilesWith("again-4f1c9a77e0").empty());
  CHECK(house.Ask(kGetPrediction, "id: 'p-1'").erased());
  CHECK(house.Faults() == "");
}

TEST_CASE("erasing twice, and what is not there, changes nothing") {
  ErasingHouse house;
  house.Record("p-1", "input_text: 'x'");
  house.Record("p-2", "");
  house.Ask(kErase, "prediction: 'p-1'");
  const int64_t position = house.position();
  CHECK(house.Ask(kErase, "prediction: 'p-1'").predictions() == 0);
  CHECK(house.Ask(kErase, "prediction: 'p-2'").predictions() == 0);
  CHECK(house.Ask(kErase, "subject { key: 'customer' value: 'none' }").position() == 0);
  CHECK(house.position() == position);
  CHECK(house.Why(kErase, "prediction: 'none'") == "PREDICTION_NOT_FOUND");
  CHECK(house.Why(kErase, "principal: 'user:none'") == "PRINCIPAL_NOT_FOUND");
  CHECK(house.WhyAt(kErase, "") == "ERASURE_UNCLEAR at ");
  CHECK(house.WhyAt(kErase, "prediction: 'p' principal: 'user:p'") == "ERASURE_UNCLEAR at ");
  CHECK(house.WhyAt(kErase, "subject { value: 'x' }") == "ERASURE_UNCLEAR at subject.key");
  CHECK(house.WhyAt(kErase, "prediction: 'p' after: -1") == "ERASURE_UNCLEAR at after");
}

TEST_CASE("all predictions about a subject are erased, part by part, and no others") {
  ErasingHouse house;
  const auto about = [](const std::string& customer, const std::string& text) {
    return StrCat("input_text: '", text, "' properties { key: 'customer' value: '", customer,
                  "' }");
  };
  house.Record("p-1", about("4711", Secret("one")));
  house.Record("p-2", about("4712", Secret("two")));
  house.Record("p-3", about("4711", Secret("three")));
  const std::string subject = "subject { key: 'customer' value: '4711' }";
  CHECK(house.Ask(kErase, StrCat(subject, " dry_run: true")).predictions() == 2);
  CHECK_FALSE(house.FilesWith("one-4f1c9a77e0").empty());
  CHECK(house.Ask(kErase, StrCat(subject, " after: 1")).predictions() == 1);
  CHECK(house.FilesWith("three-4f1c9a77e0").empty());
  CHECK(house.Ask(kErase, subject).predictions() == 1);
  CHECK(house.FilesWith("one-4f1c9a77e0").empty());
  CHECK_FALSE(house.FilesWith("two-4f1c9a77e0").empty());
  CHECK(house.Faults() == "");
}

TEST_CASE("an erasure of many bytes is asked for in parts") {
  ErasingHouse house;
  const auto record = [&house](int64_t number, const std::string& text, int64_t excerpts) {
    v1::RecordPredictionRequest request;
    v1::Prediction* const prediction = request.mutable_prediction();
    prediction->set_id(StrCat("p-", number));
    prediction->set_model("prod.fraud.model@1");
    prediction->set_input_text(text);
    prediction->set_output_text(text);
    (*prediction->mutable_properties())["customer"] = "4711";
    for (int64_t i = 0; i < excerpts; ++i) {
      v1::RetrievedItem* const item = prediction->add_retrieved();
      item->set_index("prod.fraud.index@1");
      item->set_excerpt(std::string(kMaxExcerptBytes, 'e'));
    }
    REQUIRE(house.Run(kRecordPrediction, request).ok());
  };
  const auto parts = [&house] {
    std::vector<int64_t> erased;
    v1::Erasure part;
    do {
      part = house.Ask(kErase,
                       StrCat("subject { key: 'customer' value: '4711' } after: ", part.next()));
      erased.push_back(part.predictions());
    } while (part.next() != 0);
    return erased;
  };
  SECTION("of texts") {
    const std::string text(kMaxPredictionTextBytes, 't');
    const int64_t most = kMaxErasedBytes / (2 * std::ssize(text));
    for (int64_t i = 0; i < most; ++i) record(i, text, 0);
    CHECK(parts() == std::vector<int64_t>{most});
    for (int64_t i = 0; i <= most; ++i) record(most + i, text, 0);
    CHECK(parts() == std::vector<int64_t>{most, 1});
  }
  SECTION("of what is looked through") {
    house.Asset("prod.fraud.index", v1::KIND_INDEX);
    house.Version("prod.fraud.index");
    constexpr int64_t kExcerpts = 900;
    const auto fit =
        kMaxErasureScanBytes / (kExcerpts * static_cast<int64_t>(kMaxExcerptBytes)) + 1;
    for (int64_t i = 0; i <= fit; ++i) record(i, "t", kExcerpts);
    CHECK(parts() == std::vector<int64_t>{fit, 1});
  }
  CHECK(house.Faults() == "");
}

TEST_CASE("of a principal names and addresses go, and who did what") {
  ErasingHouse house;
  house.Ask(kCreatePrincipal,
            StrCat("principal { name: 'user:bo' display_name: '", Secret("name"), "' emails: '",
                   Secret("mail"), "@example.org' external_id: '", Secret("id"), "' }"));
  house.Ask(kUpdatePrincipal, StrCat("principal { name: 'user:bo' display_name: '", Secret("later"),
                                     "' } update_mask { paths: 'display_name' }"));
  house.Ask(kChangeGrants,
            "securable { type: SECURABLE_TYPE_METASTORE } principal: 'user:bo' add: 'ALL "
            "PRIVILEGES'");
  const CallInfo bo{.bearer = house.Ask(kCreateToken, "token { principal: 'user:bo' }").secret(),
                    .via = "test"};
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name("bos");
  request.set_request_id("bo-r-1");
  REQUIRE(house.RunAs(bo, kCreateCatalog, request).ok());
  REQUIRE(house.Ask(kListEntries, "actor: 'user:bo'").entries_size() == 1);

  const v1::Erasure erasure = house.Ask(kErase, "principal: 'user:bo'");
  CHECK(erasure.states() == 2);
  CHECK(erasure.entries() >= 2);  // its own, and the ones about it
  for (const char* gone : {"name", "mail", "id", "later"}) {
    INFO(gone);
    CHECK(house.FilesWith(StrCat(gone, "-4f1c9a77e0")).empty());
  }
  CHECK(house.Faults() == "");
  CHECK(house.Ask(kListEntries, "actor: 'user:bo'").entries_size() == 0);
  const v1::Principal principal = house.Ask(kGetPrincipal, "name: 'user:bo'");
  CHECK(principal.display_name().empty());
  CHECK(principal.emails().empty());
  CHECK(principal.external_id().empty());
  // It is there as before, and may be given a name again.
  REQUIRE(house.RunAs(bo, kWhoAmI, v1::WhoAmIRequest()).ok());
  house.Ask(kUpdatePrincipal,
            "principal { name: 'user:bo' display_name: 'Bo' } update_mask { paths: "
            "'display_name' }");
  CHECK(house.Ask(kGetPrincipal, "name: 'user:bo'").display_name() == "Bo");
  house.Reopen();
  CHECK(house.Faults() == "");
}

TEST_CASE("decisions about a principal that others asked for are erased with it") {
  ErasingHouse house;
  const std::string name = "user:bo-4f1c9a77e0";
  house.Ask(kCreatePrincipal, StrCat("principal { name: '", name, "' }"));
  const auto denied = [&](const std::string& principal) {
    const auto decision =
        house.Ask(kDecide, StrCat("principal: '", principal,
                                  "' privilege: 'SELECT' securable { name: 'prod.fraud.model' }"));
    CHECK_FALSE(decision.allowed());
  };
  denied(name);
  house.Ask(kCreatePrincipal, "principal { name: 'user:bob' }");
  denied("user:bob");
  house.Reopen();  // and with that they are written
  const auto told = [&] {
    int64_t count = 0;
    const auto listed = house.Ask(kListEntries, "kind: ENTRY_KIND_DECISION");
    for (const auto& entry : listed.entries()) {
      count += entry.detail().find(name) != std::string::npos ? 1 : 0;
    }
    return count;
  };
  REQUIRE(told() == 1);
  house.Ask(kErase, StrCat("principal: '", name, "'"));
  CHECK(told() == 0);
  const auto left = house.Ask(kListEntries, "kind: ENTRY_KIND_DECISION");
  REQUIRE(left.entries_size() == 2);
  CHECK(left.entries(0).detail().find("user:bob") != std::string::npos);
  CHECK(house.Faults() == "");
}

TEST_CASE("what is known of a principal that was deleted can be erased as well") {
  ErasingHouse house;
  house.Ask(kCreatePrincipal,
            StrCat("principal { name: 'user:bo' display_name: '", Secret("name"), "' }"));
  house.Ask(kDeletePrincipal, "name: 'user:bo'");
  CHECK(house.Ask(kErase, "principal: 'user:bo'").states() >= 1);
  CHECK(house.FilesWith("name-4f1c9a77e0").empty());
  CHECK(house.Faults() == "");
}

TEST_CASE("what is missing without an erasure is found") {
  ErasingHouse house;
  house.Record("p-1", "input_text: 'x'");
  house.Record("p-2", "input_text: 'y'");
  house.Ask(kErase, "prediction: 'p-1'");
  const int64_t recorded = house.Ask(kGetPrediction, "id: 'p-2'").position();
  house.Close();
  const auto file = sql::Connection::Open(house.folder() + "/whence.db").value();
  REQUIRE(LedgerFaults(*file) == "");
  SECTION("an entry's half") {
    REQUIRE(file->ExecuteScript("UPDATE ledger_entry SET actor = '', resource = '', request_id = "
                                "'', digest = x'', detail = '', salt = NULL WHERE position = 1")
                .ok());
    CHECK(LedgerFaults(*file) == "1: who did what is gone, and no erasure says so\n");
  }
  SECTION("a text, with a mark in its place that fits") {
    ledger::Eraser eraser = ledger::Eraser::For(*file, "prediction").value();
    const sql::ColumnValue key{.kind = sql::ColumnValue::Kind::kInteger, .integer = 2, .bytes = {}};
    const std::string mark = eraser.MarkOf({&key, 1}, "input_text", "y");
    static constexpr sql::Query kPut{"UPDATE prediction SET input_text = ?1 WHERE row_id = 2"};
    REQUIRE(file->Execute(kPut, mark).ok());
    CHECK(LedgerFaults(*file) ==
          StrCat(recorded, ": texts of prediction p-2 are gone, and no erasure says so\n"));
  }
  SECTION("the erasure itself") {
    REQUIRE(file->ExecuteScript("DELETE FROM erasure").ok());
    CHECK(LedgerFaults(*file) != "");
  }
}

TEST_CASE("one call erases so much and says where to go on") {
  ErasingHouse house;
  // Short of recording that many: the bounds as the room takes them.
  for (int i = 0; i < 3; ++i) house.Record(StrCat("p-", i), "input_text: 'x'");
  const auto part = [&](int64_t after, int64_t max_erased, int64_t max_scanned) {
    ledger::ErasedPart result;
    const auto run = [&](sql::WriteContext& context) -> absl::Status {
      WHENCE_ASSIGN_OR_RETURN(result, ledger::EraseEntries(
                                          context, [] { return kNoPosition; }, "user:ana", after,
                                          max_erased, max_scanned, /*dry_run=*/true));
      return absl::OkStatus();
    };
    CHECK(house.house().writer().RunAndWait(run).ok());
    return result;
  };
  const int64_t all = part(0, kMaxErasedRows, kMaxErasureScan).erased;
  CHECK(part(0, kMaxErasedRows, kMaxErasureScan).next == 0);
  CHECK(part(0, 2, kMaxErasureScan).erased == 2);
  CHECK(part(0, 2, kMaxErasureScan).next == 2);
  CHECK(part(0, kMaxErasedRows, 2).erased == 2);
  CHECK(part(0, kMaxErasedRows, 2).next == 2);
  CHECK(part(2, kMaxErasedRows, kMaxErasureScan).erased == all - 2);
}

}  // namespace
}  // namespace whence::service::test
