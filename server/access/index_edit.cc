#include "access/index_edit.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "base/digest.h"

namespace whence::access {
namespace {

// Inserts into, or takes out of, a sorted list; true when it changed.
bool InsertSorted(std::vector<PrincipalId>& list, PrincipalId id) {
  const auto place = std::lower_bound(list.begin(), list.end(), id);
  if (place != list.end() && *place == id) return false;
  list.insert(place, id);
  return true;
}

bool EraseSorted(std::vector<PrincipalId>& list, PrincipalId id) {
  const auto place = std::lower_bound(list.begin(), list.end(), id);
  if (place == list.end() || *place != id) return false;
  list.erase(place);
  return true;
}

uint32_t Narrow(PrincipalId id) {
  WHENCE_ASSERT(id > kNobody && id < int64_t{kNoSlot});
  return static_cast<uint32_t>(id);
}

// The list with the grantee's privileges replaced; without it when there are none.
GrantList WithEntry(const GrantList& list, bool is_group, GrantEntry entry) {
  std::vector<GrantEntry> people(list.begin(), list.first_group());
  std::vector<GrantEntry> groups(list.first_group(), list.end());
  std::vector<GrantEntry>& part = is_group ? groups : people;
  const auto place = std::lower_bound(
      part.begin(), part.end(), entry,
      [](const GrantEntry& a, const GrantEntry& b) { return a.grantee < b.grantee; });
  const bool there = place != part.end() && place->grantee == entry.grantee;
  if (entry.privileges == 0) {
    if (there) part.erase(place);
  } else if (there) {
    *place = entry;
  } else {
    part.insert(place, entry);
  }
  GrantList next;
  next.people = static_cast<uint32_t>(people.size());
  next.groups = static_cast<uint32_t>(groups.size());
  const std::shared_ptr<GrantEntry[]> entries =
      std::make_shared<GrantEntry[]>(people.size() + groups.size());
  std::copy(people.begin(), people.end(), entries.get());
  std::copy(groups.begin(), groups.end(), entries.get() + people.size());
  next.entries = entries;
  return next;
}

}  // namespace

bool DigestEqual::operator()(const Digest& a, const Digest& b) const {
  const auto text = [](const Digest& digest) {
    return std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
  };
  return EqualInConstantTime(text(a), text(b));
}

Digest ToDigest(std::string_view bytes) {
  Digest digest{};
  WHENCE_ASSERT(bytes.size() == digest.size());
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

TokenFacts TokenFacts::Of(const Token& token) {
  TokenFacts facts{.id = token.id,
                   .principal = token.principal,
                   .read_only = token.read_only,
                   .expire_time = token.expire_time,
                   .scope = nullptr};
  if (!token.scope.empty()) {
    std::vector<int64_t> scope = token.scope;
    std::sort(scope.begin(), scope.end());
    facts.scope = std::make_shared<const std::vector<int64_t>>(std::move(scope));
  }
  return facts;
}

Subject& StateEdit::EditSubject(PrincipalId id) { return state_.subjects.Edit(Narrow(id)); }

SubjectFacts& StateEdit::EditFacts(PrincipalId id) {
  WHENCE_ASSERT(state_.Find(id) != nullptr);
  return Own(EditSubject(id).facts);
}

GroupSlot StateEdit::SlotOf(PrincipalId group) const {
  const Subject& subject = state_.At(group);
  WHENCE_ASSERT(subject.slot != kNoSlot);
  return subject.slot;
}

void StateEdit::SetPrincipal(const Principal& principal) {
  Subject& subject = EditSubject(principal.id);
  const bool is_new = subject.facts == nullptr;
  SubjectFacts& facts = Own(subject.facts);
  if (is_new) {
    facts.name = principal.name;
    subject.kind = principal.kind;
    if (principal.kind == PrincipalKind::kGroup) {
      subject.slot = state_.slots++;
      state_.groups.Edit(subject.slot) = principal.id;
    }
  }
  facts.active = principal.active;
  facts.deleted = principal.deleted;
  facts.max_calls_per_second = principal.max_calls_per_second;
  facts.max_request_bytes_per_second = principal.max_request_bytes_per_second;
  subject.alive = principal.active && !principal.deleted;
  if (!principal.deleted) {
    state_.names.Edit(principal.name) = principal.id;
  } else if (const PrincipalId* named = state_.names.Find(principal.name);
             named != nullptr && *named == principal.id) {
    state_.names.Erase(principal.name);
  }
  if (is_new || subject.slot != kNoSlot) touched_.push_back(principal.id);
}

void StateEdit::AddMember(PrincipalId group, PrincipalId member) {
  if (!InsertSorted(EditFacts(member).groups, group)) return;
  InsertSorted(Own(state_.members.Edit(SlotOf(group))), member);
  touched_.push_back(member);
}

void StateEdit::RemoveMember(PrincipalId group, PrincipalId member) {
  if (!EraseSorted(EditFacts(member).groups, group)) return;
  EraseSorted(Own(state_.members.Edit(SlotOf(group))), member);
  touched_.push_back(member);
}

void StateEdit::AddToken(std::string_view digest, const TokenFacts& token) {
  state_.tokens.Edit(ToDigest(digest)) = token;
}

void StateEdit::RemoveToken(std::string_view digest) { state_.tokens.Erase(ToDigest(digest)); }

void StateEdit::SetPrivileges(int64_t securable, PrincipalId principal, PrivilegeSet privileges) {
  const Subject& subject = state_.At(principal);
  const bool is_group = subject.slot != kNoSlot;
  const GrantEntry entry{.grantee = is_group ? subject.slot : Narrow(principal),
                         .privileges = privileges.bits()};
  const GrantList* const list = state_.grants.Find(securable);
  GrantList next = WithEntry(list == nullptr ? GrantList{} : *list, is_group, entry);
  if (next.people + next.groups == 0) {
    state_.grants.Erase(securable);
  } else {
    state_.grants.Edit(securable) = std::move(next);
  }
}

void StateEdit::SetGrants(int64_t securable,
                          const std::vector<std::pair<PrincipalId, PrivilegeSet>>& grants) {
  GrantList list;
  std::vector<std::pair<bool, GrantEntry>> sorted;
  for (const auto& [principal, privileges] : grants) {
    const Subject& subject = state_.At(principal);
    const bool is_group = subject.slot != kNoSlot;
    (is_group ? list.groups : list.people) += 1;
    sorted.push_back({is_group,
                      {.grantee = is_group ? subject.slot : Narrow(principal),
                       .privileges = privileges.bits()}});
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? b.first : a.second.grantee < b.second.grantee;
  });
  const std::shared_ptr<GrantEntry[]> entries = std::make_shared<GrantEntry[]>(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    entries[static_cast<std::ptrdiff_t>(i)] = sorted[i].second;
  }
  list.entries = entries;
  state_.grants.Edit(securable) = std::move(list);
}

// Those who were touched, and all members of the groups among them, directly or not.
void StateEdit::CollectStale() {
  while (!touched_.empty()) {
    const PrincipalId id = touched_.back();
    touched_.pop_back();
    if (!stale_.insert(id).second) continue;
    const Subject& subject = state_.At(id);
    if (subject.slot == kNoSlot) continue;
    const auto* const members = state_.members.Find(subject.slot);
    if (members == nullptr || *members == nullptr) continue;
    touched_.insert(touched_.end(), (*members)->begin(), (*members)->end());
  }
}

// The subject with its groups, those of the groups it is in first: no deeper than kMaxGroupDepth.
const Subject& StateEdit::WorkOut(PrincipalId id) {
  if (stale_.erase(id) == 0) return state_.At(id);
  const Subject& before = state_.At(id);
  std::vector<uint64_t> bits;
  const auto set_bit = [&bits](GroupSlot slot) {
    if (bits.size() <= slot / 64) bits.resize(slot / 64 + 1);
    bits[slot / 64] |= uint64_t{1} << (slot % 64);
  };
  std::shared_ptr<const uint64_t[]> shared;  // most are in what one of their groups is in
  uint32_t shared_words = 0;
  for (const PrincipalId group : before.facts->groups) {
    const Subject& outer = WorkOut(group);
    if (!outer.alive) continue;
    if (outer.words >= shared_words) {
      shared = outer.groups;
      shared_words = outer.words;
    }
    if (bits.size() < outer.words) bits.resize(outer.words);
    for (uint32_t i = 0; i < outer.words; ++i) {
      bits[i] |= outer.groups[static_cast<std::ptrdiff_t>(i)];
    }
  }
  Subject& subject = EditSubject(id);  // `before` may be another copy by now
  if (subject.slot != kNoSlot && subject.alive) set_bit(subject.slot);
  subject.group_count = 0;
  for (const uint64_t word : bits) {
    subject.group_count += static_cast<uint32_t>(std::popcount(word));
  }
  subject.words = static_cast<uint32_t>(bits.size());
  if (bits.empty()) {
    subject.groups = nullptr;
  } else if (bits.size() == shared_words && std::equal(bits.begin(), bits.end(), shared.get())) {
    subject.groups = std::move(shared);
  } else {
    const std::shared_ptr<uint64_t[]> made = std::make_shared<uint64_t[]>(bits.size());
    std::copy(bits.begin(), bits.end(), made.get());
    subject.groups = made;
  }
  return subject;
}

void StateEdit::Finish() {
  CollectStale();
  while (!stale_.empty()) static_cast<void>(WorkOut(*stale_.begin()));
}

}  // namespace whence::access
