// Entries of the ledger as a stream.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpc/cut_off.h"
#include "grpc/places.h"
#include "grpc/replies.h"
#include "grpcpp/alarm.h"
#include "grpcpp/grpcpp.h"
#include "ledger/entry_list.h"
#include "service/corridor.h"
#include "whence/v1/audit.grpc.pb.h"

namespace whence::rpc {

// Purpose: one StreamEntries call. Pages are read on a worker, and the next one when the one before
// was taken; a caller who takes them more slowly than readers of large replies may is cut off, as
// is one whose credential no longer holds. One that follows looks every kEntryFollowInterval for
// what is new. TOO_MANY_STREAMS when there is no place for one more. Ownership: owns itself until
// OnDone. Thread-safety: one thing at a time: a worker, an alarm, or a reaction of gRPC's.
class EntryStream final : public grpc::ServerWriteReactor<v1::StreamEntriesResponse> {
 public:
  // `stopping` becomes true when the server stops; it and the others outlive the stream.
  EntryStream(service::Corridor* corridor, grpc::CallbackServerContext* context,
              const v1::StreamEntriesRequest& request, Places* places,
              const std::atomic<bool>* stopping, const ReplyLimits& limits);

 private:
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  absl::Status Admit();
  absl::Status Narrow();
  // What comes next: a page, waiting for more, or the end.
  void Continue();
  void Queue();
  void ReadPage(absl::Status admitted);
  absl::Status FillPage();
  void WaitForMore();

  service::Corridor* const corridor_;
  grpc::CallbackServerContext* const context_;
  const service::CallInfo info_;  // not admitted: its credential is asked for every page
  const std::string actor_;       // as it was asked for
  service::CallInfo known_;       // who asks
  const bool follow_;
  const std::atomic<bool>* const stopping_;
  const ReplyLimits& limits_;
  Places::Place place_;
  ledger::EntryQuery query_;  // `after` is where it goes on
  std::atomic<bool> cancelled_ = false;
  v1::StreamEntriesResponse page_;
  std::optional<CutOff> cut_off_;  // of that page
  std::unique_ptr<grpc::Alarm> alarm_;
};

}  // namespace whence::rpc
