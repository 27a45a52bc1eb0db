// AuditService on the wire: one line an RPC.
#pragma once

#include <atomic>

#include "grpc/places.h"
#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/audit.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands AuditService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class AuditService final : public v1::AuditService::CallbackService {
 public:
  AuditService(service::Corridor* corridor, Replies* replies, int max_streams)
      : corridor_(corridor), replies_(replies), streams_(max_streams) {}

  // Streams that follow the ledger end: they would never by themselves.
  void EndStreams() { stopping_.store(true); }

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* request,
                                        v1::ListEntriesResponse* response) override;
  grpc::ServerUnaryReactor* GetEntry(grpc::CallbackServerContext* context,
                                     const v1::GetEntryRequest* request,
                                     v1::LedgerEntry* response) override;
  grpc::ServerUnaryReactor* GetProof(grpc::CallbackServerContext* context,
                                     const v1::GetProofRequest* request,
                                     v1::LedgerProof* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const v1::GetConsistencyProofRequest* request,
                                                v1::ConsistencyProof* response) override;
  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::Checkpoint* response) override;
  grpc::ServerUnaryReactor* ListKeys(grpc::CallbackServerContext* context,
                                     const v1::ListKeysRequest* request,
                                     v1::ListKeysResponse* response) override;
  grpc::ServerUnaryReactor* ListWitnesses(grpc::CallbackServerContext* context,
                                          const v1::ListWitnessesRequest* request,
                                          v1::ListWitnessesResponse* response) override;
  grpc::ServerUnaryReactor* GetTile(grpc::CallbackServerContext* context,
                                    const v1::GetTileRequest* request,
                                    v1::GetTileResponse* response) override;
  grpc::ServerUnaryReactor* Certify(grpc::CallbackServerContext* context,
                                    const v1::CertifyRequest* request,
                                    v1::Certificate* response) override;
  grpc::ServerUnaryReactor* Erase(grpc::CallbackServerContext* context,
                                  const v1::EraseRequest* request, v1::Erasure* response) override;
  grpc::ServerWriteReactor<v1::StreamEntriesResponse>* StreamEntries(
      grpc::CallbackServerContext* context, const v1::StreamEntriesRequest* request) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
  Places streams_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace whence::rpc
