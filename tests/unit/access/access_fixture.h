#pragma once

// A metastore of its own with an index, in which every mutation takes the next position; for this
// room's tests.

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/bootstrap.h"
#include "access/decision.h"
#include "access/grant.h"
#include "access/index.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "access/token.h"
#include "base/error.h"
#include "catalog/securable.h"
#include "ledger/change.h"
#include "support/mutation_fixture.h"

namespace whence::access::test {

using catalog::Kind;
using catalog::kNow;
using whence::test::ReasonOf;

class AccessFixture : public whence::test::MutationFixture {
 public:
  AccessFixture() : MutationFixture("user:admin") {
    // The writer's connection belongs to the writer: the index reads with the reader, and is
    // attached in the first task.
    REQUIRE(index.Load(reader(), 0).ok());
    REQUIRE(database
                .Write([this](sql::WriteContext& context) {
                  AttachIndex(context.connection(), &index);
                  return absl::OkStatus();
                })
                .ok());
  }

  Snapshot snapshot() const { return index.snapshot(); }

  absl::StatusOr<Principal> TryCreate(const NewPrincipal& wanted) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return CreatePrincipal(context, change, wanted);
    });
  }
  PrincipalId Create(std::string_view name) {
    NewPrincipal wanted;
    wanted.name = std::string(name);
    return TryCreate(wanted).value().id;
  }
  Principal At(std::string_view name, Position as_of = kNow) {
    return GetPrincipal(reader(), as_of, name).value();
  }
  absl::StatusOr<Principal> Update(const Principal& wanted) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return UpdatePrincipal(context, change, wanted);
    });
  }
  void SetActive(std::string_view name, bool active) {
    Principal wanted = At(name);
    wanted.active = active;
    REQUIRE(Update(wanted).ok());
  }
  absl::StatusOr<Principal> Delete(std::string_view name) {
    const Principal principal = At(name);
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return DeletePrincipal(context, change, principal);
    });
  }
  absl::StatusOr<bool> Add(PrincipalId group, PrincipalId member) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return AddMember(context, change, group, member);
    });
  }
  absl::StatusOr<bool> Remove(PrincipalId group, PrincipalId member) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return RemoveMember(context, change, group, member);
    });
  }
  absl::StatusOr<GrantChange> Change(int64_t securable, PrincipalId principal, PrivilegeSet add,
                                     PrivilegeSet remove = {}) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return ChangeGrants(context, change, securable, principal, add, remove);
    });
  }
  void SetOwner(PrincipalId owner) {
    REQUIRE(Do([&](sql::WriteContext& context, const ledger::Change& change) {
              return SetMetastoreOwner(context, change, owner);
            }).ok());
  }
  absl::StatusOr<MadeToken> TryToken(const NewToken& wanted) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return CreateToken(context, change, wanted);
    });
  }
  MadeToken NewTokenOf(PrincipalId principal) {
    NewToken wanted;
    wanted.principal = principal;
    return TryToken(wanted).value();
  }
  absl::StatusOr<Token> Revoke(int64_t token) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return RevokeToken(context, change, token);
    });
  }

  Identity Who(PrincipalId principal) const {
    Identity who;
    who.principal = principal;
    return who;
  }

  Index index;
};

// catalog 101 > schema 102 > asset 103, owned by nobody.
inline Chain ChainOf(Kind kind = Kind::kTable, int depth = 3) {
  Chain chain;
  chain.depth = depth;
  chain.kind = depth == 0   ? Kind::kUnspecified
               : depth == 1 ? Kind::kCatalog
               : depth == 2 ? Kind::kSchema
                            : kind;
  for (int i = 0; i < depth; ++i) chain.links[static_cast<size_t>(i)].id = 101 + i;
  return chain;
}
inline constexpr int64_t kCatalogId = 101;
inline constexpr int64_t kSchemaId = 102;
inline constexpr int64_t kTableId = 103;

}  // namespace whence::access::test
