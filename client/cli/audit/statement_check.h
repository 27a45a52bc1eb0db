#pragma once

// Checks what can be checked without any server: proofs and certificates in files.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/audit/report.h"
#include "cli/audit/trust.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

// What a file holds, by its form alone: nothing of it is believed yet.
enum class StatementKind {
  kNone,
  kProof,        // of 'whence audit prove'
  kCertificate,  // of 'whence why --certificate'
  kCheckpoint,   // of 'whence audit checkpoint --file': nothing that can be checked by itself
};
StatementKind KindOfStatement(std::string_view text);

// A proof as a file of C2SP's tlog-proof, with the entry, and the row of a prediction, as its extra
// data. CheckProof reads it back.
absl::StatusOr<std::string> FormatProof(const v1::LedgerProof& proof,
                                        const v1::ListKeysResponse& keys);

// That the entry, and the row where there is one, are in a ledger whose head the trusted have
// signed. A LocalError for what is no proof; what does not hold is in the report.
absl::Status CheckProof(std::string_view text, const Trust& trust, AuditReport* report);

// The same of a certificate: the signature, the head, each entry, the row, that what the
// explanation says of the prediction is what the row says, that every position in it has its entry,
// and that its subjects are what the explanation says. What is cut or redacted in it is said.
absl::Status CheckCertificate(std::string_view json, const Trust& trust, AuditReport* report);

// The log's keys as a proof or a certificate names them: the server's word, for who was given none.
v1::ListKeysResponse KeysIn(std::string_view text);

}  // namespace whence::cli
