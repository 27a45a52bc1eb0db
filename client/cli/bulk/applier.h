#pragma once

// Sends records to the server: what one record, or one batch, means as calls.

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/bulk/access_applier.h"
#include "cli/bulk/calls.h"
#include "cli/bulk/record.h"
#include "cli/rpc/connection.h"

namespace whence::cli {

// A record and the line it stands in.
struct NumberedRecord {
  int64_t line = 0;
  Record record;
};

// How the lines of a batch went.
using LineResults = std::vector<std::pair<int64_t, absl::Status>>;

// Applying is idempotent: what is there already and equal is fine. Calls that found no server are
// tried again for a while; a status for which ServerGone is true means that trying was in vain and
// says nothing about the record. Thread-safe; the connection is not owned.
class Applier {
 public:
  explicit Applier(Connection& connection) : connection_(connection), access_(connection) {}

  // Any record by itself.
  absl::Status ApplyOne(const Record& record) const;
  // Runs, in order: as one step where all are accepted; else the refused ones are found by halving.
  LineResults ApplyRuns(std::span<const NumberedRecord> runs) const;
  // Predictions, in order.
  LineResults ApplyPredictions(std::span<const NumberedRecord> predictions) const;

  // What it noted of masks' salts.
  const AccessApplier& access() const { return access_; }

 private:
  struct Visitor;

  absl::Status ApplyOneRun(const Record& record) const;
  absl::Status ApplyVersion(const v1::Version& version, const std::string& mask) const;
  // Refuses what would get another number than its line says: registered, it could not be taken
  // back.
  absl::Status CheckNumber(const v1::Version& version) const;
  // The version that has the digest of this one; 0 where none has it.
  absl::StatusOr<int64_t> NumberOfDigest(const v1::Version& version) const;

  template <class T, class CreateRequest, class UpdateRequest, class GetRequest>
  absl::Status ApplySecurable(const T& item, const std::string& mask,
                              T* (CreateRequest::*in_create)(), T* (UpdateRequest::*in_update)(),
                              GetRequest get) const;

  template <class Request, class Response>
  absl::StatusOr<Response> Call(const Method<Request, Response>& method,
                                const Request& request) const {
    return CallPatiently(connection_, method, request);
  }

  Connection& connection_;
  AccessApplier access_;
};

}  // namespace whence::cli
