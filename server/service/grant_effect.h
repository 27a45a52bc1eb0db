// What a change of grants does to what a principal can do.
#pragma once

#include <vector>

#include "access/decision.h"
#include "access/index.h"
#include "access/privilege.h"

namespace whence::service {

// Grants of one principal on one securable itself, before and after a change.
struct DirectGrants {
  access::PrivilegeSet before;
  access::PrivilegeSet after;
};

struct GrantEffect {
  access::PrivilegeSet gained;      // could not before, can now
  access::PrivilegeSet lost;        // could before, cannot now
  std::vector<access::Lack> needs;  // gates in the way of what was added
};

// `access` is the state before the change; `chain` that of the securable.
GrantEffect EffectOf(const access::Snapshot& access, const access::Identity& who,
                     const access::Chain& chain, const DirectGrants& direct);

}  // namespace whence::service
