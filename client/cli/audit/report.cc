#include "cli/audit/report.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "base/strings.h"
#include "cli/output/json.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

Json Number(int64_t number) {
  Json json;
  json.type = Json::Type::kNumber;
  json.text = StrCat(number);
  return json;
}

Json Texts(const std::vector<std::string>& texts) {
  Json array = Json::Array();
  for (const std::string& text : texts) array.items.push_back(Json::String(text));
  return array;
}

std::string TimeText(absl::Time time, const char* form) {
  return absl::FormatTime(form, time, absl::UTCTimeZone());
}

// "RegisterVersion of shop.churn.model@1 by user:ana via grpc, 2026-03-03 10:14:07Z; about a.b.c".
std::string TextOf(const EntrySaid& said) {
  std::string text = said.action;
  if (!said.resource.empty()) StrAppend(&text, " of ", said.resource);
  if (!said.actor.empty()) StrAppend(&text, " by ", said.actor);
  StrAppend(&text, " via ", said.via, ", ", TimeText(said.time, "%Y-%m-%d %H:%M:%SZ"));
  std::vector<std::string> others;
  for (const std::string& name : said.names) {
    if (name != said.resource) others.push_back(name);
  }
  if (!others.empty()) StrAppend(&text, "; rows of ", absl::StrJoin(others, ", "));
  return text;
}

Json JsonOf(const EntrySaid& said) {
  Json json = Json::Object();
  json.members.emplace_back("action", Json::String(said.action));
  if (!said.resource.empty()) json.members.emplace_back("resource", Json::String(said.resource));
  if (!said.actor.empty()) json.members.emplace_back("actor", Json::String(said.actor));
  json.members.emplace_back("via", Json::String(said.via));
  json.members.emplace_back("time", Json::String(TimeText(said.time, "%Y-%m-%dT%H:%M:%E*SZ")));
  if (!said.names.empty()) json.members.emplace_back("rows_of", Texts(said.names));
  return json;
}

}  // namespace

void AuditReport::Fail(int64_t position, std::string_view what) {
  ++count_;
  const auto place = std::upper_bound(
      failures_.begin(), failures_.end(), position,
      [](int64_t wanted, const Failure& other) { return wanted < other.position; });
  failures_.insert(place, {.position = position, .what = std::string(what)});
  if (failures_.size() > kMaxLedgerFindings) failures_.pop_back();
}

void AuditReport::Looked(std::string_view noun, int64_t count) {
  looked_.emplace_back(std::string(noun), count);
}

void AuditReport::Holds(std::string_view what) { holds_.emplace_back(what); }

void AuditReport::Unchecked(std::string_view what) { unchecked_.emplace_back(what); }

void AuditReport::Tell(int64_t position, EntrySaid said) {
  said_.insert_or_assign(position, std::move(said));
}

void AuditReport::PrintJson(App& app) const {
  Json json = Json::Object();
  Json good;
  good.type = ok() ? Json::Type::kTrue : Json::Type::kFalse;
  json.members.emplace_back("ok", std::move(good));
  Json looked = Json::Object();
  for (const auto& [noun, count] : looked_) looked.members.emplace_back(noun, Number(count));
  json.members.emplace_back("checked", std::move(looked));
  json.members.emplace_back("holds", Texts(holds_));
  json.members.emplace_back("unchecked", Texts(unchecked_));
  Json failures = Json::Array();
  for (const Failure& failure : failures_) {
    Json item = Json::Object();
    if (failure.position > 0) item.members.emplace_back("position", Number(failure.position));
    item.members.emplace_back("what", Json::String(failure.what));
    if (const auto said = said_.find(failure.position); said != said_.end()) {
      item.members.emplace_back("entry", JsonOf(said->second));
    }
    failures.items.push_back(std::move(item));
  }
  json.members.emplace_back("failures", std::move(failures));
  json.members.emplace_back("failure_count", Number(count_));
  app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                              : WriteJson(json, /*pretty=*/true) + "\n");
}

void AuditReport::Print(App& app) const {
  if (!ok()) app.ConditionNotMet();
  if (app.format() != Format::kTable) {
    PrintJson(app);
    return;
  }
  std::vector<std::string> counts;
  for (const auto& [noun, count] : looked_) counts.push_back(StrCat(HumanCount(count), " ", noun));
  if (!counts.empty()) app.out() << "checked " << absl::StrJoin(counts, ", ") << '\n';
  for (size_t i = 0; i < failures_.size(); ++i) {
    const Failure& failure = failures_[i];
    app.out() << app.out_styler().Paint(Tone::kRed, "FAILED");
    if (failure.position > 0) app.out() << " at position " << HumanCount(failure.position);
    app.out() << ": " << failure.what << '\n';
    // Once, under the last failure at the position.
    if (i + 1 < failures_.size() && failures_[i + 1].position == failure.position) continue;
    if (const auto said = said_.find(failure.position); said != said_.end()) {
      app.out() << "        the entry: " << TextOf(said->second) << '\n';
    }
  }
  if (count_ > std::ssize(failures_)) {
    app.out() << "and " << HumanCount(count_ - std::ssize(failures_)) << " more\n";
  }
  for (const std::string& line : holds_) {
    app.out() << app.out_styler().Paint(Tone::kGreen, "ok") << "  " << line << '\n';
  }
  for (const std::string& line : unchecked_) {
    app.out() << app.out_styler().Paint(Tone::kYellow, "not checked") << "  " << line << '\n';
  }
}

}  // namespace whence::cli
