#include "cli/report/access_report.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/output/json.h"
#include "cli/output/printer.h"
#include "cli/records/access.h"
#include "cli/report/markdown.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string YesNo(bool value) { return value ? "yes" : "no"; }

template <class Items>
std::string PrivilegeList(const Items& items) {
  return absl::StrJoin(items, ", ", [](std::string* out, const v1::EffectivePrivilege& item) {
    out->append(item.privilege());
  });
}

// "SELECT by no-select, MODIFY by frozen".
std::string DeniedText(const v1::AssetAccess& access) {
  std::vector<std::string> parts;
  for (const v1::EffectivePrivilege& item : access.denied()) {
    std::set<std::string> policies;
    for (const v1::AccessReason& reason : item.reasons()) policies.insert(reason.policy());
    parts.push_back(StrCat(item.privilege(), " by ", absl::StrJoin(policies, ", ")));
  }
  return absl::StrJoin(parts, "; ");
}

std::string MasksText(const v1::AssetAccess& access) {
  return absl::StrJoin(access.masks(), "; ", [](std::string* out, const v1::AppliedMask& mask) {
    StrAppend(out, mask.policy(), " (", mask.mask(), ") on ", absl::StrJoin(mask.columns(), ", "));
  });
}

// A column whose lists stand behind each other in tables and CSV.
using Item = const v1::AssetAccess&;
std::vector<ListColumn<v1::AssetAccess>> Columns() {
  return {
      {"asset", [](Item item) { return item.securable().name(); },
       [](Item item) {
         return Cell{item.securable().name(), Tone::kBold};
       }},
      {"kind", [](Item item) { return TypeWord(item.securable().type()); }},
      {"principal", [](Item item) { return item.principal(); },
       [](Item item) {
         return Cell{item.principal(), Tone::kCyan};
       }},
      {"reads", [](Item item) { return YesNo(item.reads()); }},
      {"changes", [](Item item) { return YesNo(item.changes()); }},
      {"privileges", [](Item item) { return PrivilegeList(item.privileges()); }},
      {"how", [](Item item) { return absl::StrJoin(WaysText(item), "; "); }},
      {"limits", [](Item item) { return absl::StrJoin(LimitsText(item), "; "); },
       [](Item item) {
         return Cell{absl::StrJoin(LimitsText(item), "; "), Tone::kYellow};
       }},
  };
}

// What was told, for the end of the report.
class Totals {
 public:
  void Count(const v1::AssetAccess& item) {
    if (item.securable().id() != last_asset_) ++assets_;
    last_asset_ = item.securable().id();
    principals_.insert(item.principal());
    ++items_;
    readers_ += item.reads() ? 1 : 0;
    changers_ += item.changes() ? 1 : 0;
  }
  std::string Text() const {
    return StrCat(CountOf(items_, "entry", "entries"), ": ", CountOf(assets_, "asset"), ", ",
                  CountOf(static_cast<int64_t>(principals_.size()), "principal"), "; ",
                  HumanCount(readers_), " may read, ", HumanCount(changers_), " may change");
  }

 private:
  int64_t last_asset_ = 0;
  int64_t assets_ = 0;
  int64_t items_ = 0;
  int64_t readers_ = 0;
  int64_t changers_ = 0;
  std::set<std::string> principals_;
};

std::string AsOfText(int64_t position, const AccessReportScope& scope) {
  const bool says_more = !scope.as_of.empty() && scope.as_of != StrCat(position);
  return StrCat("as of position ", HumanCount(position),
                says_more ? StrCat(" (asked for: ", scope.as_of, ")") : "");
}

class ListReport : public AccessReport {
 public:
  ListReport(App& app, AccessReportScope scope)
      : app_(app), scope_(std::move(scope)), printer_(app, "items", Columns()) {}

  void Add(const v1::ListAssetAccessResponse& page) override {
    position_ = page.position();
    for (const v1::AssetAccess& item : page.items()) {
      printer_.Add(item);
      totals_.Count(item);
    }
    printer_.EndPage();
  }
  void End() override {
    printer_.End("");
    app_.Say(StrCat(totals_.Text(), " · ", AsOfText(position_, scope_)));
  }

 private:
  App& app_;
  const AccessReportScope scope_;
  ListPrinter<v1::AssetAccess> printer_;
  Totals totals_;
  int64_t position_ = 0;
};

// One object with a head, its items as they arrive.
class JsonReport : public AccessReport {
 public:
  JsonReport(App& app, AccessReportScope scope) : app_(app), scope_(std::move(scope)) {}

  void Add(const v1::ListAssetAccessResponse& page) override {
    if (!begun_) WriteHead(page.position());
    for (const v1::AssetAccess& item : page.items()) {
      app_.out() << (first_ ? "\n    " : ",\n    ") << WriteJson(ToJson(item), /*pretty=*/true, 4);
      first_ = false;
    }
    app_.out().flush();
  }
  void End() override { app_.out() << (first_ ? "]\n}\n" : "\n  ]\n}\n") << std::flush; }

 private:
  void WriteHead(int64_t position) {
    const auto text = [](std::string_view value) {
      return WriteJson(Json::String(value), /*pretty=*/false);
    };
    app_.out() << "{\n  \"report\": \"access\",\n  \"securable\": " << text(scope_.securable);
    if (!scope_.principal.empty()) app_.out() << ",\n  \"principal\": " << text(scope_.principal);
    if (!scope_.as_of.empty()) app_.out() << ",\n  \"as_of\": " << text(scope_.as_of);
    app_.out() << ",\n  \"position\": " << text(StrCat(position)) << ",\n  \"items\": [";
    begun_ = true;
  }

  App& app_;
  const AccessReportScope scope_;
  bool begun_ = false;
  bool first_ = true;
};

class MarkdownReport : public AccessReport {
 public:
  MarkdownReport(App& app, AccessReportScope scope) : app_(app), scope_(std::move(scope)) {}

  void Add(const v1::ListAssetAccessResponse& page) override {
    if (!begun_) WriteHead(page.position());
    for (const v1::AssetAccess& item : page.items()) {
      totals_.Count(item);
      if (item.securable().id() != asset_) Begin(item.securable());
      AddRow(item);
    }
    app_.out().flush();
  }
  void End() override { app_.out() << "\n## Total\n\n" << totals_.Text() << ".\n" << std::flush; }

 private:
  void WriteHead(int64_t position) {
    begun_ = true;
    app_.out() << "# Who may do what\n\n"
               << "Scope: " << MarkdownText(scope_.securable) << ", "
               << MarkdownText(AsOfText(position, scope_)) << ".";
    if (!scope_.principal.empty()) app_.out() << " Only " << MarkdownCode(scope_.principal) << ".";
    app_.out() << " Groups are told by their members. Left out are those who may do nothing: whom "
                  "a gate stops, and who is not active.\n";
  }

  void Begin(const v1::Securable& asset) {
    asset_ = asset.id();
    app_.out() << "\n## " << TypeWord(asset.type()) << ' ' << MarkdownCode(asset.name()) << "\n\n";
    table_ = std::make_unique<MarkdownTable>(
        app_.out(),
        std::vector<std::string>{"principal", "reads", "changes", "may", "how", "limits"});
  }

  void AddRow(const v1::AssetAccess& item) {
    const auto lines = [](const std::vector<std::string>& texts) {
      return absl::StrJoin(texts, "<br>", [](std::string* out, const std::string& text) {
        out->append(MarkdownText(text));
      });
    };
    table_->Add({MarkdownCode(item.principal()), YesNo(item.reads()), YesNo(item.changes()),
                 PrivilegeList(item.privileges()), lines(WaysText(item)), lines(LimitsText(item))});
  }

  App& app_;
  const AccessReportScope scope_;
  Totals totals_;
  std::unique_ptr<MarkdownTable> table_;
  int64_t asset_ = 0;
  bool begun_ = false;
};

}  // namespace

std::vector<std::string> WaysText(const v1::AssetAccess& access) {
  std::vector<std::string> ways;
  const auto add = [&ways](const v1::EffectivePrivilege& item) {
    for (const v1::AccessReason& reason : item.reasons()) {
      const std::string through = ThroughText(reason);
      std::string way =
          StrCat(ReasonText(reason), through.empty() ? "" : StrCat(" through ", through));
      if (std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(std::move(way));
    }
  };
  for (const v1::EffectivePrivilege& item : access.privileges()) add(item);
  for (const v1::EffectivePrivilege& item : access.gates()) add(item);
  return ways;
}

std::vector<std::string> LimitsText(const v1::AssetAccess& access) {
  std::vector<std::string> limits;
  const auto add = [&limits](std::string_view what, const std::string& text) {
    if (!text.empty()) limits.push_back(StrCat(what, text));
  };
  add("denied: ", DeniedText(access));
  add("not the columns ", absl::StrJoin(access.denied_columns(), ", "));
  add("some rows, by ", absl::StrJoin(access.row_filters(), ", "));
  add("masks: ", MasksText(access));
  add("nothing is shown: ", access.mask_conflict());
  return limits;
}

std::unique_ptr<AccessReport> MakeAccessReport(App& app, const AccessReportScope& scope) {
  if (app.format() == Format::kMarkdown) return std::make_unique<MarkdownReport>(app, scope);
  if (app.format() == Format::kJson) return std::make_unique<JsonReport>(app, scope);
  return std::make_unique<ListReport>(app, scope);
}

}  // namespace whence::cli
