#include "cli/bulk/differences.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/name.h"
#include "base/strings.h"
#include "google/protobuf/util/message_differencer.h"

namespace whence::cli {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using TextMap = google::protobuf::Map<std::string, std::string>;

template <class T>
std::vector<std::string> SharedDifferences(const T& said, const T& present) {
  std::vector<std::string> fields;
  if (!said.comment().empty() && said.comment() != present.comment())
    fields.emplace_back("comment");
  if (!said.owner().empty() && said.owner() != present.owner()) fields.emplace_back("owner");
  const bool same_properties =
      std::all_of(said.properties().begin(), said.properties().end(), [&present](const auto& pair) {
        const auto found = present.properties().find(pair.first);
        return found != present.properties().end() && found->second == pair.second;
      });
  if (!same_properties) fields.emplace_back("properties");
  return fields;
}

// Tags on columns are set apart and answered with the detail.
v1::Detail WithoutTags(v1::Detail detail) {
  const auto clear = [](google::protobuf::RepeatedPtrField<v1::Column>* columns) {
    for (v1::Column& column : *columns) column.clear_tags();
  };
  if (detail.has_table()) clear(detail.mutable_table()->mutable_columns());
  if (detail.has_function()) clear(detail.mutable_function()->mutable_parameters());
  if (detail.has_model()) {
    clear(detail.mutable_model()->mutable_inputs());
    clear(detail.mutable_model()->mutable_outputs());
  }
  return detail;
}

std::vector<std::string> Sorted(const Texts& texts) {
  std::vector<std::string> sorted(texts.begin(), texts.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

bool SameTexts(const Texts& a, const Texts& b) { return Sorted(a) == Sorted(b); }

bool SameTags(const v1::TagCondition& a, const v1::TagCondition& b) {
  return SameTexts(a.all(), b.all()) && SameTexts(a.any(), b.any()) &&
         SameTexts(a.none(), b.none());
}

// Privileges may be written in any case and with underscores.
Texts Spelled(const Texts& privileges) {
  Texts spelled;
  for (const std::string& privilege : privileges) {
    *spelled.Add() = absl::AsciiStrToUpper(absl::StrReplaceAll(privilege, {{"_", " "}}));
  }
  return spelled;
}

bool IsOfWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// What a word of conditions comes to: answers have numbers and truth values in quotes.
std::string Word(std::string_view written) {
  const std::string word = absl::AsciiStrToLower(ToAbsl(written));
  const bool number = absl::ascii_isdigit(static_cast<unsigned char>(word.front())) ||
                      (word.size() > 1 && word.front() == '-');
  return number || word == "true" || word == "false" ? StrCat("'", word, "'") : word;
}

// Conditions without what does not matter in them: spaces, and the case of letters, outside quotes.
std::string Squeezed(std::string_view conditions) {
  std::string squeezed;
  while (!conditions.empty()) {
    const char c = conditions.front();
    size_t length = 1;
    if (c == '\'' || c == '"' || c == '`') {
      length = std::min(conditions.find(c, 1), conditions.size() - 1) + 1;
      squeezed.append(conditions.substr(0, length));
    } else if (IsOfWord(c) || c == '-') {
      while (length < conditions.size() &&
             (IsOfWord(conditions[length]) || conditions[length] == '.' ||
              conditions[length] == '-')) {
        ++length;
      }
      squeezed.append(Word(conditions.substr(0, length)));
    } else if (c != ' ') {
      squeezed.push_back(c);
    }
    conditions.remove_prefix(length);
  }
  return squeezed;
}

// By the names that answers have; two dialects may be written otherwise.
std::map<std::string, std::string> ByDialect(const TextMap& sql) {
  std::map<std::string, std::string> by_dialect;
  for (const auto& [written, text] : sql) {
    const std::string dialect = absl::AsciiStrToLower(written);
    by_dialect[dialect == "postgres"     ? "postgresql"
               : dialect == "databricks" ? "spark"
                                         : dialect] = text;
  }
  return by_dialect;
}

bool SameMask(const v1::Mask& a, const v1::Mask& b) {
  const auto salted = [](const v1::Mask& mask) { return mask.salted() || !mask.salt().empty(); };
  return absl::EqualsIgnoreCase(a.type(), b.type()) && salted(a) == salted(b) &&
         a.constant() == b.constant() && ByDialect(a.custom()) == ByDialect(b.custom());
}

bool SameFilter(const v1::RowFilter& a, const v1::RowFilter& b) {
  return Squeezed(a.conditions()) == Squeezed(b.conditions()) &&
         ByDialect(a.sql()) == ByDialect(b.sql());
}

// The metastore, or a name however it is quoted. What is of no use as a name stays as it is.
std::string PlaceOf(const v1::Securable& securable) {
  const absl::StatusOr<std::vector<std::string>> parts = ParseName(securable.name(), "name");
  return parts.ok() ? FormatName(*parts) : securable.name();
}

}  // namespace

std::string Differences(const v1::Catalog& said, const v1::Catalog& present) {
  return absl::StrJoin(SharedDifferences(said, present), ", ");
}

std::string Differences(const v1::Schema& said, const v1::Schema& present) {
  return absl::StrJoin(SharedDifferences(said, present), ", ");
}

std::string Differences(const v1::Asset& said, const v1::Asset& present) {
  std::vector<std::string> fields = SharedDifferences(said, present);
  if (said.kind() != present.kind()) fields.emplace_back("kind");
  // Each version may replace the detail, so it is the versions' affair once there are any.
  if (said.has_detail() && present.current_version() == 0 &&
      !google::protobuf::util::MessageDifferencer::Equals(WithoutTags(said.detail()),
                                                          WithoutTags(present.detail()))) {
    fields.emplace_back("detail");
  }
  return absl::StrJoin(fields, ", ");
}

std::string Differences(const v1::Principal& said, const v1::Principal& present) {
  std::vector<std::string> fields;
  const auto differs = [](const std::string& a, const std::string& b) {
    return !a.empty() && a != b;
  };
  if (differs(said.display_name(), present.display_name())) fields.emplace_back("display_name");
  if (!said.emails().empty() && !std::equal(said.emails().begin(), said.emails().end(),
                                            present.emails().begin(), present.emails().end())) {
    fields.emplace_back("emails");
  }
  if (differs(said.external_id(), present.external_id())) fields.emplace_back("external_id");
  if (said.max_calls_per_second() != 0 &&
      said.max_calls_per_second() != present.max_calls_per_second()) {
    fields.emplace_back("max_calls_per_second");
  }
  if (said.max_request_bytes_per_second() != 0 &&
      said.max_request_bytes_per_second() != present.max_request_bytes_per_second()) {
    fields.emplace_back("max_request_bytes_per_second");
  }
  return absl::StrJoin(fields, ", ");
}

std::string Differences(const v1::TagDefinition& said, const v1::TagDefinition& present) {
  std::vector<std::string> fields;
  if (!SameTexts(said.values(), present.values())) fields.emplace_back("values");
  if (!SameTexts(said.assigners(), present.assigners())) fields.emplace_back("assigners");
  if (said.propagates() != present.propagates()) fields.emplace_back("propagates");
  if (!said.comment().empty() && said.comment() != present.comment())
    fields.emplace_back("comment");
  return absl::StrJoin(fields, ", ");
}

std::string Differences(const v1::Policy& said, const v1::Policy& present) {
  const bool said_state = said.state() != v1::POLICY_STATE_UNSPECIFIED;
  const std::pair<const char*, bool> same[] = {
      {"securable", PlaceOf(said.securable()) == PlaceOf(present.securable())},
      {"kind", said.kind() == present.kind()},
      {"state", !said_state || said.state() == present.state()},
      {"to", SameTexts(said.to(), present.to())},
      {"except", SameTexts(said.except(), present.except())},
      {"asset_tags", SameTags(said.asset_tags(), present.asset_tags())},
      {"columns", SameTexts(said.columns(), present.columns())},
      {"column_tags", SameTags(said.column_tags(), present.column_tags())},
      {"mask", SameMask(said.mask(), present.mask())},
      {"priority", said.priority() == present.priority()},
      {"filter", SameFilter(said.filter(), present.filter())},
      {"privileges", SameTexts(Spelled(said.privileges()), Spelled(present.privileges()))},
      {"comment", said.comment().empty() || said.comment() == present.comment()},
  };
  std::vector<std::string> fields;
  for (const auto& [field, agrees] : same) {
    if (!agrees) fields.emplace_back(field);
  }
  return absl::StrJoin(fields, ", ");
}

absl::Status ExistsAndDiffers(const absl::Status& created, std::string_view name,
                              const std::string& differences, std::string_view fixed) {
  const std::vector<std::string> different = absl::StrSplit(differences, ", ");
  const std::vector<std::string> never = absl::StrSplit(ToAbsl(fixed), ", ");
  const bool can_agree =
      std::none_of(different.begin(), different.end(), [&never](const std::string& field) {
        return std::find(never.begin(), never.end(), field) != never.end();
      });
  return AlreadyExists(
      GetErrorDetail(created).reason, StrCat(name, " exists and differs in ", differences),
      can_agree ? StrCat("change it with \"update_mask\": \"",
                         absl::StrReplaceAll(differences, {{" ", ""}}),
                         "\" beside the record, or leave the line out")
                : std::string("something else has that name; rename or delete one of them"));
}

}  // namespace whence::cli
