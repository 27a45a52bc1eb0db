// Masks as SQL: the expression that an engine puts in place of a column.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "access/column_type.h"
#include "access/mask.h"
#include "access/sql_dialect.h"

namespace whence::access {

// A column as the engine knows it. The type is as the engine prints it; empty when it is not known,
// which masks to NULL wherever the mask looks at the value.
struct SqlColumn {
  std::string name;
  std::string type;
};

// The class of a type in a dialect: as TypeClassOf, but that `timestamp` is an instant in Spark and
// BigQuery.
TypeClass TypeClassIn(SqlDialect dialect, std::string_view type);

// The type that stands for a class in a dialect's casts; empty for kOther.
std::string_view SqlTypeOf(SqlDialect dialect, TypeClass type_class);

// `text`, which is in the form of CanonicalValue, as an expression of the class's type.
// InvalidArgument SQL_TEXT_UNREPRESENTABLE.
absl::StatusOr<std::string> SqlValue(SqlDialect dialect, TypeClass type_class,
                                     std::string_view text);

// The expression, with the column quoted. In SQLite, masks that hash call whence_sha256(X), which
// the application defines: the 64 lower-case hexadecimal digits of a text's SHA-256, NULL for NULL.
// InvalidArgument SQL_NAME_UNREPRESENTABLE, SQL_TEXT_UNREPRESENTABLE.
absl::StatusOr<std::string> MaskSql(SqlDialect dialect, const Mask& mask, const SqlColumn& column);

}  // namespace whence::access
