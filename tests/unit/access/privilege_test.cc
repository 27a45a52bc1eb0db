#include "access/privilege.h"

#include <catch2/catch.hpp>

#include <string>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using catalog::Kind;
using whence::test::ReasonOf;

constexpr Kind kAll[] = {Kind::kUnspecified, Kind::kCatalog, Kind::kSchema,   Kind::kTable,
                         Kind::kView,        Kind::kVolume,  Kind::kFunction, Kind::kModel,
                         Kind::kPrompt,      Kind::kIndex,   Kind::kEndpoint, Kind::kJob,
                         Kind::kDashboard};

TEST_CASE("privileges are found by their names, however they are written") {
  for (int i = 0; i < kPrivilegeCount; ++i) {
    const auto privilege = static_cast<Privilege>(i);
    const std::string name(PrivilegeName(privilege));
    CHECK(ParsePrivilege(name, "privilege").value() == privilege);
    const std::string underscores = absl::StrReplaceAll(name, {{" ", "_"}});
    CHECK(ParsePrivilege(underscores, "privilege").value() == privilege);
    CHECK(PrivilegeFromNumber(i) == privilege);
  }
  CHECK(ParsePrivilege("all privileges", "privilege").value() == Privilege::kAllPrivileges);
  CHECK(ParsePrivilege("Use_Catalog", "privilege").value() == Privilege::kUseCatalog);
  CHECK_FALSE(PrivilegeFromNumber(-1).has_value());
  CHECK_FALSE(PrivilegeFromNumber(kPrivilegeCount).has_value());
}

TEST_CASE("what is no privilege is told with the nearest that is") {
  const absl::Status slip = ParsePrivilege("SELCET", "privileges[2]").status();
  CHECK(ReasonOf(slip) == "PRIVILEGE_UNKNOWN");
  CHECK(GetErrorDetail(slip).field == "privileges[2]");
  CHECK(GetErrorDetail(slip).hint == "SELECT exists");
  const absl::Status none = ParsePrivilege(std::string(1000, 'z'), "privilege").status();
  CHECK(ReasonOf(none) == "PRIVILEGE_UNKNOWN");
  CHECK(GetErrorDetail(none).hint.find("USE CATALOG, USE SCHEMA, BROWSE") != std::string::npos);
  CHECK(ReasonOf(ParsePrivilege("", "privilege").status()) == "PRIVILEGE_UNKNOWN");
  CHECK(ReasonOf(ParsePrivilege("SELECT ", "privilege").status()) == "PRIVILEGE_UNKNOWN");
}

TEST_CASE("a set is a set") {
  PrivilegeSet set = PrivilegeSet(Privilege::kSelect) | Privilege::kModify;
  CHECK(set.size() == 2);
  CHECK(set.Has(Privilege::kSelect));
  CHECK_FALSE(set.Has(Privilege::kExecute));
  CHECK(set - Privilege::kSelect == PrivilegeSet(Privilege::kModify));
  CHECK((set & Privilege::kExecute).empty());
  CHECK(set.HasAny(Privilege::kModify));
  CHECK(PrivilegeSet::FromBits(set.bits()) == set);
  CHECK(ToList(set) == std::vector<Privilege>{Privilege::kSelect, Privilege::kModify});
  CHECK(ToList(PrivilegeSet::Everything()).size() == size_t{kPrivilegeCount});
}

TEST_CASE("ALL PRIVILEGES stands for everything but MANAGE") {
  const PrivilegeSet all = PrivilegeSet(Privilege::kAllPrivileges).Expanded();
  CHECK(all == PrivilegeSet::Everything() - Privilege::kManage);
  CHECK(PrivilegeSet(Privilege::kSelect).Expanded() == PrivilegeSet(Privilege::kSelect));
  CHECK((PrivilegeSet(Privilege::kAllPrivileges) | Privilege::kManage).Expanded() ==
        PrivilegeSet::Everything());
}

TEST_CASE("what applies to a level applies above it as well") {
  for (const Kind kind : kAll) {
    const PrivilegeSet applicable = ApplicablePrivileges(kind);
    CHECK((applicable - ApplicablePrivileges(Kind::kUnspecified)).empty());
    if (!catalog::IsAssetKind(kind)) continue;
    INFO(catalog::KindName(kind));
    CHECK((applicable - ApplicablePrivileges(Kind::kSchema)).empty());
    CHECK((ApplicablePrivileges(Kind::kSchema) - ApplicablePrivileges(Kind::kCatalog)).empty());
    // What reads, writes and makes one has a place to be granted.
    CHECK(applicable.Has(ReadPrivilege(kind)));
    CHECK(applicable.Has(WritePrivilege(kind)));
    CHECK(ApplicablePrivileges(Kind::kSchema).Has(CreatePrivilege(kind)));
    CHECK_FALSE(applicable.Has(CreatePrivilege(kind)));
    CHECK_FALSE(applicable.HasAny(kGates));
    for (const Privilege common : {Privilege::kBrowse, Privilege::kApplyTag, Privilege::kManage,
                                   Privilege::kAllPrivileges}) {
      CHECK(applicable.Has(common));
    }
  }
  CHECK(ApplicablePrivileges(Kind::kCatalog).Has(CreatePrivilege(Kind::kSchema)));
  CHECK_FALSE(ApplicablePrivileges(Kind::kSchema).Has(CreatePrivilege(Kind::kSchema)));
  CHECK(ApplicablePrivileges(Kind::kUnspecified).Has(CreatePrivilege(Kind::kCatalog)));
  CHECK_FALSE(ApplicablePrivileges(Kind::kCatalog).Has(CreatePrivilege(Kind::kCatalog)));
  CHECK_FALSE(ApplicablePrivileges(Kind::kSchema).Has(Privilege::kUseCatalog));
}

TEST_CASE("reading and writing are called as the kind has it") {
  CHECK(ReadPrivilege(Kind::kTable) == Privilege::kSelect);
  CHECK(ReadPrivilege(Kind::kIndex) == Privilege::kSelect);
  CHECK(ReadPrivilege(Kind::kModel) == Privilege::kExecute);
  CHECK(ReadPrivilege(Kind::kVolume) == Privilege::kReadVolume);
  CHECK(ReadPrivilege(Kind::kCatalog) == Privilege::kUseCatalog);
  CHECK(ReadPrivilege(Kind::kSchema) == Privilege::kUseSchema);
  CHECK(WritePrivilege(Kind::kVolume) == Privilege::kWriteVolume);
  CHECK(WritePrivilege(Kind::kPrompt) == Privilege::kModify);
  CHECK(CreatePrivilege(Kind::kView) == Privilege::kCreateTable);
  // Predictions that were made with it are read with SELECT.
  CHECK(ApplicablePrivileges(Kind::kModel).Has(Privilege::kSelect));
  CHECK(ApplicablePrivileges(Kind::kEndpoint).Has(Privilege::kSelect));
  CHECK_FALSE(ApplicablePrivileges(Kind::kFunction).Has(Privilege::kSelect));
}

TEST_CASE("a privilege that means nothing there is refused with those that do") {
  CHECK(CheckApplicable(Privilege::kSelect, Kind::kTable, "privilege").ok());
  const absl::Status status = CheckApplicable(Privilege::kExecute, Kind::kIndex, "privileges[0]");
  CHECK(ReasonOf(status) == "PRIVILEGE_NOT_APPLICABLE");
  CHECK(std::string(status.message()) == "privileges[0]: EXECUTE means nothing on an index");
  CHECK(GetErrorDetail(status).hint ==
        "on an index may be granted BROWSE, SELECT, MODIFY, APPLY TAG, MANAGE, ALL PRIVILEGES");
  CHECK(ReasonOf(CheckApplicable(Privilege::kCreateCatalog, Kind::kCatalog, "privilege")) ==
        "PRIVILEGE_NOT_APPLICABLE");
  CHECK(CheckApplicable(Privilege::kCreateCatalog, Kind::kUnspecified, "privilege").ok());
}

}  // namespace
}  // namespace whence::access
