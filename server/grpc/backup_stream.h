// A consistent copy of the database as a stream of bytes.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpc/cut_off.h"
#include "grpc/places.h"
#include "grpc/replies.h"
#include "grpcpp/grpcpp.h"
#include "service/backup.h"
#include "service/corridor.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::rpc {

// Purpose: one Backup call. The copy is made on a worker; then its bytes are sent as fast as the
// caller takes them, and a caller who takes them more slowly than readers of large replies may is
// cut off, as is one whose credential no longer holds. TOO_MANY_BACKUPS when there is no place for
// one more. Ownership: owns itself until OnDone, and the temporary copy. Thread-safety: one thing
// at a time: the worker first, then gRPC's reactions one by one.
class BackupStream final : public grpc::ServerWriteReactor<v1::BackupChunk> {
 public:
  BackupStream(service::Corridor* corridor, grpc::CallbackServerContext* context, Places* places,
               const ReplyLimits& limits);

 private:
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void MakeCopy(absl::Status admitted);
  void SendNext();

  service::Corridor* const corridor_;
  grpc::CallbackServerContext* const context_;
  const service::CallInfo info_;  // not admitted: its credential is asked for every chunk
  const ReplyLimits& limits_;
  Places::Place place_;
  std::atomic<bool> cancelled_ = false;
  std::unique_ptr<service::BackupCopy> copy_;
  v1::BackupChunk chunk_;
  bool last_sent_ = false;
  absl::Time begin_;               // of sending
  size_t sent_bytes_ = 0;          // with the chunk that is on its way
  std::optional<CutOff> cut_off_;  // of that chunk
};

}  // namespace whence::rpc
