#include "cli/audit/row_names.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "base/strings.h"

namespace whence::cli {
namespace {

constexpr sql::Query kEntry{
    "SELECT action, resource, actor, via, time_us FROM ledger_entry WHERE position = ?1"};
constexpr sql::Query kSecurable{
    "SELECT parent_id, name FROM securable_state"
    " WHERE securable_id = ?1 ORDER BY valid_from DESC LIMIT 1"};
constexpr sql::Query kVersion{"SELECT asset_id, number FROM version WHERE id = ?1"};

// Catalog, schema, asset: a row that was edited may well be its own parent.
constexpr int kLevels = 3;

// Control characters of an edited row must not reach the terminal.
std::string Plain(std::string_view text) {
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return plain;
}

std::string NameOfSecurable(sql::Connection& connection, int64_t id) {
  std::string name;
  for (int level = 0; level < kLevels && id > 0; ++level) {
    sql::Rows rows = connection.Run(kSecurable, id);
    if (!rows.Next()) return "";
    name = name.empty() ? Plain(rows.Text(1)) : StrCat(Plain(rows.Text(1)), ".", name);
    id = rows.Int64(0);
  }
  return name;
}

std::string NameOfVersion(sql::Connection& connection, int64_t id) {
  int64_t asset = 0;
  int64_t number = 0;
  {
    sql::Rows rows = connection.Run(kVersion, id);
    if (!rows.Next()) return "";
    asset = rows.Int64(0);
    number = rows.Int64(1);
  }
  const std::string name = NameOfSecurable(connection, asset);
  return name.empty() ? "" : StrCat(name, "@", number);
}

// How findings name rows, and what has the id behind it.
struct Mark {
  std::string_view text;
  std::string (*name)(sql::Connection&, int64_t);
};
constexpr Mark kMarks[] = {{"version(id ", NameOfVersion},
                           {"version_id ", NameOfVersion},
                           {"securable(id ", NameOfSecurable},
                           {"securable_id ", NameOfSecurable},
                           {"asset_id ", NameOfSecurable}};

// The number that `text` begins with; nothing where it begins with none.
std::optional<int64_t> NumberAtFront(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
    ++digits;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(0, digits)), &number)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<EntrySaid> EntryAt(sql::Connection& connection, int64_t position) {
  sql::Rows rows = connection.Run(kEntry, position);
  if (!rows.Next()) return std::nullopt;
  return EntrySaid{.action = Plain(rows.Text(0)),
                   .resource = Plain(rows.Text(1)),
                   .actor = Plain(rows.Text(2)),
                   .via = Plain(rows.Text(3)),
                   .time = rows.Time(4)};
}

std::vector<std::string> NamesIn(sql::Connection& connection, std::string_view finding) {
  std::vector<std::string> names;
  for (size_t at = 0; at < finding.size(); ++at) {
    for (const Mark& mark : kMarks) {
      const std::string_view here = finding.substr(at);
      if (!here.starts_with(mark.text)) continue;
      const std::optional<int64_t> id = NumberAtFront(here.substr(mark.text.size()));
      const std::string name = id.has_value() ? mark.name(connection, *id) : "";
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

}  // namespace whence::cli
