// What is decided about, and what comes out.
//
// The rules, in their order:
//  1. Who is no live, active principal is denied everything. A token may be made for less than its
//     principal may: for reading (kReadingPrivileges), or for some securables and what is below
//     them.
//  2. Grants count for the principal and for the groups that it is in, directly, through others or
//     at the word of an issuer that is believed, as far as these are active. They hold on the
//     securable and on all below it, present and to come; those on the metastore hold everywhere.
//  3. The owner of a securable (or a member of the group that owns it) has every privilege on it
//     and on all below it. The owner of the metastore is the administrator.
//  4. ALL PRIVILEGES stands for every privilege but MANAGE, at the time of the question.
//  5. Gates: nothing may be done to a catalog, or in it, without USE CATALOG on it, and nothing to
//     a schema, or in it, without USE SCHEMA on it besides. BROWSE alone needs none.
//  6. A policy that denies beats all of these.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "access/principal.h"
#include "access/privilege.h"
#include "catalog/kind.h"

namespace whence::access {

// One securable of a chain.
struct Link {
  int64_t id = 0;
  PrincipalId owner = kNobody;  // kNobody: its owner is no live principal
};

// A securable with everything above it. The metastore stands above every chain and is no link.
struct Chain {
  catalog::Kind kind =
      catalog::Kind::kUnspecified;  // of the last link; kUnspecified: the metastore
  int depth = 0;                    // links in use: 0 the metastore ... 3 an asset
  std::array<Link, 3> links{};
};

// What policies take from one principal on each level of a chain: [0] on the metastore ... [depth]
// on the last link. Working it out needs tags, so whoever knows them does (service/authority.h).
using Taken = std::array<PrivilegeSet, 4>;

// Why something was decided as it was. kAllowed is the only yes.
enum class Outcome : uint8_t {
  kAllowed = 0,
  kNoPrivilege,   // the privilege itself is not there
  kNoUseCatalog,  // the gate of the catalog
  kNoUseSchema,   // the gate of the schema
  kDeniedByPolicy,
  kInactive,    // the principal is not active, or there is none
  kOutOfScope,  // the token was made for less
};

// A way in which a principal came to a privilege.
struct Reason {
  enum class Kind : uint8_t { kGrant, kOwner, kPolicy } kind = Kind::kGrant;
  Privilege privilege = Privilege::kUseCatalog;  // as granted: may be ALL PRIVILEGES
  int64_t securable = 0;                         // where it was granted; 0: the metastore
  // The groups on a shortest way from the principal to the grantee or owner, which is the last of
  // them. Empty: the principal itself.
  std::vector<PrincipalId> through;
  int64_t policy = 0;
  // Which of the privileges that were asked about it gives.
  Privilege gives = Privilege::kUseCatalog;

  friend bool operator==(const Reason&, const Reason&) = default;
};

// A privilege that would be needed, and where the smallest grant of it would stand.
struct Lack {
  Privilege privilege = Privilege::kUseCatalog;
  int64_t securable = 0;

  friend bool operator==(const Lack&, const Lack&) = default;
};

struct Explanation {
  Outcome outcome = Outcome::kNoPrivilege;
  // Of the privileges that were asked about, gates first; for each from the metastore downwards.
  std::vector<Reason> has;
  // Granting all of these allows it, but for policies. Empty when it is allowed, and when no grant
  // would help (kInactive, kOutOfScope).
  std::vector<Lack> lacks;
  // Policies that deny any of them, whatever was granted; gates first.
  std::vector<Reason> against{};
};

}  // namespace whence::access
