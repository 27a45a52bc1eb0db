#include "service/securable_ops.h"

#include <catch2/catch.hpp>

#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::FieldOf;
using test::HintOf;
using test::ReasonOf;

// prod, prod.raw and prod.raw.t (a table), positions 1 to 3.
struct Prod : Asked {
  Prod() { Asset("prod.raw.t", v1::KIND_TABLE); }
};

TEST_CASE("what is created is answered whole, and found") {
  Asked house;
  house.Known("group:data");
  house.Ask(kCreateCatalog, R"(catalog { name: "prod" comment: "all" })");
  house.Ask(kCreateSchema, R"(schema { name: "prod.raw" owner: "group:data" })");
  const v1::Asset asset = house.Ask(kCreateAsset, R"(
      asset {
        name: "prod.raw.`a b`" kind: KIND_TABLE comment: "line\nline"
        properties { key: "team" value: "x" }
        detail { table { columns { name: "id" type: "bigint" } format: "delta" } }
        id: 99 etag: "x" state: STATE_DELETED creator: "user:mallory" position: 77
      })");
  CHECK(asset.name() == "prod.raw.`a b`");
  CHECK(asset.id() == 3);  // output only fields of the request count for nothing
  CHECK(asset.owner() == "user:ana");
  CHECK(asset.creator() == "user:ana");
  CHECK(asset.updater() == "user:ana");
  CHECK(asset.state() == v1::STATE_ACTIVE);
  CHECK(asset.position() == 3);
  CHECK(asset.etag() == "3");
  CHECK(asset.kind() == v1::KIND_TABLE);
  CHECK(asset.properties().at("team") == "x");
  CHECK(asset.detail().table().columns(0).name() == "id");
  CHECK(asset.current_version() == 0);
  CHECK(asset.create_time().seconds() == 1893456000);
  const auto same = [&](const v1::Asset& other) {
    return other.SerializeAsString() == asset.SerializeAsString();
  };
  CHECK(same(house.Ask(kGetAsset, R"(name: "prod.raw.`a b`")")));
  CHECK(same(house.Ask(kGetAsset, R"(name: "id:3")")));
  CHECK(house.Ask(kGetSchema, R"(name: "prod.raw")").owner() == "group:data");
  CHECK(house.Ask(kGetCatalog, R"(name: "prod")").comment() == "all");
  // The lineage graph knows it as soon as it is answered.
  CHECK(house.house().graph().type(3) == lineage::NodeType::kAsset);
  CHECK(house.house().graph().kind(3) == v1::KIND_TABLE);
  CHECK(house.house().graph().type(2) == lineage::NodeType::kNone);
}

TEST_CASE("bad names are refused by name, on the field that has them") {
  Prod house;
  const std::string long_part(256, 'a');
  const auto name = [](const std::string& text) {
    return "asset { kind: KIND_TABLE name: \"" + text + "\" }";
  };
  CHECK(house.WhyAt(kCreateAsset, name("")) == "NAME_PART_EMPTY at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw")) == "NAME_WRONG_DEPTH at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod..t")) == "NAME_PART_EMPTY at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw." + long_part)) ==
        "NAME_PART_TOO_LONG at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw.`a\\nb`")) ==
        "NAME_HAS_CONTROL_CHARACTER at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw.`..`")) == "NAME_PART_RESERVED at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw.a b")) == "NAME_MALFORMED at asset.name");
  CHECK(house.WhyAt(kCreateAsset, name("prod.raw.`a")) == "NAME_MALFORMED at asset.name");
  CHECK(house.WhyAt(kCreateCatalog, R"(catalog { name: "a.b" })") ==
        "NAME_WRONG_DEPTH at catalog.name");
  CHECK(house.WhyAt(kRenameSchema, R"(name: "prod.raw" new_name: "prod")") ==
        "NAME_WRONG_DEPTH at new_name");
  CHECK(house.WhyAt(kGetAsset, R"(name: "id:")") == "ID_MALFORMED at name");
  CHECK(house.WhyAt(kGetAsset, R"(name: "id:-1")") == "ID_MALFORMED at name");
  CHECK(house.WhyAt(kGetAsset, R"(name: "id:1x")") == "ID_MALFORMED at name");
  CHECK(house.WhyAt(kCreateAsset, "") == "NAME_PART_EMPTY at asset.name");
  CHECK(house.position() == 3);
}

TEST_CASE("fields are bounded") {
  Prod house;
  const auto asset = [](const std::string& fields) {
    return R"(asset { name: "prod.raw.u" kind: KIND_TABLE )" + fields + "}";
  };
  CHECK(house.WhyAt(kCreateAsset, asset("comment: \"" + std::string(70'000, 'x') + "\"")) ==
        "TEXT_TOO_LONG at asset.comment");
  CHECK(house.WhyAt(kCreateAsset, asset("comment: \"a\\001b\"")) ==
        "TEXT_HAS_CONTROL_CHARACTER at asset.comment");
  CHECK(house.WhyAt(kCreateAsset, asset("owner: \"a\\nb\"")) ==
        "TEXT_HAS_CONTROL_CHARACTER at asset.owner");
  CHECK(house.WhyAt(kCreateAsset, asset("properties { key: '' value: 'x' }")) ==
        "PROPERTY_KEY_EMPTY at asset.properties");
  CHECK(house.WhyAt(kCreateAsset,
                    asset("properties { key: 'big' value: '" + std::string(20'000, 'x') + "' }")) ==
        "TEXT_TOO_LONG at asset.properties[\"big\"]");
  std::string many;
  for (int i = 0; i < 257; ++i) many += absl::StrCat("properties { key: 'k", i, "' value: '' } ");
  CHECK(house.WhyAt(kCreateAsset, asset(many)) == "TOO_MANY_PROPERTIES at asset.properties");
  CHECK(house.WhyAt(kCreateAsset, R"(asset { name: "prod.raw.u" })") ==
        "KIND_REQUIRED at asset.kind");
  CHECK(house.WhyAt(kCreateAsset, R"(asset { name: "prod.raw.u" kind: 77 })") ==
        "ENUM_VALUE_UNKNOWN at asset.kind");
  CHECK(house.WhyAt(kCreateAsset, asset("detail { model { framework: 'onnx' } }")) ==
        "DETAIL_KIND_MISMATCH at asset.detail");
}

TEST_CASE("parents must be there, names must be free") {
  Prod house;
  CHECK(house.Why(kCreateSchema, R"(schema { name: "dev.raw" })") == "CATALOG_NOT_FOUND");
  const auto create = [&](const std::string& name) {
    return house.Why(kCreateAsset, "asset { kind: KIND_TABLE name: \"" + name + "\" }");
  };
  CHECK(create("dev.raw.t") == "CATALOG_NOT_FOUND");
  CHECK(create("prod.rwa.t") == "SCHEMA_NOT_FOUND");
  CHECK(create("prod.raw.t") == "ASSET_ALREADY_EXISTS");
  CHECK(house.Why(kCreateSchema, R"(schema { name: "prod.raw" })") == "SCHEMA_ALREADY_EXISTS");
  CHECK(house.Why(kCreateCatalog, R"(catalog { name: "prod" })") == "CATALOG_ALREADY_EXISTS");
  const absl::Status missing = house.Fail(kGetAsset, R"(name: "prod.raw.tt")");
  CHECK(missing.message() == "no asset prod.raw.tt");
  CHECK(HintOf(missing) == "prod.raw.t exists; see 'whence asset list prod.raw'");
  // An id of another level is not found here.
  CHECK(house.Why(kGetAsset, R"(name: "id:2")") == "ASSET_NOT_FOUND");
  CHECK(house.Why(kGetSchema, R"(name: "id:3")") == "SCHEMA_NOT_FOUND");
  CHECK(house.Why(kGetCatalog, R"(name: "id:999")") == "CATALOG_NOT_FOUND");
}

TEST_CASE("an update changes what the mask names, or what is set") {
  Prod house;
  house.Known("user:o");
  house.Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" comment: "c" owner: "user:o"
                                     properties { key: "k" value: "v" } })");
  v1::Asset asset = house.Ask(kGetAsset, R"(name: "prod.raw.t")");
  CHECK(asset.comment() == "c");
  CHECK(asset.owner() == "user:o");
  CHECK(asset.properties().size() == 1);
  CHECK(asset.position() == 4);
  // A mask empties what is not set, and leaves alone what it does not name.
  asset = house.Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" owner: "user:other" }
                                     update_mask { paths: "comment" })");
  CHECK(asset.comment().empty());
  CHECK(asset.owner() == "user:o");
  // An emptied owner is the creator again.
  asset = house.Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" comment: "all" }
                                     update_mask { paths: "*" })");
  CHECK(asset.comment() == "all");
  CHECK(asset.owner() == "user:ana");
  CHECK(asset.properties().empty());
  asset = house.Ask(kUpdateAsset, R"(
      asset { name: "prod.raw.t" kind: KIND_TABLE detail { table { format: "csv" } } })");
  CHECK(asset.detail().table().format() == "csv");
  CHECK(asset.comment() == "all");

  CHECK(house.WhyAt(kUpdateAsset, R"(asset { name: "prod.raw.t" }
                                     update_mask { paths: "comment" paths: "name" })") ==
        "UPDATE_MASK_INVALID at update_mask.paths[1]");
  CHECK(house.WhyAt(kUpdateSchema, R"(schema { name: "prod.raw" }
                                      update_mask { paths: "detail" })") ==
        "UPDATE_MASK_INVALID at update_mask.paths[0]");
  CHECK(house.WhyAt(kUpdateAsset, R"(asset { name: "prod.raw.t" kind: KIND_MODEL })") ==
        "KIND_IMMUTABLE at asset.kind");
  CHECK(house.WhyAt(kUpdateAsset, R"(asset { name: "prod.raw.t" detail { job { } } })") ==
        "DETAIL_KIND_MISMATCH at asset.detail");
  CHECK(house.Why(kUpdateAsset, R"(asset { name: "prod.raw.x" })") == "ASSET_NOT_FOUND");
}

TEST_CASE("what changes nothing takes no position") {
  Prod house;
  house.Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" comment: "c"
                             properties { key: "a" value: "1" }
                             properties { key: "b" value: "2" } })");
  CHECK(house.position() == 4);
  const v1::Asset same = house.Ask(kUpdateAsset, R"(
      asset { name: "prod.raw.t" comment: "c"
              properties { key: "b" value: "2" } properties { key: "a" value: "1" } })");
  CHECK(same.position() == 4);
  house.Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" })");
  house.Ask(kRenameAsset, R"(name: "prod.raw.t" new_name: "prod.raw.t")");
  house.Ask(kRenameAsset, R"(name: "prod.raw.t" new_name: "`prod`.raw.`t`")");
  house.Ask(kUndeleteAsset, R"(name: "prod.raw.t")");
  house.Ask(kUndeleteAsset, R"(name: "id:3")");
  CHECK(house.position() == 4);
}

TEST_CASE("an etag guards against others") {
  Prod house;
  const std::string old = house.Ask(kGetAsset, R"(name: "prod.raw.t")").etag();
  const v1::Asset updated =
      house.Ask(kUpdateAsset,
                absl::StrCat(R"(asset { name: "prod.raw.t" comment: "1" etag: ")", old, "\" }"));
  const auto stale = [&](const auto& operation, const std::string& fields) {
    const absl::Status status = house.Fail(operation, fields);
    CHECK(absl::IsAborted(status));
    return ReasonOf(status);
  };
  const std::string etag = absl::StrCat("etag: \"", old, "\"");
  CHECK(stale(kUpdateAsset, "asset { name: 'prod.raw.t' comment: '2' " + etag + "}") ==
        "ETAG_MISMATCH");
  CHECK(stale(kRenameAsset, "name: 'prod.raw.t' new_name: 'prod.raw.u' " + etag) ==
        "ETAG_MISMATCH");
  CHECK(stale(kDeleteAsset, "name: 'prod.raw.t' " + etag) == "ETAG_MISMATCH");
  // Also where nothing would change: the caller's picture is old.
  CHECK(stale(kUpdateAsset, "asset { name: 'prod.raw.t' comment: '1' " + etag + "}") ==
        "ETAG_MISMATCH");
  CHECK(house.Ask(kGetAsset, R"(name: "prod.raw.t")").comment() == "1");
  house.Ask(kDeleteAsset, absl::StrCat("name: 'prod.raw.t' etag: '", updated.etag(), "'"));
}

TEST_CASE("renames keep the id and are seen as of their time") {
  Prod house;
  house.Ask(kRenameSchema, R"(name: "prod.raw" new_name: "prod.bronze")");        // 4
  house.Ask(kRenameAsset, R"(name: "prod.bronze.t" new_name: "prod.bronze.u")");  // 5
  house.Ask(kRenameCatalog, R"(name: "prod" new_name: "main")");                  // 6
  CHECK(house.Ask(kGetAsset, R"(name: "main.bronze.u")").id() == 3);
  CHECK(house.Ask(kGetAsset, R"(name: "prod.raw.t" as_of { position: 3 })").id() == 3);
  CHECK(house.Ask(kGetAsset, R"(name: "id:3" as_of { position: 4 })").name() == "prod.bronze.t");
  CHECK(house.Why(kGetAsset, R"(name: "prod.raw.t" as_of { position: 4 })") == "SCHEMA_NOT_FOUND");
  CHECK(house.Why(kGetAsset, R"(name: "prod.raw.t" as_of { position: 99 })") ==
        "POSITION_IN_FUTURE");
  CHECK(house.Why(kRenameSchema, R"(name: "main.bronze" new_name: "dev.bronze")") ==
        "CATALOG_NOT_FOUND");
  house.Ask(kCreateCatalog, R"(catalog { name: "dev" })");
  CHECK(house.WhyAt(kRenameSchema, R"(name: "main.bronze" new_name: "dev.bronze")") ==
        "SCHEMA_CANNOT_CHANGE_CATALOG at new_name");
}

TEST_CASE("a delete leaves a tombstone that undelete takes back") {
  Prod house;
  CHECK(house.Why(kDeleteSchema, R"(name: "prod.raw")") == "SCHEMA_NOT_EMPTY");
  CHECK(house.Why(kDeleteCatalog, R"(name: "prod")") == "CATALOG_NOT_EMPTY");
  const v1::Asset gone = house.Ask(kDeleteAsset, R"(name: "prod.raw.t")");  // 4
  CHECK(gone.state() == v1::STATE_DELETED);
  CHECK(gone.position() == 4);
  CHECK(house.Why(kGetAsset, R"(name: "prod.raw.t")") == "ASSET_NOT_FOUND");
  CHECK(house.Ask(kGetAsset, R"(name: "id:3")").state() == v1::STATE_DELETED);
  CHECK(house.Ask(kGetAsset, R"(name: "prod.raw.t" as_of { position: 3 })").state() ==
        v1::STATE_ACTIVE);
  const v1::Asset second = house.Asset("prod.raw.t", v1::KIND_MODEL);
  CHECK(second.id() == 4);
  CHECK(house.Why(kUndeleteAsset, R"(name: "prod.raw.t")") == "ASSET_ALREADY_EXISTS");
  house.Ask(kDeleteAsset, R"(name: "prod.raw.t")");
  CHECK(house.Ask(kUndeleteAsset, R"(name: "id:3")").kind() == v1::KIND_TABLE);
  CHECK(house.Why(kUndeleteAsset, R"(name: "id:4")") == "ASSET_ALREADY_EXISTS");
  CHECK(house.Why(kUndeleteAsset, R"(name: "id:1")") == "ASSET_NOT_FOUND");

  house.Ask(kDeleteSchema, R"(name: "prod.raw" force: true)");
  CHECK(house.Ask(kGetAsset, R"(name: "id:3")").state() == v1::STATE_DELETED);
  CHECK(house.Why(kUndeleteAsset, R"(name: "id:3")") == "PARENT_DELETED");
  house.Ask(kUndeleteSchema, R"(name: "prod.raw")");
  CHECK(house.Ask(kGetAsset, R"(name: "prod.raw.t")").id() == 3);
}

TEST_CASE("all of it survives a restart") {
  Prod house;
  house.Ask(kRenameAsset, R"(name: "prod.raw.t" new_name: "prod.raw.u")");
  house.Ask(kDeleteAsset, R"(name: "prod.raw.u")");
  const std::string before = house.Ask(kGetAsset, R"(name: "id:3")").SerializeAsString();
  house.Reopen();
  CHECK(house.Ask(kGetAsset, R"(name: "id:3")").SerializeAsString() == before);
  CHECK(house.house().graph().type(3) == lineage::NodeType::kAsset);
  // Ids and positions go on.
  const v1::Asset next = house.Ask(kCreateAsset, R"(asset { name: "prod.raw.v" kind: KIND_JOB })");
  CHECK(next.id() == 4);
  CHECK(next.position() == 6);
}

}  // namespace
}  // namespace whence::service
