#include "ledger/log_name.h"

#include <array>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "sql/transaction.h"
#include "tlog/note_key.h"

namespace whence::ledger {
namespace {

constexpr size_t kSecretBytes = 32;

constexpr sql::Query kGetLog{"SELECT origin, rows_secret FROM ledger_log WHERE id = 1"};
constexpr sql::Query kInsertLog{
    "INSERT INTO ledger_log (id, origin, rows_secret) VALUES (1, ?1, ?2)"};

}  // namespace

absl::StatusOr<LogName> FindLogName(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kGetLog);
  if (rows.Next()) {
    return LogName{.origin = std::string(rows.Text(0)), .rows_secret = std::string(rows.Blob(1))};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("LEDGER_NOT_STARTED", "the database has no ledger that can be checked yet",
                  "start the server with it once");
}

absl::StatusOr<LogName> FindOrMakeLogName(sql::Connection& writer, std::string_view origin,
                                          IdSource& ids, RandomSource& random) {
  absl::StatusOr<LogName> found = FindLogName(writer);
  if (found.ok() && !origin.empty() && origin != found->origin) {
    return FailedPrecondition("LEDGER_ORIGIN_FIXED",
                              StrCat("this ledger is called ", found->origin,
                                     ", and checkpoints under that name are out"),
                              "leave --ledger-origin out");
  }
  if (found.ok() || !absl::IsNotFound(found.status())) return found;
  LogName name{
      .origin = origin.empty() ? StrCat("whence.local/", ids.NewUuid()) : std::string(origin),
      .rows_secret = {}};
  if (!tlog::IsKeyName(name.origin)) {
    return InvalidArgument("LEDGER_ORIGIN_MALFORMED", "ledger_origin",
                           StrCat(QuoteForMessage(origin), " cannot name a ledger"),
                           "write a URL without its scheme, such as whence.example.org/ledger: 1 "
                           "to 255 bytes without spaces and '+'");
  }
  std::array<unsigned char, kSecretBytes> secret;
  random.Fill(secret);
  name.rows_secret.assign(secret.begin(), secret.end());
  sql::WriteTransaction transaction(writer);
  WHENCE_RETURN_IF_ERROR(transaction.status());
  WHENCE_RETURN_IF_ERROR(writer.Execute(kInsertLog, name.origin, sql::Blob{name.rows_secret}));
  WHENCE_RETURN_IF_ERROR(transaction.Commit());
  return name;
}

}  // namespace whence::ledger
