// What changes who may read `c.s.fixed`: grants, a group, denies, and whether a user is active.
#include <utility>

#include "base/strings.h"
#include "orders.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/policy_operations.h"

namespace whence::fault {
namespace {

using namespace service;

constexpr char kGroup[] = "group:g";

// An order of the naive access.
template <class Operation, class Request>
Order MakeOrder(const Operation& operation, int number, Request request, std::string text,
                std::function<std::string(NaiveAccess&)> apply) {
  return {.mutation = MakeMutation(operation, StrCat("order-", number), std::move(request)),
          .apply =
              [apply = std::move(apply)](Model& model) {
                const NaiveAccess before = model.access;
                std::string outcome = apply(model.access);
                model.changed = model.access != before;
                return outcome;
              },
          .text = std::move(text)};
}

Order GrantOrder(std::mt19937_64& random, int number) {
  const bool add = random() % 2 == 0;
  const std::string who = random() % 3 == 0 ? kGroup : UserOf(static_cast<int>(random() % kUsers));
  v1::ChangeGrantsRequest request;
  request.mutable_securable()->set_name("c.s");
  request.set_principal(who);
  (add ? request.add_add() : request.add_remove())->assign("SELECT");
  return MakeOrder(kChangeGrants, number, request, StrCat(add ? "grant " : "revoke ", who),
                   [=](NaiveAccess& access) {
                     add ? (void)access.granted.insert(who) : (void)access.granted.erase(who);
                     return std::string("OK");
                   });
}

Order MemberOrder(std::mt19937_64& random, int number) {
  const std::string user = UserOf(static_cast<int>(random() % kUsers));
  if (random() % 2 == 0) {
    v1::AddMemberRequest request;
    request.set_group(kGroup);
    request.set_member(user);
    return MakeOrder(kAddMember, number, request, StrCat("join ", user), [=](NaiveAccess& access) {
      access.members.insert(user);
      return std::string("OK");
    });
  }
  v1::RemoveMemberRequest request;
  request.set_group(kGroup);
  request.set_member(user);
  return MakeOrder(kRemoveMember, number, request, StrCat("leave ", user),
                   [=](NaiveAccess& access) {
                     access.members.erase(user);
                     return std::string("OK");
                   });
}

Order ActiveOrder(std::mt19937_64& random, int number) {
  const std::string user = UserOf(static_cast<int>(random() % kUsers));
  const bool active = random() % 3 != 0;
  v1::UpdatePrincipalRequest request;
  request.mutable_principal()->set_name(user);
  request.mutable_principal()->set_active(active);
  request.mutable_update_mask()->add_paths("active");
  return MakeOrder(kUpdatePrincipal, number, request,
                   StrCat(active ? "activate " : "deactivate ", user), [=](NaiveAccess& access) {
                     active ? (void)access.inactive.erase(user)
                            : (void)access.inactive.insert(user);
                     return std::string("OK");
                   });
}

// One deny a user, which stands at the schema.
Order DenyOrder(std::mt19937_64& random, int number) {
  const std::string user = UserOf(static_cast<int>(random() % kUsers));
  const std::string name = StrCat("deny ", user);
  if (random() % 2 == 0) {
    v1::CreatePolicyRequest request;
    v1::Policy& policy = *request.mutable_policy();
    policy.set_name(name);
    policy.mutable_securable()->set_name("c.s");
    policy.set_kind(v1::POLICY_KIND_DENY);
    policy.add_to(user);
    policy.add_privileges("SELECT");
    return MakeOrder(kCreatePolicy, number, request, name, [=](NaiveAccess& access) {
      return std::string(access.denied.insert(user).second ? "OK" : "POLICY_ALREADY_EXISTS");
    });
  }
  v1::DeletePolicyRequest request;
  request.set_name(name);
  return MakeOrder(kDeletePolicy, number, request, "no " + name, [=](NaiveAccess& access) {
    return std::string(access.denied.erase(user) != 0 ? "OK" : "POLICY_NOT_FOUND");
  });
}

}  // namespace

std::string UserOf(int number) { return StrCat("user:u", number); }

bool NaiveAccess::MayRead(const std::string& user) const {
  const bool has = granted.contains(user) || (members.contains(user) && granted.contains(kGroup));
  return has && !inactive.contains(user) && !denied.contains(user);
}

Order AccessOrder(std::mt19937_64& random, int number) {
  switch (random() % 4) {
    case 0:
      return GrantOrder(random, number);
    case 1:
      return MemberOrder(random, number);
    case 2:
      return ActiveOrder(random, number);
    default:
      return DenyOrder(random, number);
  }
}

// Users who come as far as the schema, and a group.
void AddFirstAccessOrders(std::vector<std::unique_ptr<Mutation>>* orders) {
  int count = 0;
  const auto add = [&](const auto& operation, auto request) {
    orders->push_back(
        MakeMutation(operation, StrCat("first-access-", ++count), std::move(request)));
  };
  v1::CreateAssetRequest table;
  table.mutable_asset()->set_name("c.s.fixed");
  table.mutable_asset()->set_kind(v1::KIND_TABLE);
  add(kCreateAsset, table);
  v1::CreatePrincipalRequest group;
  group.mutable_principal()->set_name(kGroup);
  add(kCreatePrincipal, group);
  for (int i = 0; i < kUsers; ++i) {
    v1::CreatePrincipalRequest user;
    user.mutable_principal()->set_name(UserOf(i));
    add(kCreatePrincipal, user);
    v1::ChangeGrantsRequest gates;
    gates.mutable_securable()->set_name("c");
    gates.set_principal(UserOf(i));
    for (const char* gate : {"USE CATALOG", "USE SCHEMA"}) gates.add_add(gate);
    add(kChangeGrants, gates);
  }
}

}  // namespace whence::fault
