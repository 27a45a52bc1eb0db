// The house: everything that lives as long as the server does, opened in order and closed in
// reverse.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/audit_rules.h"
#include "access/bootstrap.h"
#include "access/classification.h"
#include "access/index.h"
#include "access/trust.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "catalog/changes.h"
#include "ledger/ledger.h"
#include "ledger/log.h"
#include "lineage/graph.h"
#include "service/open_searches.h"
#include "service/past_access.h"
#include "sql/data_folder.h"
#include "sql/migrations.h"
#include "sql/read_pool.h"
#include "sql/writer.h"

namespace whence::service {

class Audit;

struct HouseOptions {
  // Folder of the database; made when it does not exist.
  std::string data_folder;
  // The schema, oldest first. Must outlive the call.
  std::span<const sql::Migration> migrations;
  // Both must outlive the house.
  const Clock* clock = nullptr;
  IdSource* ids = nullptr;
  // Who owns a metastore that is made: a user or a service. Plays no part afterwards.
  std::string admin = "user:admin";
  // Told the secret of the token that is made with it, before it is committed; may be null.
  access::KeepSecret keep_first_token = nullptr;
  // Whose tokens and certificates are believed besides the metastore's own tokens; must outlive the
  // house. Null: nobody's.
  const access::Trust* trust = nullptr;
  // Which decisions are put on the record; must outlive the house. Null: those that were denied.
  access::AuditFile* audit = nullptr;
  // The ledger's name, from the metastore's first start on; empty: made up.
  std::string ledger_origin = {};
  // Give the ledger a new key (ledger/signer.h).
  bool new_ledger_key = false;
  // False: entries get no leaves, rows are not hashed and nothing is signed, until the next start.
  // For benchmarks, to measure what that costs.
  bool ledger_tree = true;
  // How the writer works; its clock is the one above. Simulations run its batches themselves.
  sql::WriterOptions writer = {};
};

// Purpose: owns the data folder's lock, the writer, the readers, the ledger, the in-memory lineage
// graph, who may what, and what columns are by lineage. Operations reach them through Call.
// Ownership: owns all but the clock, the id source and the trust.
// Thread-safety: the accessors may be called from any thread; what they return says for itself.
class House {
 public:
  // Locks the folder, migrates the database, makes the metastore's owner when there is none, loads
  // graph, index and classification, and starts the writer. Fails with DATA_IN_USE, the migration
  // errors of sql/migrations.h, those of access/bootstrap.h, or the storage errors of
  // sql/connection.h; or those of ledger::Ledger::OpenTree.
  static absl::StatusOr<std::unique_ptr<House>> Open(const HouseOptions& options);
  // Drains the writer and closes the database. No call may be under way.
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  const Clock& clock() const { return *clock_; }
  IdSource& ids() const { return *ids_; }
  sql::DataFolder& folder() { return *folder_; }
  sql::Writer& writer() { return *writer_; }
  sql::ReadPool& readers() { return *readers_; }
  ledger::Ledger& ledger() { return ledger_; }
  // The ledger as others check it: proofs, tiles, checkpoints.
  ledger::Log& log() { return *log_; }
  // What puts decisions on the record.
  Audit& audit() { return *audit_; }
  lineage::Graph& graph() { return graph_; }
  access::Index& access() { return access_; }
  PastAccess& past_access() { return past_access_; }
  access::Classification& classification() { return classification_; }
  const access::Trust& trust() const { return *trust_; }
  OpenSearches& searches() { return searches_; }
  // Number of the newest migration applied.
  int schema_version() const { return schema_version_; }
  // The secret of the token that was made with the metastore; empty when it was there already.
  const std::string& first_token() const { return first_token_; }
  // Makes the placeholders of what a caller may not see this metastore's own. A secret.
  const std::string& redaction_key() const { return redaction_key_; }
  // When the house was opened.
  absl::Time open_time() const { return open_time_; }

 private:
  House(const HouseOptions& options, std::unique_ptr<sql::DataFolder> folder);
  absl::Status OpenRooms(const HouseOptions& options);

  const Clock* clock_;
  IdSource* ids_;
  access::Trust no_trust_;
  const access::Trust* trust_;
  absl::Time open_time_;
  int schema_version_ = 0;
  std::string first_token_;
  std::string redaction_key_;
  std::unique_ptr<sql::DataFolder> folder_;
  ledger::Ledger ledger_;
  catalog::Changes changes_;
  lineage::Graph graph_;
  access::Index access_;
  PastAccess past_access_;
  access::Classification classification_{&graph_};
  std::unique_ptr<sql::Writer> writer_;
  std::unique_ptr<sql::ReadPool> readers_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<Audit> audit_;
  OpenSearches searches_;
};

}  // namespace whence::service
