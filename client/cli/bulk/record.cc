#include "cli/bulk/record.h"

#include <array>

#include "base/digest.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

// In the order of Record::body.
constexpr std::array<std::string_view, 17> kKinds = {"catalog",        "schema",
                                                     "asset",          "version",
                                                     "alias",          "tags",
                                                     "identity",       "run",
                                                     "edges",          "prediction",
                                                     "principal",      "membership",
                                                     "tag_definition", "declassification",
                                                     "policy",         "grants",
                                                     "metastore"};
static_assert(std::variant_size_v<decltype(Record::body)> == kKinds.size());

template <size_t kIndex = 0>
absl::Status FillBody(size_t wanted, const Json& json, Record& record) {
  if constexpr (kIndex < kKinds.size()) {
    if (kIndex == wanted) return FromJson(json, &record.body.emplace<kIndex>());
    return FillBody<kIndex + 1>(wanted, json, record);
  } else {
    return absl::InternalError("no such kind");
  }
}

absl::StatusOr<size_t> KindIndex(std::string_view key) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == key) return i;
  }
  std::string known;
  for (const std::string_view kind : kKinds) StrAppend(&known, known.empty() ? "" : ", ", kind);
  return absl::InvalidArgumentError(
      StrCat("unknown kind of record ", QuoteForMessage(key), ", known are ", known));
}

bool TakesUpdateMask(const Record& record) {
  return std::holds_alternative<v1::Catalog>(record.body) ||
         std::holds_alternative<v1::Schema>(record.body) ||
         std::holds_alternative<v1::Asset>(record.body) ||
         std::holds_alternative<v1::Version>(record.body) ||
         std::holds_alternative<v1::Principal>(record.body) ||
         std::holds_alternative<v1::TagDefinition>(record.body) ||
         std::holds_alternative<v1::Policy>(record.body);
}

// Refuses what the contract would pass over in silence: the line would not be what it says.
absl::Status CheckBody(const Record& record, const Json& json) {
  const auto* principal = std::get_if<v1::Principal>(&record.body);
  if (principal != nullptr && record.update_mask.empty()) {
    const Json* active = json.Find("active");
    const bool says_nothing = active == nullptr || active->type == Json::Type::kNull;
    if (says_nothing || principal->active()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "active: a principal is active when it is made; say false in a line after it, with "
        "\"update_mask\": \"active\" beside it");
  }
  const auto* grants = std::get_if<v1::ChangeGrantsRequest>(&record.body);
  if (grants != nullptr && grants->dry_run()) {
    return absl::InvalidArgumentError("dry_run: nothing would be granted; leave it out");
  }
  return absl::OkStatus();
}

// "comment,owner", ["comment", "owner"], or {"paths": [...]} as the text form of a mask has it.
absl::StatusOr<std::string> MaskOf(const Json& value) {
  constexpr std::string_view kWanted =
      "update_mask is a text such as \"comment,owner\", or a list of fields";
  if (value.type == Json::Type::kString) {
    if (value.text.empty()) return absl::InvalidArgumentError("update_mask names no field");
    return value.text;
  }
  const Json* list = value.type == Json::Type::kObject ? value.Find("paths") : &value;
  if (list == nullptr || list->type != Json::Type::kArray ||
      (list != &value && value.members.size() != 1)) {
    return absl::InvalidArgumentError(ToAbsl(kWanted));
  }
  std::string mask;
  for (const Json& path : list->items) {
    if (path.type != Json::Type::kString) return absl::InvalidArgumentError(ToAbsl(kWanted));
    StrAppend(&mask, mask.empty() ? "" : ",", path.text);
  }
  if (mask.empty()) return absl::InvalidArgumentError("update_mask names no field");
  return mask;
}

void FillIds(std::string_view line, int64_t number, const Json& json, Record& record) {
  const auto made = [line, number] { return UuidOf(StrCat(number, "\n", line)); };
  if (v1::Run* run = std::get_if<v1::Run>(&record.body)) {
    if (run->id().empty()) run->set_id(made());
    const Json* state = json.Find("state");
    record.state_unknown = state != nullptr && run->state() == v1::RUN_STATE_UNSPECIFIED;
  } else if (v1::Prediction* prediction = std::get_if<v1::Prediction>(&record.body)) {
    if (prediction->id().empty()) prediction->set_id(made());
  } else if (auto* edges = std::get_if<v1::RecordEdgesRequest>(&record.body)) {
    if (edges->request_id().empty()) edges->set_request_id(made());
  }
}

std::vector<std::string> PartsOf(const std::string& name) {
  // What does not parse is the server's to refuse; here it only has to be some key.
  absl::StatusOr<Reference> reference = ParseReference(name, "name");
  return reference.ok() ? reference->name : std::vector<std::string>{name};
}

}  // namespace

std::string UuidOf(std::string_view text) {
  std::string hex = Sha256Hex(text).substr(0, 32);
  hex[12] = '8';
  hex[16] = "89ab"[static_cast<size_t>(hex[16]) % 4];
  return StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                hex.substr(16, 4), "-", hex.substr(20));
}

absl::StatusOr<Record> ParseRecord(std::string_view line, int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(const Json json, ParseJson(line));
  Record record;
  const Json* body = nullptr;
  for (const auto& [key, value] : json.members) {
    if (key == "update_mask") {
      WHENCE_ASSIGN_OR_RETURN(record.update_mask, MaskOf(value));
      continue;
    }
    if (body != nullptr) return absl::InvalidArgumentError("a line holds one record");
    body = &value;
    WHENCE_ASSIGN_OR_RETURN(const size_t index, KindIndex(key));
    WHENCE_RETURN_IF_ERROR(FillBody(index, value, record));
  }
  if (body == nullptr) {
    return absl::InvalidArgumentError("a record such as {\"catalog\": {...}} is expected");
  }
  if (!record.update_mask.empty() && !TakesUpdateMask(record)) {
    return absl::InvalidArgumentError(StrCat("update_mask does not go with ", KindOf(record)));
  }
  WHENCE_RETURN_IF_ERROR(CheckBody(record, *body));
  FillIds(line, number, *body, record);
  return record;
}

Lane LaneOf(const Record& record) {
  if (std::holds_alternative<v1::Run>(record.body)) return Lane::kRuns;
  if (std::holds_alternative<v1::RecordEdgesRequest>(record.body)) return Lane::kEdges;
  if (std::holds_alternative<v1::Prediction>(record.body)) return Lane::kPredictions;
  if (std::holds_alternative<v1::Principal>(record.body) ||
      std::holds_alternative<v1::Membership>(record.body) ||
      std::holds_alternative<v1::Declassification>(record.body) ||
      std::holds_alternative<v1::ChangeGrantsRequest>(record.body)) {
    return Lane::kAccess;
  }
  if (std::holds_alternative<v1::TagDefinition>(record.body) ||
      std::holds_alternative<v1::Policy>(record.body) ||
      std::holds_alternative<v1::Metastore>(record.body)) {
    return Lane::kRules;
  }
  return Lane::kCatalog;
}

std::string_view KindOf(const Record& record) { return kKinds[record.body.index()]; }

Dependencies DependenciesOf(const Record& record) {
  // Names of principals have a colon, which names of other things have in backticks only.
  if (const auto* principal = std::get_if<v1::Principal>(&record.body)) {
    return {principal->name(), {}};
  }
  if (const auto* membership = std::get_if<v1::Membership>(&record.body)) {
    return {membership->group(), {membership->member()}};
  }
  struct Name {
    std::string operator()(const v1::Catalog& item) const { return item.name(); }
    std::string operator()(const v1::Schema& item) const { return item.name(); }
    std::string operator()(const v1::Asset& item) const { return item.name(); }
    std::string operator()(const v1::Version& item) const {
      return item.asset().empty() ? item.name() : item.asset();
    }
    std::string operator()(const v1::Alias& item) const { return item.asset(); }
    std::string operator()(const v1::SetTagsRequest& item) const { return item.reference(); }
    std::string operator()(const v1::DatasetIdentity& item) const { return item.asset(); }
    std::string operator()(const v1::Declassification& item) const { return item.reference(); }
    std::string operator()(const v1::ChangeGrantsRequest& item) const {
      return item.securable().name();
    }
    // Of the other lanes.
    std::string operator()(const google::protobuf::Message&) const { return ""; }
  };
  const std::vector<std::string> parts = PartsOf(std::visit(Name(), record.body));
  Dependencies dependencies;
  for (size_t count = 1; count < parts.size(); ++count) {
    dependencies.needs.push_back(FormatName(std::span(parts).first(count)));
  }
  dependencies.own = FormatName(parts);
  if (const auto* grants = std::get_if<v1::ChangeGrantsRequest>(&record.body)) {
    dependencies.needs.push_back(grants->principal());
  }
  return dependencies;
}

}  // namespace whence::cli
