// Which door a call came through is in its entry of the ledger.
#include <set>
#include <string>

#include "doors_fixture.h"
#include "service/audit_operations.h"

namespace whence::http::test {
namespace {

// "kind via action outcome" of all entries there are.
std::set<std::string> Entries(DoorsFixture& doors) {
  std::set<std::string> lines;
  const v1::ListEntriesResponse page = doors.Do(service::kListEntries, v1::ListEntriesRequest());
  REQUIRE(page.next_page_token().empty());
  for (const v1::LedgerEntry& entry : page.entries()) {
    lines.insert(StrCat(v1::EntryKind_Name(entry.kind()), " ", entry.via(), " ", entry.action(),
                        " ", entry.outcome()));
  }
  return lines;
}

TEST_CASE("entries tell the door: REST, AuthZEN, Trino") {
  DoorsFixture doors;
  doors.Table("prod.fraud.scores", {"account"});
  doors.Principal("user:bo");
  const std::string engine = StrCat("authorization: Bearer ", doors.engine, "\r\n");
  CHECK(doors.http.Ask("POST", "/v1/catalogs", R"({"name":"other"})").status == 200);
  Client nobody(doors.http.address);
  REQUIRE(nobody.Send("GET /v1/catalogs HTTP/1.1\r\nhost: w\r\n\r\n"));
  CHECK(nobody.Receive()->status == 401);
  // The answers are no; that they were asked is written soon after.
  CHECK(doors
            .PostJson("/access/v1/evaluation",
                      R"({"subject":{"type":"user","id":"bo"},"action":{"name":"SELECT"},)"
                      R"("resource":{"type":"table","id":"prod.fraud.scores"}})")
            .at("decision") == false);
  CHECK(doors
            .PostJson("/v1/trino/allow",
                      R"({"input":{"context":{"identity":{"user":"bo","groups":[]},)"
                      R"("softwareStack":{"trinoVersion":"476"}},"action":{"operation":)"
                      R"("SelectFromColumns","resource":{"table":{"catalogName":"prod",)"
                      R"("schemaName":"fraud","tableName":"scores","columns":["account"]}}}}})")
            .at("result") == false);
  for (const char* wanted :
       {"ENTRY_KIND_MUTATION http CreateCatalog OK",
        "ENTRY_KIND_DENIED http ListCatalogs CREDENTIAL_MISSING",
        "ENTRY_KIND_DECISION authzen Decide DENY", "ENTRY_KIND_DECISION trino Decide DENY"}) {
    INFO(wanted);
    const bool there = Eventually([&] { return Entries(doors).contains(wanted); });
    CAPTURE(Entries(doors));
    CHECK(there);
  }
}

}  // namespace
}  // namespace whence::http::test
