#include "catalog/object_id.h"

#include <catch2/catch.hpp>

#include "catalog_fixture.h"

namespace whence::catalog::test {
namespace {

TEST_CASE("the last id is given, then none, and what needs none goes on") {
  CatalogFixture fixture;
  fixture.database.writer().SetCounter(sql::Counter::kObjectId, kMaxObjectId - 1);
  CHECK(fixture.Create("last", Kind::kCatalog).id == kMaxObjectId);
  const absl::Status refused = fixture.TryCreate("next", Kind::kCatalog).status();
  CHECK(refused.code() == absl::StatusCode::kResourceExhausted);
  CHECK(ReasonOf(refused) == "OBJECT_IDS_EXHAUSTED");
  CHECK(fixture.TryRename("last", "renamed").ok());
  CHECK(fixture.At("renamed").id == kMaxObjectId);
}

}  // namespace
}  // namespace whence::catalog::test
