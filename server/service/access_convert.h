// The access room's plain structs as messages of the contract.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "access/token.h"
#include "base/position.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "sql/connection.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

v1::Principal Convert(const access::Principal& principal);
v1::PrincipalKind ToProto(access::PrincipalKind kind);

// Purpose: names of principals and securables by their ids as of a position, each looked up once.
// For replies that name the same few over and over. Thread-safety: none.
class AccessNames {
 public:
  AccessNames(sql::Connection& connection, Position as_of)
      : connection_(connection), as_of_(as_of) {}

  // `id:<number>` when it was deleted then.
  absl::StatusOr<std::string> Principal(access::PrincipalId id);
  absl::StatusOr<v1::Securable> Securable(int64_t id);

  absl::StatusOr<v1::AccessReason> Convert(const access::Reason& reason);
  // What `principal` lacks.
  absl::StatusOr<v1::MissingGrant> Convert(const access::Lack& lack, const std::string& principal);
  absl::StatusOr<v1::Token> Convert(const access::Token& token);

 private:
  sql::Connection& connection_;
  const Position as_of_;
  std::map<access::PrincipalId, std::string> principals_;
  std::map<int64_t, v1::Securable> securables_;
};

// Names of privileges, in the order of their numbers.
void PutPrivileges(access::PrivilegeSet set, google::protobuf::RepeatedPtrField<std::string>* out);

v1::AccessOutcome ToProto(access::Outcome outcome);
v1::CredentialKind ToProto(access::CredentialKind kind);

}  // namespace whence::service
