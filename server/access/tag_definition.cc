#include "access/tag_definition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "access/classification.h"
#include "access/strict_json.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "catalog/securable.h"

#define WHENCE_TAG_DEFINITION_AS_OF                                                 \
  "SELECT key, definition, updater, update_time_us, valid_from FROM tag_definition" \
  " WHERE valid_from <= ?1 AND valid_to > ?1"

namespace whence::access {
namespace {

namespace json = boost::json;

using catalog::kNow;

constexpr sql::Query kGet{WHENCE_TAG_DEFINITION_AS_OF " AND key = ?2"};
constexpr sql::Query kListAfter{WHENCE_TAG_DEFINITION_AS_OF " AND key > ?2 ORDER BY key LIMIT ?3"};

// Keys alone: a definition has up to 64 KiB, which takes a while to read.
constexpr sql::Query kKeys{
    "SELECT key FROM tag_definition WHERE valid_from <= ?1 AND valid_to > ?1 ORDER BY key"};

constexpr sql::Query kInsert{
    "INSERT INTO tag_definition (key, valid_from, valid_to, definition, updater, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
constexpr sql::Query kClose{
    "UPDATE tag_definition SET valid_to = ?3 WHERE key = ?1 AND valid_from = ?2"};
constexpr sql::Query kErase{"DELETE FROM tag_definition WHERE key = ?1 AND valid_from = ?2"};

// Values that an error names: the rest is in the definition.
constexpr size_t kMaxNamedValues = 20;

json::string_view Js(std::string_view text) { return {text.data(), text.size()}; }

absl::StatusOr<TagDefinition> Read(sql::Rows& rows) {
  TagDefinition definition;
  definition.key = std::string(rows.Text(0));
  WHENCE_ASSIGN_OR_RETURN(definition.rules, ParseTagRules(rows.Text(1)));
  definition.updater = std::string(rows.Text(2));
  definition.update_time = rows.Time(3);
  definition.position = rows.Int64(4);
  return definition;
}

absl::StatusOr<std::vector<TagDefinition>> ReadAll(sql::Rows rows) {
  std::vector<TagDefinition> definitions;
  while (rows.Next()) {
    WHENCE_ASSIGN_OR_RETURN(TagDefinition definition, Read(rows));
    definitions.push_back(std::move(definition));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return definitions;
}

absl::Status TooLarge(std::string_view what, size_t most) {
  return InvalidArgument("TAG_DEFINITION_TOO_LARGE", StrCat("definition.", what),
                         StrCat("a tag's definition has at most ", most, " ", what),
                         what == "assigners" ? "name a group, and put them into it"
                                             : "leave the values free, or use several keys");
}

absl::Status Insert(sql::WriteContext& context, const TagDefinition& definition) {
  return context.connection().Execute(kInsert, definition.key, definition.position, kForever,
                                      FormatTagRules(definition.rules), definition.updater,
                                      definition.update_time);
}

// What began in this same mutation was never seen: it goes.
absl::Status End(sql::WriteContext& context, const ledger::Change& change,
                 const TagDefinition& definition) {
  sql::Connection& connection = context.connection();
  if (definition.position == change.position) {
    return connection.Execute(kErase, definition.key, definition.position);
  }
  return connection.Execute(kClose, definition.key, definition.position, change.position);
}

absl::StatusOr<TagDefinition> Write(sql::WriteContext& context, const ledger::Change& change,
                                    std::string_view key, const TagRules& rules, bool flowed) {
  const TagDefinition definition{.key = std::string(key),
                                 .rules = Normalized(rules),
                                 .updater = std::string(change.actor),
                                 .update_time = change.time,
                                 .position = change.position};
  WHENCE_RETURN_IF_ERROR(Insert(context, definition));
  if (rules.propagates != flowed) {
    WHENCE_RETURN_IF_ERROR(NoteFlow(context, change.position, key, rules.propagates));
  }
  return definition;
}

template <class T>
void SortOnce(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

// ---- rules --------------------------------------------------------------------------------------

bool TagRules::Allows(std::string_view value) const {
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

std::string TagDefinition::Etag() const { return absl::StrCat("t", position); }

TagRules Normalized(TagRules rules) {
  SortOnce(rules.values);
  SortOnce(rules.assigners);
  return rules;
}

absl::Status ValidateTagRules(const TagRules& rules) {
  if (rules.values.size() > kMaxTagDefinitionValues) {
    return TooLarge("values", kMaxTagDefinitionValues);
  }
  if (rules.assigners.size() > kMaxTagAssigners) return TooLarge("assigners", kMaxTagAssigners);
  for (size_t i = 0; i < rules.values.size(); ++i) {
    WHENCE_RETURN_IF_ERROR(ValidateText(rules.values[i], absl::StrCat("definition.values[", i, "]"),
                                        kMaxTagValueBytes, /*allow_newlines=*/false));
  }
  WHENCE_RETURN_IF_ERROR(ValidateText(rules.comment, "definition.comment", kMaxCommentBytes,
                                      /*allow_newlines=*/true));
  const size_t bytes = FormatTagRules(rules).size();
  if (bytes <= kMaxTagDefinitionBytes) return absl::OkStatus();
  return InvalidArgument(
      "TAG_DEFINITION_TOO_LARGE", "definition",
      StrCat("it takes ", bytes, " bytes; at most ", kMaxTagDefinitionBytes, " are allowed"),
      "leave the values free, or use several keys");
}

std::string FormatTagRules(const TagRules& rules) {
  json::object object;
  json::array assigners;
  for (const PrincipalId id : rules.assigners) assigners.emplace_back(id);
  json::array values;
  for (const std::string& value : rules.values) values.emplace_back(Js(value));
  if (!assigners.empty()) object.emplace("assigners", std::move(assigners));
  if (!rules.comment.empty()) object.emplace("comment", Js(rules.comment));
  if (rules.propagates) object.emplace("propagates", true);
  if (!values.empty()) object.emplace("values", std::move(values));
  return json::serialize(object);
}

absl::StatusOr<TagRules> ParseTagRules(std::string_view text) {
  const absl::Status damaged =
      DataLoss("TAG_DEFINITION_DAMAGED", "a tag's stored definition cannot be read",
               "restore the database from a backup");
  const absl::StatusOr<json::value> value = ParseStrictJson(text, kMaxDefinitionDepth);
  if (!value.ok() || !value->is_object()) return damaged;
  const json::object& object = value->get_object();
  TagRules rules;
  if (const json::value* const list = object.if_contains("assigners"); list != nullptr) {
    if (!list->is_array()) return damaged;
    for (const json::value& item : list->get_array()) {
      if (!item.is_int64()) return damaged;
      rules.assigners.push_back(item.get_int64());
    }
  }
  if (const json::string* const comment = FindString(object, "comment"); comment != nullptr) {
    rules.comment = std::string(TextOf(*comment));
  }
  rules.propagates = object.contains("propagates");
  if (const json::value* const list = object.if_contains("values"); list != nullptr) {
    if (!list->is_array()) return damaged;
    for (const json::value& item : list->get_array()) {
      if (!item.is_string()) return damaged;
      rules.values.emplace_back(TextOf(item.get_string()));
    }
  }
  // What this version does not know must not be passed over: it may be what protects.
  if (FormatTagRules(rules) != text) return damaged;
  return rules;
}

// ---- reading ------------------------------------------------------------------------------------

absl::StatusOr<std::optional<TagDefinition>> FindTagDefinition(sql::Connection& connection,
                                                               Position as_of,
                                                               std::string_view key) {
  sql::Rows rows = connection.Run(kGet, as_of, key);
  if (rows.Next()) return Read(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<TagDefinition> GetTagDefinition(sql::Connection& connection, Position as_of,
                                               std::string_view key) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<TagDefinition> found,
                          FindTagDefinition(connection, as_of, key));
  if (found.has_value()) return *std::move(found);
  NearestName nearest(key);
  sql::Rows keys = connection.Run(kKeys, as_of);
  while (keys.Next() && nearest.Consider(keys.Text(0))) {
  }
  WHENCE_RETURN_IF_ERROR(keys.status());
  const std::optional<std::string> closest = nearest.closest();
  return NotFound("TAG_DEFINITION_NOT_FOUND",
                  StrCat("no definition of tags with the key ", QuoteForMessage(key)),
                  closest.has_value() ? StrCat(QuoteForMessage(*closest), " has one")
                                      : std::string("see 'whence tag definitions'"));
}

absl::StatusOr<std::vector<TagDefinition>> ListTagDefinitions(sql::Connection& connection,
                                                              Position as_of,
                                                              std::string_view after, int limit) {
  return ReadAll(connection.Run(kListAfter, as_of, after, limit));
}

absl::StatusOr<std::vector<std::string>> ListFlowingKeys(sql::Connection& connection,
                                                         Position as_of) {
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<TagDefinition> all,
      ListTagDefinitions(connection, as_of, "", static_cast<int>(kMaxTagDefinitions)));
  std::vector<std::string> keys;
  for (const TagDefinition& definition : all) {
    if (definition.rules.propagates) keys.push_back(definition.key);
  }
  return keys;
}

// ---- writing ------------------------------------------------------------------------------------

absl::StatusOr<TagDefinition> CreateTagDefinition(sql::WriteContext& context,
                                                  const ledger::Change& change,
                                                  std::string_view key, const TagRules& rules) {
  sql::Connection& connection = context.connection();
  size_t count = 0;
  bool there = false;
  {
    sql::Rows keys = connection.Run(kKeys, kNow);
    for (; keys.Next(); ++count) there = there || keys.Text(0) == key;
    WHENCE_RETURN_IF_ERROR(keys.status());
  }
  if (there) {
    return AlreadyExists("TAG_DEFINITION_ALREADY_EXISTS",
                         StrCat("tags with the key ", QuoteForMessage(key), " have a definition"),
                         StrCat("change it with 'whence tag redefine ", key, "'"));
  }
  if (count >= kMaxTagDefinitions) {
    return FailedPrecondition("TOO_MANY_TAG_DEFINITIONS",
                              absl::StrCat("there are ", kMaxTagDefinitions,
                                           " definitions of tags, and that is the most"),
                              "delete one that is no longer used");
  }
  return Write(context, change, key, rules, /*flowed=*/false);
}

absl::StatusOr<TagDefinition> UpdateTagDefinition(sql::WriteContext& context,
                                                  const ledger::Change& change,
                                                  const TagDefinition& current,
                                                  const TagRules& rules) {
  WHENCE_RETURN_IF_ERROR(End(context, change, current));
  return Write(context, change, current.key, rules, current.rules.propagates);
}

absl::Status DeleteTagDefinition(sql::WriteContext& context, const ledger::Change& change,
                                 const TagDefinition& current) {
  WHENCE_RETURN_IF_ERROR(End(context, change, current));
  if (!current.rules.propagates) return absl::OkStatus();
  return NoteFlow(context, change.position, current.key, /*flows=*/false);
}

// ---- asking -------------------------------------------------------------------------------------

bool IsAssigner(const TagRules& rules, const Snapshot& access, const Identity& who) {
  if (rules.assigners.empty()) return true;
  return access.IsInAny(who, rules.assigners);
}

absl::Status CheckTagValue(const TagDefinition& definition, const catalog::Tag& tag,
                           std::string_view field) {
  const std::vector<std::string>& values = definition.rules.values;
  if (definition.rules.Allows(tag.value)) return absl::OkStatus();
  std::string allowed;
  for (size_t i = 0; i < std::min(values.size(), kMaxNamedValues); ++i) {
    StrAppend(&allowed, i == 0 ? "" : ", ", QuoteForMessage(values[i]));
  }
  const std::string more = values.size() > kMaxNamedValues
                               ? StrCat(" and ", values.size() - kMaxNamedValues,
                                        " more, see 'whence tag definition ", tag.key, "'")
                               : std::string();
  return InvalidArgument(
      "TAG_VALUE_NOT_ALLOWED", field,
      tag.value.empty() ? StrCat("a tag with the key ", QuoteForMessage(tag.key), " needs a value")
                        : StrCat(QuoteForMessage(tag.value), " is no value of tags with the key ",
                                 QuoteForMessage(tag.key)),
      StrCat("allowed: ", allowed, more));
}

}  // namespace whence::access
