// What the index holds of one position, in the form in which decisions read it. For the files of
// this room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "access/cow.h"
#include "access/grant.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "access/token.h"
#include "base/assert.h"
#include "base/position.h"
#include "base/strings.h"

namespace whence::access {

class PolicySet;  // compiled policies: whoever makes them defines it

// Groups are numbered among themselves in the order in which they were made, so that the groups
// that a principal is in are a few words of bits.
using GroupSlot = uint32_t;
inline constexpr GroupSlot kNoSlot = 0xFFFF'FFFF;

// What decisions do not need of a principal.
struct SubjectFacts {
  std::string name;
  bool active = false;
  bool deleted = false;
  int64_t max_calls_per_second = 0;
  int64_t max_request_bytes_per_second = 0;
  std::vector<PrincipalId> groups;  // that it is a direct member of, by id

  friend bool operator==(const SubjectFacts&, const SubjectFacts&) = default;
};

// A principal as decisions see it. An id that no principal has is not alive.
struct Subject {
  bool alive = false;  // active and not deleted
  PrincipalKind kind = PrincipalKind::kUser;
  GroupSlot slot = kNoSlot;  // a group's own number
  // The live groups that it is in, directly or through live groups; a live group is in itself. Bits
  // by slot; null without any.
  std::shared_ptr<const uint64_t[]> groups;
  uint32_t words = 0;
  uint32_t group_count = 0;
  std::shared_ptr<SubjectFacts> facts;  // null for an id that no principal has

  bool IsIn(GroupSlot group) const {
    const uint32_t word = group / 64;
    return word < words && (groups[static_cast<std::ptrdiff_t>(word)] >> (group % 64) & 1U) != 0;
  }
};

// Who has what on one securable: first users and services by id, then groups by slot.
struct GrantEntry {
  uint32_t grantee = 0;  // principal id or slot
  uint32_t privileges = 0;

  friend bool operator==(const GrantEntry&, const GrantEntry&) = default;
};
struct GrantList {
  std::shared_ptr<const GrantEntry[]> entries;
  uint32_t people = 0;
  uint32_t groups = 0;

  const GrantEntry* begin() const { return entries.get(); }
  const GrantEntry* first_group() const { return entries.get() + people; }
  const GrantEntry* end() const { return entries.get() + people + groups; }
};

struct TokenFacts {
  int64_t id = 0;
  PrincipalId principal = kNobody;
  bool read_only = false;
  absl::Time expire_time = absl::InfiniteFuture();
  std::shared_ptr<const std::vector<int64_t>> scope;  // sorted; null: everything

  static TokenFacts Of(const Token& token);
};

using Digest = std::array<unsigned char, 32>;
// Digests are random themselves. Their comparison takes the same time wherever they differ.
struct DigestHash {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};
struct DigestEqual {
  bool operator()(const Digest& a, const Digest& b) const;
};
// From 32 bytes (asserted).
Digest ToDigest(std::string_view bytes);

// Purpose: everything that decisions need. A copy shares all of it and costs a dozen pointers.
// Ownership: a value. Thread-safety: as a value; what was published never changes.
struct State {
  Position position = kNoPosition;
  CowArray<Subject> subjects;                                       // by principal id; use Find
  CowMap<std::string, PrincipalId, StringHash, StringEqual> names;  // of principals not deleted
  GroupSlot slots = 0;                                              // given out
  CowArray<PrincipalId> groups;                                     // by slot
  CowArray<std::shared_ptr<std::vector<PrincipalId>>> members;      // direct ones by slot, by id
  CowMap<Digest, TokenFacts, DigestHash, DigestEqual> tokens;       // not revoked
  CowMap<int64_t, GrantList> grants;                                // by securable
  PrincipalId metastore_owner = kNobody;
  // Policies in force. Null without any. Replaced as a whole (StateEdit::SetPolicies).
  std::shared_ptr<const PolicySet> policies;

  // Null for an id that no principal has.
  const Subject* Find(PrincipalId id) const {
    const Subject* const subject = id > kNobody ? subjects.Find(static_cast<size_t>(id)) : nullptr;
    return subject == nullptr || subject->facts == nullptr ? nullptr : subject;
  }

  // Of an id or slot that is known (asserted).
  const Subject& At(PrincipalId id) const {
    const Subject* const subject = Find(id);
    WHENCE_ASSERT(subject != nullptr);
    return *subject;
  }
  PrincipalId GroupAt(GroupSlot slot) const {
    const PrincipalId* const id = groups.Find(slot);
    WHENCE_ASSERT(id != nullptr);
    return *id;
  }
};

}  // namespace whence::access
