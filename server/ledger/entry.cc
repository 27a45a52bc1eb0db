#include "ledger/entry.h"

#include <utility>

#include "absl/time/civil_time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/entry_view.h"
#include "tlog/canonical_json.h"
#include "tlog/plain_hash.h"

namespace whence::ledger {
namespace {

constexpr std::pair<EntryKind, std::string_view> kKinds[] = {
    {EntryKind::kMutation, "mutation"},
    {EntryKind::kDenied, "denied"},
    {EntryKind::kDecision, "decision"},
    {EntryKind::kRead, "read"},
};

void AppendHex(std::string_view bytes, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const size_t end = out->size();
  out->resize(end + 2 * bytes.size());
  char* to = out->data() + end;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
}

// Digits of `number`, which is not negative, filled up with zeros.
void AppendPadded(int64_t number, size_t width, std::string* out) {
  out->append(width, '0');
  for (size_t i = out->size(); width-- > 0; number /= 10) {
    (*out)[--i] = static_cast<char>('0' + number % 10);
  }
}

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// "2026-02-01T10:14:05.000123Z". absl's way over time zones takes as long as the rest of a leaf.
void AppendTime(int64_t time_us, std::string* out) {
  const int64_t rest = time_us % kMicrosPerDay;
  const int64_t of_day = rest < 0 ? rest + kMicrosPerDay : rest;
  const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + (time_us - of_day) / kMicrosPerDay;
  // No clock tells that, but a file that was tampered with may: two times must not look the same.
  if (day.year() < 0 || day.year() > 9999) {
    StrAppend(out, time_us);
    return;
  }
  const int64_t seconds = of_day / kMicrosPerSecond;
  AppendPadded(day.year(), 4, out);
  for (const auto& [mark, part] :
       {std::pair<char, int64_t>('-', day.month()), std::pair<char, int64_t>('-', day.day()),
        std::pair<char, int64_t>('T', seconds / 3600),
        std::pair<char, int64_t>(':', seconds / 60 % 60),
        std::pair<char, int64_t>(':', seconds % 60)}) {
    out->push_back(mark);
    AppendPadded(part, 2, out);
  }
  out->push_back('.');
  AppendPadded(of_day % kMicrosPerSecond, 6, out);
  out->push_back('Z');
}

internal::EntryView ViewOf(const StoredEntry& stored) {
  const Entry& entry = stored.entry;
  return {.position = entry.position,
          .time_us = absl::ToUnixMicros(entry.time),
          .kind = entry.kind,
          .repeats = entry.repeats,
          .rate = entry.rate,
          .row_count = stored.rows.count,
          .actor = entry.actor,
          .via = entry.via,
          .action = entry.action,
          .resource = entry.resource,
          .request_id = entry.request_id,
          .digest = entry.digest,
          .outcome = entry.outcome,
          .detail = entry.detail,
          .rows_root = stored.rows.root.view(),
          .commitment = stored.commitment.view()};
}

}  // namespace

std::string_view NameOf(EntryKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "";
}

std::optional<EntryKind> EntryKindOf(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

namespace internal {

// Members in their canonical order.
absl::Status FormatErasable(const EntryView& entry, std::string* text) {
  text->assign(R"({"actor":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.actor, text));
  if (!entry.detail.empty()) StrAppend(text, R"(,"detail":)", entry.detail);
  text->append(R"(,"digest":")");
  AppendHex(entry.digest, text);
  text->append(R"(","request_id":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.request_id, text));
  text->append(R"(,"resource":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.resource, text));
  text->push_back('}');
  return absl::OkStatus();
}

// Members in their canonical order.
absl::Status FormatLeaf(const EntryView& entry, std::string* leaf) {
  leaf->assign(R"({"action":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.action, leaf));
  leaf->append(R"(,"commitment":")");
  AppendHex(entry.commitment, leaf);
  StrAppend(leaf, R"(","kind":")", NameOf(entry.kind), R"(","outcome":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.outcome, leaf));
  StrAppend(leaf, R"(,"position":)", entry.position);
  if (entry.rate != 1) StrAppend(leaf, R"(,"rate":)", entry.rate);
  if (entry.repeats != 0) StrAppend(leaf, R"(,"repeats":)", entry.repeats);
  if (entry.row_count != 0) {
    StrAppend(leaf, R"(,"rows":{"count":)", entry.row_count, R"(,"root":")");
    AppendHex(entry.rows_root, leaf);
    leaf->append(R"("})");
  }
  leaf->append(R"(,"time":")");
  AppendTime(entry.time_us, leaf);
  leaf->append(R"(","v":1,"via":)");
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(entry.via, leaf));
  leaf->push_back('}');
  if (leaf->size() > kMaxLedgerEntryBytes) {
    return InvalidArgument("LEDGER_ENTRY_TOO_LARGE", "action",
                           StrCat("makes a ledger entry of ", leaf->size(), " bytes"),
                           StrCat("entries have at most ", kMaxLedgerEntryBytes, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace internal

absl::StatusOr<tlog::Hash> Commit(const Salt& salt, const Entry& entry) {
  const internal::EntryView view{.actor = entry.actor,
                                 .resource = entry.resource,
                                 .request_id = entry.request_id,
                                 .digest = entry.digest,
                                 .detail = entry.detail};
  std::string text;
  text.reserve(512);
  WHENCE_RETURN_IF_ERROR(internal::FormatErasable(view, &text));
  return tlog::PlainHash({reinterpret_cast<const char*>(salt.data()), salt.size()}, text);
}

absl::StatusOr<std::string> LeafOf(const StoredEntry& stored) {
  std::string leaf;
  leaf.reserve(512);
  WHENCE_RETURN_IF_ERROR(internal::FormatLeaf(ViewOf(stored), &leaf));
  return leaf;
}

}  // namespace whence::ledger
