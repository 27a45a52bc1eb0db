#include "grpc/entry_stream.h"

#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "grpc/wire.h"
#include "service/audit_ops.h"
#include "service/entry_convert.h"
#include "service/needs_audit.h"

namespace whence::rpc {
namespace {

constexpr std::string_view kStreamEntries = "StreamEntries";

absl::Status Stopping() {
  return Unavailable("SERVER_STOPPING", "the server is stopping",
                     "go on behind the last position when it is back");
}

}  // namespace

EntryStream::EntryStream(service::Corridor* corridor, grpc::CallbackServerContext* context,
                         const v1::StreamEntriesRequest& request, Places* places,
                         const std::atomic<bool>* stopping, const ReplyLimits& limits)
    : corridor_(corridor),
      context_(context),
      info_(InfoOf(*context, &cancelled_)),
      actor_(request.actor()),
      follow_(request.follow()),
      stopping_(stopping),
      limits_(limits),
      place_(*places) {
  query_.filter = {.action = request.action(),
                   .resource = request.resource(),
                   .kind = service::EntryKindFromProto(request.kind())};
  query_.oldest_first = true;
  query_.after = request.after();
  query_.limit = kMaxStreamedEntries;
  query_.max_rows = kMaxScanPerPage;
  if (absl::Status admitted = Admit(); !admitted.ok()) {
    place_.GiveBack();  // who may not call at all takes nobody's
    Finish(ToWire(admitted));
    return;
  }
  if (!place_.taken()) {
    Finish(ToWire(ResourceExhausted("TOO_MANY_STREAMS", "too many streams of entries are open",
                                    "repeat the call when one of them is done")));
    return;
  }
  StartSendInitialMetadata();  // the caller learns that it follows, also where nothing happens
  Continue();
}

absl::Status EntryStream::Admit() {
  service::CallInfo info = info_;
  absl::Status admitted = corridor_->Admit(info, kStreamEntries);
  ledger::EntryFilter asked = query_.filter;
  asked.actor = actor_;
  if (admitted.ok()) admitted = service::ValidateEntryFilter(asked);
  known_ = info;
  if (admitted.ok()) admitted = Narrow();
  corridor_->NoteRefused(info, kStreamEntries, admitted);
  return admitted;
}

// To what the caller may see now.
absl::Status EntryStream::Narrow() {
  WHENCE_ASSIGN_OR_RETURN(query_.filter.actor,
                          service::NeedForEntries(corridor_->house(), known_, actor_));
  return absl::OkStatus();
}

void EntryStream::Continue() {
  if (stopping_->load()) {
    Finish(ToWire(Stopping()));
  } else if (*query_.after < corridor_->house().ledger().published()) {
    Queue();
  } else if (follow_) {
    WaitForMore();
  } else {
    Finish(grpc::Status::OK);
  }
}

void EntryStream::Queue() {
  corridor_->workers().Run(known_.principal, 0,
                           [this](absl::Status admitted) { ReadPage(std::move(admitted)); });
}

void EntryStream::ReadPage(absl::Status admitted) {
  // Each time: a token may be revoked meanwhile, and a privilege taken.
  if (admitted.ok()) admitted = corridor_->Authenticate(info_, kStreamEntries);
  if (admitted.ok()) admitted = Narrow();
  if (admitted.ok()) admitted = FillPage();
  if (!admitted.ok()) {
    Finish(ToWire(admitted));
    return;
  }
  cut_off_.emplace(context_,
                   ReadTime(limits_.grace, limits_.min_bytes_a_second, page_.ByteSizeLong()));
  StartWrite(&page_);
}

absl::Status EntryStream::FillPage() {
  service::House& house = corridor_->house();
  query_.as_of = house.ledger().published();
  WHENCE_ASSIGN_OR_RETURN(const sql::Lease lease, house.readers().Acquire());
  WHENCE_ASSIGN_OR_RETURN(const ledger::EntryPage found,
                          ledger::ListEntries(lease.connection(), house.ledger(), query_));
  page_.Clear();
  size_t bytes = 0;
  Position position = found.next.value_or(query_.as_of);
  for (const ledger::StoredEntry& stored : found.entries) {
    if (bytes >= kMaxPageBytes) {
      position = page_.entries().rbegin()->position();
      break;
    }
    *page_.add_entries() = service::EntryToProto(stored);
    bytes += page_.entries().rbegin()->ByteSizeLong();
  }
  page_.set_position(position);
  query_.after = position;
  return absl::OkStatus();
}

void EntryStream::WaitForMore() {
  // A new one each time: the one before may be what calls this.
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(absl::ToChronoTime(absl::Now() + kEntryFollowInterval), [this](bool) {
    if (cancelled_.load(std::memory_order_relaxed)) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone"));
    } else {
      Continue();
    }
  });
}

void EntryStream::OnWriteDone(bool ok) {
  cut_off_.reset();
  if (!ok) {
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone"));
  } else {
    Continue();
  }
}

void EntryStream::OnCancel() { cancelled_.store(true, std::memory_order_relaxed); }

void EntryStream::OnDone() { delete this; }

}  // namespace whence::rpc
