#include "access/bootstrap.h"

#include <openssl/rand.h>

#include "access/principal.h"
#include "access/principal_rows.h"
#include "access/token_rows.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/transaction.h"

namespace whence::access {
namespace {

constexpr sql::Query kAnyPrincipal{"SELECT id FROM principal ORDER BY id LIMIT 1"};

constexpr sql::Query kInsertOwner{
    "INSERT INTO metastore_state (valid_from, valid_to, owner_id, updater, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kInsertKey{"INSERT INTO metastore_key (purpose, secret) VALUES (?1, ?2)"};

constexpr sql::Query kGetKey{"SELECT secret FROM metastore_key WHERE purpose = ?1"};

constexpr std::string_view kPurposes[] = {"redaction", "mask"};
constexpr size_t kKeyBytes = 32;

constexpr PrincipalId kAdmin = 1;
constexpr int64_t kFirstToken = 1;

absl::StatusOr<bool> HasPrincipals(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kAnyPrincipal);
  const bool any = rows.Next();
  WHENCE_RETURN_IF_ERROR(rows.status());
  return any;
}

absl::Status MakeKeys(sql::Connection& writer) {
  for (const std::string_view purpose : kPurposes) {
    std::string secret(kKeyBytes, '\0');
    WHENCE_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()),
                             static_cast<int>(secret.size())) == 1);
    WHENCE_RETURN_IF_ERROR(writer.Execute(kInsertKey, purpose, sql::Blob{secret}));
  }
  return absl::OkStatus();
}

// Inside a transaction.
absl::StatusOr<MadeToken> Make(sql::Connection& writer, const ledger::Change& change,
                               const Principal& admin) {
  WHENCE_RETURN_IF_ERROR(internal::InsertPrincipal(writer, admin));
  WHENCE_RETURN_IF_ERROR(
      writer.Execute(kInsertOwner, change.position, kForever, admin.id, change.actor, change.time));
  WHENCE_RETURN_IF_ERROR(MakeKeys(writer));
  NewToken wanted;
  wanted.principal = admin.id;
  wanted.comment = "made at the first start";
  return internal::InsertToken(writer, change, kFirstToken, wanted);
}

}  // namespace

absl::StatusOr<std::optional<MadeToken>> Bootstrap(sql::Connection& writer, const Clock& clock,
                                                   std::string_view admin_name,
                                                   const KeepSecret& keep) {
  WHENCE_ASSIGN_OR_RETURN(const bool begun, HasPrincipals(writer));
  if (begun) return std::nullopt;
  Principal admin;
  WHENCE_ASSIGN_OR_RETURN(admin.kind, ParsePrincipalName(admin_name, "admin"));
  if (admin.kind == PrincipalKind::kGroup) {
    return InvalidArgument("PRINCIPAL_IS_A_GROUP", "admin",
                           StrCat(admin_name, " is a group: nobody in particular"),
                           "name a user or a service; it may give the metastore to a group later");
  }
  const ledger::Change change{.position = kNoPosition,
                              .time = absl::FromUnixMicros(absl::ToUnixMicros(clock.Now())),
                              .actor = admin_name};
  admin.id = kAdmin;
  admin.name = admin.creator = admin.updater = std::string(admin_name);
  admin.create_time = admin.update_time = change.time;
  admin.position = change.position;

  sql::WriteTransaction transaction(writer);
  WHENCE_RETURN_IF_ERROR(transaction.status());
  WHENCE_ASSIGN_OR_RETURN(MadeToken made, Make(writer, change, admin));
  if (keep != nullptr) WHENCE_RETURN_IF_ERROR(keep(made.secret));
  WHENCE_RETURN_IF_ERROR(transaction.Commit());
  return made;
}

absl::StatusOr<std::string> MetastoreKey(sql::Connection& connection, std::string_view purpose) {
  sql::Rows rows = connection.Run(kGetKey, purpose);
  if (rows.Next()) return std::string(rows.Blob(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return Internal("METASTORE_KEY_MISSING", StrCat("the metastore has no key for ", purpose),
                  "restore the newest backup");
}

}  // namespace whence::access
