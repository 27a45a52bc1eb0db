#include "ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/backfill.h"
#include "ledger/entry_view.h"
#include "ledger/kept_rows.h"
#include "ledger/log_name.h"
#include "ledger/row_scan.h"
#include "ledger/tree_store.h"

namespace whence::ledger {
namespace {

constexpr size_t kDigestBytes = 32;

// Each in a query of its own, which looks at one row; together they would read the whole table.
constexpr sql::Query kFirstAndLast{
    "SELECT COALESCE((SELECT MIN(position) FROM ledger_entry), 1),"
    " COALESCE((SELECT MAX(position) FROM ledger_entry), 0)"};

constexpr sql::Query kInsertEntry{
    "INSERT INTO ledger_entry"
    " (position, time_us, actor, via, action, resource, request_id, digest, kind, outcome, detail,"
    " repeats, rate, row_count, rows_root, commitment, salt)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"};

constexpr sql::Query kGetTime{"SELECT time_us FROM ledger_entry WHERE position = ?1"};

constexpr sql::Query kGetEntry{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                               " FROM ledger_entry WHERE position = ?1"};

absl::Status PositionNotFound(Position position) {
  return NotFound("POSITION_NOT_FOUND", StrCat("no ledger entry at position ", position),
                  "positions run from 1 to the newest, which 'whence admin info' shows");
}

// A number that is no kind has no name, which the leaf then shows.
EntryKind KindOf(int64_t number) {
  return number > 0 && number <= UINT8_MAX ? static_cast<EntryKind>(number) : EntryKind{0};
}

std::optional<sql::Blob> BlobOf(std::string_view bytes, bool there) {
  if (!there) return std::nullopt;
  return sql::Blob{bytes};
}

// `stored` has a commitment, or neither that nor a leaf yet.
absl::Status Insert(sql::Connection& connection, const StoredEntry& stored, bool committed) {
  const Entry& entry = stored.entry;
  const std::string_view salt(committed ? reinterpret_cast<const char*>(stored.salt->data()) : "",
                              kSaltBytes);
  return connection.Execute(kInsertEntry, entry.position, entry.time, entry.actor, entry.via,
                            entry.action, entry.resource, entry.request_id, sql::Blob{entry.digest},
                            entry.kind, entry.outcome, entry.detail, entry.repeats, entry.rate,
                            stored.rows.count,
                            BlobOf(stored.rows.root.view(), stored.rows.count > 0),
                            BlobOf(stored.commitment.view(), committed), BlobOf(salt, committed));
}

}  // namespace

Ledger::Ledger(RandomSource* random) : random_(random == nullptr ? &machine_random_ : random) {}

Ledger::~Ledger() = default;

absl::StatusOr<Position> Ledger::Load(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kFirstAndLast);
  Position first = 1;
  Position last = kNoPosition;
  if (rows.Next()) {
    first = rows.Int64(0);
    last = rows.Int64(1);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (first != 1 || last < 0) {
    return DataLoss("LEDGER_DAMAGED", StrCat("the ledger runs from position ", first, " to ", last),
                    "positions run from 1; restore the newest backup");
  }
  published_.store(last, std::memory_order_release);
  return last;
}

absl::Status Ledger::OpenTree(sql::Connection& writer, const TreeOptions& options) {
  WHENCE_ASSERT(options.ids != nullptr && options.clock != nullptr && !appender_.has_value());
  clock_ = options.clock;
  WHENCE_ASSIGN_OR_RETURN(const LogName name,
                          FindOrMakeLogName(writer, options.origin, *options.ids, *random_));
  rows_secret_ = name.rows_secret;
  WHENCE_RETURN_IF_ERROR(Backfill(writer, rows_secret_, *random_, published()));
  WHENCE_ASSIGN_OR_RETURN(const uint64_t size, StoredTreeSize(writer));
  if (size != static_cast<uint64_t>(published())) {
    return DataLoss("LEDGER_DAMAGED",
                    StrCat("the ledger has ", published(), " entries and a tree of ", size),
                    "restore the newest backup, and find out who wrote to the database file");
  }
  StoredTiles tiles(&writer);
  WHENCE_ASSIGN_OR_RETURN(const tlog::Hash head, StoredHead(size, tiles));
  WHENCE_ASSIGN_OR_RETURN(appender_, tlog::Appender::Load(size, head, tiles));
  WHENCE_ASSIGN_OR_RETURN(signer_, Signer::Open(writer, {.folder = options.folder,
                                                         .origin = name.origin,
                                                         .now = clock_->Now(),
                                                         .size = size,
                                                         .root = head,
                                                         .new_key = options.new_key}));
  WHENCE_ASSIGN_OR_RETURN(collector_, RowCollector::Make(writer, rows_secret_));
  writer.Watch(&*collector_);
  tree_size_.store(size, std::memory_order_release);
  return absl::OkStatus();
}

// ---- writing ------------------------------------------------------------------------------------

Salt Ledger::DrawSalt() {
  Salt salt;
  random_->Fill(salt);
  return salt;
}

// The first entry speaks for what was there before it, too: the metastore as it was made.
absl::StatusOr<std::vector<tlog::Hash>> Ledger::RowsOf(sql::Connection& connection,
                                                       Position position) {
  std::vector<RowHash> more;
  if (position == 1) {
    RowHasher hasher(rows_secret_);
    WHENCE_RETURN_IF_ERROR(ForEachStamp(connection, [&](const RowStamp& stamp) {
      if (stamp.is_birth && stamp.at == kNoPosition) {
        more.push_back({.position = stamp.at, .hash = HashOf(stamp, hasher)});
      }
      return absl::OkStatus();
    }));
  }
  return collector_->Take(position, more);
}

absl::Status Ledger::Append(sql::WriteContext& context, const Entry& entry) {
  WHENCE_ASSERT(entry.position == context.Last(sql::Counter::kPosition));
  WHENCE_ASSERT(entry.digest.size() == kDigestBytes);
  StoredEntry stored{.entry = entry, .rows = {}, .commitment = {}, .salt = std::nullopt};
  if (!appender_.has_value()) return Insert(context.connection(), stored, /*committed=*/false);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<tlog::Hash> rows,
                          RowsOf(context.connection(), entry.position));
  stored.rows = Summarize(rows);
  stored.salt = DrawSalt();
  WHENCE_ASSIGN_OR_RETURN(stored.commitment, Commit(*stored.salt, entry));
  WHENCE_ASSIGN_OR_RETURN(const std::string leaf, LeafOf(stored));
  WHENCE_RETURN_IF_ERROR(Insert(context.connection(), stored, /*committed=*/true));
  WHENCE_RETURN_IF_ERROR(KeepRows(context.connection(), entry.position, rows));
  std::erase_if(leaves_, [&](const Leaf& other) { return other.position >= entry.position; });
  leaves_.push_back({.position = entry.position, .hash = tlog::LeafHash(leaf)});
  return absl::OkStatus();
}

void Ledger::TaskBegins() {
  if (collector_.has_value()) collector_->Clear();
}

absl::Status Ledger::TaskEnds(sql::WriteContext& /*context*/) {
  // Rows of governed tables that no entry speaks for would be found as if somebody had tampered.
  WHENCE_ASSERT(!collector_.has_value() || collector_->empty());
  return absl::OkStatus();
}

absl::Status Ledger::BeforeCommit(sql::WriteContext& context) {
  if (!appender_.has_value()) return absl::OkStatus();
  const Position last = context.Last(sql::Counter::kPosition);
  std::erase_if(leaves_, [&](const Leaf& leaf) { return leaf.position > last; });
  // Not the batch's time, which stands still while the clock was set back.
  const absl::Time now = clock_->Now();
  const bool sign =
      std::exchange(sign_now_, false) || signer_->IsDue(static_cast<uint64_t>(last), now);
  if (leaves_.empty()) {
    return sign ? signer_->Sign(context, appender_->size(), appender_->Head(), now)
                : absl::OkStatus();
  }
  tlog::Appender next = *appender_;
  for (const Leaf& leaf : leaves_) {
    WHENCE_ASSERT(leaf.position == static_cast<Position>(next.size()) + 1);
    next.Append(leaf.hash);
  }
  WHENCE_ASSERT(last == static_cast<Position>(next.size()));  // every position has an entry
  WHENCE_RETURN_IF_ERROR(WriteTiles(context.connection(), next.TakeChanges()));
  const uint64_t size = next.size();
  const tlog::Hash head = next.Head();
  // Before the head is shown: nobody knows of a head without knowing of its entries.
  context.OnCommit([this, next = std::move(next)]() mutable {
    appender_ = std::move(next);
    leaves_.clear();
    tree_size_.store(appender_->size(), std::memory_order_release);
  });
  return sign ? signer_->Sign(context, size, head, now) : absl::OkStatus();
}

bool Ledger::WantsIdleBatch() const {
  return appender_.has_value() && appender_->size() > 0 && signer_->WouldSign(appender_->size());
}

void Ledger::Publish(Position position) {
  // Only the writer's thread stores, so there is no race between the look and the store.
  if (position > published_.load(std::memory_order_relaxed)) {
    published_.store(position, std::memory_order_release);
  }
}

// ---- reading ------------------------------------------------------------------------------------

absl::StatusOr<Position> Ledger::PositionAt(sql::Connection& connection, Position published,
                                            absl::Time time) const {
  Position low = kNoPosition;  // an entry at or before `time`, or the beginning
  Position high = published;   // nothing after it counts
  while (low < high) {
    const Position middle = low + (high - low + 1) / 2;
    WHENCE_ASSIGN_OR_RETURN(const absl::Time at, TimeOf(connection, middle));
    if (at <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

absl::StatusOr<absl::Time> Ledger::TimeOf(sql::Connection& connection, Position position) const {
  if (position == kNoPosition) return absl::InfinitePast();
  sql::Rows rows = connection.Run(kGetTime, position);
  if (rows.Next()) return rows.Time(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return PositionNotFound(position);
}

absl::StatusOr<Entry> Ledger::GetEntry(sql::Connection& connection, Position position) const {
  WHENCE_ASSIGN_OR_RETURN(StoredEntry stored, GetStored(connection, position));
  return std::move(stored.entry);
}

absl::StatusOr<StoredEntry> Ledger::GetStored(sql::Connection& connection,
                                              Position position) const {
  sql::Rows rows = connection.Run(kGetEntry, position);
  if (rows.Next()) return internal::ReadEntry(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return PositionNotFound(position);
}

namespace internal {

EntryView ViewEntry(sql::Rows& rows, std::string_view* salt) {
  // In place of what is no hash, which the leaf then says: no tile has it.
  static constexpr tlog::Hash kNone{};
  const auto hash_at = [&rows](int column) {
    const std::string_view bytes = rows.Blob(column);
    return bytes.size() == tlog::kHashBytes ? bytes : kNone.view();
  };
  *salt = rows.Blob(16);
  if (salt->size() != kSaltBytes) *salt = {};
  return {.position = rows.Int64(0),
          .time_us = rows.Int64(1),
          .kind = KindOf(rows.Int64(8)),
          .repeats = rows.Int64(11),
          .rate = rows.Int64(12),
          .row_count = rows.Int64(13),
          .actor = rows.Text(2),
          .via = rows.Text(3),
          .action = rows.Text(4),
          .resource = rows.Text(5),
          .request_id = rows.Text(6),
          .digest = rows.Blob(7),
          .outcome = rows.Text(9),
          .detail = rows.Text(10),
          .rows_root = hash_at(kRowsRootColumn),
          .commitment = hash_at(15)};
}

StoredEntry ReadEntry(sql::Rows& rows) {
  std::string_view salt;
  const EntryView view = ViewEntry(rows, &salt);
  StoredEntry stored;
  stored.entry = {.position = view.position,
                  .time = absl::FromUnixMicros(view.time_us),
                  .actor = std::string(view.actor),
                  .via = std::string(view.via),
                  .action = std::string(view.action),
                  .resource = std::string(view.resource),
                  .request_id = std::string(view.request_id),
                  .digest = std::string(view.digest),
                  .kind = view.kind,
                  .outcome = std::string(view.outcome),
                  .detail = std::string(view.detail),
                  .repeats = view.repeats,
                  .rate = view.rate};
  stored.rows = {.count = view.row_count, .root = *tlog::Hash::FromBytes(view.rows_root)};
  stored.commitment = *tlog::Hash::FromBytes(view.commitment);
  if (!salt.empty()) {
    stored.salt.emplace();
    std::copy(salt.begin(), salt.end(), stored.salt->begin());
  }
  return stored;
}

}  // namespace internal

}  // namespace whence::ledger
