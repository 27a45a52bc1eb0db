#include "service/denials.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "service/ledger_entry.h"

namespace whence::service {
namespace {

constexpr std::string_view kOthers = "*";
// Counts are looked through so often at most, however many there are and whenever each is due.
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(100);

std::string ReasonOf(const absl::Status& status) {
  std::string reason = GetErrorDetail(status).reason;
  return reason.empty() ? "PERMISSION_DENIED" : reason;
}

ledger::Entry EntryOf(DeniedAttempt attempt, std::string reason) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::kDenied;
  entry.actor = std::move(attempt.actor);
  entry.via = std::string(attempt.via);
  entry.action = std::string(attempt.action);
  entry.resource = std::move(attempt.resource);
  entry.request_id = std::move(attempt.request_id);
  entry.digest = attempt.digest.empty() ? Sha256Bytes("") : std::move(attempt.digest);
  entry.outcome = std::move(reason);
  return entry;
}

}  // namespace

Denials::~Denials() { Write(absl::InfiniteFuture(), /*everything=*/true); }

bool Denials::Count(const DeniedAttempt& attempt, const std::string& reason, absl::Time now) {
  const std::lock_guard lock(counts_->mutex);
  Key key{.actor = attempt.actor,
          .via = std::string(attempt.via),
          .action = std::string(attempt.actor.empty() ? kOthers : attempt.action),
          .reason = reason};
  const auto found = counts_->windows.find(key);
  if (found != counts_->windows.end()) {
    Window& window = found->second;
    ++window.counted;
    window.last = now;
    // After a silence it is not waited for longer than before it.
    window.until = std::min(window.until, now + window.length);
    Expect(window.until);
    return true;
  }
  absl::Time until = now + kDenialWindow;
  const bool full = counts_->windows.size() >= kMaxDenialKeys;
  if (full) {
    ++counts_->others;
  } else {
    counts_->windows.emplace(std::move(key), Window{.until = until,
                                                    .length = kDenialWindow,
                                                    .last = now,
                                                    .resource = attempt.resource,
                                                    .counted = 0});
  }
  Expect(until);
  return full;
}

void Denials::Expect(absl::Time due) {
  next_due_.store(std::min(next_due_.load(std::memory_order_relaxed), absl::ToUnixMicros(due)),
                  std::memory_order_relaxed);
}

void Denials::Record(DeniedAttempt attempt, const absl::Status& status, Done done) {
  const absl::Time now = house_.clock().Now();
  WriteDue(now);
  std::string reason = ReasonOf(status);
  if (attempt.collects && Count(attempt, reason, now)) return std::move(done)(status);
  // Refused it is, also where that cannot be written down.
  Submit(EntryOf(std::move(attempt), std::move(reason)),
         [status, done = std::move(done)]() mutable { std::move(done)(status); });
}

// Windows that have ended: those that counted something give an entry and stay, for longer; the
// others go.
std::vector<ledger::Entry> Denials::TakeDue(absl::Time now, bool everything) {
  const std::lock_guard lock(counts_->mutex);
  std::vector<ledger::Entry> entries;
  absl::Time next = absl::InfiniteFuture();
  for (auto at = counts_->windows.begin(); at != counts_->windows.end();) {
    auto& [key, window] = *at;
    if (!everything && window.until > now) {
      next = std::min(next, window.until);
      ++at;
      continue;
    }
    if (window.counted == 0) {
      window.until = window.last + kMaxDenialWindow;
      if (everything || window.until <= now) {
        counts_->windows.erase(at++);
      } else {
        next = std::min(next, window.until);
        ++at;
      }
      continue;
    }
    ledger::Entry entry = EntryOf({.actor = key.actor,
                                   .via = key.via,
                                   .action = key.action,
                                   .resource = window.resource,
                                   .request_id = {},
                                   .digest = {}},
                                  key.reason);
    entry.repeats = std::exchange(window.counted, 0) - 1;
    entries.push_back(std::move(entry));
    window.length = std::min(2 * window.length, kMaxDenialWindow);
    window.until = now + window.length;
    next = std::min(next, window.until);
    ++at;
  }
  if (counts_->others > 0) {
    ledger::Entry entry = EntryOf(
        {.actor = {}, .via = {}, .action = kOthers, .resource = {}, .request_id = {}, .digest = {}},
        "PERMISSION_DENIED");
    entry.repeats = std::exchange(counts_->others, 0) - 1;
    entries.push_back(std::move(entry));
  }
  next_due_.store(absl::ToUnixMicros(std::max(next, now + kBetweenLooks)),
                  std::memory_order_relaxed);
  return entries;
}

void Denials::Write(absl::Time now, bool everything) {
  for (ledger::Entry& entry : TakeDue(now, everything)) Submit(std::move(entry), [] {});
}

void Denials::Submit(ledger::Entry entry, absl::AnyInvocable<void() &&> then) {
  // A house that closes finishes what it was given; this may be gone by then.
  House* const house = &house_;
  const int64_t attempts = 1 + entry.repeats;
  house_.writer().Submit(
      {.execute = [house, entry = std::move(entry)](
                      sql::WriteContext& context) { return AppendEntry(*house, context, entry); },
       .finish =
           [counts = counts_, attempts,
            then = std::move(then)](const absl::Status& written) mutable {
             if (!written.ok()) {
               const std::lock_guard lock(counts->mutex);
               counts->others += attempts;
             }
             std::move(then)();
           }});
}

}  // namespace whence::service
