// A house with a table, somebody who may read it, and policies.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/policy_operations.h"

namespace whence::service::test {

// prod.fraud.users has the columns id, email (tagged pii=email) and region; user:bo reads it
// through group:analysts. user:ana owns the metastore.
class PolicyHouse : public Asked {
 public:
  PolicyHouse() {
    Asset("prod.fraud.users", v1::KIND_TABLE);
    Ask(kUpdateAsset,
        "asset { name: 'prod.fraud.users' detail { table {"
        " columns { name: 'id' type: 'bigint' } columns { name: 'email' type: 'varchar' }"
        " columns { name: 'region' type: 'varchar' } } } }");
    Ask(kSetTags, "reference: 'prod.fraud.users#email' set { key: 'pii' value: 'email' }");
    for (const char* name : {"user:bo", "user:cy", "group:analysts", "group:fraud"}) {
      Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
    }
    Ask(kAddMember, "group: 'group:analysts' member: 'user:bo'");
    for (const char* privilege : {"USE CATALOG", "USE SCHEMA", "SELECT"}) {
      Grant(privilege, "prod", "group:analysts");
    }
    bo = {.bearer = Ask(kCreateToken, "token { principal: 'user:bo' }").secret(), .via = "test"};
  }

  void Grant(const std::string& privilege, const std::string& on, const std::string& to) {
    const std::string where =
        on.empty() ? "type: SECURABLE_TYPE_METASTORE" : absl::StrCat("name: '", on, "'");
    Ask(kChangeGrants,
        absl::StrCat("add: '", privilege, "' securable { ", where, " } principal: '", to, "'"));
  }

  // `on`: empty for the metastore.
  v1::Policy Policy(const std::string& name, const std::string& on, const std::string& more) {
    const std::string where =
        on.empty() ? "type: SECURABLE_TYPE_METASTORE" : absl::StrCat("name: '", on, "'");
    return Ask(kCreatePolicy,
               absl::StrCat("policy { name: '", name, "' securable { ", where, " } ", more, " }"));
  }
  v1::Policy Deny(const std::string& name, const std::string& on, const std::string& more = "") {
    return Policy(name, on, absl::StrCat("kind: POLICY_KIND_DENY ", more));
  }
  v1::Policy Mask(const std::string& name, const std::string& type, const std::string& more = "") {
    return Policy(name, "",
                  absl::StrCat("kind: POLICY_KIND_MASK mask { type: '", type, "' } ", more));
  }
  void Drop(const std::string& name) { Ask(kDeletePolicy, absl::StrCat("name: '", name, "'")); }

  // About user:bo and SELECT on the table, unless it is said otherwise.
  v1::Decision Decision(const std::string& more = "") {
    return Ask(kDecide, absl::StrCat("principal: 'user:bo' privilege: 'SELECT'"
                                     " securable { name: 'prod.fraud.users' } ",
                                     more));
  }
  std::string WhyNotDecided(const std::string& more = "") {
    return Why(kDecide, absl::StrCat("principal: 'user:bo' privilege: 'SELECT'"
                                     " securable { name: 'prod.fraud.users' } ",
                                     more));
  }

  // "email: email by mask-email"
  static std::string Masks(const v1::Decision& decision) {
    return absl::StrJoin(decision.masks(), ", ", [](std::string* out, const v1::ColumnMask& mask) {
      absl::StrAppend(out, mask.column(), ": ", mask.mask().type(), " by ", mask.policy());
    });
  }

  CallInfo bo;
};

}  // namespace whence::service::test
