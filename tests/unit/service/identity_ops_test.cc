#include "service/identity_ops.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;
using test::ReasonOf;

struct Identities : Asked {
  Identities() {
    Asset("prod.raw.orders", v1::KIND_TABLE);  // 1 to 3
    Asset("prod.raw.users", v1::KIND_TABLE);   // 4
  }
  v1::DatasetIdentity Attach(const std::string& name, const std::string& asset) {
    return Ask(kAttachDatasetIdentity,
               "identity { namespace: 'pg://db' name: '" + name + "' asset: '" + asset + "' }");
  }
  std::string Resolve(const std::string& name, const std::string& as_of = "") {
    const auto found =
        Run(kResolveDatasetIdentity, Parse<v1::ResolveDatasetIdentityRequest>(
                                         "namespace: 'pg://db' name: '" + name + "' " + as_of));
    return found.ok() ? found->asset() : ReasonOf(found.status());
  }
};

TEST_CASE("an identity resolves to its asset, whatever that is called") {
  Identities house;
  const v1::DatasetIdentity attached = house.Attach("o", "prod.raw.orders");  // 5
  CHECK(attached.asset() == "prod.raw.orders");
  CHECK(attached.position() == 5);
  CHECK(house.Attach("o", "prod.raw.orders").position() == 5);
  CHECK(house.position() == 5);
  CHECK(house.Resolve("o") == "prod.raw.orders");
  house.Ask(kRenameAsset, "name: 'prod.raw.orders' new_name: 'prod.raw.sales'");  // 6
  CHECK(house.Resolve("o") == "prod.raw.sales");
  CHECK(house.Resolve("o", "as_of { position: 5 }") == "prod.raw.orders");
  CHECK(house.Resolve("o", "as_of { position: 4 }") == "DATASET_IDENTITY_NOT_FOUND");
  CHECK(house.Resolve("x") == "DATASET_IDENTITY_NOT_FOUND");
  CHECK(house.Why(kAttachDatasetIdentity,
                  "identity { namespace: 'pg://db' name: 'o' asset: 'prod.raw.users' }") ==
        "DATASET_IDENTITY_TAKEN");
  const auto detached = house.Ask(kDetachDatasetIdentity, "namespace: 'pg://db' name: 'o'");  // 7
  CHECK(detached.asset() == "prod.raw.sales");
  CHECK(detached.position() == 7);
  CHECK(house.Why(kDetachDatasetIdentity, "namespace: 'pg://db' name: 'o'") ==
        "DATASET_IDENTITY_NOT_FOUND");
  CHECK(house.Attach("o", "prod.raw.users").asset() == "prod.raw.users");
}

TEST_CASE("identities are refused by name") {
  Identities house;
  CHECK(house.WhyAt(kAttachDatasetIdentity, "identity { name: 'o' asset: 'a.b.c' }") ==
        "DATASET_IDENTITY_EMPTY at identity.namespace");
  CHECK(house.WhyAt(kAttachDatasetIdentity, "identity { namespace: 'n' asset: 'a.b.c' }") ==
        "DATASET_IDENTITY_EMPTY at identity.name");
  CHECK(house.WhyAt(kAttachDatasetIdentity, "identity { namespace: 'n' name: 'o' asset: 'a' }") ==
        "NAME_WRONG_DEPTH at identity.asset");
  CHECK(house.WhyAt(kAttachDatasetIdentity, "identity { namespace: '" + std::string(4097, 'x') +
                                                "' name: 'o' asset: 'a.b.c' }") ==
        "TEXT_TOO_LONG at identity.namespace");
  CHECK(house.WhyAt(kResolveDatasetIdentity, "namespace: 'n'") == "DATASET_IDENTITY_EMPTY at name");
  CHECK(house.WhyAt(kDetachDatasetIdentity, "name: 'n'") == "DATASET_IDENTITY_EMPTY at namespace");
  CHECK(house.Why(kAttachDatasetIdentity,
                  "identity { namespace: 'n' name: 'o' asset: 'prod.raw.x' }") ==
        "ASSET_NOT_FOUND");
}

TEST_CASE("identities of an asset are listed in pages, however long they are") {
  Identities house;
  for (int i = 0; i < 5; ++i) {
    house.Attach(absl::StrCat(i, std::string(4000, 'x')), "prod.raw.orders");
  }
  auto request = Parse<v1::ListDatasetIdentitiesRequest>("asset: 'prod.raw.orders' page_size: 2");
  std::string names;
  for (;;) {
    const auto page = house.Run(kListDatasetIdentities, request).value();
    for (const v1::DatasetIdentity& identity : page.identities()) names += identity.name()[0];
    request.set_page_token(page.next_page_token());
    if (page.next_page_token().empty()) break;
    house.Ask(kDetachDatasetIdentity,
              absl::StrCat("namespace: 'pg://db' name: '", page.identities(0).name(), "'"));
  }
  CHECK(names == "01234");
  CHECK(house.Ask(kListDatasetIdentities, "asset: 'prod.raw.orders'").identities_size() == 3);
  CHECK(house.Ask(kListDatasetIdentities, "asset: 'prod.raw.users'").identities_size() == 0);
  CHECK(house.Why(kListDatasetIdentities, "asset: 'prod.raw.x'") == "ASSET_NOT_FOUND");
}

}  // namespace
}  // namespace whence::service
