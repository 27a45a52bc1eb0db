// One call on its way through the corridor, as an operation sees it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "access/certificate.h"
#include "access/index.h"
#include "base/position.h"
#include "ledger/change.h"
#include "ledger/entry.h"
#include "lineage/graph_changes.h"
#include "service/authority.h"
#include "service/house.h"
#include "service/visibility.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::service {

// What a caller showed of itself, through which door it came, until when it waits: a door says
// this. Who that makes it, Corridor::Admit fills in; nobody is anybody before.
struct CallInfo {
  // The text after `Bearer ` in the caller's `authorization`; empty when it sent none. A secret: it
  // goes into no message and no record, and Admit forgets it once it has been checked.
  std::string bearer{};
  // The names in the client certificate of the connection, which the door has verified; empty
  // without one. A door fills it in only where the call has no `authorization` at all: who shows a
  // token is who the token says, and who shows a bad one is nobody.
  access::CertificateNames certificate{};
  // The door, for example `grpc`.
  std::string_view via{};
  // When the caller stops waiting; InfiniteFuture when it never does.
  absl::Time deadline = absl::InfiniteFuture();
  // Becomes true when the caller has gone; may be null. Must outlive the call.
  const std::atomic<bool>* cancelled = nullptr;

  // --- filled in by Corridor::Admit ------------------------------------------------------------
  // The principal, for example `user:ana`; the same as the identity's name.
  std::string principal{};
  access::Identity identity{};
  // How many bytes of requests it may send a second; 0: they are not counted.
  int64_t request_bytes_per_second = 0;
};

// Something that a call read by a privilege, and the audits that put that on the record.
struct AuditedRead {
  std::string securable;  // its name, or `metastore`
  std::string privilege;
  std::vector<std::string> policies;
};

// Whether anybody still waits for the answer: CALL_CANCELLED (Cancelled) or DEADLINE_EXCEEDED
// (DeadlineExceeded) when not.
absl::Status StillWanted(const CallInfo& info, absl::Time now);

// Purpose: what an operation may use: the rooms, a connection, and the point in history it reads.
// A mutation also has the writer's context, the stamp of its change and the graph's changes.
// Ownership: owned by the corridor, for the time of the operation.
// Thread-safety: one thread.
class Call {
 public:
  // A read, as of everything published when it arrived.
  Call(const CallInfo& info, House& house, sql::Connection& connection);
  // A mutation, on the writer's thread: it sees all that was written before it.
  Call(const CallInfo& info, House& house, sql::WriteContext& write)
      : info_(info),
        house_(house),
        connection_(write.connection()),
        write_(&write),
        position_(kForever - 1) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const CallInfo& info() const { return info_; }
  House& house() { return house_; }
  sql::Connection& connection() { return connection_; }

  // Who asks, as the corridor found out.
  const access::Identity& identity() const { return info_.identity; }
  // Who may what: one picture for the whole call, exactly that of position(). A mutation's is that
  // of all positions before its own.
  const access::Snapshot& access();
  // Decisions by it, with what policies deny by the tags of position().
  Authority& authority();
  // What of the catalog the caller may see.
  Visibility& visibility();

  // The position to read as of: for reads what was published when the call arrived, for mutations
  // everything so far. An `as_of` of the request is resolved by ResolveAsOf (as_of.h).
  Position position() const { return position_; }

  // True for a read that runs where it arrived and should not stay for long: once it knows that it
  // would, it returns Defer(), and is run again from the start on a worker.
  bool brief() const { return brief_; }
  absl::Status Defer();
  // The corridor's.
  void MakeBrief() { brief_ = true; }
  bool deferred() const { return deferred_; }

  // For long reads, at each row or node: the errors of the function above. Looks at the clock only
  // every kRowsPerLook times.
  absl::Status StillWanted();

  // What the caller was refused last, for the record of who was refused what.
  void NoteRefused(std::string_view name) { refused_ = std::string(name); }
  const std::string& refused() const { return refused_; }
  // A part of a call that goes on without it was refused: how often that was.
  void NoteRefusedPart() { ++refused_parts_; }
  int64_t refused_parts() const { return refused_parts_; }

  // Whether there are audits that may want to know what it reads.
  bool audits_reads() { return !mutates() && access().HasAudits(); }
  // Something was read that is audited: once for each thing and privilege.
  void NoteAudited(AuditedRead read);
  // Those, the first kMaxAuditedReads of them, and how many there are.
  std::span<const AuditedRead> audited() const { return audited_; }
  int64_t audited_count() const { return static_cast<int64_t>(audited_keys_.size()); }
  // An entry that is durable before the call is answered, in place of that of what it read.
  void PutOnRecord(ledger::Entry entry) { on_record_ = std::move(entry); }
  std::optional<ledger::Entry> TakeOnRecord() { return std::exchange(on_record_, std::nullopt); }

  // Whether it is a mutation.
  bool mutates() const { return write_ != nullptr; }

  // --- mutations only (asserted) -----------------------------------------------------------------
  sql::WriteContext& write();
  // The stamp of this mutation. The first call takes the next ledger position and names the
  // resource for the ledger; later calls return the same stamp. A mutation that never asks changed
  // nothing and leaves no entry.
  const ledger::Change& Change(std::string_view resource);
  // Names the resource for the ledger before others do: for an operation that is made of several.
  void NameResource(std::string_view resource) { resource_ = std::string(resource); }
  bool changed() const { return changed_; }
  const std::string& resource() const { return resource_; }
  // Tells of a detail that the mutation takes over from an asset, or reads to do so.
  // FailedPrecondition INHERITED_DETAILS_TOO_LARGE when these have more than kMaxInheritedBytes.
  absl::Status Inherit(size_t bytes);
  // What the lineage graph learns when this mutation is durable.
  lineage::GraphChanges& graph_changes() { return graph_changes_; }

 private:
  const CallInfo& info_;
  House& house_;
  sql::Connection& connection_;
  sql::WriteContext* write_ = nullptr;
  Position position_;
  std::optional<access::Snapshot> access_;  // a mutation's is taken when it is first asked for
  std::optional<Authority> authority_;
  std::optional<Visibility> visibility_;
  bool brief_ = false;
  bool deferred_ = false;
  std::string refused_;
  int64_t refused_parts_ = 0;
  std::vector<AuditedRead> audited_;
  absl::flat_hash_set<std::pair<std::string, std::string>> audited_keys_;
  std::optional<ledger::Entry> on_record_;
  uint32_t rows_ = 0;  // StillWanted was asked so often
  bool changed_ = false;
  ledger::Change change_;
  std::string resource_;
  size_t inherited_bytes_ = 0;
  lineage::GraphChanges graph_changes_;
};

}  // namespace whence::service
