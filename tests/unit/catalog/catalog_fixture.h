#pragma once

// A catalog of its own, in which every mutation takes the next position, for this room's tests.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/name.h"
#include "catalog/alias.h"
#include "catalog/dataset_identity.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "catalog/securable_list.h"
#include "catalog/securable_write.h"
#include "catalog/tag.h"
#include "catalog/version.h"
#include "ledger/change.h"
#include "support/mutation_fixture.h"

namespace whence::catalog::test {

using whence::test::ReasonOf;

inline std::vector<std::string> Path(std::string_view name) {
  return ParseName(name, "name").value();
}

class CatalogFixture : public whence::test::MutationFixture {
 public:
  CatalogFixture() : MutationFixture("user:ana") {}

  Securable At(std::string_view name, Position as_of = kNow) {
    return GetSecurable(reader(), as_of, Path(name)).value();
  }

  absl::StatusOr<Securable> TryCreate(std::string_view name, Kind kind) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      NewSecurable wanted;
      wanted.kind = kind;
      wanted.path = Path(name);
      wanted.owner = "user:owner";
      return CreateSecurable(context, change, wanted);
    });
  }
  Securable Create(std::string_view name, Kind kind) { return TryCreate(name, kind).value(); }

  // prod.raw with the given tables in it.
  void CreateProdRaw(const std::vector<std::string>& tables) {
    Create("prod", Kind::kCatalog);
    Create("prod.raw", Kind::kSchema);
    for (const std::string& table : tables) Create("prod.raw." + table, Kind::kTable);
  }

  absl::StatusOr<Securable> TryRename(std::string_view name, std::string_view new_name) {
    return Get(
        [&](sql::WriteContext& context, const ledger::Change& change) -> absl::StatusOr<Securable> {
          absl::StatusOr<Securable> current = GetSecurable(context.connection(), kNow, Path(name));
          if (!current.ok()) return current;
          return RenameSecurable(context, change, *current, Path(new_name));
        });
  }

  absl::StatusOr<Securable> TryDelete(std::string_view name, bool force = false) {
    return Get(
        [&](sql::WriteContext& context, const ledger::Change& change) -> absl::StatusOr<Securable> {
          absl::StatusOr<Securable> current = GetSecurable(context.connection(), kNow, Path(name));
          if (!current.ok()) return current;
          return DeleteSecurable(context, change, *current, force);
        });
  }

  absl::StatusOr<Securable> TryUndelete(std::string_view name) {
    return Get(
        [&](sql::WriteContext& context, const ledger::Change& change) -> absl::StatusOr<Securable> {
          absl::StatusOr<Securable> current = FindUndeletable(context.connection(), Path(name));
          if (!current.ok()) return current;
          return UndeleteSecurable(context, change, *current);
        });
  }

  absl::StatusOr<Securable> TryUndeleteId(int64_t id) {
    return Get(
        [&](sql::WriteContext& context, const ledger::Change& change) -> absl::StatusOr<Securable> {
          absl::StatusOr<Securable> current = GetSecurableById(context.connection(), kNow, id);
          if (!current.ok()) return current;
          return UndeleteSecurable(context, change, *current);
        });
  }

  absl::StatusOr<Securable> Update(std::string_view name, const SecurableUpdate& update) {
    return Get(
        [&](sql::WriteContext& context, const ledger::Change& change) -> absl::StatusOr<Securable> {
          absl::StatusOr<Securable> current = GetSecurable(context.connection(), kNow, Path(name));
          if (!current.ok()) return current;
          return UpdateSecurable(context, change, *current, update);
        });
  }

  absl::StatusOr<Registered> Register(int64_t asset_id, const NewVersion& version) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return RegisterVersion(context, change, asset_id, version);
    });
  }
  Version RegisterDigest(int64_t asset_id, std::string digest) {
    NewVersion version;
    version.digest = std::move(digest);
    return Register(asset_id, version).value().version;
  }

  absl::Status Alias(int64_t asset_id, std::string_view name, const Version& version) {
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      return SetAlias(context, change, asset_id, name, version.id, version.number);
    });
  }
  absl::Status Unalias(int64_t asset_id, std::string_view name) {
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      return DeleteAlias(context, change, asset_id, name);
    });
  }

  absl::StatusOr<std::vector<Tag>> SetTagsOn(int64_t target, std::string_view column,
                                             const std::vector<Tag>& set,
                                             const std::vector<std::string>& remove = {}) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return SetTags(context, change, target, column, set, remove);
    });
  }

  absl::StatusOr<DatasetIdentity> Attach(int64_t asset_id, std::string_view name_space,
                                         std::string_view name) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return AttachIdentity(context, change, asset_id, name_space, name);
    });
  }
  absl::Status Detach(std::string_view name_space, std::string_view name) {
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      return DetachIdentity(context, change, name_space, name);
    });
  }
};

}  // namespace whence::catalog::test
