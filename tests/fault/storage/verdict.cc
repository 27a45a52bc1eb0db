#include "verdict.h"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "support/ledger_check.h"
#include "support/scratch_database.h"

namespace whence::fault {
namespace {

// The rows of a statement as text, a line each; "error: ..." when it fails.
std::string Rows(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return StrCat("error: ", sqlite3_errmsg(db), "\n");
  }
  std::string out;
  int code = 0;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      const void* bytes = sqlite3_column_blob(statement, column);
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      if (column > 0) out += '|';
      if (bytes != nullptr) out.append(static_cast<const char*>(bytes), size);
    }
    out += '\n';
  }
  if (code != SQLITE_DONE) out += StrCat("error: ", sqlite3_errmsg(db), "\n");
  sqlite3_finalize(statement);
  return out;
}

class Looking {
 public:
  explicit Looking(const std::string& path) {
    WHENCE_ASSERT(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  ~Looking() { sqlite3_close(db_); }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
  std::string operator()(const std::string& sql) const { return Rows(db_, sql); }

 private:
  sqlite3* db_ = nullptr;
};

std::vector<std::string> Split(const std::string& lines) {
  std::vector<std::string> out;
  size_t at = 0;
  while (at < lines.size()) {
    const size_t end = lines.find('\n', at);
    out.push_back(lines.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Without what full text search keeps beside its table: that depends on how often it was written;
// and without heads that were signed: that depends on when.
std::vector<std::string> TableNames(const Looking& look) {
  return Split(
      look("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND "
           "name NOT LIKE 'search\\_text\\_%' ESCAPE '\\' AND name <> 'ledger_checkpoint' "
           "ORDER BY rowid"));
}

// Sorted, in these columns; "error: ..." when a column is gone.
std::vector<std::string> RowsIn(const Looking& look, const std::string& table,
                                const std::vector<std::string>& columns) {
  std::string values;
  for (const std::string& column : columns) {
    // A name in double quotes that is no column would be a text.
    StrAppend(&values, values.empty() ? "" : " || ', ' || ", "quote([", column, "])");
  }
  std::vector<std::string> rows = Split(look(StrCat("SELECT ", values, " FROM ", table)));
  std::sort(rows.begin(), rows.end());
  return rows;
}

// What tells something about a row. Of what a server makes up anew each time only how long it is.
std::string TellingColumns(const std::string& table) {
  if (table == "search_text") return "rowid, *";
  if (table == "request") {
    return "id, action, digest, CASE WHEN action IN ('CreateToken', 'RevokeToken')"
           " THEN length(response) ELSE response END, time_us";
  }
  if (table == "metastore_key") return "purpose, length(secret)";
  if (table == "token") {
    return "id, principal_id, length(digest), length(hint), comment, read_only, creator,"
           " create_time_us, expire_time_us, position, revoke_position, revoke_time_us";
  }
  // Hashes of salted things. That they fit is for the ledger's own checks to say.
  if (table == "ledger_entry") {
    return "position, time_us, actor, via, action, resource, request_id, hex(digest), kind,"
           " outcome, detail, repeats, rate, row_count, length(rows_root), length(commitment),"
           " length(salt)";
  }
  if (table == "ledger_tile") return "level, idx, length(hashes)";
  if (table == "ledger_entry_rows") return "position, length(hashes)";
  if (table == "ledger_log") return "id, length(origin), length(rows_secret)";
  return "*";
}

std::string Dump(const Looking& look) {
  std::string out;
  for (const std::string& table : TableNames(look)) {
    if (table == "ledger_key") continue;  // the first start that comes to it makes it
    const std::string columns = TellingColumns(table);
    StrAppend(&out, "== ", table, "\n", look(StrCat("SELECT ", columns, " FROM ", table)));
  }
  return out;
}

std::string FirstDifference(const std::string& got, const std::string& wanted) {
  const std::vector<std::string> a = Split(got);
  const std::vector<std::string> b = Split(wanted);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(end)";
    const std::string right = i < b.size() ? b[i] : "(end)";
    if (left != right) return StrCat("holds \"", left, "\" where \"", right, "\" should be");
  }
  return "";
}

Held HeldBy(const Looking& look, const Story& story) {
  Held held;
  for (const std::string& line :
       Split(look("SELECT lower(hex(digest)), time_us FROM ledger_entry ORDER BY position"))) {
    const size_t bar = line.find('|');
    if (bar == std::string::npos) return {{line, absl::InfinitePast()}};  // an error, said later
    held.emplace_back(story.IdOf(line.substr(0, bar)),
                      absl::FromUnixMicros(std::strtoll(line.c_str() + bar + 1, nullptr, 10)));
  }
  return held;
}

// Which mutations there must be, may be, and must not be.
std::string JudgeHeld(const Held& held, const Story& story, const Outcomes& outcomes) {
  std::multiset<std::string> there;
  for (const auto& [id, time] : held) there.insert(id);
  size_t known = 0;
  for (const auto& batch : story.batches) {
    for (const auto& mutation : batch) {
      const size_t count = there.count(mutation->id());
      known += count;
      const auto found = outcomes.find(mutation->id());
      const Outcome outcome = found == outcomes.end() ? Outcome{} : found->second;
      const bool must = outcome.kind == Outcome::Kind::kAcknowledged;
      const bool may = must || outcome.kind == Outcome::Kind::kUncertain;
      if (count > 1 || (must && count == 0) || (!may && count != 0)) {
        return StrCat(mutation->id(), " is there ", count, " times; it was answered ",
                      must                     ? "OK"
                      : outcome.reason.empty() ? "not at all"
                                               : outcome.reason);
      }
    }
  }
  return known == held.size() ? "" : StrCat("there is something else: ", held.back().first);
}

// Predictions that are sent again are answered by what was accepted, without a position.
std::string JudgeAnswers(const Story& story, const Outcomes& outcomes,
                         const Reference::Expected& expected) {
  for (const auto& [id, outcome] : outcomes) {
    if (!story.Find(id).has_request_id()) continue;
    if (outcome.kind == Outcome::Kind::kAcknowledged && outcome.answer != expected.answers.at(id)) {
      return StrCat(id, " got another answer than such a request gets");
    }
  }
  return "";
}

// Sends everything again, as clients do that do not know what became of it.
std::string Resend(Server& server, const Story& story, const Outcomes& outcomes) {
  server.SetSecond(10'000);
  size_t all = 0;
  for (const auto& batch : story.batches) {
    std::vector<Mutation*> mutations;
    for (const auto& mutation : batch) mutations.push_back(mutation.get());
    const std::vector<absl::Status> statuses = server.Do(mutations);
    for (size_t i = 0; i < statuses.size(); ++i) {
      const Mutation& mutation = *mutations[i];
      if (!statuses[i].ok()) {
        return StrCat(mutation.id(), ", sent again: ", statuses[i].ToString());
      }
      const auto found = outcomes.find(mutation.id());
      if (mutation.has_request_id() && found != outcomes.end() &&
          found->second.kind == Outcome::Kind::kAcknowledged &&
          found->second.answer != mutation.answer()) {
        return StrCat(mutation.id(), ", sent again, got another answer");
      }
      ++all;
    }
  }
  if (server.house().ledger().published() != static_cast<Position>(all)) {
    return StrCat("after everything was sent again there are ", server.house().ledger().published(),
                  " entries for ", all, " mutations");
  }
  return server.ViewsDifference();
}

}  // namespace

std::string DumpOf(const std::string& path) { return Dump(Looking(path)); }

Tables TablesOf(const std::string& path) {
  const Looking look(path);
  Tables tables;
  for (const std::string& name : TableNames(look)) {
    Table& table = tables[name];
    table.columns = Split(look(StrCat("SELECT name FROM pragma_table_info('", name, "')")));
    table.rows = RowsIn(look, name, table.columns);
  }
  return tables;
}

std::string LostFrom(const Tables& before, const std::string& path,
                     const std::set<std::string>& changed) {
  const Looking look(path);
  for (const auto& [name, table] : before) {
    if (changed.contains(name)) continue;
    const std::vector<std::string> now = RowsIn(look, name, table.columns);
    std::vector<std::string> lost, more;
    std::set_difference(table.rows.begin(), table.rows.end(), now.begin(), now.end(),
                        std::back_inserter(lost));
    std::set_difference(now.begin(), now.end(), table.rows.begin(), table.rows.end(),
                        std::back_inserter(more));
    if (!lost.empty()) return StrCat(name, " has lost ", lost.front());
    if (!more.empty() && name != "schema_migration") return StrCat(name, " has got ", more.front());
  }
  return "";
}

std::string InsertsOf(const std::string& path) {
  const Looking look(path);
  std::string out;
  for (const std::string& table : TableNames(look)) {
    if (table == "schema_migration") continue;
    std::string names = table == "search_text" ? "rowid" : "";
    std::string values = table == "search_text" ? "rowid" : "";
    for (const std::string& column :
         Split(look(StrCat("SELECT name FROM pragma_table_info('", table, "')")))) {
      StrAppend(&names, names.empty() ? "" : ", ", column);
      StrAppend(&values, values.empty() ? "" : " || ', ' || ", "quote(", column, ")");
    }
    StrAppend(&out, look(StrCat("SELECT 'INSERT INTO ", table, " (", names, ") VALUES (' || ",
                                values, " || ');' FROM ", table)));
  }
  return out;
}

std::string FaultsOf(const std::string& path) {
  const Looking look(path);
  const std::string integrity = look("PRAGMA integrity_check");
  return (integrity == "ok\n" ? "" : integrity) + look("PRAGMA foreign_key_check");
}

const Reference::Expected& Reference::Of(const Held& held) {
  std::string key;
  for (const auto& [id, time] : held) StrAppend(&key, id, " ", absl::ToUnixMicros(time), " ");
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const test::TemporaryFolder folder;
  Expected expected;
  {
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Open(folder.path());
    WHENCE_ASSERT(server.ok());
    for (const auto& [id, time] : held) {
      Mutation& mutation = story_->Find(id);
      (*server)->clock().Set(time);
      // One that cannot be done leaves a difference, which is then found.
      if ((*server)->Do({&mutation}).front().ok()) expected.answers[id] = mutation.answer();
    }
  }
  expected.dump = DumpOf(folder.path() + "/whence.db");
  return known_.emplace(std::move(key), std::move(expected)).first->second;
}

std::string Judge(const std::string& folder, const Story& story, const Outcomes& outcomes,
                  Reference& reference, Depth depth) {
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Open(folder);
  if (!server.ok()) return StrCat("the server does not open: ", server.status().ToString());
  {
    const Looking look(folder + "/whence.db");
    if (std::string found = FaultsOf(folder + "/whence.db"); !found.empty()) return found;
    const Held held = HeldBy(look, story);
    if (std::string found = JudgeHeld(held, story, outcomes); !found.empty()) return found;
    const Reference::Expected& expected = reference.Of(held);
    std::string found = FirstDifference(Dump(look), expected.dump);
    if (found.empty()) found = JudgeAnswers(story, outcomes, expected);
    if (found.empty()) found = test::LedgerFaults(folder + "/whence.db");
    if (!found.empty()) return found;
  }
  return depth == Depth::kAndResend ? Resend(**server, story, outcomes) : "";
}

}  // namespace whence::fault
