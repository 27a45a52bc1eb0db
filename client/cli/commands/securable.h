#pragma once

// The verbs that catalogs, schemas and assets share, written once.

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/strings.h"
#include "cli/commands/detail_flags.h"
#include "cli/commands/shared.h"
#include "cli/records/securables.h"
#include "cli/rpc/connection.h"
#include "cli/text/human.h"
#include "whence/v1/catalog.pb.h"

namespace whence::cli {

// What differs between the three.
template <class T>
struct SecurableTraits;

#define WHENCE_SECURABLE_TRAITS(Type, Plural, field, plural, completer)                          \
  template <>                                                                                    \
  struct SecurableTraits<v1::Type> {                                                             \
    static constexpr char kNoun[] = #field;                                                      \
    static constexpr char kPlural[] = #plural;                                                   \
    static constexpr Complete kCompleter = completer;                                            \
    using CreateRequest = v1::Create##Type##Request;                                             \
    using GetRequest = v1::Get##Type##Request;                                                   \
    using ListRequest = v1::List##Plural##Request;                                               \
    using ListResponse = v1::List##Plural##Response;                                             \
    using UpdateRequest = v1::Update##Type##Request;                                             \
    using RenameRequest = v1::Rename##Type##Request;                                             \
    using DeleteRequest = v1::Delete##Type##Request;                                             \
    using UndeleteRequest = v1::Undelete##Type##Request;                                         \
    static constexpr auto kCreate = kCreate##Type;                                               \
    static constexpr auto kGet = kGet##Type;                                                     \
    static constexpr auto kList = kList##Plural;                                                 \
    static constexpr auto kUpdate = kUpdate##Type;                                               \
    static constexpr auto kRename = kRename##Type;                                               \
    static constexpr auto kDelete = kDelete##Type;                                               \
    static constexpr auto kUndelete = kUndelete##Type;                                           \
    template <class Request>                                                                     \
    static v1::Type* In(Request& request) {                                                      \
      return request.mutable_##field();                                                          \
    }                                                                                            \
    static const google::protobuf::RepeatedPtrField<v1::Type>& Items(const ListResponse& page) { \
      return page.plural();                                                                      \
    }                                                                                            \
    static Card CardOf(const v1::Type& item) { return Type##Card(item); }                        \
    static std::vector<ListColumn<v1::Type>> Columns() { return Type##Columns(); }               \
  }

WHENCE_SECURABLE_TRAITS(Catalog, Catalogs, catalog, catalogs, Complete::kCatalog);
WHENCE_SECURABLE_TRAITS(Schema, Schemas, schema, schemas, Complete::kSchema);
WHENCE_SECURABLE_TRAITS(Asset, Assets, asset, assets, Complete::kAsset);

#undef WHENCE_SECURABLE_TRAITS

// "table" for a table, "catalog" for a catalog.
inline std::string NounOf(const v1::Catalog&) { return "catalog"; }
inline std::string NounOf(const v1::Schema&) { return "schema"; }
inline std::string NounOf(const v1::Asset& asset) {
  return asset.kind() == v1::KIND_UNSPECIFIED ? "asset" : Lower(KindName(asset.kind()));
}

template <class T>
absl::Status PrintSecurable(App& app, const T& item) {
  return PrintRecord(app, item, SecurableTraits<T>::CardOf(item), SecurableTraits<T>::Columns());
}

// For people: puts the tags that columns have by lineage beside their own ("email (derived)"). Does
// nothing where the server cannot tell.
void ShowDerivedTags(App& app, const std::string& as_of, v1::Asset& asset);

// "created table prod.fraud.scores (position 5)".
template <class T>
absl::Status PrintSecurableChange(App& app, const T& item, std::string_view did) {
  return PrintChange(app, item,
                     Sentence(StrCat(did, " ", NounOf(item), " ", item.name()), item.position()),
                     "", SecurableTraits<T>::CardOf(item), SecurableTraits<T>::Columns());
}

// Flags for what all three have; owned by the command's action.
struct SecurableFlags {
  std::string name;
  std::string comment;
  std::string owner;
  std::string etag;
  std::vector<std::string> properties;
  std::vector<std::string> removed_properties;
  Parameter comment_option;
  Parameter owner_option;

  void AddFields(Command& command) {
    comment_option = command.Flag(comment, "--comment", "TEXT", "Explanation for people");
    owner_option =
        command.Flag(owner, "--owner", "NAME", "Who answers for it, for example group:fraud");
    command.Flag(properties, "--property", "KEY=VALUE", "A free property");
  }
  void AddEtag(Command& command) {
    command.Flag(etag, "--etag", "ETAG", "Only if it is still in this state");
  }
};

template <class T>
absl::StatusOr<T> GetSecurable(App& app, const std::string& name, const std::string& as_of) {
  typename SecurableTraits<T>::GetRequest request;
  request.set_name(name);
  if (absl::Status status = SetAsOf(as_of, request); !status.ok()) return status;
  return app.Call(SecurableTraits<T>::kGet, request);
}

template <class T>
Command& AddGetVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  Command& command = tree.Verb(group, "get", StrCat("Show one ", Traits::kNoun));
  struct Flags {
    std::string name;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Argument(flags->name, "name", StrCat("Full name, or id:NUMBER"), Traits::kCompleter);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    absl::StatusOr<T> item = GetSecurable<T>(app, flags->name, flags->as_of);
    if (!item.ok()) return item.status();
    if constexpr (std::is_same_v<T, v1::Asset>) {
      if (app.format() == Format::kTable) ShowDerivedTags(app, flags->as_of, *item);
    }
    return PrintSecurable(app, *item);
  });
  return command;
}

// Applies comment, owner and properties to `item` and names them in the mask. Properties are merged
// with the present ones, read under their etag, so that no change of others is lost.
template <class T>
absl::Status ApplyUpdate(App& app, const SecurableFlags& flags, T& item,
                         google::protobuf::FieldMask& mask) {
  item.set_name(flags.name);
  item.set_etag(flags.etag);
  if (flags.comment_option.given()) {
    item.set_comment(flags.comment);
    mask.add_paths("comment");
  }
  if (flags.owner_option.given()) {
    item.set_owner(flags.owner);
    mask.add_paths("owner");
  }
  if (flags.properties.empty() && flags.removed_properties.empty()) return absl::OkStatus();
  const absl::StatusOr<T> present = GetSecurable<T>(app, flags.name, "");
  if (!present.ok()) return present.status();
  *item.mutable_properties() = present->properties();
  if (flags.etag.empty()) item.set_etag(present->etag());
  for (const std::string& key : flags.removed_properties) item.mutable_properties()->erase(key);
  mask.add_paths("properties");
  return SetMap(flags.properties, "--property", item.mutable_properties());
}

template <class T>
Command& AddRenameVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  Command& command =
      tree.Verb(group, "rename",
                StrCat("Give a ", Traits::kNoun, " another name; id, history and lineage stay"));
  struct Flags : SecurableFlags {
    std::string new_name;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Argument(flags->name, "name", "Present full name", Traits::kCompleter);
  command.Argument(flags->new_name, "new_name", "New full name", Traits::kCompleter);
  flags->AddEtag(command);
  command.Does([flags](App& app) -> absl::Status {
    typename Traits::RenameRequest request;
    request.set_name(flags->name);
    request.set_new_name(flags->new_name);
    request.set_etag(flags->etag);
    request.set_request_id(app.NewRequestId());
    const absl::StatusOr<T> item = app.Call(Traits::kRename, request);
    if (!item.ok()) return item.status();
    return PrintChange(
        app, *item,
        Sentence(StrCat("renamed ", NounOf(*item), " ", flags->name, " to ", item->name()),
                 item->position()),
        "", Traits::CardOf(*item), Traits::Columns());
  });
  return command;
}

template <class T>
Command& AddUndeleteVerb(CommandTree& tree, CLI::App* group) {
  using Traits = SecurableTraits<T>;
  Command& command = tree.Verb(group, "undelete",
                               StrCat("Take the newest deletion of a ", Traits::kNoun, " back"));
  auto name = std::make_shared<std::string>();
  command.Formats(kRecordFormats)
      .Argument(*name, "name", "Full name it had, or id:NUMBER for an older tombstone");
  command.Does([name](App& app) -> absl::Status {
    typename Traits::UndeleteRequest request;
    request.set_name(*name);
    request.set_request_id(app.NewRequestId());
    const absl::StatusOr<T> item = app.Call(Traits::kUndelete, request);
    return item.ok() ? PrintSecurableChange(app, *item, "undeleted") : item.status();
  });
  return command;
}

// The fields of `item` for a create.
template <class T>
absl::Status ApplyCreate(const SecurableFlags& flags, T& item) {
  item.set_name(flags.name);
  item.set_comment(flags.comment);
  item.set_owner(flags.owner);
  return SetMap(flags.properties, "--property", item.mutable_properties());
}

template <class T>
absl::Status CreateSecurable(App& app, typename SecurableTraits<T>::CreateRequest& request) {
  request.set_request_id(app.NewRequestId());
  const absl::StatusOr<T> item = app.Call(SecurableTraits<T>::kCreate, request);
  return item.ok() ? PrintSecurableChange(app, *item, "created") : item.status();
}

template <class T>
absl::Status UpdateSecurable(App& app, typename SecurableTraits<T>::UpdateRequest& request) {
  if (request.update_mask().paths().empty()) {
    return UsageError("nothing to change", "give at least one of --comment, --owner, --property");
  }
  request.set_request_id(app.NewRequestId());
  const absl::StatusOr<T> item = app.Call(SecurableTraits<T>::kUpdate, request);
  return item.ok() ? PrintSecurableChange(app, *item, "updated") : item.status();
}

// The result of registering a version of `asset`, as it was before: its reference, and whether it
// was there already.
inline absl::Status PrintRegistered(App& app, const v1::Asset& asset, const v1::Version& version) {
  const bool is_new = version.number() > asset.current_version();
  return PrintChange(
      app, version,
      is_new ? Sentence(StrCat("registered version ", version.number(), " of ", version.asset()),
                        version.position())
             : StrCat(version.name(), " has this digest already"),
      version.name(), VersionCard(version), VersionColumns());
}

struct SecurableListFlags {
  std::string parent;
  std::string filter;
  std::string as_of;
  bool show_deleted = false;
  int64_t limit = 0;

  void AddTo(Command& command, const std::string& fields) {
    command.Flag(filter, "--filter", "EXPRESSION",
                 StrCat("Only those it is true for; fields: ", fields));
    AddAsOf(command, as_of);
    command.Switch(show_deleted, "--show-deleted", "Tombstones too");
    AddLimit(command, limit);
  }

  template <class Request>
  absl::Status Apply(Request& request) const {
    request.set_filter(filter);
    request.set_show_deleted(show_deleted);
    return SetAsOf(as_of, request);
  }
};

template <class T>
absl::Status ListSecurables(App& app, const typename SecurableTraits<T>::ListRequest& request,
                            const SecurableListFlags& flags) {
  using Traits = SecurableTraits<T>;
  ListPrinter<T> printer(app, Traits::kPlural, Traits::Columns());
  return PrintList(app, Traits::kList, request, &Traits::Items, {flags.limit, Traits::kPlural},
                   printer);
}

}  // namespace whence::cli
