// Rows of governed tables, beside what the entries say of them.
#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/findings.h"
#include "ledger/kept_rows.h"
#include "ledger/ledger.h"
#include "ledger/log_name.h"
#include "ledger/row_scan.h"
#include "ledger/verify.h"
#include "ledger/verify_erased.h"
#include "ledger/verify_name.h"
#include "sql/transaction.h"

namespace whence::ledger {
namespace {

using Kind = sql::ColumnValue::Kind;

// Rows that a finding names: enough to see what it is about.
constexpr size_t kNamedRows = 10;
constexpr size_t kNamedKeyBytes = 100;

constexpr sql::Query kRowsOfEntries{
    "SELECT e.position, e.row_count, e.rows_root, e.action, r.hashes"
    " FROM ledger_entry e LEFT JOIN ledger_entry_rows r USING (position)"
    " WHERE e.position >= ?1 AND e.position < ?2 ORDER BY e.position"};
// A file from before hashes were kept.
constexpr sql::Query kRowsOfOldEntries{
    "SELECT position, row_count, rows_root, action, NULL FROM ledger_entry"
    " WHERE position >= ?1 AND position < ?2 ORDER BY position"};

constexpr sql::Query kHasKept{
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ledger_entry_rows'"};

constexpr sql::Query kAnyEntry{
    "SELECT 1 FROM ledger_entry UNION ALL SELECT 1 FROM ledger_tile"
    " UNION ALL SELECT 1 FROM ledger_checkpoint LIMIT 1"};

constexpr sql::Query kRevokedNever{
    "SELECT position, id FROM token WHERE revoke_position = ?1 ORDER BY position, id"};

std::string TextOf(const sql::ColumnValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "NULL";
    case Kind::kInteger:
      return StrCat(value.integer);
    case Kind::kReal:
      return StrCat(value.real);
    case Kind::kText:
      return std::string(value.bytes.substr(0, kNamedKeyBytes));
    case Kind::kBlob:
      return absl::BytesToHexString(std::string(value.bytes.substr(0, kNamedKeyBytes)));
  }
  return "";
}

// "securable_state(securable_id 3, valid_from 12)", with " closed" behind it.
std::string NameOf(const RowStamp& stamp) {
  std::string name = StrCat(stamp.table->name, "(");
  for (size_t i = 0; i < stamp.table->keys; ++i) {
    StrAppend(&name, i == 0 ? "" : ", ", stamp.table->columns[i], " ", TextOf(stamp.values[i]));
  }
  StrAppend(&name, ")", stamp.is_birth ? "" : " closed");
  return name;
}

// Purpose: one check. Ownership: borrows. One thread.
class TablesVerifier {
 public:
  TablesVerifier(sql::Connection& connection, const VerifyOptions& options)
      : connection_(connection), options_(options), findings_(&report_, options.max_findings) {}

  absl::StatusOr<VerifyReport> Run() {
    const absl::StatusOr<LogName> name = FindLogName(connection_);
    if (absl::IsNotFound(name.status())) {
      WHENCE_ASSIGN_OR_RETURN(const bool tree, internal::HasTree(connection_));
      if (!tree) return name.status();
      findings_.Add(kNoPosition, internal::kNameless);
      return findings_.Take();
    }
    WHENCE_RETURN_IF_ERROR(name.status());
    WHENCE_RETURN_IF_ERROR(LookForEntries());
    WHENCE_RETURN_IF_ERROR(LookForKept());
    hasher_.emplace(name->rows_secret);
    for (Position begin = 1; begin != kForever;) {
      WHENCE_ASSIGN_OR_RETURN(
          const RowWindow window,
          ReadWindow(connection_, *hasher_, begin, static_cast<size_t>(options_.max_rows),
                     [this](int64_t stamps) { return Tell(stamps); }));
      if (begin == 1) ReportStrays(window);
      WHENCE_RETURN_IF_ERROR(CheckWindow(window));
      begin = window.end;
    }
    WHENCE_RETURN_IF_ERROR(NameRows());
    WHENCE_RETURN_IF_ERROR(CheckRevocations());
    WHENCE_RETURN_IF_ERROR(internal::VerifyErased(connection_, findings_));
    return findings_.Take();
  }

 private:
  // What is wrong with the rows of one entry.
  struct Wrong {
    std::string what;
    // Hashes of the rows to name; nothing: of all that have the entry's position.
    std::optional<std::vector<tlog::Hash>> changed = std::nullopt;
    std::vector<std::string> rows = {};
    size_t more = 0;
  };

  absl::Status LookForEntries() {
    sql::Rows rows = connection_.Run(kAnyEntry);
    had_entries_ = rows.Next();
    return rows.status();
  }

  absl::Status LookForKept() {
    sql::Rows rows = connection_.Run(kHasKept);
    has_kept_ = rows.Next();
    return rows.status();
  }

  void ReportStrays(const RowWindow& window) {
    std::map<std::string_view, int64_t> counts;
    for (const GovernedTable* table : window.strays) ++counts[table->name];
    for (const auto& [table, count] : counts) {
      findings_.Add(kNoPosition, StrCat(count, " rows of ", table,
                                        " have a position that no entry can have, or refer to a "
                                        "row that is missing"));
    }
  }

  absl::Status CheckWindow(const RowWindow& window) {
    report_.rows += static_cast<int64_t>(window.rows.size());
    auto row = window.rows.begin();
    sql::Rows rows =
        connection_.Run(has_kept_ ? kRowsOfEntries : kRowsOfOldEntries, window.begin, window.end);
    while (rows.Next()) {
      const Position position = rows.Int64(0);
      ++report_.entries;
      for (; row != window.rows.end() && row->position < position; ++row) AddWithoutEntry(*row);
      std::vector<tlog::Hash> hashes;
      for (; row != window.rows.end() && row->position == position; ++row) {
        hashes.push_back(row->hash);
      }
      CheckEntry(position, rows, hashes);
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    for (; row != window.rows.end(); ++row) AddWithoutEntry(*row);
    return absl::OkStatus();
  }

  // One entry, beside the rows that have its position now.
  void CheckEntry(Position position, sql::Rows& entry, const std::vector<tlog::Hash>& there) {
    const auto root = tlog::Hash::FromBytes(entry.Blob(2));
    const WrittenRows said{.count = entry.Int64(1), .root = root.value_or(tlog::Hash{})};
    const bool is_kept = AreKept(there, entry.Blob(4));
    if (said == Summarize(there)) {
      if (!entry.IsNull(4) && !is_kept) {
        findings_.Add(position, "what the entry keeps of its rows is not theirs");
      }
    } else if (is_kept && there.size() > 1) {
      findings_.Add(position, StrCat("the entry (", entry.Text(3), ") speaks for other rows than ",
                                     "those that it keeps the hashes of, which are there"));
    } else {
      const bool says_which = root.has_value() || said.count == 0;
      Add(position, Compare(entry.Text(3), said.count, there,
                            says_which ? RowsAsWritten(said, entry.Blob(4)) : std::nullopt));
    }
  }

  // What became of the rows that an entry wrote, as far as that is known: `written`. The names of
  // those to name follow `what`.
  static Wrong Compare(std::string_view action, int64_t count, const std::vector<tlog::Hash>& there,
                       const std::optional<std::vector<tlog::Hash>>& written) {
    Wrong wrong;
    wrong.what =
        StrCat("the entry (", action, ") wrote or closed ", count, count == 1 ? " row" : " rows");
    if (!written.has_value()) {
      StrAppend(&wrong.what, ", and not those ", there.size(), " that have its position now");
      return wrong;
    }
    std::vector<tlog::Hash> changed;
    std::set_difference(there.begin(), there.end(), written->begin(), written->end(),
                        std::back_inserter(changed));
    const size_t gone = written->size() + changed.size() - there.size();
    if (changed.empty()) {
      StrAppend(&wrong.what, ", of which are gone since: ", gone);
    } else if (gone == 0) {
      wrong.what += "; others that have its position";
    } else if (gone == changed.size()) {
      wrong.what += ", of which changed or replaced since";
    } else {
      StrAppend(&wrong.what, ", of which changed or gone since: ", gone, "; in their place");
    }
    if (changed.size() > kNamedRows) {
      wrong.more = changed.size() - kNamedRows;
      changed.resize(kNamedRows);
    }
    wrong.changed = std::move(changed);
    return wrong;
  }

  void AddWithoutEntry(const RowHash& row) {
    if (row.position == without_entry_) return;
    without_entry_ = row.position;
    if (!had_entries_ && row.position == 1) {
      report_.unchecked.emplace_back("what the metastore was made with: no entry is there yet");
      return;
    }
    Add(row.position, {.what = "rows have a position at which there is no entry"});
  }

  void Add(Position position, Wrong wrong) {
    // Whose rows are named as well; positions come in order, so these are the first ones.
    if (wrong_.size() < kMaxLedgerFindings) {
      wrong_[position] = std::move(wrong);
    } else {
      findings_.Add(position, wrong.what);
    }
  }

  absl::Status NameRows() {
    if (wrong_.empty()) return absl::OkStatus();
    WHENCE_RETURN_IF_ERROR(ForEachStamp(connection_, [this](const RowStamp& stamp) {
      const auto found = wrong_.find(stamp.entry);
      if (found != wrong_.end()) NameRow(stamp, found->second);
      return absl::OkStatus();
    }));
    for (auto& [position, wrong] : wrong_) {
      if (!wrong.rows.empty()) {
        StrAppend(&wrong.what, ": ", absl::StrJoin(wrong.rows, ", "));
        if (wrong.more > 0) StrAppend(&wrong.what, " and ", wrong.more, " more");
      }
      findings_.Add(position, wrong.what);
    }
    return absl::OkStatus();
  }

  void NameRow(const RowStamp& stamp, Wrong& wrong) {
    if (wrong.changed.has_value() &&
        !std::binary_search(wrong.changed->begin(), wrong.changed->end(),
                            HashOf(stamp, *hasher_))) {
      return;
    }
    if (wrong.rows.size() < kNamedRows) {
      wrong.rows.push_back(NameOf(stamp));
    } else {
      ++wrong.more;
    }
  }

  // A state that lasts ends at kForever, or, where the column may be NULL, not at all: the hash of
  // a token does not tell one from the other, and readers would take it for revoked.
  absl::Status CheckRevocations() {
    sql::Rows rows = connection_.Run(kRevokedNever, kForever);
    while (rows.Next()) {
      findings_.Add(rows.Int64(0),
                    StrCat("token ", rows.Int64(1), " is revoked, and no entry says so"));
    }
    return rows.status();
  }

  absl::Status Tell(int64_t stamps) {
    if (options_.progress == nullptr) return absl::OkStatus();
    return options_.progress("rows", stamps, 0);
  }

  sql::Connection& connection_;
  const VerifyOptions& options_;
  VerifyReport report_;
  internal::Findings findings_;
  std::optional<RowHasher> hasher_;
  std::map<Position, Wrong> wrong_;
  Position without_entry_ = kNoPosition;
  bool had_entries_ = false;  // there are some, or what is made of them
  bool has_kept_ = false;     // a table of what entries keep of their rows
};

}  // namespace

absl::StatusOr<VerifyReport> VerifyTables(sql::Connection& connection,
                                          const VerifyOptions& options) {
  const sql::ReadTransaction moment(connection);
  WHENCE_RETURN_IF_ERROR(moment.status());
  return TablesVerifier(connection, options).Run();
}

}  // namespace whence::ledger
