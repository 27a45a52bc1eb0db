// Privileges: what a principal may be granted, by Unity Catalog's names.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog/kind.h"

namespace whence::access {

// One bit each in a PrivilegeSet. Stored, so numbers never change.
enum class Privilege : int {
  kUseCatalog = 0,
  kUseSchema = 1,
  kBrowse = 2,
  kSelect = 3,
  kModify = 4,
  kExecute = 5,
  kReadVolume = 6,
  kWriteVolume = 7,
  kCreateCatalog = 8,
  kCreateSchema = 9,
  kCreateTable = 10,  // tables and views
  kCreateVolume = 11,
  kCreateFunction = 12,
  kCreateModel = 13,
  kCreatePrompt = 14,
  kCreateIndex = 15,
  kCreateEndpoint = 16,
  kCreateJob = 17,
  kCreateDashboard = 18,
  kApplyTag = 19,
  kManage = 20,
  kAllPrivileges = 21,
};
inline constexpr int kPrivilegeCount = 22;

// Purpose: a set of privileges. A value; thread-safe as such.
class PrivilegeSet {
 public:
  constexpr PrivilegeSet() = default;
  // A set of one. NOLINTNEXTLINE(google-explicit-constructor): it reads as one
  constexpr PrivilegeSet(Privilege privilege) : bits_(uint32_t{1} << static_cast<int>(privilege)) {}
  static constexpr PrivilegeSet FromBits(uint32_t bits) {
    PrivilegeSet set;
    set.bits_ = bits;
    return set;
  }
  // What an owner has: everything.
  static constexpr PrivilegeSet Everything() {
    return FromBits((uint32_t{1} << kPrivilegeCount) - 1);
  }

  constexpr bool Has(Privilege privilege) const {
    return (bits_ >> static_cast<int>(privilege) & 1U) != 0;
  }
  constexpr bool HasAny(PrivilegeSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint32_t bits() const { return bits_; }
  constexpr int size() const { return std::popcount(bits_); }
  // With ALL PRIVILEGES replaced by what it stands for: everything but MANAGE. The set itself stays
  // what was granted; this is for checks.
  constexpr PrivilegeSet Expanded() const {
    if (!Has(Privilege::kAllPrivileges)) return *this;
    return FromBits(bits_ | (Everything().bits_ & ~PrivilegeSet(Privilege::kManage).bits_));
  }

  constexpr PrivilegeSet& operator|=(PrivilegeSet other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr PrivilegeSet operator|(PrivilegeSet a, PrivilegeSet b) { return a |= b; }
  friend constexpr PrivilegeSet operator&(PrivilegeSet a, PrivilegeSet b) {
    return FromBits(a.bits_ & b.bits_);
  }
  friend constexpr PrivilegeSet operator-(PrivilegeSet a, PrivilegeSet b) {
    return FromBits(a.bits_ & ~b.bits_);
  }
  friend bool operator==(PrivilegeSet, PrivilegeSet) = default;

 private:
  uint32_t bits_ = 0;
};

// What a read-only token may use: it sees and reads, and changes nothing.
inline constexpr PrivilegeSet kReadingPrivileges =
    PrivilegeSet(Privilege::kUseCatalog) | Privilege::kUseSchema | Privilege::kBrowse |
    Privilege::kSelect | Privilege::kExecute | Privilege::kReadVolume;
// The gates: they let through to what lies behind and give nothing by themselves.
inline constexpr PrivilegeSet kGates = PrivilegeSet(Privilege::kUseCatalog) | Privilege::kUseSchema;

// "USE CATALOG", "SELECT" ...
std::string_view PrivilegeName(Privilege privilege);
// By name, in any case, with spaces or underscores between words ("USE_CATALOG", "all privileges").
// InvalidArgument PRIVILEGE_UNKNOWN, with the closest name in the hint.
absl::StatusOr<Privilege> ParsePrivilege(std::string_view text, std::string_view field);
std::optional<Privilege> PrivilegeFromNumber(int64_t number);
// In the order of the enum.
std::vector<Privilege> ToList(PrivilegeSet set);

// What a grant is on: the metastore, a catalog, a schema, or an asset of a kind.
enum class Level : int { kMetastore = 0, kCatalog = 1, kSchema = 2, kAsset = 3 };

// What may be granted on the metastore (kind kUnspecified), a catalog, a schema, or an asset of a
// kind: what applies to it, or to what may stand below it.
PrivilegeSet ApplicablePrivileges(catalog::Kind kind);
// InvalidArgument PRIVILEGE_NOT_APPLICABLE, naming what is applicable.
absl::Status CheckApplicable(Privilege privilege, catalog::Kind kind, std::string_view field);

// What reading the data of an asset of that kind needs: SELECT, EXECUTE or READ VOLUME. Of a
// catalog or schema, which have no data: its gate. Of an asset (asserted) otherwise.
Privilege ReadPrivilege(catalog::Kind kind);
// What changing it needs: MODIFY or WRITE VOLUME.
Privilege WritePrivilege(catalog::Kind kind);
// What making one needs, on what it is made in: CREATE TABLE for tables and views, CREATE CATALOG
// ... Not for kUnspecified (asserted).
Privilege CreatePrivilege(catalog::Kind kind);

}  // namespace whence::access
