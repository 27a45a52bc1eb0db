#include "cli/graph/prov_document.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/strings.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// Names of the kinds in the document, and the blank names of their relations.
struct KindNames {
  std::string_view section;
  std::string_view blank;
};
constexpr std::array<KindNames, kProvKinds> kKindNames = {{
    {"entity", ""},
    {"activity", ""},
    {"agent", ""},
    {"wasGeneratedBy", "wGB"},
    {"used", "u"},
    {"wasDerivedFrom", "wDF"},
    {"wasAttributedTo", "wAT"},
    {"wasAssociatedWith", "wAW"},
    {"wasStartedBy", "wSB"},
    {"wasInfluencedBy", "wIB"},
    {"specializationOf", "sO"},
    {"hadMember", "hM"},
}};

// Integers beyond this are not exact in readers that take every JSON number for a double.
constexpr int64_t kMaxExactInteger = (int64_t{1} << 53) - 1;

Json NumberOf(std::string text) {
  Json json;
  json.type = Json::Type::kNumber;
  json.text = std::move(text);
  return json;
}

Json TypedLiteral(std::string_view value, std::string_view type) {
  Json json = Json::Object();
  json.members.emplace_back("$", Json::String(value));
  json.members.emplace_back("type", Json::String(type));
  return json;
}

// What stands for itself in a local name, of what our names have: PN_LOCAL of PROV-N without what
// it escapes.
bool IsLocalCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("_-.~/@#+").find(c) != std::string_view::npos;
}

std::string LocalName(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool edge = (i == 0 && (c == '-' || c == '.')) || (i + 1 == text.size() && c == '.');
    if (IsLocalCharacter(c) && !edge) {
      name.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    name.push_back('%');
    name.push_back(kHex[byte >> 4]);
    name.push_back(kHex[byte & 15]);
  }
  return name;
}

std::string NamespaceOf(std::string_view prefix) {
  if (prefix == "prov") return "http://www.w3.org/ns/prov#";
  if (prefix == "xsd") return "http://www.w3.org/2001/XMLSchema#";
  if (prefix == "whence") return "urn:whence:term:";
  return StrCat("urn:whence:", prefix, ":");
}

}  // namespace

void ProvRecord::Add(std::string_view name, Json value) {
  for (JsonMember& member : attributes_.members) {
    if (member.name != name) continue;
    if (member.value.type != Json::Type::kArray) {
      Json first = std::exchange(member.value, Json::Array());
      member.value.items.push_back(std::move(first));
    }
    member.value.items.push_back(std::move(value));
    return;
  }
  attributes_.members.emplace_back(name, std::move(value));
}

ProvRecord& ProvRecord::Text(std::string_view name, std::string_view value) {
  if (!value.empty()) Add(name, Json::String(value));
  return *this;
}

ProvRecord& ProvRecord::Number(std::string_view name, int64_t value) {
  if (value == 0) return *this;
  const bool exact = value <= kMaxExactInteger && value >= -kMaxExactInteger;
  Add(name, exact ? NumberOf(StrCat(value)) : TypedLiteral(StrCat(value), "xsd:long"));
  return *this;
}

ProvRecord& ProvRecord::Real(std::string_view name, double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  Add(name, TypedLiteral(std::string_view(digits.data(), end.ptr), "xsd:double"));
  return *this;
}

ProvRecord& ProvRecord::Flag(std::string_view name, bool value) {
  if (!value) return *this;
  Json json;
  json.type = Json::Type::kTrue;
  Add(name, std::move(json));
  return *this;
}

ProvRecord& ProvRecord::Name(std::string_view name, std::string_view value) {
  if (!value.empty()) Add(name, TypedLiteral(value, "prov:QUALIFIED_NAME"));
  return *this;
}

ProvRecord& ProvRecord::Time(std::string_view name, const google::protobuf::Timestamp& value) {
  const std::string text = MachineTime(value);
  if (!text.empty()) Add(name, TypedLiteral(text, "xsd:dateTime"));
  return *this;
}

ProvRecord& ProvRecord::PlainTime(std::string_view name, const google::protobuf::Timestamp& value) {
  return Text(name, MachineTime(value));
}

std::string ProvDocument::Qualify(std::string_view prefix, std::string_view local) {
  if (prefixes_.find(prefix) == prefixes_.end()) {
    prefixes_.emplace(prefix, NamespaceOf(prefix));
  }
  return StrCat(prefix, ":", LocalName(local));
}

ProvRecord& ProvDocument::Element(ProvKind kind, const std::string& name, bool* is_new) {
  Section& section = sections_[static_cast<size_t>(kind)];
  const auto [place, added] = section.places.emplace(name, section.records.size());
  if (added) section.records.emplace_back(name, ProvRecord());
  if (is_new != nullptr) *is_new = added;
  return section.records[place->second].second;
}

ProvRecord* ProvDocument::Relation(ProvKind kind, const std::string& key) {
  Section& section = sections_[static_cast<size_t>(kind)];
  const auto [place, added] = section.places.emplace(key, section.records.size());
  if (!added) return nullptr;
  const std::string_view blank = kKindNames[static_cast<size_t>(kind)].blank;
  section.records.emplace_back(StrCat("_:", blank, section.records.size() + 1), ProvRecord());
  return &section.records.back().second;
}

std::string ProvDocument::Write() const {
  Json document = Json::Object();
  Json prefixes = Json::Object();
  for (const std::string_view always : {"prov", "whence", "xsd"}) {
    prefixes.members.emplace_back(always, Json::String(NamespaceOf(always)));
  }
  for (const auto& [prefix, uri] : prefixes_) {
    if (prefixes.Find(prefix) == nullptr) prefixes.members.emplace_back(prefix, Json::String(uri));
  }
  std::sort(prefixes.members.begin(), prefixes.members.end(),
            [](const JsonMember& a, const JsonMember& b) { return a.name < b.name; });
  document.members.emplace_back("prefix", std::move(prefixes));
  for (size_t i = 0; i < kProvKinds; ++i) {
    if (sections_[i].records.empty()) continue;
    Json records = Json::Object();
    records.members.reserve(sections_[i].records.size());
    for (const auto& [name, record] : sections_[i].records) {
      records.members.emplace_back(name, record.json());
    }
    document.members.emplace_back(kKindNames[i].section, std::move(records));
  }
  return StrCat(WriteJson(document, /*pretty=*/true), "\n");
}

}  // namespace whence::cli
