#include "service/owner_token.h"

#include <utility>
#include <vector>

#include "access/grant.h"
#include "access/principal.h"
#include "access/token.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/position.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/ledger.h"

namespace whence::service {
namespace {

constexpr Position kNow = kForever - 1;

// The first user or service in the group or in groups within it.
absl::StatusOr<access::Principal> FirstMember(sql::Connection& connection,
                                              const access::Principal& group, int depth) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Principal> members,
                          access::ListMembers(connection, kNow, group.id));
  for (const access::Principal& member : members) {
    if (!member.active) continue;
    if (member.kind != access::PrincipalKind::kGroup) return member;
    if (depth >= kMaxGroupDepth) continue;
    absl::StatusOr<access::Principal> found = FirstMember(connection, member, depth + 1);
    if (!absl::IsFailedPrecondition(found.status())) return found;
  }
  return FailedPrecondition("OWNER_HAS_NO_MEMBERS",
                            StrCat(group.name, " owns the metastore and has no active member"),
                            "restore a backup from when it had one");
}

absl::StatusOr<access::Principal> Owner(sql::Connection& connection) {
  WHENCE_ASSIGN_OR_RETURN(const access::PrincipalId id, access::MetastoreOwner(connection, kNow));
  WHENCE_ASSIGN_OR_RETURN(access::Principal owner, access::GetPrincipalById(connection, kNow, id));
  if (owner.kind != access::PrincipalKind::kGroup) return owner;
  return FirstMember(connection, owner, 1);
}

absl::StatusOr<std::string> Make(House& house, sql::WriteContext& context,
                                 const access::KeepSecret& keep) {
  WHENCE_ASSIGN_OR_RETURN(access::Principal owner, Owner(context.connection()));
  const ledger::Change change{.position = context.Next(sql::Counter::kPosition),
                              .time = context.now(),
                              .actor = owner.name};
  if (!owner.active) {
    owner.active = true;
    WHENCE_RETURN_IF_ERROR(access::UpdatePrincipal(context, change, owner).status());
  }
  access::NewToken wanted;
  wanted.principal = owner.id;
  wanted.comment = "made by whenced --new-admin-token";
  WHENCE_ASSIGN_OR_RETURN(const access::MadeToken made,
                          access::CreateToken(context, change, wanted));
  WHENCE_RETURN_IF_ERROR(
      house.ledger().Append(context, ledger::Entry{.position = change.position,
                                                   .time = change.time,
                                                   .actor = owner.name,
                                                   .via = "offline",
                                                   .action = "CreateToken",
                                                   .resource = owner.name,
                                                   .request_id = {},
                                                   .digest = Sha256Bytes(made.token.hint)}));
  context.OnCommit([&house, position = change.position] {
    house.graph().Publish(position);
    house.ledger().Publish(position);
  });
  WHENCE_RETURN_IF_ERROR(keep(made.secret));
  return owner.name;
}

}  // namespace

absl::StatusOr<std::string> MakeOwnerToken(House& house, const access::KeepSecret& keep) {
  std::string owner;
  WHENCE_RETURN_IF_ERROR(house.writer().RunAndWait([&](sql::WriteContext& context) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(owner, Make(house, context, keep));
    return absl::OkStatus();
  }));
  return owner;
}

}  // namespace whence::service
