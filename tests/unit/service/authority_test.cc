// What policies deny, found among those that were bound to a securable beforehand, is what is found
// by looking at each: random policies, everybody, everything.

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy_house.h"
#include "service/access_securable.h"
#include "service/authority.h"
#include "service/bound_cache.h"
#include "support/sanitizer.h"

namespace whence::service {
namespace {

using access::Privilege;
using test::PolicyHouse;
using whence::test::Fewer;

const std::vector<std::string> kPlaces = {"", "prod", "prod.fraud", "prod.fraud.users",
                                          "prod.fraud.bare"};
const std::vector<std::string> kPeople = {"user:ana", "user:bo", "user:cy"};
const std::vector<Privilege> kAsked = {Privilege::kBrowse,    Privilege::kUseCatalog,
                                       Privilege::kUseSchema, Privilege::kSelect,
                                       Privilege::kModify,    Privilege::kManage};

// Purpose: denies of all sorts, and who is asked about. Thread-safety: one thread.
class World : public PolicyHouse {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    Asset("prod.fraud.bare", v1::KIND_TABLE);
    Grant("ALL PRIVILEGES", "", "user:bo");
    Grant("ALL PRIVILEGES", "", "user:cy");
    for (int i = 0; i < 8; ++i) AddDeny(i);
  }

  // The first policy that denies it, by id; 0 for none.
  static int64_t Decide(Authority authority, const access::Identity& who, Privilege privilege,
                        const access::Chain& chain) {
    const Verdict verdict = authority.Decide(who, privilege, chain).value();
    CHECK((verdict.outcome == access::Outcome::kDeniedByPolicy) == (verdict.policy != nullptr));
    return verdict.policy == nullptr ? 0 : verdict.policy->id;
  }

 private:
  const std::string& Any(const std::vector<std::string>& list) {
    return list[random_() % list.size()];
  }
  bool Once(size_t in) { return random_() % in == 0; }

  void AddDeny(int number) {
    std::vector<std::string> parts;
    for (const char* privilege : {"BROWSE", "USE CATALOG", "USE SCHEMA", "SELECT", "MODIFY"}) {
      if (Once(3)) parts.push_back(absl::StrCat("privileges: '", privilege, "'"));
    }
    if (Once(2)) parts.push_back("to: 'group:analysts'");
    if (Once(3)) parts.push_back("except: 'user:cy'");
    if (Once(4)) parts.push_back("asset_tags { any: 'sealed' }");
    if (Once(4)) parts.push_back("columns: 'email'");
    if (Once(4)) parts.push_back("column_tags { any: 'pii=email' }");
    // Not what locks everybody out of making the next one.
    parts.push_back("except: 'user:ana'");
    Deny(absl::StrCat("p", number), Any(kPlaces), absl::StrJoin(parts, " "));
    if (Once(3)) Ask(kSetTags, "reference: 'prod.fraud' set { key: 'sealed' value: 'yes' }");
  }

  std::mt19937_64 random_;
};

TEST_CASE("authority: policies bound beforehand deny what each of them denies") {
  for (uint64_t seed = 0; seed < static_cast<uint64_t>(Fewer(24)); ++seed) {
    World world(seed);
    const access::Snapshot access = world.house().access().snapshot();
    const sql::Lease bound = world.house().readers().Acquire().value();
    const auto plain = sql::Connection::Open(bound->path(), {.read_only = true}).value();
    const Position now = world.position();
    int denied = 0;
    for (const std::string& place : kPlaces) {
      v1::Securable securable;
      securable.set_name(place);
      if (place.empty()) securable.set_type(v1::SECURABLE_TYPE_METASTORE);
      const access::Chain chain =
          FindTarget(*plain, access, now, securable, "securable").value().chain;
      for (const bool bind : {false, true}) {
        for (int level = 0; bind && level <= chain.depth; ++level) {
          REQUIRE(BoundAt(*bound, access, now, chain, level).ok());
          REQUIRE(KnownBoundAt(*bound, access, now, chain, level) != nullptr);
          REQUIRE(KnownBoundAt(*plain, access, now, chain, level) == nullptr);
        }
        for (const std::string& name : kPeople) {
          const access::Identity who = access.IdentityOf(name).value();
          for (const Privilege privilege : kAsked) {
            INFO(absl::StrCat("seed ", seed, " ", name, " ", place));
            INFO(access::PrivilegeName(privilege));
            const int64_t each = World::Decide({*plain, access, now}, who, privilege, chain);
            CHECK(World::Decide({*bound, access, now}, who, privilege, chain) == each);
            denied += each != 0 ? 1 : 0;
          }
        }
      }
    }
    CHECK(denied > 0);
  }
}

}  // namespace
}  // namespace whence::service
