#include "grpc/audit_service.h"

#include "grpc/entry_stream.h"
#include "service/audit_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* AuditService::ListEntries(CallbackServerContext* context,
                                              const v1::ListEntriesRequest* request,
                                              v1::ListEntriesResponse* response) {
  return Serve(*corridor_, *replies_, service::kListEntries, context, request, response);
}

ServerUnaryReactor* AuditService::GetEntry(CallbackServerContext* context,
                                           const v1::GetEntryRequest* request,
                                           v1::LedgerEntry* response) {
  return Serve(*corridor_, *replies_, service::kGetEntry, context, request, response);
}

ServerUnaryReactor* AuditService::GetProof(CallbackServerContext* context,
                                           const v1::GetProofRequest* request,
                                           v1::LedgerProof* response) {
  return Serve(*corridor_, *replies_, service::kGetProof, context, request, response);
}

ServerUnaryReactor* AuditService::GetConsistencyProof(CallbackServerContext* context,
                                                      const v1::GetConsistencyProofRequest* request,
                                                      v1::ConsistencyProof* response) {
  return Serve(*corridor_, *replies_, service::kGetConsistencyProof, context, request, response);
}

ServerUnaryReactor* AuditService::GetCheckpoint(CallbackServerContext* context,
                                                const v1::GetCheckpointRequest* request,
                                                v1::Checkpoint* response) {
  return Serve(*corridor_, *replies_, service::kGetCheckpoint, context, request, response);
}

ServerUnaryReactor* AuditService::ListKeys(CallbackServerContext* context,
                                           const v1::ListKeysRequest* request,
                                           v1::ListKeysResponse* response) {
  return Serve(*corridor_, *replies_, service::kListKeys, context, request, response);
}

ServerUnaryReactor* AuditService::ListWitnesses(CallbackServerContext* context,
                                                const v1::ListWitnessesRequest* request,
                                                v1::ListWitnessesResponse* response) {
  return Serve(*corridor_, *replies_, service::kListWitnesses, context, request, response);
}

ServerUnaryReactor* AuditService::GetTile(CallbackServerContext* context,
                                          const v1::GetTileRequest* request,
                                          v1::GetTileResponse* response) {
  return Serve(*corridor_, *replies_, service::kGetTile, context, request, response);
}

ServerUnaryReactor* AuditService::Certify(CallbackServerContext* context,
                                          const v1::CertifyRequest* request,
                                          v1::Certificate* response) {
  return Serve(*corridor_, *replies_, service::kCertify, context, request, response);
}

ServerUnaryReactor* AuditService::Erase(CallbackServerContext* context,
                                        const v1::EraseRequest* request, v1::Erasure* response) {
  return Serve(*corridor_, *replies_, service::kErase, context, request, response);
}

grpc::ServerWriteReactor<v1::StreamEntriesResponse>* AuditService::StreamEntries(
    CallbackServerContext* context, const v1::StreamEntriesRequest* request) {
  return new EntryStream(corridor_, context, *request, &streams_, &stopping_, replies_->limits());
}

}  // namespace whence::rpc
