// whence identity: attach detach resolve list.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/securables.h"

namespace whence::cli {
namespace {

struct IdentityFlags {
  std::string asset;
  std::string name_space;
  std::string name;
  std::string as_of;
  int64_t limit = 0;
};

void AddPair(Command& command, IdentityFlags& flags) {
  command.Argument(flags.name_space, "namespace", "OpenLineage namespace, e.g. postgres://db:5432");
  command.Argument(flags.name, "name", "OpenLineage name, e.g. shop.public.orders");
}

absl::Status PrintIdentity(App& app, const v1::DatasetIdentity& identity, std::string_view what) {
  return PrintChange(
      app, identity,
      Sentence(StrCat(what, " ", identity.namespace_(), " ", identity.name()), identity.position()),
      "", IdentityCard(identity), IdentityColumns());
}

void AddAttach(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "attach", "Let an asset be known by an OpenLineage name");
  auto flags = std::make_shared<IdentityFlags>();
  command.Formats(kRecordFormats)
      .Example("whence identity attach prod.raw.orders postgres://db:5432 shop.public.orders")
      .Argument(flags->asset, "asset", "Full name of the asset", Complete::kAsset);
  AddPair(command, *flags);
  command.Does([flags](App& app) -> absl::Status {
    v1::AttachDatasetIdentityRequest request;
    request.mutable_identity()->set_asset(flags->asset);
    request.mutable_identity()->set_namespace_(flags->name_space);
    request.mutable_identity()->set_name(flags->name);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::DatasetIdentity identity,
                            app.Call(kAttachDatasetIdentity, request));
    return PrintIdentity(app, identity, StrCat("attached to ", identity.asset(), ":"));
  });
}

void AddDetach(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "detach", "Take an OpenLineage name away");
  auto flags = std::make_shared<IdentityFlags>();
  command.Formats(kRecordFormats)
      .Example("whence identity detach postgres://db:5432 shop.public.orders");
  AddPair(command, *flags);
  command.Does([flags](App& app) -> absl::Status {
    v1::DetachDatasetIdentityRequest request;
    request.set_namespace_(flags->name_space);
    request.set_name(flags->name);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::DatasetIdentity identity,
                            app.Call(kDetachDatasetIdentity, request));
    return PrintIdentity(app, identity, StrCat("detached from ", identity.asset(), ":"));
  });
}

void AddResolve(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "resolve", "Print the asset that an OpenLineage name means");
  auto flags = std::make_shared<IdentityFlags>();
  command.Formats(kRecordFormats)
      .Example("whence identity resolve postgres://db:5432 shop.public.orders");
  AddPair(command, *flags);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::ResolveDatasetIdentityRequest request;
    request.set_namespace_(flags->name_space);
    request.set_name(flags->name);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::DatasetIdentity identity,
                            app.Call(kResolveDatasetIdentity, request));
    return PrintRecord(app, identity, IdentityCard(identity), IdentityColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List the OpenLineage names of an asset");
  auto flags = std::make_shared<IdentityFlags>();
  command.Formats(kListFormats)
      .Example("whence identity list prod.raw.orders")
      .Argument(flags->asset, "asset", "Full name of the asset", Complete::kAsset);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListDatasetIdentitiesRequest request;
    request.set_asset(flags->asset);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::DatasetIdentity> printer(app, "identities", IdentityColumns());
    return PrintList(
        app, kListDatasetIdentities, request,
        [](const v1::ListDatasetIdentitiesResponse& page) -> const auto& {
          return page.identities();
        },
        {flags->limit, "identities"}, printer);
  });
}

}  // namespace

void AddIdentityCommands(CommandTree& tree) {
  CLI::App* group =
      tree.Group("identity", "Dataset identities: the names that OpenLineage producers use");
  AddAttach(tree, group);
  AddDetach(tree, group);
  AddResolve(tree, group);
  AddList(tree, group);
}

}  // namespace whence::cli
