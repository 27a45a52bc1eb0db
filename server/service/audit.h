// Decisions that were asked for, on the record.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit_rules.h"
#include "base/random.h"
#include "ledger/entry.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

class Call;
class House;
struct CallInfo;

namespace v1 = ::whence::v1;

// An entry of what a call decided. `audits`: the policies that want it, where it is not by the
// rules.
ledger::Entry EntryOfDecisions(const CallInfo& info, std::string_view operation,
                               std::span<const v1::Decision* const> decisions,
                               const std::set<std::string>& audits = {});
// An entry of what a call read that is audited.
ledger::Entry EntryOfReads(const Call& call, std::string_view operation);

// An entry of a copy of the whole metastore.
ledger::Entry EntryOfBackup(const CallInfo& info);

// Purpose: writes entries of decisions, as rules say which. One call is one entry, however many
// questions it has: it is denied when one of them is. Entries are written by the writer soon after
// the answer, many at once; what the machine cannot take is counted, and written as one entry with
// the action "*" and the number. Those not yet written when the process is killed are lost.
// Ownership: borrows the house and the file of rules. Thread-safety: any thread.
class Audit {
 public:
  // `file` null: the rules that hold without one. Both must outlive this.
  Audit(House* house, access::AuditFile* file);
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // The decisions that a call of `operation` was answered with.
  void NoteDecisions(const CallInfo& info, std::string_view operation,
                     std::span<const v1::Decision* const> decisions);

 private:
  // Outlives this where the writer has something of it still to do.
  struct Queue {
    std::mutex mutex;  // guards what follows
    std::vector<ledger::Entry> waiting;
    size_t bytes = 0;  // of these
    int64_t dropped = 0;
    bool writing = false;  // a task is with the writer, or about to be
  };

  // True for one of `rate`, by chance.
  bool Draw(access::AuditRate rate);
  void Add(ledger::Entry entry);
  static void Write(House* house, const std::shared_ptr<Queue>& queue);

  House& house_;
  access::AuditFile* const file_;
  const std::shared_ptr<const access::AuditRules> default_rules_;
  SystemRandom random_;
  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace whence::service
