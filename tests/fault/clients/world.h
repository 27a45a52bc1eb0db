// A server process with something in it.
#pragma once

#include <memory>
#include <string>

#include "server_process.h"
#include "support/scratch_database.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::test {

// Purpose: a whenced with `c.s.input` and `c.s.output` (tables), `c.s.model` with a version, and
// channels to it. Ownership: owns the process and its folder. Thread-safety: stubs from any thread.
class ClientWorld {
 public:
  ClientWorld();

  // Lineage downstream of `c.s.input`: `runs` runs that each write a version of `c.s.output`.
  void RecordRuns(int runs);
  // The lineage of all that, at most a million nodes.
  static v1::GetLineageRequest WholeLineage();
  // A call that costs next to nothing. False, when it fails.
  static bool QuickCall(v1::CatalogService::Stub& catalog);

  // Somebody else, who may see everything, and a channel of theirs.
  std::shared_ptr<grpc::Channel> ConnectAs(const std::string& name);

  ServerProcess& server() { return server_; }
  const std::string& data() const { return data_; }
  int64_t Memory(const std::string& line) const;

  std::unique_ptr<v1::CatalogService::Stub> catalog;
  std::unique_ptr<v1::LineageService::Stub> lineage;

 private:
  TemporaryFolder folder_;
  const std::string data_;
  ServerProcess server_;
};

// The reason that an error carries; "OK" for none, "" for an error without one.
std::string WireReason(const grpc::Status& status);

}  // namespace whence::test
