#include "cli/records/audit.h"

#include "base/strings.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

Tone ToneOf(const v1::LedgerEntry& entry) {
  if (entry.kind() == v1::ENTRY_KIND_DENIED || entry.outcome() == "DENY") return Tone::kRed;
  return entry.kind() == v1::ENTRY_KIND_MUTATION ? Tone::kPlain : Tone::kDim;
}

// "OK", "PERMISSION_DENIED, 41 more", "ALLOW, 1 of 1,000".
std::string OutcomeOf(const v1::LedgerEntry& entry) {
  std::string text = entry.outcome();
  if (entry.repeats() > 0) StrAppend(&text, ", ", HumanCount(entry.repeats()), " more");
  if (entry.rate() > 1) StrAppend(&text, ", 1 of ", HumanCount(entry.rate()));
  return text;
}

std::string WhoOf(const v1::LedgerEntry& entry) {
  if (entry.erased()) return "(erased)";
  return entry.actor().empty() ? "(nobody known)" : entry.actor();
}

}  // namespace

std::string EntryKindName(v1::EntryKind kind) {
  return Lower(WithoutPrefix(v1::EntryKind_Name(kind), "ENTRY_KIND_"));
}

std::vector<ListColumn<v1::LedgerEntry>> EntryColumns() {
  using Item = const v1::LedgerEntry&;
  return {
      {"position", [](Item item) { return StrCat(item.position()); },
       [](Item item) {
         return Cell{HumanCount(item.position()), Tone::kBold};
       },
       true},
      {"time", [](Item item) { return MachineTime(item.time()); },
       [](Item item) { return Cell{HumanTime(item.time())}; }},
      {"actor", [](Item item) { return item.actor(); },
       [](Item item) {
         return Cell{WhoOf(item), Tone::kCyan};
       }},
      {"action", [](Item item) { return item.action(); },
       [](Item item) {
         return Cell{item.action(), ToneOf(item)};
       }},
      {"resource", [](Item item) { return item.resource(); }},
      {"outcome", [](Item item) { return item.outcome(); },
       [](Item item) {
         return Cell{OutcomeOf(item), ToneOf(item)};
       }},
      {"via", [](Item item) { return item.via(); }},
      {"kind", [](Item item) { return EntryKindName(item.kind()); }, nullptr, false, true},
      {"repeats", [](Item item) { return StrCat(item.repeats()); }, nullptr, true, true},
      {"rate", [](Item item) { return StrCat(item.rate()); }, nullptr, true, true},
      {"request_id", [](Item item) { return item.request_id(); }, nullptr, false, true},
      {"digest", [](Item item) { return item.digest(); }, nullptr, false, true},
      {"row_count", [](Item item) { return StrCat(item.row_count()); }, nullptr, true, true},
  };
}

std::vector<ListColumn<v1::LedgerKey>> KeyColumns() {
  using Item = const v1::LedgerKey&;
  return {
      {"number", [](Item item) { return StrCat(item.number()); }, nullptr, true},
      {"from_size", [](Item item) { return StrCat(item.from_size()); },
       [](Item item) { return Cell{HumanCount(item.from_size())}; }, true},
      {"made", [](Item item) { return MachineTime(item.create_time()); },
       [](Item item) { return Cell{HumanTime(item.create_time())}; }},
      {"signed_by_the_one_before",
       [](Item item) { return std::string(item.endorsement().empty() ? "no" : "yes"); }},
      {"vkey", [](Item item) { return item.vkey(); }},
  };
}

Card EntryCard(const v1::LedgerEntry& entry) {
  Card card;
  card.Line("position", HumanCount(entry.position()), Tone::kBold)
      .Line("time", HumanTime(entry.time()))
      .Line("kind", EntryKindName(entry.kind()))
      .Line("actor", WhoOf(entry), Tone::kCyan)
      .Line("via", entry.via())
      .Line("action", entry.action())
      .Line("resource", entry.resource())
      .Line("outcome", OutcomeOf(entry), ToneOf(entry))
      .Line("request id", entry.request_id())
      .Line("request", entry.digest(), Tone::kDim)
      .Line("rows", entry.row_count() == 0 ? "" : HumanCount(entry.row_count()))
      .Line("rows' root", entry.rows_root(), Tone::kDim)
      .Line("commitment", entry.commitment(), Tone::kDim)
      .Line("salt", entry.salt(), Tone::kDim);
  card.Text("detail", entry.detail()).Text("leaf", entry.leaf());
  return card;
}

Card CheckpointCard(const v1::Checkpoint& checkpoint, const v1::ListWitnessesResponse& witnesses) {
  Card card;
  card.Line("ledger", checkpoint.origin(), Tone::kBold)
      .Line("entries", checkpoint.size() == 0 ? "0" : HumanCount(checkpoint.size()))
      .Line("root", checkpoint.root(), Tone::kDim)
      .Line("signed", HumanTime(checkpoint.time()));
  std::vector<std::vector<Cell>> rows;
  for (const v1::Witness& witness : witnesses.witnesses()) {
    rows.push_back({{witness.url()},
                    {witness.size() == 0 ? "nothing yet" : HumanCount(witness.size())},
                    {HumanTime(witness.time())},
                    {witness.problem(), Tone::kRed}});
  }
  card.Table("witnesses", {{"URL"}, {"COSIGNED", true}, {"WHEN"}, {"PROBLEM"}}, std::move(rows));
  card.Text("note", checkpoint.note());
  return card;
}

}  // namespace whence::cli
