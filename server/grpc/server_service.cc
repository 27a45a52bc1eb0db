#include "grpc/server_service.h"

#include "grpc/backup_stream.h"
#include "service/server_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* ServerService::GetServerInfo(CallbackServerContext* context,
                                                 const v1::GetServerInfoRequest* request,
                                                 v1::ServerInfo* response) {
  return Serve(*corridor_, *replies_, service::kGetServerInfo, context, request, response);
}

grpc::ServerWriteReactor<v1::BackupChunk>* ServerService::Backup(CallbackServerContext* context,
                                                                 const v1::BackupRequest*) {
  return new BackupStream(corridor_, context, &backups_, replies_->limits());
}

}  // namespace whence::rpc
