#include "cli/report/changes_report.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/output/json.h"
#include "cli/report/markdown.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

using Counts = std::map<std::string, int64_t>;

std::string NameOf(const std::string& actor) { return actor.empty() ? "(not known)" : actor; }

// How often an entry's call was made.
int64_t TimesOf(const v1::LedgerEntry& entry) {
  return (1 + entry.repeats()) * std::max<int64_t>(entry.rate(), 1);
}

// The most frequent first.
std::vector<std::pair<std::string, int64_t>> Sorted(const Counts& counts) {
  std::vector<std::pair<std::string, int64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

// All entries of one kind, page by page.
absl::Status ForEach(App& app, v1::ListEntriesRequest request, v1::EntryKind kind,
                     const std::function<void(const v1::LedgerEntry&)>& visit, bool* own_only) {
  request.set_kind(kind);
  request.set_oldest_first(true);
  request.set_page_size(kMaxPageSize);
  do {
    WHENCE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse page, app.Call(kListEntries, request));
    for (const v1::LedgerEntry& entry : page.entries()) visit(entry);
    *own_only = page.own_only();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// What the report says besides the list of changes.
struct Summary {
  int64_t changes = 0;
  Counts by_actor;
  Counts by_action;
  Counts refused;  // by "actor: operation, reason"
  bool own_only = false;

  void Count(const v1::LedgerEntry& entry) {
    ++changes;
    ++by_actor[NameOf(entry.actor())];
    ++by_action[entry.action()];
  }
  void CountRefused(const v1::LedgerEntry& entry) {
    refused[StrCat(NameOf(entry.actor()), ": ", entry.action(), ", ", entry.outcome())] +=
        TimesOf(entry);
  }
};

std::string ScopeText(const ChangesRequest& request) {
  std::string text = request.from.empty() ? "from the beginning" : StrCat("from ", request.from);
  StrAppend(&text, request.to.empty() ? " up to now" : StrCat(" up to ", request.to));
  if (!request.entries.actor().empty()) StrAppend(&text, ", by ", request.entries.actor());
  if (!request.entries.resource().empty()) StrAppend(&text, ", of ", request.entries.resource());
  return text;
}

void WriteCounts(App& app, std::string_view heading, std::string_view what, const Counts& counts) {
  app.out() << "\n## " << heading << "\n\n";
  if (counts.empty()) {
    app.out() << "None.\n";
    return;
  }
  MarkdownTable table(app.out(), {std::string(what), "times"});
  for (const auto& [name, count] : Sorted(counts)) {
    table.Add({MarkdownCode(name), HumanCount(count)});
  }
}

absl::Status WriteMarkdown(App& app, const ChangesRequest& request, const v1::Checkpoint& head) {
  app.out() << "# What changed\n\nScope: " << MarkdownText(ScopeText(request))
            << ". Every change is an entry of the ledger " << MarkdownCode(head.origin())
            << ", whose head of " << CountOf(head.size(), "entry", "entries") << " is signed: root "
            << MarkdownCode(head.root()) << ".\n\n## Changes\n\n";
  Summary summary;
  MarkdownTable table(app.out(), {"position", "time", "who", "what", "of what", "through"});
  const auto add = [&](const v1::LedgerEntry& entry) {
    summary.Count(entry);
    table.Add({StrCat(entry.position()), HumanTime(entry.time()),
               MarkdownCode(NameOf(entry.actor())), MarkdownCode(entry.action()),
               MarkdownCode(entry.resource()), MarkdownCode(entry.via())});
  };
  WHENCE_RETURN_IF_ERROR(
      ForEach(app, request.entries, v1::ENTRY_KIND_MUTATION, add, &summary.own_only));
  if (table.empty()) app.out() << "None.\n";
  WHENCE_RETURN_IF_ERROR(ForEach(
      app, request.entries, v1::ENTRY_KIND_DENIED,
      [&](const v1::LedgerEntry& entry) { summary.CountRefused(entry); }, &summary.own_only));
  WriteCounts(app, "By whom", "who", summary.by_actor);
  WriteCounts(app, "By operation", "operation", summary.by_action);
  WriteCounts(app, "Refused", "who, and what", summary.refused);
  app.out() << "\n## Total\n\n" << CountOf(summary.changes, "change") << ".\n";
  if (summary.own_only) {
    app.out() << "\nOnly what the reader of this report did: the rest needs MANAGE on the "
                 "metastore.\n";
  }
  return absl::OkStatus();
}

std::string JsonText(std::string_view text) {
  return WriteJson(Json::String(text), /*pretty=*/false);
}

void WriteJsonCounts(App& app, std::string_view name, const Counts& counts) {
  app.out() << ",\n  " << JsonText(name) << ": {";
  bool first = true;
  for (const auto& [key, count] : Sorted(counts)) {
    app.out() << (first ? "\n    " : ",\n    ") << JsonText(key) << ": " << count;
    first = false;
  }
  app.out() << (first ? "}" : "\n  }");
}

absl::Status WriteJsonReport(App& app, const ChangesRequest& request, const v1::Checkpoint& head) {
  app.out() << "{\n  \"report\": \"changes\",\n  \"from\": " << JsonText(request.from)
            << ",\n  \"to\": " << JsonText(request.to)
            << ",\n  \"checkpoint\": " << WriteJson(ToJson(head), /*pretty=*/true, 2)
            << ",\n  \"changes\": [";
  Summary summary;
  const auto add = [&](const v1::LedgerEntry& entry) {
    app.out() << (summary.changes == 0 ? "\n    " : ",\n    ")
              << WriteJson(ToJson(entry), /*pretty=*/true, 4);
    summary.Count(entry);
  };
  WHENCE_RETURN_IF_ERROR(
      ForEach(app, request.entries, v1::ENTRY_KIND_MUTATION, add, &summary.own_only));
  app.out() << (summary.changes == 0 ? "]" : "\n  ]");
  WHENCE_RETURN_IF_ERROR(ForEach(
      app, request.entries, v1::ENTRY_KIND_DENIED,
      [&](const v1::LedgerEntry& entry) { summary.CountRefused(entry); }, &summary.own_only));
  WriteJsonCounts(app, "by_actor", summary.by_actor);
  WriteJsonCounts(app, "by_action", summary.by_action);
  WriteJsonCounts(app, "refused", summary.refused);
  app.out() << ",\n  \"own_only\": " << (summary.own_only ? "true" : "false") << "\n}\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status ReportChanges(App& app, const ChangesRequest& request) {
  // Everything that is listed is under this head.
  v1::GetCheckpointRequest now;
  now.set_now(true);
  WHENCE_ASSIGN_OR_RETURN(const v1::Checkpoint head, app.Call(kGetCheckpoint, now));
  ChangesRequest bounded = request;
  bounded.entries.mutable_as_of()->set_position(head.size());
  return app.format() == Format::kMarkdown ? WriteMarkdown(app, bounded, head)
                                           : WriteJsonReport(app, bounded, head);
}

}  // namespace whence::cli
