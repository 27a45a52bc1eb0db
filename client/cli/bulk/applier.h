#pragma once

// Sends records to the server: what one record, or one batch, means as calls.

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  explicit Applier(Connection& connection) : connection_(connection) {}

  // A record of the catalog lane, or declared edges.
  absl::Status ApplyOne(const Record& record) const;
  // Runs, in order: as one step where all are accepted; else the refused ones are found by halving.
  LineResults ApplyRuns(std::span<const NumberedRecord> runs) const;
  // Predictions, in order.
  LineResults ApplyPredictions(std::span<const NumberedRecord> predictions) const;

  static bool ServerGone(const absl::Status& status);

 private:
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
                                const Request& request) const;

  Connection& connection_;
};

// What a line says about a resource and the server has otherwise: "comment, owner"; empty where
// they agree. What the line leaves out, or what its versions determine, does not count.
std::string Differences(const v1::Catalog& said, const v1::Catalog& present);
std::string Differences(const v1::Schema& said, const v1::Schema& present);
std::string Differences(const v1::Asset& said, const v1::Asset& present);

}  // namespace whence::cli
