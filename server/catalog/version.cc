#include "catalog/version.h"

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/changes.h"
#include "catalog/object_id.h"
#include "catalog/securable.h"

// A version with its mutable fields as of ?1; `v` is version, `t` its version_state, if it has one.
#define WHENCE_SELECT_VERSION                                                     \
  "SELECT v.id, v.asset_id, v.number, v.digest, v.location, v.detail, v.creator," \
  " v.create_time_us, v.position, COALESCE(t.valid_from, v.position),"            \
  " COALESCE(t.comment, ''), t.properties FROM version AS v"                      \
  " LEFT JOIN version_state AS t"                                                 \
  " ON t.version_id = v.id AND t.valid_from <= ?1 AND t.valid_to > ?1"

namespace whence::catalog {
namespace {

constexpr int64_t kNoNumber = 0;

constexpr sql::Query kGetVersion{WHENCE_SELECT_VERSION
                                 " WHERE v.asset_id = ?2 AND v.number = ?3 AND v.position <= ?1"};

constexpr sql::Query kGetVersionById{WHENCE_SELECT_VERSION " WHERE v.id = ?2 AND v.position <= ?1"};

constexpr sql::Query kGetVersionByDigest{
    WHENCE_SELECT_VERSION " WHERE v.asset_id = ?2 AND v.digest = ?3 AND v.position <= ?1"};

constexpr sql::Query kListVersions{WHENCE_SELECT_VERSION
                                   " WHERE v.asset_id = ?2 AND v.number < ?3 AND v.position <= ?1"
                                   " ORDER BY v.number DESC"};

constexpr sql::Query kNewest{
    "SELECT id, number, position FROM version WHERE asset_id = ?1 ORDER BY number DESC LIMIT 1"};

constexpr sql::Query kFindVersion{
    "SELECT id, number, position FROM version WHERE asset_id = ?1 AND number = ?2"};

constexpr sql::Query kInsertVersion{
    "INSERT INTO version"
    " (id, asset_id, number, digest, location, detail, creator, create_time_us, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};

constexpr sql::Query kInsertVersionState{
    "INSERT INTO version_state (version_id, valid_from, valid_to, comment, properties)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kCloseVersionState{
    "UPDATE version_state SET valid_to = ?2 WHERE version_id = ?1 AND valid_to = ?3"};

constexpr sql::Query kReplaceVersionState{
    "UPDATE version_state SET comment = ?3, properties = ?4"
    " WHERE version_id = ?1 AND valid_from = ?2"};

Version ReadVersion(sql::Rows& rows) {
  Version result;
  result.id = rows.Int64(0);
  result.asset_id = rows.Int64(1);
  result.number = rows.Int64(2);
  result.digest = std::string(rows.Text(3));
  result.location = std::string(rows.Text(4));
  result.detail = std::string(rows.Blob(5));
  result.creator = std::string(rows.Text(6));
  result.create_time = rows.Time(7);
  result.create_position = rows.Int64(8);
  result.position = rows.Int64(9);
  result.comment = std::string(rows.Text(10));
  result.properties = std::string(rows.Blob(11));
  return result;
}

absl::StatusOr<std::optional<Version>> One(sql::Rows rows) {
  if (rows.Next()) return ReadVersion(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

// A version's id, number and position; zeros when there is none.
struct Mark {
  VersionId id;
  Position position = kNoPosition;
};

absl::StatusOr<Mark> OneMark(sql::Rows rows) {
  Mark mark;
  if (rows.Next()) {
    mark.id = {.id = rows.Int64(0), .number = rows.Int64(1)};
    mark.position = rows.Int64(2);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return mark;
}

// The asset for messages: by name, or by id should it have none.
std::string NameForMessage(sql::Connection& connection, Position as_of, int64_t asset_id) {
  absl::StatusOr<std::string> name = FullNameOf(connection, as_of, asset_id);
  return name.ok() ? *std::move(name) : absl::StrCat("id:", asset_id);
}

absl::Status InsertVersionState(sql::Connection& connection, const Version& version) {
  return connection.Execute(kInsertVersionState, version.id, version.position, kForever,
                            version.comment, sql::Blob{version.properties});
}

}  // namespace

std::string Version::Etag() const { return absl::StrCat(position); }

absl::Status CheckEtag(const Version& current, std::string_view etag) {
  if (etag.empty() || etag == current.Etag()) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH",
                 StrCat("version ", current.number, " has changed: its etag is ", current.Etag(),
                        ", not ", QuoteForMessage(etag)),
                 "get it again, look at what changed, then retry with its new etag");
}

bool VersionUpdate::Changes(const Version& current) const {
  return (comment.has_value() && *comment != current.comment) ||
         (properties.has_value() && *properties != current.properties);
}

absl::StatusOr<Version> GetVersion(sql::Connection& connection, Position as_of, int64_t asset_id,
                                   int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Version> version,
                          One(connection.Run(kGetVersion, as_of, asset_id, number)));
  if (version.has_value()) return *std::move(version);
  return VersionNotFound(connection, as_of, asset_id, number);
}

absl::StatusOr<Version> GetVersionById(sql::Connection& connection, Position as_of, int64_t id) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Version> version,
                          One(connection.Run(kGetVersionById, as_of, id)));
  if (version.has_value()) return *std::move(version);
  return NotFound("VERSION_NOT_FOUND", absl::StrCat("no version has the id ", id));
}

absl::StatusOr<std::optional<Version>> CurrentVersion(sql::Connection& connection, Position as_of,
                                                      int64_t asset_id) {
  WHENCE_ASSIGN_OR_RETURN(const VersionId id, FindCurrentVersion(connection, as_of, asset_id));
  if (id.id == 0) return std::nullopt;
  return One(connection.Run(kGetVersionById, as_of, id.id));
}

absl::StatusOr<std::optional<Version>> FindVersionByDigest(sql::Connection& connection,
                                                           Position as_of, int64_t asset_id,
                                                           std::string_view digest) {
  return One(connection.Run(kGetVersionByDigest, as_of, asset_id, digest));
}

absl::StatusOr<VersionId> FindVersion(sql::Connection& connection, Position as_of, int64_t asset_id,
                                      int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(const Mark mark, OneMark(connection.Run(kFindVersion, asset_id, number)));
  return mark.position <= as_of ? mark.id : VersionId{};
}

absl::StatusOr<VersionId> FindCurrentVersion(sql::Connection& connection, Position as_of,
                                             int64_t asset_id) {
  WHENCE_ASSIGN_OR_RETURN(const Mark newest, OneMark(connection.Run(kNewest, asset_id)));
  if (newest.position <= as_of) return newest.id;
  // Numbers have no gaps and positions rise with them: look for the last one that was there.
  VersionId found;
  int64_t low = 1;
  int64_t high = newest.id.number - 1;
  while (low <= high) {
    const int64_t middle = low + (high - low) / 2;
    WHENCE_ASSIGN_OR_RETURN(const Mark mark,
                            OneMark(connection.Run(kFindVersion, asset_id, middle)));
    if (mark.position <= as_of) {
      found = mark.id;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return found;
}

absl::StatusOr<bool> ListVersions(sql::Connection& connection, Position as_of, int64_t asset_id,
                                  int64_t before, absl::FunctionRef<bool(Version&&)> visit) {
  // Begin at the newest that was there, not by passing over all that came later.
  WHENCE_ASSIGN_OR_RETURN(const VersionId newest, FindCurrentVersion(connection, as_of, asset_id));
  if (before == kNoNumber || before > newest.number) before = newest.number + 1;
  sql::Rows rows = connection.Run(kListVersions, as_of, asset_id, before);
  while (rows.Next()) {
    if (!visit(ReadVersion(rows))) return false;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return true;
}

absl::Status VersionNotFound(sql::Connection& connection, Position as_of, int64_t asset_id,
                             int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(const VersionId newest, FindCurrentVersion(connection, as_of, asset_id));
  const std::string name = NameForMessage(connection, as_of, asset_id);
  return NotFound("VERSION_NOT_FOUND", absl::StrCat(name, " has no version ", number),
                  newest.number == kNoNumber
                      ? std::string("it has no versions")
                      : absl::StrCat("its newest version is ", newest.number,
                                     "; see 'whence version list ", name, "'"));
}

absl::StatusOr<Registered> RegisterVersion(sql::WriteContext& context, const ledger::Change& change,
                                           int64_t asset_id, const NewVersion& wanted) {
  WHENCE_ASSERT(!wanted.digest.empty());
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(std::optional<Version> existing,
                          FindVersionByDigest(connection, kNow, asset_id, wanted.digest));
  if (existing.has_value()) return Registered{.version = *std::move(existing), .created = false};
  WHENCE_ASSIGN_OR_RETURN(const VersionId newest, FindCurrentVersion(connection, kNow, asset_id));
  Version version;
  WHENCE_ASSIGN_OR_RETURN(version.id, NextObjectId(context));
  version.asset_id = asset_id;
  version.number = newest.number + 1;
  version.digest = wanted.digest;
  version.location = wanted.location;
  version.detail = wanted.detail;
  version.comment = wanted.comment;
  version.properties = wanted.properties;
  version.creator = std::string(change.actor);
  version.create_time = change.time;
  version.create_position = version.position = change.position;
  context.Weigh(version.detail.size());
  WHENCE_RETURN_IF_ERROR(connection.Execute(
      kInsertVersion, version.id, asset_id, version.number, version.digest, version.location,
      sql::Blob{version.detail}, version.creator, version.create_time, version.position));
  NoteChange(context, asset_id, change.position);  // it has a newer version
  if (!version.comment.empty() || !version.properties.empty()) {
    WHENCE_RETURN_IF_ERROR(InsertVersionState(connection, version));
  }
  return Registered{.version = std::move(version), .created = true};
}

absl::StatusOr<Version> UpdateVersion(sql::WriteContext& context, const ledger::Change& change,
                                      const Version& current, const VersionUpdate& update) {
  if (!update.Changes(current)) return current;
  Version next = current;
  if (update.comment.has_value()) next.comment = *update.comment;
  if (update.properties.has_value()) next.properties = *update.properties;
  next.position = change.position;
  NoteChange(context, next.id, change.position);
  sql::Connection& connection = context.connection();
  if (current.position == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kReplaceVersionState, next.id, next.position,
                                              next.comment, sql::Blob{next.properties}));
    // A version registered in this same mutation without any of the two has no row to replace.
    if (connection.Changes() > 0) return next;
  } else {
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kCloseVersionState, next.id, change.position, kForever));
  }
  WHENCE_RETURN_IF_ERROR(InsertVersionState(connection, next));
  return next;
}

}  // namespace whence::catalog
