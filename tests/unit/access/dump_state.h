#pragma once

// Everything that a state of the index holds, as text: two that should be the same are compared.

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/index_state.h"

namespace whence::access::test {

inline std::string DumpSubject(const State& state, PrincipalId id, const Subject& subject) {
  std::string text = absl::StrCat(
      "principal ", id, " ", subject.facts->name, subject.alive ? " alive" : "",
      subject.facts->active ? " active" : "", subject.facts->deleted ? " deleted" : "", " kind ",
      static_cast<int>(subject.kind), " slot ", static_cast<int32_t>(subject.slot), " most ",
      subject.facts->max_calls_per_second, "/", subject.facts->max_request_bytes_per_second, " in ",
      absl::StrJoin(subject.facts->groups, ","), " so in");
  uint32_t count = 0;
  for (GroupSlot slot = 0; slot < state.slots; ++slot) {
    if (!subject.IsIn(slot)) continue;
    absl::StrAppend(&text, " ", slot);
    ++count;
  }
  absl::StrAppend(&text, " of ", subject.group_count, count == subject.group_count ? "" : "!");
  if (subject.slot != kNoSlot) {
    const auto* members = state.members.Find(subject.slot);
    const bool any = members != nullptr && *members != nullptr;
    absl::StrAppend(&text, " with ", any ? absl::StrJoin(**members, ",") : "", " group ",
                    state.GroupAt(subject.slot));
  }
  return text;
}

inline std::string DumpState(const State& state) {
  std::vector<std::string> lines;
  for (PrincipalId id = 1; id < 200; ++id) {
    const Subject* const subject = state.Find(id);
    if (subject != nullptr) lines.push_back(DumpSubject(state, id, *subject));
  }
  state.names.ForEach([&](const std::string& name, PrincipalId id) {
    lines.push_back(absl::StrCat("name ", name, " ", id));
  });
  state.tokens.ForEach([&](const Digest& digest, const TokenFacts& token) {
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
    lines.push_back(absl::StrCat("token ", absl::BytesToHexString(std::string(bytes)), " ",
                                 token.id, " ", token.principal, token.read_only ? " reads" : "",
                                 " ", absl::FormatTime(token.expire_time), " ",
                                 token.scope == nullptr ? "" : absl::StrJoin(*token.scope, ",")));
  });
  state.grants.ForEach([&](int64_t securable, const GrantList& list) {
    std::string text = absl::StrCat("grants ", absl::Dec(securable, absl::kZeroPad8), ":");
    for (const GrantEntry* entry = list.begin(); entry != list.end(); ++entry) {
      absl::StrAppend(&text, entry < list.first_group() ? " " : " group ", entry->grantee, "=",
                      absl::Hex(entry->privileges));
    }
    lines.push_back(std::move(text));
  });
  lines.push_back(absl::StrCat("owner ", state.metastore_owner, ", slots ", state.slots));
  std::sort(lines.begin(), lines.end());
  return absl::StrJoin(lines, "\n");
}

}  // namespace whence::access::test
