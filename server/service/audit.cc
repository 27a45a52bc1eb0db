#include "service/audit.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "ledger/detail.h"
#include "service/call.h"
#include "service/house.h"
#include "service/ledger_entry.h"

namespace whence::service {
namespace {

using Json = ledger::DetailJson;

constexpr std::string_view kAllowed = "ALLOW";
constexpr std::string_view kDenied = "DENY";

std::string_view OutcomeOf(const v1::Decision& decision) {
  return decision.allowed() ? kAllowed : kDenied;
}

Json TextOf(const std::string& text) { return IsValidUtf8(text) ? Json(text) : Json("?"); }

std::string NameOf(const v1::Securable& securable) {
  return securable.name().empty() ? "metastore" : securable.name();
}

Json::Array ListOf(const auto& texts) {
  Json::Array list;
  for (const std::string& text : texts) list.push_back(TextOf(text));
  return list;
}

// What is known of one decision, without rows' filters and masks: these follow from the policies.
Json DescriptionOf(const v1::Decision& decision) {
  Json::Object object{{"outcome", OutcomeOf(decision)},
                      {"principal", TextOf(decision.principal())},
                      {"privilege", TextOf(decision.privilege())},
                      {"securable", TextOf(NameOf(decision.securable()))}};
  if (!decision.error().empty()) object.push_back({"error", TextOf(decision.error())});
  if (decision.policies_size() > 0) object.push_back({"policies", ListOf(decision.policies())});
  return object;
}

bool AnyDenied(std::span<const v1::Decision* const> decisions) {
  return std::any_of(decisions.begin(), decisions.end(),
                     [](const auto* decision) { return !decision->allowed(); });
}

// The first ones, and of those that are denied before others.
std::string DetailOf(std::span<const v1::Decision* const> decisions,
                     const std::set<std::string>& audits) {
  std::vector<const v1::Decision*> order(decisions.begin(), decisions.end());
  std::stable_partition(order.begin(), order.end(),
                        [](const v1::Decision* decision) { return !decision->allowed(); });
  if (order.size() > kMaxAuditedDecisions) order.resize(kMaxAuditedDecisions);
  Json::Array described;
  for (const v1::Decision* decision : order) described.push_back(DescriptionOf(*decision));
  const auto denied = std::count_if(decisions.begin(), decisions.end(),
                                    [](const auto* decision) { return !decision->allowed(); });
  Json::Object detail{{"decisions", std::move(described)},
                      {"denied", static_cast<int64_t>(denied)},
                      {"questions", static_cast<int64_t>(decisions.size())}};
  if (!audits.empty()) detail.push_back({"audits", ListOf(audits)});
  // Nothing in it can fail: texts are UTF-8, and numbers small.
  return ledger::FormatDetail(detail).value();
}

ledger::Entry EntryBy(const CallInfo& info, std::string_view operation, ledger::EntryKind kind) {
  ledger::Entry entry;
  entry.kind = kind;
  entry.actor = info.principal;
  entry.via = std::string(info.via);
  entry.action = std::string(operation);
  entry.digest = Sha256Bytes("");
  return entry;
}

}  // namespace

ledger::Entry EntryOfDecisions(const CallInfo& info, std::string_view operation,
                               std::span<const v1::Decision* const> decisions,
                               const std::set<std::string>& audits) {
  ledger::Entry entry = EntryBy(info, operation, ledger::EntryKind::kDecision);
  if (decisions.size() == 1) entry.resource = NameOf(decisions.front()->securable());
  entry.outcome = std::string(AnyDenied(decisions) ? kDenied : kAllowed);
  entry.detail = DetailOf(decisions, audits);
  return entry;
}

ledger::Entry EntryOfReads(const Call& call, std::string_view operation) {
  ledger::Entry entry = EntryBy(call.info(), operation, ledger::EntryKind::kRead);
  if (call.audited_count() == 1) entry.resource = call.audited().front().securable;
  Json::Array reads;
  for (const AuditedRead& read : call.audited()) {
    reads.push_back(Json::Object{{"policies", ListOf(read.policies)},
                                 {"privilege", TextOf(read.privilege)},
                                 {"securable", TextOf(read.securable)}});
  }
  Json::Object detail{{"count", call.audited_count()}, {"reads", std::move(reads)}};
  entry.detail = ledger::FormatDetail(detail).value();
  return entry;
}

ledger::Entry EntryOfBackup(const CallInfo& info) {
  ledger::Entry entry = EntryBy(info, "Backup", ledger::EntryKind::kRead);
  entry.resource = "metastore";
  return entry;
}

Audit::Audit(House* house, access::AuditFile* file)
    : house_(*house), file_(file), default_rules_(std::make_shared<const access::AuditRules>()) {}

bool Audit::Draw(access::AuditRate rate) {
  if (rate <= access::kAlways) return rate == access::kAlways;
  std::array<unsigned char, sizeof(uint64_t)> bytes;
  random_.Fill(bytes);
  uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number % static_cast<uint64_t>(rate) == 0;
}

void Audit::NoteDecisions(const CallInfo& info, std::string_view operation,
                          std::span<const v1::Decision* const> decisions) {
  if (decisions.empty()) return;
  const auto rules = file_ == nullptr ? default_rules_ : file_->Current();
  const access::AuditRate rate = rules->RateOf(operation, AnyDenied(decisions));
  if (!Draw(rate)) return;
  ledger::Entry entry = EntryOfDecisions(info, operation, decisions);
  entry.rate = rate;
  Add(std::move(entry));
}

void Audit::Add(ledger::Entry entry) {
  {
    const std::lock_guard lock(queue_->mutex);
    const size_t bytes = queue_->bytes + entry.detail.size();
    if (queue_->waiting.size() >= kMaxAuditQueue || bytes > kMaxAuditQueueBytes) {
      ++queue_->dropped;
    } else {
      queue_->bytes = bytes;
      queue_->waiting.push_back(std::move(entry));
    }
    if (std::exchange(queue_->writing, true)) return;
  }
  Write(&house_, queue_);
}

// One task at a time: what comes meanwhile goes with the next.
void Audit::Write(House* house, const std::shared_ptr<Queue>& queue) {
  auto entries = std::make_shared<std::vector<ledger::Entry>>();
  int64_t attempts = 0;
  size_t bytes = 0;
  {
    const std::lock_guard lock(queue->mutex);
    entries->swap(queue->waiting);
    bytes = std::exchange(queue->bytes, 0);
    attempts = static_cast<int64_t>(entries->size()) + queue->dropped;
    if (queue->dropped > 0) {
      ledger::Entry dropped;
      dropped.kind = ledger::EntryKind::kDecision;
      dropped.action = "*";
      dropped.outcome = "DROPPED";
      dropped.digest = Sha256Bytes("");
      dropped.repeats = std::exchange(queue->dropped, 0) - 1;
      entries->push_back(std::move(dropped));
    }
  }
  house->writer().Submit({.execute = [house, entries](sql::WriteContext& context) -> absl::Status {
                            for (const ledger::Entry& entry : *entries) {
                              context.Weigh(entry.detail.size());
                              WHENCE_RETURN_IF_ERROR(AppendEntry(*house, context, entry));
                            }
                            return absl::OkStatus();
                          },
                          .finish =
                              [house, queue, attempts](const absl::Status& written) {
                                bool more = false;
                                {
                                  const std::lock_guard lock(queue->mutex);
                                  if (!written.ok()) queue->dropped += attempts;
                                  // Of what the writer does not take there is a count, for when it
                                  // takes things again.
                                  more = written.ok() && !queue->waiting.empty();
                                  queue->writing = more;
                                }
                                if (more) Write(house, queue);
                              },
                          .bytes = bytes});
}

}  // namespace whence::service
