#include "cli/records/securables.h"

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/output/json.h"
#include "cli/records/detail_card.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string StateName(v1::State state) { return WithoutPrefix(v1::State_Name(state), "STATE_"); }

std::string MapJson(const google::protobuf::Map<std::string, std::string>& map) {
  if (map.empty()) return "";
  const std::map<std::string, std::string> sorted(map.begin(), map.end());
  Json object = Json::Object();
  for (const auto& [key, value] : sorted) object.members.emplace_back(key, Json::String(value));
  return WriteJson(object, /*pretty=*/false);
}

// A deleted resource is dim, so that a list with tombstones can be read.
template <class T>
Cell NameCell(const T& item) {
  return item.state() == v1::STATE_DELETED ? Cell{StrCat(item.name(), " (deleted)"), Tone::kDim}
                                           : Cell{item.name(), Tone::kBold};
}

// What catalogs, schemas and assets share, after the name and the asset's own columns.
template <class T>
void AddSharedColumns(std::vector<ListColumn<T>>& columns) {
  columns.push_back({"owner", [](const T& item) { return item.owner(); }});
  columns.push_back({"tags", [](const T& item) { return TagList(item.tags()); },
                     [](const T& item) {
                       return Cell{TagList(item.tags()), Tone::kYellow};
                     }});
  columns.push_back({"updated", [](const T& item) { return MachineTime(item.update_time()); },
                     [](const T& item) {
                       return Cell{HumanTime(item.update_time()), Tone::kDim};
                     }});
  columns.push_back({"comment", [](const T& item) { return item.comment(); }});
  const auto csv = [&columns](const char* name, std::function<std::string(const T&)> value) {
    columns.push_back({name, std::move(value), nullptr, false, /*is_csv_only=*/true});
  };
  csv("id", [](const T& item) { return StrCat(item.id()); });
  csv("state", [](const T& item) { return StateName(item.state()); });
  csv("properties", [](const T& item) { return MapJson(item.properties()); });
  csv("create_time", [](const T& item) { return MachineTime(item.create_time()); });
  csv("creator", [](const T& item) { return item.creator(); });
  csv("updater", [](const T& item) { return item.updater(); });
  csv("etag", [](const T& item) { return item.etag(); });
  csv("position", [](const T& item) { return StrCat(item.position()); });
}

template <class T>
void AddSharedLines(const T& item, Card& card) {
  card.Line("owner", item.owner())
      .Line("comment", item.comment())
      .Line("tags", TagList(item.tags()), Tone::kYellow)
      .Line("state", item.state() == v1::STATE_DELETED ? "DELETED" : "", Tone::kRed);
}

template <class T>
void AddRecordLines(const T& item, Card& card) {
  card.Line("created", StrCat(HumanTime(item.create_time()), " by ", item.creator()))
      .Line("updated", item.update_time().seconds() == item.create_time().seconds() &&
                               item.update_time().nanos() == item.create_time().nanos()
                           ? ""
                           : StrCat(HumanTime(item.update_time()), " by ", item.updater()))
      .Line("id", StrCat(item.id()), Tone::kDim)
      .Line("etag", item.etag(), Tone::kDim)
      .Line("position", HumanCount(item.position()), Tone::kDim);
}

std::string AliasNames(const google::protobuf::RepeatedPtrField<v1::Alias>& aliases) {
  return absl::StrJoin(aliases, ", ", [](std::string* out, const v1::Alias& alias) {
    absl::StrAppend(out, alias.alias(), "=", alias.version());
  });
}

template <class T>
Card ParentCard(const T& item) {
  Card card;
  card.Line("name", item.name(), Tone::kBold);
  AddSharedLines(item, card);
  AddRecordLines(item, card);
  AddMap("properties", item.properties(), card);
  return card;
}

}  // namespace

std::string TagList(const google::protobuf::RepeatedPtrField<v1::Tag>& tags) {
  return absl::StrJoin(tags, ", ",
                       [](std::string* out, const v1::Tag& tag) { out->append(TagText(tag)); });
}

std::vector<ListColumn<v1::Catalog>> CatalogColumns() {
  std::vector<ListColumn<v1::Catalog>> columns = {
      {"name", [](const v1::Catalog& item) { return item.name(); }, NameCell<v1::Catalog>}};
  AddSharedColumns(columns);
  return columns;
}

std::vector<ListColumn<v1::Schema>> SchemaColumns() {
  std::vector<ListColumn<v1::Schema>> columns = {
      {"name", [](const v1::Schema& item) { return item.name(); }, NameCell<v1::Schema>}};
  AddSharedColumns(columns);
  return columns;
}

std::vector<ListColumn<v1::Asset>> AssetColumns() {
  using Item = const v1::Asset&;
  std::vector<ListColumn<v1::Asset>> columns = {
      {"name", [](Item item) { return item.name(); }, NameCell<v1::Asset>},
      {"kind", [](Item item) { return KindName(item.kind()); }},
      {"version", [](Item item) { return StrCat(item.current_version()); },
       [](Item item) {
         return Cell{item.current_version() == 0 ? "-" : StrCat(item.current_version())};
       },
       /*is_right=*/true},
      {"aliases", [](Item item) { return AliasNames(item.aliases()); },
       [](Item item) {
         return Cell{AliasNames(item.aliases()), Tone::kCyan};
       }}};
  AddSharedColumns(columns);
  return columns;
}

std::vector<ListColumn<v1::Version>> VersionColumns() {
  using Item = const v1::Version&;
  const auto joined = [](Item item) { return absl::StrJoin(item.aliases(), ", "); };
  return {
      {"name", [](Item item) { return item.name(); },
       [](Item item) {
         return Cell{item.name(), Tone::kBold};
       }},
      {"aliases", joined,
       [joined](Item item) {
         return Cell{joined(item), Tone::kCyan};
       }},
      {"digest", [](Item item) { return item.digest(); },
       [](Item item) {
         return Cell{ShortDigest(item.digest()), Tone::kDim};
       }},
      {"created", [](Item item) { return MachineTime(item.create_time()); },
       [](Item item) {
         return Cell{HumanTime(item.create_time()), Tone::kDim};
       }},
      {"creator", [](Item item) { return item.creator(); }},
      {"tags", [](Item item) { return TagList(item.tags()); },
       [](Item item) {
         return Cell{TagList(item.tags()), Tone::kYellow};
       }},
      {"location", [](Item item) { return item.location(); }},
      {"comment", [](Item item) { return item.comment(); }},
      {"asset", [](Item item) { return item.asset(); }, nullptr, false, true},
      {"number", [](Item item) { return StrCat(item.number()); }, nullptr, false, true},
      {"kind", [](Item item) { return KindName(item.kind()); }, nullptr, false, true},
      {"properties", [](Item item) { return MapJson(item.properties()); }, nullptr, false, true},
      {"etag", [](Item item) { return item.etag(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Alias>> AliasColumns() {
  using Item = const v1::Alias&;
  return {
      {"alias", [](Item item) { return item.alias(); },
       [](Item item) {
         return Cell{item.alias(), Tone::kCyan};
       }},
      {"version", [](Item item) { return StrCat(item.version()); },
       [](Item item) { return Cell{item.version() == 0 ? "-" : StrCat(item.version())}; }, true},
      {"since", [](Item item) { return MachineTime(item.update_time()); },
       [](Item item) {
         return Cell{HumanTime(item.update_time()), Tone::kDim};
       }},
      {"updater", [](Item item) { return item.updater(); },
       [](Item item) { return Cell{item.updater()}; }},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, true},
      {"asset", [](Item item) { return item.asset(); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Alias>> AliasHistoryColumns() {
  using Item = const v1::Alias&;
  std::vector<ListColumn<v1::Alias>> columns = AliasColumns();
  columns.emplace_back(
      "until", [](Item item) { return StrCat(item.end_position()); },
      [](Item item) {
        return item.end_position() == 0 ? Cell{"now", Tone::kGreen}
                                        : Cell{StrCat(item.end_position())};
      },
      true);
  return columns;
}

std::vector<ListColumn<v1::Tag>> TagColumns() {
  return {{"key", [](const v1::Tag& tag) { return tag.key(); },
           [](const v1::Tag& tag) {
             return Cell{tag.key(), Tone::kYellow};
           }},
          {"value", [](const v1::Tag& tag) { return tag.value(); }}};
}

std::vector<ListColumn<v1::DatasetIdentity>> IdentityColumns() {
  using Item = const v1::DatasetIdentity&;
  return {{"namespace", [](Item item) { return item.namespace_(); }},
          {"name", [](Item item) { return item.name(); }},
          {"asset", [](Item item) { return item.asset(); },
           [](Item item) {
             return Cell{item.asset(), Tone::kBold};
           }},
          {"position", [](Item item) { return StrCat(item.position()); }, nullptr, true}};
}

std::vector<ListColumn<v1::SearchHit>> SearchColumns() {
  using Item = const v1::SearchHit&;
  return {
      {"name", [](Item hit) { return hit.asset().name(); },
       [](Item hit) {
         return Cell{hit.asset().name(), Tone::kBold};
       }},
      {"kind", [](Item hit) { return KindName(hit.asset().kind()); }},
      {"owner", [](Item hit) { return hit.asset().owner(); }},
      {"match", [](Item hit) { return hit.snippet(); }},
      {"score", [](Item hit) { return HumanNumber(hit.score()); }, nullptr, false, true},
      {"comment", [](Item hit) { return hit.asset().comment(); }, nullptr, false, true},
  };
}

Card CatalogCard(const v1::Catalog& catalog) { return ParentCard(catalog); }

Card SchemaCard(const v1::Schema& schema) { return ParentCard(schema); }

Card AssetCard(const v1::Asset& asset) {
  Card card;
  card.Line("name", asset.name(), Tone::kBold)
      .Line("kind", KindName(asset.kind()))
      .Line("version", asset.current_version() == 0 ? "none yet" : StrCat(asset.current_version()))
      .Line("aliases", AliasNames(asset.aliases()), Tone::kCyan);
  AddSharedLines(asset, card);
  AddRecordLines(asset, card);
  AddDetail(asset.detail(), card);
  AddMap("properties", asset.properties(), card);
  return card;
}

Card VersionCard(const v1::Version& version) {
  Card card;
  card.Line("name", version.name(), Tone::kBold)
      .Line("kind", KindName(version.kind()))
      .Line("aliases", absl::StrJoin(version.aliases(), ", "), Tone::kCyan)
      .Line("digest", version.digest())
      .Line("location", version.location())
      .Line("comment", version.comment())
      .Line("tags", TagList(version.tags()), Tone::kYellow)
      .Line("created", StrCat(HumanTime(version.create_time()), " by ", version.creator()))
      .Line("etag", version.etag(), Tone::kDim)
      .Line("position", HumanCount(version.position()), Tone::kDim);
  AddDetail(version.detail(), card);
  AddMap("properties", version.properties(), card);
  return card;
}

Card AliasCard(const v1::Alias& alias) {
  Card card;
  card.Line("asset", alias.asset(), Tone::kBold)
      .Line("alias", alias.alias(), Tone::kCyan)
      .Line("version", StrCat(alias.version()))
      .Line("since", StrCat(HumanTime(alias.update_time()), " by ", alias.updater()))
      .Line("position", HumanCount(alias.position()), Tone::kDim);
  return card;
}

Card IdentityCard(const v1::DatasetIdentity& identity) {
  Card card;
  card.Line("namespace", identity.namespace_())
      .Line("name", identity.name())
      .Line("asset", identity.asset(), Tone::kBold)
      .Line("position", HumanCount(identity.position()), Tone::kDim);
  return card;
}

}  // namespace whence::cli
