// Securables as requests and replies about access name them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "base/position.h"
#include "catalog/kind.h"
#include "service/call.h"
#include "sql/connection.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Whether the request can name a securable: SECURABLE_MISSING, SECURABLE_NAMED_METASTORE,
// ENUM_VALUE_UNKNOWN, and the reasons of ParseName for its name.
absl::Status CheckSecurable(const v1::Securable& securable, std::string_view field);

// A securable with everything that is asked about it here.
struct AccessTarget {
  access::Chain chain;
  std::string name;       // full; `metastore` for the metastore
  v1::Securable message;  // as replies have it

  int64_t id() const {
    return chain.depth == 0 ? 0 : chain.links[static_cast<size_t>(chain.depth - 1)].id;
  }
  catalog::Kind kind() const { return chain.kind; }
};

// What the request names, as of the position; live, or the metastore. Errors of CheckSecurable, of
// catalog::GetSecurable (SECURABLE_NOT_FOUND also for the id of a tombstone), and
// SECURABLE_TYPE_MISMATCH.
absl::StatusOr<AccessTarget> FindTarget(sql::Connection& connection, const access::Snapshot& access,
                                        Position as_of, const v1::Securable& securable,
                                        std::string_view field);

// The securable with that id as replies name it; 0: the metastore. What was deleted then, or did
// not exist yet, is `id:<number>`.
absl::StatusOr<v1::Securable> SecurableMessage(sql::Connection& connection, Position as_of,
                                               int64_t id);

// "metastore", "schema prod.fraud", "table prod.fraud.scores".
std::string SecurableText(const v1::Securable& securable);

// The words of a type in Unity Catalog's sense: "catalog", "table".
std::string_view SecurableTypeWord(v1::SecurableType type);
v1::SecurableType SecurableTypeOf(catalog::Kind kind);

}  // namespace whence::service
