// Who could read a table on a date: decisions, explanations and lists of grants as of a time.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "policy_house.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using test::PolicyHouse;

// user:bo and prod.fraud.users, on each date another answer. Each change is at `begin` and the days
// after it.
class History : public PolicyHouse {
 public:
  History() {
    clock.Advance(kDay);
    begin = clock.Now();
    Ask(kChangeGrants, StrCat(kOnProd, "remove: 'SELECT'"));
    clock.Advance(kDay);
    Ask(kChangeGrants, StrCat(kOnProd, "add: 'SELECT'"));
    clock.Advance(kDay);
    Mask("hide", "redact", "columns: 'email'");
    clock.Advance(kDay);
    Deny("shut", "prod.fraud", "to: 'user:bo' privileges: 'SELECT'");
    clock.Advance(kDay);
    Drop("shut");
    Drop("hide");
    Ask(kRemoveMember, "group: 'group:analysts' member: 'user:bo'");
    clock.Advance(kDay);
  }

  static constexpr absl::Duration kDay = absl::Hours(24);
  static constexpr char kOnProd[] = "securable { name: 'prod' } principal: 'group:analysts' ";

  static std::string AsOf(absl::Time time) {
    const google::protobuf::Timestamp at = TimeToProto(time);
    return StrCat(" as_of { time { seconds: ", at.seconds(), " nanos: ", at.nanos(), " } }");
  }
  // What was decided before is on the record by then.
  void Settle() {
    for (int i = 0; i < 2; ++i) {
      const auto nothing = [](sql::WriteContext&) { return absl::OkStatus(); };
      CHECK(house().writer().RunAndWait(nothing).ok());
    }
  }
  // What Decide says, and ExplainAccess, which must be of one mind with it.
  std::string Could(absl::Time time) {
    Settle();
    const v1::ExplainAccessResponse explained =
        Ask(kExplainAccess, StrCat("principal: 'user:bo' privilege: 'SELECT'"
                                   " securable { name: 'prod.fraud.users' }",
                                   AsOf(time)));
    const v1::GetEffectivePrivilegesResponse effective =
        Ask(kGetEffectivePrivileges,
            StrCat("principal: 'user:bo' securable { name: 'prod.fraud.users' }", AsOf(time)));
    bool may = false;
    for (const auto& privilege : effective.privileges()) may |= privilege.privilege() == "SELECT";
    for (const auto& privilege : effective.denied()) may &= privilege.privilege() != "SELECT";
    const v1::ListAssetAccessResponse listed =
        Ask(kListAssetAccess,
            StrCat("principal: 'user:bo' securable { name: 'prod.fraud.users' }", AsOf(time)));
    bool reads = false;
    for (const v1::AssetAccess& access : listed.items()) reads |= access.reads();
    // Last, for a decision that denies takes a position of its own, soon after the answer.
    const v1::Decision decision = Decision(AsOf(time));
    Settle();
    CHECK(explained.outcome() == decision.outcome());
    CHECK(explained.position() == decision.position());
    CHECK(reads == decision.allowed());
    CHECK(listed.position() == decision.position());
    // Gates are no part of what is granted, and were open for as long as bo was a member.
    CHECK(may == decision.allowed());
    return StrCat(v1::AccessOutcome_Name(decision.outcome()).substr(15), " ", Masks(decision));
  }
  std::string Granted(absl::Time time) {
    std::string privileges;
    const auto answer = Ask(kListGrants, StrCat("securable { name: 'prod' }", AsOf(time)));
    for (const v1::Grant& grant : answer.grants()) StrAppend(&privileges, grant.privilege(), ",");
    return privileges;
  }

  absl::Time begin;
};

TEST_CASE("who could read a table on a date is what was so on that date") {
  History house;
  const std::vector<std::string> wanted = {"ALLOWED ",          "NO_PRIVILEGE ",
                                           "ALLOWED ",          "ALLOWED email: redact by hide",
                                           "DENIED_BY_POLICY ", "NO_USE_CATALOG "};
  constexpr absl::Duration kLeast = absl::Microseconds(1);
  for (size_t day = 0; day < wanted.size(); ++day) {
    // A change holds from its own time on, until the last moment before the next one.
    const absl::Time end = house.begin + static_cast<int>(day) * History::kDay;
    CAPTURE(day);
    CHECK(house.Could(end - History::kDay) == wanted[day]);
    CHECK(house.Could(end - History::kDay / 2) == wanted[day]);
    CHECK(house.Could(end - kLeast) == wanted[day]);
  }
  CHECK(house.Decision().outcome() == v1::ACCESS_OUTCOME_NO_USE_CATALOG);
  CHECK(house.Could(house.clock.Now() + absl::Hours(1000)) == wanted.back());  // taken as now
}

TEST_CASE("grants are listed as they stood on a date") {
  History house;
  const std::string all = "USE CATALOG,USE SCHEMA,SELECT,";
  const std::string without = "USE CATALOG,USE SCHEMA,";
  CHECK(house.Granted(house.begin - absl::Microseconds(1)) == all);
  CHECK(house.Granted(house.begin) == without);
  CHECK(house.Granted(house.begin + History::kDay - absl::Microseconds(1)) == without);
  CHECK(house.Granted(house.begin + History::kDay) == all);
  const std::string before = History::AsOf(house.begin - absl::Hours(1000));
  CHECK(house.Why(kListGrants, "securable { name: 'prod' }" + before) == "CATALOG_NOT_FOUND");
}

}  // namespace
}  // namespace whence::service
