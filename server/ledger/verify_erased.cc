#include "ledger/verify_erased.h"

#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/row_hash.h"

namespace whence::ledger::internal {
namespace {

constexpr sql::Query kEntries{
    "SELECT position FROM ledger_entry AS e WHERE salt IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM erasure WHERE what = 3 AND id = e.position AND state = 0)"
    " ORDER BY position"};

// The first characters of a text tell whether it is a mark.
constexpr sql::Query kPredictions{
    "SELECT position, id FROM prediction AS p"
    " WHERE (substr(input_text, 1, ?2) = ?1 OR substr(output_text, 1, ?2) = ?1) AND NOT EXISTS"
    " (SELECT 1 FROM erasure WHERE what = 1 AND id = p.row_id AND state = 0) ORDER BY row_id"};

constexpr sql::Query kStates{
    "SELECT valid_from, principal_id FROM principal_state AS s"
    " WHERE (substr(display_name, 1, ?2) = ?1 OR substr(emails, 1, ?2) = ?1"
    " OR substr(external_id, 1, ?2) = ?1) AND NOT EXISTS"
    " (SELECT 1 FROM erasure WHERE what = 2 AND id = s.principal_id AND state = s.valid_from)"
    " ORDER BY valid_from, principal_id"};

}  // namespace

absl::Status VerifyErased(sql::Connection& connection, Findings& findings) {
  {
    sql::Rows rows = connection.Run(kEntries);
    while (rows.Next()) {
      findings.Add(rows.Int64(0), "who did what is gone, and no erasure says so");
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  const auto length = static_cast<int64_t>(kErasedPrefix.size());
  {
    sql::Rows rows = connection.Run(kPredictions, kErasedPrefix, length);
    while (rows.Next()) {
      findings.Add(rows.Int64(0), StrCat("texts of prediction ", rows.Text(1),
                                         " are gone, and no erasure says so"));
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  sql::Rows rows = connection.Run(kStates, kErasedPrefix, length);
  while (rows.Next()) {
    findings.Add(rows.Int64(0), StrCat("names or addresses of principal ", rows.Int64(1),
                                       " are gone, and no erasure says so"));
  }
  return rows.status();
}

}  // namespace whence::ledger::internal
