#include "cli/records/policy.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string Word(const std::string& name, std::string_view prefix) {
  return Lower(WithoutPrefix(name, prefix));
}

std::string KindWord(const v1::Policy& policy) {
  return Word(v1::PolicyKind_Name(policy.kind()), "POLICY_KIND_");
}

std::string StateWord(const v1::Policy& policy) {
  std::string word = Word(v1::PolicyState_Name(policy.state()), "POLICY_STATE_");
  return word == "dry_run" ? "dry run" : word;
}

Tone StateTone(const v1::Policy& policy) {
  if (policy.state() == v1::POLICY_STATE_ENABLED) return Tone::kGreen;
  return policy.state() == v1::POLICY_STATE_DRY_RUN ? Tone::kYellow : Tone::kDim;
}

// "all of pii; none of public"
std::string ConditionText(const v1::TagCondition& condition) {
  std::vector<std::string> parts;
  if (!condition.all().empty()) parts.push_back("all of " + absl::StrJoin(condition.all(), ", "));
  if (!condition.any().empty()) parts.push_back("any of " + absl::StrJoin(condition.any(), ", "));
  if (!condition.none().empty()) {
    parts.push_back("none of " + absl::StrJoin(condition.none(), ", "));
  }
  return absl::StrJoin(parts, "; ");
}

template <class Map>
std::string DialectText(const Map& sql) {
  std::vector<std::string> names;
  for (const auto& [dialect, text] : sql) names.push_back(dialect);
  std::sort(names.begin(), names.end());
  return absl::StrJoin(names, ", ");
}

std::string MaskText(const v1::Mask& mask) {
  std::string text = mask.type();
  if (mask.salted()) text += " (salted)";
  if (!mask.constant().empty()) StrAppend(&text, " '", mask.constant(), "'");
  if (!mask.custom().empty()) StrAppend(&text, " (", DialectText(mask.custom()), ")");
  return text;
}

std::string FilterText(const v1::RowFilter& filter) {
  std::string text = filter.conditions();
  if (!filter.sql().empty()) {
    StrAppend(&text, text.empty() ? "" : "; ", "SQL for ", DialectText(filter.sql()));
  }
  return text;
}

void AddLine(App& app, std::string_view label, const std::string& text, Tone tone,
             size_t indent = 2) {
  StyledLine line;
  line.Add(std::string(indent, ' ')).Add(label, tone).PadTo(indent + 8, 1).Add(text);
  app.out() << line.Render(app.out_styler(), 0) << '\n';
}

void PrintOneDecision(App& app, const v1::Decision& decision) {
  StyledLine head;
  head.Add(decision.allowed() ? "ALLOWED" : "DENIED",
           decision.allowed() ? Tone::kGreen : Tone::kRed)
      .Add(StrCat("  ", decision.reason()));
  app.out() << head.Render(app.out_styler(), 0) << '\n';
  for (const v1::DecidedFilter& filter : decision.filters()) {
    AddLine(app, "rows", StrCat(FilterText(filter.filter()), "  by ", filter.policy()),
            Tone::kYellow);
    if (!filter.sql().empty()) AddLine(app, "", filter.sql(), Tone::kDim);
  }
  for (const v1::ColumnMask& mask : decision.masks()) {
    AddLine(app, "mask", StrCat(mask.column(), ": ", MaskText(mask.mask()), "  by ", mask.policy()),
            Tone::kYellow);
    if (!mask.sql().empty()) AddLine(app, "", mask.sql(), Tone::kDim);
  }
}

std::vector<std::string> EffectLines(const v1::PolicyEffect& effect) {
  std::vector<std::string> lines;
  if (!effect.lost().empty()) lines.push_back("loses " + absl::StrJoin(effect.lost(), ", "));
  if (!effect.gained().empty()) lines.push_back("gains " + absl::StrJoin(effect.gained(), ", "));
  for (const v1::ColumnEffect& column : effect.columns()) {
    lines.push_back(StrCat("column ", column.column(), ": ",
                           column.before().empty() ? "shown" : column.before(), " -> ",
                           column.after().empty() ? "shown" : column.after()));
  }
  if (effect.rows_change()) lines.emplace_back("sees other rows");
  if (!effect.conflict().empty()) lines.push_back("sees nothing: " + effect.conflict());
  if (lines.empty()) lines.emplace_back("a conflict of masks is resolved");
  return lines;
}

}  // namespace

std::string PolicyText(const v1::Policy& policy) {
  switch (policy.kind()) {
    case v1::POLICY_KIND_MASK:
      return StrCat("mask ", MaskText(policy.mask()));
    case v1::POLICY_KIND_FILTER:
      return StrCat("filter ", FilterText(policy.filter()));
    case v1::POLICY_KIND_AUDIT:
      return policy.privileges().empty()
                 ? "audit everything"
                 : StrCat("audit ", absl::StrJoin(policy.privileges(), ", "));
    default:
      return policy.privileges().empty()
                 ? "deny everything"
                 : StrCat("deny ", absl::StrJoin(policy.privileges(), ", "));
  }
}

std::vector<ListColumn<v1::Policy>> PolicyColumns() {
  using Item = const v1::Policy&;
  return {
      {"name", [](Item item) { return item.name(); },
       [](Item item) {
         return Cell{item.name(), Tone::kBold};
       }},
      {"kind", KindWord},
      {"does", PolicyText},
      {"on", [](Item item) { return SecurableText(item.securable()); },
       [](Item item) {
         return Cell{SecurableText(item.securable()), Tone::kCyan};
       }},
      {"to", [](Item item) { return absl::StrJoin(item.to(), ", "); }},
      {"except", [](Item item) { return absl::StrJoin(item.except(), ", "); }},
      {"columns", [](Item item) { return absl::StrJoin(item.columns(), ", "); }},
      {"column_tags", [](Item item) { return ConditionText(item.column_tags()); }},
      {"state", StateWord,
       [](Item item) {
         return Cell{StateWord(item), StateTone(item)};
       }},
      {"asset_tags", [](Item item) { return ConditionText(item.asset_tags()); }, nullptr, false,
       true},
      {"priority", [](Item item) { return StrCat(item.priority()); }, nullptr, false, true},
      {"comment", [](Item item) { return item.comment(); }, nullptr, false, true},
      {"create_time", [](Item item) { return MachineTime(item.create_time()); }, nullptr, false,
       true},
      {"creator", [](Item item) { return item.creator(); }, nullptr, false, true},
      {"updated", [](Item item) { return MachineTime(item.update_time()); }, nullptr, false, true},
      {"updater", [](Item item) { return item.updater(); }, nullptr, false, true},
      {"etag", [](Item item) { return item.etag(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

Card PolicyCard(const v1::Policy& policy) {
  Card card;
  card.Line("name", policy.name(), Tone::kBold)
      .Line("does", PolicyText(policy))
      .Line("on", SecurableText(policy.securable()), Tone::kCyan)
      .Line("state", StateWord(policy), StateTone(policy))
      .Line("to", absl::StrJoin(policy.to(), ", "))
      .Line("except", absl::StrJoin(policy.except(), ", "))
      .Line("asset tags", ConditionText(policy.asset_tags()))
      .Line("columns", absl::StrJoin(policy.columns(), ", "))
      .Line("column tags", ConditionText(policy.column_tags()))
      .Line("priority", policy.priority() == 0 ? "" : StrCat(policy.priority()))
      .Line("comment", policy.comment())
      .Line("created", StrCat(HumanTime(policy.create_time()), " by ", policy.creator()))
      .Line("updated", policy.update_time().seconds() == policy.create_time().seconds()
                           ? ""
                           : StrCat(HumanTime(policy.update_time()), " by ", policy.updater()))
      .Line("etag", policy.etag(), Tone::kDim)
      .Line("position", HumanCount(policy.position()), Tone::kDim);
  for (const auto* const sql : {&policy.mask().custom(), &policy.filter().sql()}) {
    for (const auto& [dialect, text] : std::map<std::string, std::string>(sql->begin(), sql->end()))
      card.Text(dialect, text);
  }
  return card;
}

void PrintDecision(App& app, const v1::Decision& decision) {
  PrintOneDecision(app, decision);
  if (!decision.has_dry_run()) return;
  app.out() << "with what is in dry run:\n";
  PrintOneDecision(app, decision.dry_run());
}

void PrintEffects(App& app, const std::vector<v1::PolicyEffect>& effects) {
  TableWriter table(
      app.out(), app.out_styler(), app.display().width,
      {{"principal"}, {"on"}, {"what"}, {"recent_reads", true}, {"recent_decisions", true}});
  for (const v1::PolicyEffect& effect : effects) {
    bool first = true;
    for (const std::string& line : EffectLines(effect)) {
      table.Add({{first ? effect.principal() : "", Tone::kBold},
                 {first ? SecurableText(effect.securable()) : "", Tone::kCyan},
                 {line},
                 {first ? HumanCount(effect.recent_reads()) : ""},
                 {first ? HumanCount(effect.recent_decisions()) : ""}});
      first = false;
    }
  }
  table.Flush();
}

}  // namespace whence::cli
