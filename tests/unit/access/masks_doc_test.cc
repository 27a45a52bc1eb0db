// docs/masks.md shows the SQL that is made.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "access/sql_mask.h"

namespace whence::access {
namespace {

// A block of the page: a line a dialect.
std::string Block(const Mask& mask, std::string_view type) {
  std::string block = "```\n";
  for (const SqlDialect dialect : kAllDialects) {
    std::string name(DialectName(dialect));
    name.push_back(':');
    name.resize(12, ' ');
    // Without a type to cast to, so that Trino's expression is seen as it is.
    const std::string in_dialect =
        type.empty() ? std::string(SqlTypeOf(dialect, TypeClass::kString)) : std::string(type);
    block += name + MaskSql(dialect, mask, {"c", in_dialect}).value() + "\n";
  }
  return block + "```";
}

TEST_CASE("docs/masks.md shows the SQL of every mask as it is made") {
  const char* source = std::getenv("WHENCE_SOURCE_DIR");
  std::ifstream file(std::string(source == nullptr ? "." : source) + "/docs/masks.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  REQUIRE(page.size() > 1000);
  for (const auto& [type, column] :
       {std::pair{MaskType::kNullify, ""}, std::pair{MaskType::kRedact, ""},
        std::pair{MaskType::kHash, ""}, std::pair{MaskType::kFirst4, ""},
        std::pair{MaskType::kLast4, ""}, std::pair{MaskType::kEmail, ""},
        std::pair{MaskType::kYear, "date"}}) {
    Mask mask{.type = type};
    if (TakesSalt(type)) mask.salt = "salt";
    INFO("@@" << MaskTypeName(type) << "@@\n" << Block(mask, column));
    CHECK(page.find(Block(mask, column)) != std::string::npos);
  }
}

}  // namespace
}  // namespace whence::access
