#include "grpc/backup_stream.h"

#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "grpc/wire.h"
#include "service/needs_server.h"

namespace whence::rpc {
namespace {

constexpr std::string_view kBackup = "Backup";

}  // namespace

BackupStream::BackupStream(service::Corridor* corridor, grpc::CallbackServerContext* context,
                           Places* places, const ReplyLimits& limits)
    : corridor_(corridor),
      context_(context),
      info_(InfoOf(*context, &cancelled_)),
      limits_(limits),
      place_(*places) {
  service::CallInfo info = info_;
  if (absl::Status admitted = corridor_->Admit(info, kBackup); !admitted.ok()) {
    place_.GiveBack();  // who may not call at all takes nobody's
    corridor_->NoteRefused(info, kBackup, admitted);
    Finish(ToWire(admitted));
    return;
  }
  if (absl::Status may = service::NeedForBackup(corridor->house(), info); !may.ok()) {
    corridor_->NoteRefused(info, kBackup, may);
    Finish(ToWire(may));
    return;
  }
  if (!place_.taken()) {
    Finish(ToWire(ResourceExhausted("TOO_MANY_BACKUPS", "other backups are under way",
                                    "repeat the call when one of them is done")));
    return;
  }
  corridor_->workers().Run(info.principal, 0, [this, info](absl::Status admitted) {
    if (admitted.ok()) admitted = corridor_->RecordBackup(info);
    MakeCopy(std::move(admitted));
  });
}

void BackupStream::MakeCopy(absl::Status admitted) {
  if (admitted.ok()) {
    auto copy = service::BackupCopy::Make(corridor_->house(), &cancelled_);
    if (copy.ok()) {
      copy_ = *std::move(copy);
      begin_ = absl::Now();
      SendNext();
      return;
    }
    admitted = copy.status();
  }
  Finish(ToWire(admitted));
}

void BackupStream::SendNext() {
  if (absl::Status admitted = corridor_->Authenticate(info_, kBackup); !admitted.ok()) {
    Finish(ToWire(admitted));
    return;
  }
  chunk_.Clear();
  chunk_.set_total_bytes(copy_->total_bytes());
  absl::StatusOr<bool> more = copy_->ReadChunk(chunk_.mutable_data());
  if (!more.ok()) {
    Finish(ToWire(more.status()));
    return;
  }
  if (!*more) {
    chunk_.set_digest(copy_->digest());
    chunk_.set_position(copy_->position());
    last_sent_ = true;
  }
  sent_bytes_ += chunk_.data().size();
  const absl::Duration time = ReadTime(limits_.grace, limits_.min_bytes_a_second, sent_bytes_);
  cut_off_.emplace(context_, begin_ + time - absl::Now());
  StartWrite(&chunk_);
}

void BackupStream::OnWriteDone(bool ok) {
  cut_off_.reset();
  if (!ok) {
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone"));
  } else if (last_sent_) {
    Finish(grpc::Status::OK);
  } else {
    SendNext();
  }
}

void BackupStream::OnCancel() { cancelled_.store(true, std::memory_order_relaxed); }

void BackupStream::OnDone() { delete this; }

}  // namespace whence::rpc
