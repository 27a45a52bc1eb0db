#include "catalog/pin.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/reference.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

TEST_CASE("references are pinned to what they mean at that moment") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});                                 // 1 to 3
  const Version one = catalog.RegisterDigest(3, "opaque:1");    // 4
  REQUIRE(catalog.Alias(3, "champion", one).ok());              // 5
  const Version two = catalog.RegisterDigest(3, "opaque:2");    // 6
  REQUIRE(catalog.Alias(3, "champion", two).ok());              // 7
  REQUIRE(catalog.TryRename("prod.raw.m", "prod.raw.n").ok());  // 8
  const auto pin = [&](std::string_view text, Position as_of) {
    return Pin(catalog.reader(), as_of, ParseReference(text, "reference").value());
  };
  const auto pinned = [](const Version& version, std::string alias = "") {
    return Pinned{.node_id = version.id,
                  .asset_id = 3,
                  .version = version.number,
                  .kind = Kind::kTable,
                  .alias = std::move(alias)};
  };
  CHECK(pin("prod.raw.m", 3).value() ==
        Pinned{.node_id = 3, .asset_id = 3, .version = 0, .kind = Kind::kTable});
  CHECK(pin("prod.raw.m", 4).value() == pinned(one));
  CHECK(pin("prod.raw.m", 6).value() == pinned(two));
  CHECK(pin("prod.raw.m@1", 6).value() == pinned(one));
  CHECK(pin("prod.raw.m@champion", 5).value() == pinned(one, "champion"));
  CHECK(pin("prod.raw.m@champion", 6).value() == pinned(one, "champion"));
  CHECK(pin("prod.raw.m@champion", 7).value() == pinned(two, "champion"));
  CHECK(pin("prod.raw.n@latest", kNow).value() == pinned(two, "latest"));
  CHECK(pin("prod.raw.n#column", kNow).value() == pinned(two));
  CHECK(pin("prod.raw.n@1#column", kNow).value() == pinned(one));

  CHECK(ReasonOf(pin("prod.raw.m", 2).status()) == "ASSET_NOT_FOUND");
  CHECK(ReasonOf(pin("prod.raw.m", kNow).status()) == "ASSET_NOT_FOUND");
  CHECK(ReasonOf(pin("prod.raw.m@1", 3).status()) == "VERSION_NOT_FOUND");
  CHECK(ReasonOf(pin("prod.raw.m@2", 5).status()) == "VERSION_NOT_FOUND");
  CHECK(ReasonOf(pin("prod.raw.m@champion", 4).status()) == "ALIAS_NOT_FOUND");
  CHECK(ReasonOf(pin("prod.raw.m@latest", 3).status()) == "VERSION_NOT_FOUND");
  for (const char* other :
       {"prod", "prod.raw", "prediction:p-1", "run:00000000-0000-7000-8000-000000000000"}) {
    CHECK(ReasonOf(pin(other, kNow).status()) == "REFERENCE_NOT_AN_ASSET");
  }
}

TEST_CASE("a brief refusal says the same without looking around") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"scores", "old", "gone"});
  REQUIRE(catalog.Alias(3, "champion", catalog.RegisterDigest(3, "opaque:1")).ok());
  REQUIRE(catalog.TryRename("prod.raw.old", "prod.raw.young").ok());
  REQUIRE(catalog.TryDelete("prod.raw.gone").ok());
  const auto refusal = [&](std::string_view text, Hints hints) {
    return Pin(catalog.reader(), kNow, ParseReference(text, "reference").value(), hints).status();
  };
  for (const char* name : {"prod.raw.scroes", "prod.raw.old", "prod.raw.gone", "prod.rwa.scores",
                           "prod.raw.scores@chmapion"}) {
    CAPTURE(name);
    const absl::Status full = refusal(name, Hints::kFull);
    const absl::Status brief = refusal(name, Hints::kBrief);
    CHECK(ReasonOf(brief) == ReasonOf(full));
    CHECK(brief.message() == full.message());
    CHECK(GetErrorDetail(brief).hint != GetErrorDetail(full).hint);
    CHECK(GetErrorDetail(brief).hint.rfind("see 'whence ", 0) == 0);
  }
}

}  // namespace
}  // namespace whence::catalog
