// What search finds an asset by, where its texts are long.
#include <catch2/catch.hpp>

#include "ask.h"
#include "base/limits.h"

namespace whence::service {
namespace {

// A template of so many bytes, with one word that no other has.
std::string TemplateOf(size_t bytes, const std::string& word) {
  std::string text = word + " ";
  text.resize(bytes, 'x');
  return text;
}

TEST_CASE("a text of the largest size is found, and what has no room beside it is left out") {
  test::Asked house;
  house.Asset("a.b.prompt", v1::KIND_PROMPT);
  house.Asset("a.b.table", v1::KIND_TABLE);
  const auto found = [&house](const std::string& word) {
    return house.Ask(kSearch, "query: '" + word + "'").hits_size() == 1;
  };
  static_assert(kMaxTemplateBytes == kMaxSearchTextBytes);
  house.Ask(kRegisterVersion, "asset: 'a.b.prompt' version { detail { prompt { template: '" +
                                  TemplateOf(kMaxSearchTextBytes, "whole") + "' } } }");
  CHECK(found("whole"));

  // Names of columns come first, then their comments: those that fill the field to its last byte
  // are found, one more is not.
  v1::UpdateAssetRequest request;
  request.mutable_asset()->set_name("a.b.table");
  v1::TableDetail* table = request.mutable_asset()->mutable_detail()->mutable_table();
  size_t used = 0;
  const auto add = [&](const std::string& name, size_t comment_bytes, const std::string& word) {
    v1::Column* column = table->add_columns();
    column->set_name(name);
    if (comment_bytes > 0) column->set_comment(TemplateOf(comment_bytes, word));
  };
  constexpr int kFull = 15;
  for (int i = 0; i < kFull; ++i) add(StrCat("column", i), kMaxCommentBytes, StrCat("word", i));
  add("last", 0, "");
  add("beyond", 0, "");
  for (const v1::Column& column : table->columns()) {
    used += column.name().size() + 1 + (column.comment().empty() ? 0 : column.comment().size() + 1);
  }
  const size_t rest = kMaxSearchTextBytes - used;
  REQUIRE(rest < kMaxCommentBytes);
  table->mutable_columns(kFull)->set_comment(TemplateOf(rest, "exactly"));
  table->mutable_columns(kFull + 1)->set_comment("late");
  REQUIRE(house.Run(kUpdateAsset, request).ok());
  CHECK(found("word0"));
  CHECK(found("word14"));
  CHECK(found("exactly"));
  CHECK(found("beyond"));
  CHECK_FALSE(found("late"));

  table->mutable_columns(kFull)->set_comment(TemplateOf(rest + 1, "exactly"));
  table->mutable_columns(kFull + 1)->clear_comment();
  REQUIRE(house.Run(kUpdateAsset, request).ok());
  CHECK_FALSE(found("exactly"));
}

}  // namespace
}  // namespace whence::service
