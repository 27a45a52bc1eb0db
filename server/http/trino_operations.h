// Which privileges Trino's operations need: the one table of that door.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/privilege.h"
#include "http/trino_request.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::http {

namespace v1 = ::whence::v1;

// What an operation asks about, of the resource that it names.
enum class TrinoOn {
  kNothing,       // nothing but that the user is there, and active
  kMetastore,     // everything
  kUser,          // the user whose query it is: oneself, or everything
  kCatalog,       // the catalog
  kSchema,        // the schema
  kSchemaOfNew,   // the schema in which a table, view or function shall be made, and what it
                  // replaces
  kCatalogOfNew,  // the catalog in which a schema shall be made
  kTable,         // the table or view
  kColumns,       // the table, for the columns that are named
  kEachColumn,    // the table, for one column after the other
  kFunction,      // the function or procedure
  kRenamed,       // the table, and where it moves to
};

// An operation of Trino.
struct TrinoOperation {
  std::string_view name;
  TrinoOn on;
  std::span<const access::Privilege> any;  // one of these is enough
  bool looks = false;                      // changes nothing, so it may be about Trino's own tables
};

// All that releases of the plugin have sent; sorted by name. What is not in it is denied.
std::span<const TrinoOperation> TrinoOperations();
// Null when there is none of that name.
const TrinoOperation* FindTrinoOperation(std::string_view name);

// One thing that is to be decided.
struct TrinoItem {
  enum class Verdict {
    kAsk,
    kPresent,  // ask whether the user is there
    kDenied,   // whatever was granted
  };
  enum class Must { kAny, kBeTable, kBeFunction };

  Verdict verdict = Verdict::kAsk;
  v1::Securable securable{};
  std::span<const access::Privilege> any{};
  std::vector<std::string> columns{};
  Must must = Must::kAny;
  // A policy that denies one of `any` leaves nothing to the others.
  bool deny_ends_it = false;
  // Allowed also to who is kept by policies from reading some of the columns, but not all.
  bool some_columns = false;
  // Allowed also where no asset is called so.
  bool may_be_missing = false;
};

// What must be decided for an operation on a resource: all of these must be allowed. For
// kEachColumn it is the whole table first; TrinoColumnItem has the others.
std::vector<TrinoItem> TrinoItems(const TrinoOperation& operation, const TrinoRequest& request,
                                  const TrinoResource& resource);
// The same for one of the columns.
TrinoItem TrinoColumnItem(const TrinoItem& table, std::string_view column);

// Whether a table is Trino's own: the catalog `system`, and `information_schema` of every catalog.
// They have neither filters nor masks.
bool IsTrinoOwn(const TrinoResource& resource);
// A table as a securable of Whence.
v1::Securable TrinoTable(const TrinoResource& resource);

}  // namespace whence::http
