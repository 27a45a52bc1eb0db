// ServerService on the wire: one line an RPC.
#pragma once

#include "grpc/places.h"
#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands ServerService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class ServerService final : public v1::ServerService::CallbackService {
 public:
  ServerService(service::Corridor* corridor, Replies* replies, int max_backups)
      : corridor_(corridor), replies_(replies), backups_(max_backups) {}

  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const v1::GetServerInfoRequest* request,
                                          v1::ServerInfo* response) override;
  grpc::ServerWriteReactor<v1::BackupChunk>* Backup(grpc::CallbackServerContext* context,
                                                    const v1::BackupRequest* request) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
  Places backups_;
};

}  // namespace whence::rpc
