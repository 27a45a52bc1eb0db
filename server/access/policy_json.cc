// Definitions of policies as canonical JSON, as policy_definition.h says.

#include <optional>
#include <utility>

#include "access/policy_definition.h"
#include "access/strict_json.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "boost/json/array.hpp"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"

namespace whence::access {
namespace {

namespace json = boost::json;

json::string_view Js(std::string_view text) { return {text.data(), text.size()}; }

// Each writes its member when there is something to say. Members are added in order of their names.

void Put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object.emplace(Js(name), Js(text));
}

void Put(json::object& object, std::string_view name, json::array list) {
  if (!list.empty()) object.emplace(Js(name), std::move(list));
}

void Put(json::object& object, std::string_view name, json::object members) {
  if (!members.empty()) object.emplace(Js(name), std::move(members));
}

json::array Texts(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(Js(text));
  return list;
}

json::array Terms(const std::vector<TagTerm>& terms) {
  json::array list;
  for (const TagTerm& term : terms) list.emplace_back(Js(FormatTagTerm(term)));
  return list;
}

json::array Ids(const std::vector<PrincipalId>& ids) {
  json::array list;
  for (const PrincipalId id : ids) list.emplace_back(id);
  return list;
}

json::array Names(PrivilegeSet privileges) {
  json::array list;
  for (const Privilege privilege : ToList(privileges)) {
    list.emplace_back(Js(PrivilegeName(privilege)));
  }
  return list;
}

json::object Tags(const TagCondition& condition) {
  json::object object;
  Put(object, "all", Terms(condition.all));
  Put(object, "any", Terms(condition.any));
  Put(object, "none", Terms(condition.none));
  return object;
}

// A dialect's key. What is stored must be what this version would write, so it keeps the word that
// the first policies were written with.
std::string_view StoredName(SqlDialect dialect) {
  return dialect == SqlDialect::kPostgres ? "postgres" : DialectName(dialect);
}

json::object Sql(const std::map<SqlDialect, std::string>& expressions) {
  std::map<std::string_view, std::string_view> by_name;
  for (const auto& [dialect, sql] : expressions) by_name[StoredName(dialect)] = sql;
  json::object object;
  for (const auto& [name, sql] : by_name) Put(object, name, sql);
  return object;
}

json::object MaskObject(const Mask& mask) {
  json::object object;
  Put(object, "constant", mask.constant);
  Put(object, "salt", mask.salt);
  Put(object, "sql", Sql(mask.custom));
  Put(object, "type", MaskTypeName(mask.type));
  return object;
}

json::object FilterObject(const RowFilter& filter) {
  json::object object;
  Put(object, "sql", Sql(filter.sql));
  Put(object, "where", FormatRowConditions(filter.conditions));
  return object;
}

// Purpose: reads members of an object; remembers that one was not as it should be. One thread.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  bool ok() const { return ok_; }

  std::string Text(std::string_view name) {
    const json::value* const value = Find(name);
    if (value == nullptr) return "";
    const json::string* const text = value->if_string();
    ok_ = ok_ && text != nullptr;
    return text == nullptr ? "" : std::string(TextOf(*text));
  }

  int64_t Number(std::string_view name) {
    const json::value* const value = Find(name);
    if (value == nullptr) return 0;
    const int64_t* const number = value->if_int64();
    ok_ = ok_ && number != nullptr;
    return number == nullptr ? 0 : *number;
  }

  // One call of `take` for each text of a list, which says whether it is a good one.
  template <class F>
  void EachText(std::string_view name, F take) {
    Each(name, [&](const json::value& item) {
      const json::string* const text = item.if_string();
      return text != nullptr && take(TextOf(*text));
    });
  }

  std::vector<PrincipalId> Ids(std::string_view name) {
    std::vector<PrincipalId> ids;
    Each(name, [&](const json::value& item) {
      const int64_t* const id = item.if_int64();
      if (id != nullptr) ids.push_back(*id);
      return id != nullptr;
    });
    return ids;
  }

  // One call of `read` with a reader of the member's members, if it is there.
  template <class F>
  void Object(std::string_view name, F read) {
    const json::value* const value = Find(name);
    if (value == nullptr) return;
    const json::object* const object = value->if_object();
    ok_ = ok_ && object != nullptr;
    if (object == nullptr) return;
    Reader inner(*object);
    read(inner);
    ok_ = ok_ && inner.ok();
  }

  std::map<SqlDialect, std::string> Sql() {
    std::map<SqlDialect, std::string> expressions;
    Object("sql", [&](Reader& inner) {
      for (const auto& member : inner.object_) {
        const absl::StatusOr<SqlDialect> dialect =
            ParseDialect(std::string_view(member.key().data(), member.key().size()), "sql");
        inner.ok_ = inner.ok_ && dialect.ok();
        if (dialect.ok()) expressions[*dialect] = inner.Text(StoredName(*dialect));
      }
    });
    return expressions;
  }

  TagCondition Tags(std::string_view name) {
    TagCondition condition;
    Object(name, [&](Reader& inner) {
      inner.TakeTerms("all", condition.all);
      inner.TakeTerms("any", condition.any);
      inner.TakeTerms("none", condition.none);
    });
    return condition;
  }

 private:
  const json::value* Find(std::string_view name) const { return object_.if_contains(Js(name)); }

  template <class F>
  void Each(std::string_view name, F take) {
    const json::value* const value = Find(name);
    if (value == nullptr) return;
    const json::array* const list = value->if_array();
    ok_ = ok_ && list != nullptr;
    if (list == nullptr) return;
    for (const json::value& item : *list) ok_ = take(item) && ok_;
  }

  void TakeTerms(std::string_view name, std::vector<TagTerm>& terms) {
    EachText(name, [&](std::string_view text) {
      absl::StatusOr<TagTerm> term = ParseTagTerm(text, name);
      if (!term.ok()) return false;
      terms.push_back(*std::move(term));
      return true;
    });
  }

  const json::object& object_;
  bool ok_ = true;
};

bool ReadKind(Reader& reader, PolicyDefinition& definition) {
  const std::string name = reader.Text("kind");
  for (const PolicyKind kind :
       {PolicyKind::kColumnMask, PolicyKind::kRowFilter, PolicyKind::kDeny, PolicyKind::kAudit}) {
    if (PolicyKindName(kind) != name) continue;
    definition.kind = kind;
    return true;
  }
  return false;
}

bool ReadMask(Reader& reader, Mask& mask) {
  bool known = true;
  reader.Object("mask", [&](Reader& inner) {
    const absl::StatusOr<MaskType> type = ParseMaskType(inner.Text("type"), "mask");
    known = type.ok();
    if (known) mask.type = *type;
    mask.salt = inner.Text("salt");
    mask.constant = inner.Text("constant");
    mask.custom = inner.Sql();
  });
  return known;
}

bool ReadFilter(Reader& reader, RowFilter& filter) {
  bool known = true;
  reader.Object("filter", [&](Reader& inner) {
    filter.sql = inner.Sql();
    const std::string where = inner.Text("where");
    if (where.empty()) return;
    absl::StatusOr<std::vector<RowCondition>> conditions = ParseRowConditions(where, "where");
    known = conditions.ok();
    if (known) filter.conditions = *std::move(conditions);
  });
  return known;
}

bool ReadPrivileges(Reader& reader, PrivilegeSet& privileges) {
  reader.EachText("privileges", [&](std::string_view name) {
    const absl::StatusOr<Privilege> privilege = ParsePrivilege(name, "privileges");
    if (privilege.ok()) privileges |= *privilege;
    return privilege.ok();
  });
  return reader.ok();
}

}  // namespace

std::string FormatDefinition(const PolicyDefinition& definition) {
  json::object object;
  Put(object, "asset_tags", Tags(definition.asset_tags));
  Put(object, "column_tags", Tags(definition.column_tags));
  Put(object, "columns", Texts(definition.columns));
  Put(object, "comment", definition.comment);
  Put(object, "except", Ids(definition.except));
  Put(object, "filter", FilterObject(definition.filter));
  Put(object, "kind", PolicyKindName(definition.kind));
  if (definition.kind == PolicyKind::kColumnMask) Put(object, "mask", MaskObject(definition.mask));
  if (definition.priority != 0) object.emplace("priority", definition.priority);
  Put(object, "privileges", Names(definition.privileges));
  Put(object, "to", Ids(definition.to));
  return json::serialize(object);
}

absl::StatusOr<PolicyDefinition> ParseDefinition(std::string_view text) {
  const absl::Status damaged =
      DataLoss("POLICY_DAMAGED", "a policy's stored definition cannot be read",
               "restore the database from a backup");
  const absl::StatusOr<json::value> value = ParseStrictJson(text, kMaxDefinitionDepth);
  if (!value.ok() || !value->is_object()) return damaged;
  Reader reader(value->get_object());
  PolicyDefinition definition;
  definition.asset_tags = reader.Tags("asset_tags");
  definition.column_tags = reader.Tags("column_tags");
  reader.EachText("columns", [&](std::string_view name) {
    definition.columns.emplace_back(name);
    return true;
  });
  definition.comment = reader.Text("comment");
  definition.except = reader.Ids("except");
  definition.priority = reader.Number("priority");
  definition.to = reader.Ids("to");
  const bool read = ReadKind(reader, definition) && ReadMask(reader, definition.mask) &&
                    ReadFilter(reader, definition.filter) &&
                    ReadPrivileges(reader, definition.privileges) && reader.ok();
  // What this version does not know must not be passed over: it may be what protects.
  if (!read || FormatDefinition(definition) != text) return damaged;
  return definition;
}

}  // namespace whence::access
