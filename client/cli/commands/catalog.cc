// whence catalog | schema | asset: create get list update rename delete undelete.

#include "absl/strings/str_join.h"
#include "base/name.h"
#include "cli/commands/securable.h"

namespace whence::cli {
namespace {

constexpr char kFilterFields[] = "name, comment, owner, create_time, update_time, tags, properties";

// `whence catalog create`, `whence schema create`.
template <class T>
Command& AddCreateVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  Command& command = tree.Verb(group, "create", StrCat("Create a ", Traits::kNoun));
  auto flags = std::make_shared<SecurableFlags>();
  command.Formats(kRecordFormats).Argument(flags->name, "name", "Full name", Traits::kCompleter);
  flags->AddFields(command);
  command.Does([flags](App& app) -> absl::Status {
    typename Traits::CreateRequest request;
    absl::Status status = ApplyCreate(*flags, *Traits::In(request));
    return status.ok() ? CreateSecurable<T>(app, request) : status;
  });
  return command;
}

template <class T>
Command& AddUpdateVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  Command& command = tree.Verb(group, "update",
                               StrCat("Change comment, owner or properties of a ", Traits::kNoun));
  auto flags = std::make_shared<SecurableFlags>();
  command.Formats(kRecordFormats).Argument(flags->name, "name", "Full name", Traits::kCompleter);
  flags->AddFields(command);
  command.Flag(flags->removed_properties, "--remove-property", "KEY", "Take a property away");
  flags->AddEtag(command);
  command.Does([flags](App& app) -> absl::Status {
    typename Traits::UpdateRequest request;
    absl::Status status =
        ApplyUpdate(app, *flags, *Traits::In(request), *request.mutable_update_mask());
    return status.ok() ? UpdateSecurable<T>(app, request) : status;
  });
  return command;
}

template <class T>
Command& AddDeleteVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  constexpr bool kHasForce = requires(typename Traits::DeleteRequest r) { r.set_force(true); };
  Command& command = tree.Verb(group, "delete",
                               StrCat("Delete a ", Traits::kNoun,
                                      "; its history and lineage stay, undelete brings it back"));
  struct Flags : SecurableFlags {
    bool force = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats).Argument(flags->name, "name", "Full name", Traits::kCompleter);
  if constexpr (kHasForce) {
    command.Switch(flags->force, "--force", "Although something is inside");
  }
  flags->AddEtag(command);
  command.Does([flags](App& app) -> absl::Status {
    typename Traits::DeleteRequest request;
    request.set_name(flags->name);
    request.set_etag(flags->etag);
    request.set_request_id(app.NewRequestId());
    if constexpr (kHasForce) request.set_force(flags->force);
    const absl::StatusOr<T> item = app.Call(Traits::kDelete, request);
    return item.ok() ? PrintSecurableChange(app, *item, "deleted") : item.status();
  });
  return command;
}

void AddCatalogGroup(CommandTree& tree) {
  CLI::App* group = tree.Group("catalog", "Catalogs, the top of the three levels");
  AddCreateVerb<v1::Catalog>(tree, group)
      .Example("whence catalog create prod")
      .Example("whence catalog create prod --owner group:data --comment \"What customers see\"");
  AddGetVerb<v1::Catalog>(tree, group)
      .Example("whence catalog get prod")
      .Example("whence catalog get prod --as-of 2026-02-01", "as it stood then");
  Command& list = tree.Verb(group, "list", "List catalogs");
  auto flags = std::make_shared<SecurableListFlags>();
  list.Formats(kListFormats)
      .Example("whence catalog list")
      .Example("whence catalog list --filter 'owner = \"group:data\"' -o csv");
  flags->AddTo(list, kFilterFields);
  list.Does([flags](App& app) -> absl::Status {
    v1::ListCatalogsRequest request;
    absl::Status status = flags->Apply(request);
    return status.ok() ? ListSecurables<v1::Catalog>(app, request, *flags) : status;
  });
  AddUpdateVerb<v1::Catalog>(tree, group)
      .Example("whence catalog update prod --owner group:platform")
      .Example("whence catalog update prod --property tier=gold --remove-property old");
  AddRenameVerb<v1::Catalog>(tree, group).Example("whence catalog rename prod production");
  AddDeleteVerb<v1::Catalog>(tree, group)
      .Example("whence catalog delete scratch")
      .Example("whence catalog delete scratch --force", "with everything inside");
  AddUndeleteVerb<v1::Catalog>(tree, group).Example("whence catalog undelete scratch");
}

void AddSchemaGroup(CommandTree& tree) {
  CLI::App* group = tree.Group("schema", "Schemas, the middle level: catalog.schema");
  AddCreateVerb<v1::Schema>(tree, group).Example("whence schema create prod.fraud");
  AddGetVerb<v1::Schema>(tree, group).Example("whence schema get prod.fraud");
  Command& list = tree.Verb(group, "list", "List schemas");
  auto flags = std::make_shared<SecurableListFlags>();
  list.Formats(kListFormats)
      .Example("whence schema list prod")
      .Example("whence schema list", "those of all catalogs")
      .OptionalArgument(flags->parent, "catalog", "Name of the catalog; all without it",
                        Complete::kCatalog);
  flags->AddTo(list, kFilterFields);
  list.Does([flags](App& app) -> absl::Status {
    v1::ListSchemasRequest request;
    request.set_parent(flags->parent);
    absl::Status status = flags->Apply(request);
    return status.ok() ? ListSecurables<v1::Schema>(app, request, *flags) : status;
  });
  AddUpdateVerb<v1::Schema>(tree, group)
      .Example("whence schema update prod.fraud --comment \"Card fraud\"");
  AddRenameVerb<v1::Schema>(tree, group).Example("whence schema rename prod.fraud prod.risk");
  AddDeleteVerb<v1::Schema>(tree, group).Example("whence schema delete prod.fraud --force");
  AddUndeleteVerb<v1::Schema>(tree, group)
      .Example("whence schema undelete prod.fraud")
      .Example("whence schema undelete id:17", "an older one of that name");
}

void AddAssetCreate(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "create", "Create a table, model, prompt, index or another asset");
  struct Flags : SecurableFlags {
    std::string kind;
    DetailFlags detail;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example(
          "whence asset create prod.fraud.scores --kind table --column id:bigint! --column "
          "score:double")
      .Example("whence asset create prod.fraud.model --kind model --framework onnx")
      .Example("whence asset create prod.raw.users --kind table --detail users.json")
      .Argument(flags->name, "name", "Full name, catalog.schema.asset", Complete::kAsset);
  command.Flag(flags->kind, "--kind", "KIND", absl::StrJoin(KindNames(), ", "), Complete::kKind)
      .Required();
  flags->AddFields(command);
  flags->detail.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::CreateAssetRequest request;
    const absl::StatusOr<v1::Kind> kind = ParseKind(flags->kind);
    if (!kind.ok()) return UsageOf(kind.status(), "--kind");
    request.mutable_asset()->set_kind(*kind);
    absl::Status status = ApplyCreate(*flags, *request.mutable_asset());
    if (status.ok() && flags->detail.given()) {
      absl::StatusOr<v1::Detail> detail = flags->detail.Build(*kind, {}, app.in());
      if (!detail.ok()) return detail.status();
      *request.mutable_asset()->mutable_detail() = *std::move(detail);
    }
    return status.ok() ? CreateSecurable<v1::Asset>(app, request) : status;
  });
}

void AddAssetUpdate(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "update", "Change comment, owner, properties or detail of an asset");
  struct Flags : SecurableFlags {
    DetailFlags detail;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence asset update prod.fraud.scores --owner group:fraud")
      .Example("whence asset update prod.fraud.scores --property pii=no")
      .Argument(flags->name, "name", "Full name", Complete::kAsset);
  flags->AddFields(command);
  command.Flag(flags->removed_properties, "--remove-property", "KEY", "Take a property away");
  flags->AddEtag(command);
  flags->detail.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdateAssetRequest request;
    absl::Status status =
        ApplyUpdate(app, *flags, *request.mutable_asset(), *request.mutable_update_mask());
    if (!status.ok()) return status;
    if (flags->detail.given()) {
      const absl::StatusOr<v1::Asset> present = GetSecurable<v1::Asset>(app, flags->name, "");
      if (!present.ok()) return present.status();
      absl::StatusOr<v1::Detail> detail =
          flags->detail.Build(present->kind(), present->detail(), app.in());
      if (!detail.ok()) return detail.status();
      *request.mutable_asset()->mutable_detail() = *std::move(detail);
      request.mutable_update_mask()->add_paths("detail");
    }
    return UpdateSecurable<v1::Asset>(app, request);
  });
}

// "kind = TABLE OR kind = VIEW", with the expression of --filter as well.
absl::StatusOr<std::string> KindFilter(const std::vector<std::string>& kinds,
                                       const std::string& filter) {
  std::vector<std::string> terms;
  for (const std::string& text : kinds) {
    const absl::StatusOr<v1::Kind> kind = ParseKind(text);
    if (!kind.ok()) return UsageOf(kind.status(), "--kind");
    terms.push_back(StrCat("kind = ", KindName(*kind)));
  }
  if (terms.empty()) return filter;
  const std::string any = StrCat("(", absl::StrJoin(terms, " OR "), ")");
  return filter.empty() ? any : StrCat(any, " AND (", filter, ")");
}

void AddAssetList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List assets");
  struct Flags : SecurableListFlags {
    std::vector<std::string> kinds;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence asset list prod.fraud")
      .Example("whence asset list prod --kind model --kind prompt", "all schemas of a catalog")
      .Example("whence asset list -o jsonl --filter 'tags:pii'")
      .OptionalArgument(flags->parent, "parent", "A schema, or a catalog; everything without it",
                        Complete::kParent);
  command.Flag(flags->kinds, "--kind", "KIND", "Only of this kind", Complete::kKind);
  flags->AddTo(command, "name, kind, comment, owner, create_time, update_time, tags, properties");
  command.Does([flags](App& app) -> absl::Status {
    v1::ListAssetsRequest request;
    request.set_parent(flags->parent);
    absl::Status status = flags->Apply(request);
    if (!status.ok()) return status;
    const absl::StatusOr<std::string> filter = KindFilter(flags->kinds, flags->filter);
    if (!filter.ok()) return filter.status();
    request.set_filter(*filter);
    return ListSecurables<v1::Asset>(app, request, *flags);
  });
}

}  // namespace

void AddCatalogCommands(CommandTree& tree) {
  AddCatalogGroup(tree);
  AddSchemaGroup(tree);
  CLI::App* group = tree.Group(
      "asset", "Tables, models, prompts, indexes and other assets: catalog.schema.asset");
  AddAssetCreate(tree, group);
  AddGetVerb<v1::Asset>(tree, group)
      .Example("whence asset get prod.fraud.scores")
      .Example("whence asset get prod.fraud.scores --as-of 2026-02-01 -o yaml");
  AddAssetList(tree, group);
  AddAssetUpdate(tree, group);
  AddRenameVerb<v1::Asset>(tree, group)
      .Example("whence asset rename prod.fraud.scores prod.risk.scores",
               "also into another schema");
  AddDeleteVerb<v1::Asset>(tree, group).Example("whence asset delete prod.fraud.scores");
  AddUndeleteVerb<v1::Asset>(tree, group).Example("whence asset undelete prod.fraud.scores");
}

}  // namespace whence::cli
