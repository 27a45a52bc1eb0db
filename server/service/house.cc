#include "service/house.h"

#include <utility>

#include "base/status_macros.h"
#include "catalog/link_cache.h"
#include "catalog/name_cache.h"
#include "lineage/load.h"
#include "service/audit.h"
#include "service/backup.h"
#include "service/bound_cache.h"
#include "service/message_cache.h"
#include "service/policy_tags.h"
#include "sql/connection.h"

namespace whence::service {
namespace {

// Where the sequences of a stored catalog stand.
constexpr sql::Query kLastIds{
    "SELECT max(coalesce((SELECT max(id) FROM securable), 0), "
    "coalesce((SELECT max(id) FROM version), 0), coalesce((SELECT max(id) FROM run), 0), "
    "coalesce((SELECT max(id) FROM declaration), 0)), "
    "coalesce((SELECT max(id) FROM column_node), 0), coalesce((SELECT max(id) FROM origin), 0), "
    "coalesce((SELECT max(id) FROM principal), 0), coalesce((SELECT max(id) FROM token), 0), "
    "coalesce((SELECT max(id) FROM policy), 0)"};

struct LastIds {
  int64_t object = 0;
  int64_t column = 0;
  int64_t origin = 0;
  int64_t principal = 0;
  int64_t token = 0;
  int64_t policy = 0;
};

absl::StatusOr<LastIds> ReadLastIds(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kLastIds);
  LastIds ids;
  if (rows.Next()) {
    ids = {rows.Int64(0), rows.Int64(1), rows.Int64(2),
           rows.Int64(3), rows.Int64(4), rows.Int64(5)};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return ids;
}

void SetCounters(sql::Writer& writer, Position position, const LastIds& last) {
  writer.SetCounter(sql::Counter::kPosition, position);
  writer.SetCounter(sql::Counter::kObjectId, last.object);
  writer.SetCounter(sql::Counter::kColumnId, last.column);
  writer.SetCounter(sql::Counter::kOriginId, last.origin);
  writer.SetCounter(sql::Counter::kPrincipalId, last.principal);
  writer.SetCounter(sql::Counter::kTokenId, last.token);
  writer.SetCounter(sql::Counter::kPolicyId, last.policy);
}

}  // namespace

House::House(const HouseOptions& options, std::unique_ptr<sql::DataFolder> folder)
    : clock_(options.clock),
      ids_(options.ids),
      trust_(options.trust == nullptr ? &no_trust_ : options.trust),
      open_time_(options.clock->Now()),
      folder_(std::move(folder)) {}

House::~House() {
  // Readers go before the writer, so that it can empty the log.
  readers_.reset();
  if (writer_ != nullptr) writer_->Stop();
}

absl::StatusOr<std::unique_ptr<House>> House::Open(const HouseOptions& options) {
  WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<sql::DataFolder> folder,
                          sql::DataFolder::Open(options.data_folder, *options.clock));
  std::unique_ptr<House> house(new House(options, std::move(folder)));
  WHENCE_RETURN_IF_ERROR(house->OpenRooms(options));
  return house;
}

absl::Status House::OpenRooms(const HouseOptions& options) {
  BackupCopy::RemoveLeftovers(folder_->path());
  const std::string path = folder_->database_path();
  WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<sql::Connection> connection,
                          sql::Connection::Open(path, {.read_only = false}));
  WHENCE_RETURN_IF_ERROR(sql::Migrate(*connection, options.migrations, *clock_));
  WHENCE_ASSIGN_OR_RETURN(int64_t version, sql::SchemaVersion(*connection));
  schema_version_ = static_cast<int>(version);
  WHENCE_ASSIGN_OR_RETURN(
      std::optional<access::MadeToken> first,
      access::Bootstrap(*connection, *clock_, options.admin, options.keep_first_token));
  if (first.has_value()) first_token_ = std::move(first->secret);
  WHENCE_ASSIGN_OR_RETURN(redaction_key_, access::MetastoreKey(*connection, "redaction"));

  WHENCE_ASSIGN_OR_RETURN(Position last_position, ledger_.Load(*connection));
  WHENCE_ASSIGN_OR_RETURN(absl::Time last_time, ledger_.TimeOf(*connection, last_position));
  WHENCE_RETURN_IF_ERROR(lineage::LoadGraph(*connection, graph_, last_position));
  WHENCE_RETURN_IF_ERROR(access_.Load(*connection, last_position));
  WHENCE_RETURN_IF_ERROR(classification_.Load(*connection, last_position));
  ledger_.Publish(last_position);
  if (options.ledger_tree) {
    WHENCE_RETURN_IF_ERROR(ledger_.OpenTree(*connection, {.folder = folder_->path(),
                                                          .ids = ids_,
                                                          .clock = clock_,
                                                          .origin = options.ledger_origin,
                                                          .new_key = options.new_ledger_key}));
  }

  WHENCE_ASSIGN_OR_RETURN(LastIds last, ReadLastIds(*connection));

  changes_.NoteEverything(last_position);
  catalog::AttachChanges(*connection, &changes_);
  access::AttachIndex(*connection, &access_);
  access::AttachClassification(*connection, &classification_, &changes_);
  access::LendClassification(*connection, &classification_);
  catalog::NameCache::AttachTo(*connection, &ledger_, &changes_);
  catalog::LinkCache::AttachTo(*connection, &ledger_, &changes_);
  sql::WriterOptions writer = options.writer;
  writer.clock = clock_;
  writer.observer = &ledger_;
  WHENCE_ASSIGN_OR_RETURN(writer_, sql::Writer::Start(std::move(connection), writer));
  SetCounters(*writer_, last_position, last);
  writer_->SetLastTime(last_time);
  log_ = std::make_unique<ledger::Log>(&ledger_, writer_.get());
  audit_ = std::make_unique<Audit>(this, options.audit);
  readers_ = std::make_unique<sql::ReadPool>(
      path, sql::ReadPoolOptions{.prepare = [this](sql::Connection& reader) {
        catalog::NameCache::AttachTo(reader, &ledger_, &changes_);
        catalog::LinkCache::AttachTo(reader, &ledger_, &changes_);
        access::LendClassification(reader, &classification_);
        AssetCache::AttachTo(reader, &changes_);
        NodeCache::AttachTo(reader, &changes_);
        AttachPolicyTags(reader, &changes_);
        BoundCache::AttachTo(reader, &changes_);
      }});
  return absl::OkStatus();
}

}  // namespace whence::service
