#pragma once

// How catalogs, schemas, assets, versions, aliases, tags and dataset identities look: the columns
// of their lists and the card of one.

#include <string>
#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/catalog.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::Catalog>> CatalogColumns();
std::vector<ListColumn<v1::Schema>> SchemaColumns();
std::vector<ListColumn<v1::Asset>> AssetColumns();
std::vector<ListColumn<v1::Version>> VersionColumns();
std::vector<ListColumn<v1::Alias>> AliasColumns();
// With the end of each meaning.
std::vector<ListColumn<v1::Alias>> AliasHistoryColumns();
std::vector<ListColumn<v1::Tag>> TagColumns();
std::vector<ListColumn<v1::DatasetIdentity>> IdentityColumns();
std::vector<ListColumn<v1::SearchHit>> SearchColumns();

Card CatalogCard(const v1::Catalog& catalog);
Card SchemaCard(const v1::Schema& schema);
Card AssetCard(const v1::Asset& asset);
Card VersionCard(const v1::Version& version);
Card AliasCard(const v1::Alias& alias);
Card IdentityCard(const v1::DatasetIdentity& identity);

// "pii:email, gold".
std::string TagList(const google::protobuf::RepeatedPtrField<v1::Tag>& tags);

}  // namespace whence::cli
