// whence tag: set remove list; what governs tags is in tag_rules.cc.

#include <memory>

#include "base/error.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/securables.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

using Tags = google::protobuf::RepeatedPtrField<v1::Tag>;

absl::Status PrintTags(App& app, const Tags& tags, const std::string& reference) {
  ListPrinter<v1::Tag> printer(app, "tags", TagColumns());
  for (const v1::Tag& tag : tags) printer.Add(tag);
  printer.End("");
  if (tags.empty() && app.format() == Format::kTable) app.Note(StrCat("no tags on ", reference));
  return absl::OkStatus();
}

absl::Status ChangeTags(App& app, v1::SetTagsRequest& request) {
  request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const v1::SetTagsResponse reply, app.Call(kSetTags, request));
  if (app.format() == Format::kJson || app.format() == Format::kYaml) {
    PrintMessage(app, reply);
    return absl::OkStatus();
  }
  if (app.format() != Format::kTable) return PrintTags(app, reply.tags(), reply.reference());
  const std::string tags = reply.tags().empty() ? "no tags" : TagList(reply.tags());
  app.Say(Sentence(StrCat("tagged ", reply.reference(), ": ", tags), reply.position()));
  return absl::OkStatus();
}

void AddSet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "set", "Set tags; a key that is there gets the new value");
  struct Flags {
    std::string reference;
    std::vector<std::string> tags;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence tag set prod.raw.users#email pii=email")
      .Example("whence tag set prod.fraud.model@7 approved reviewer=ana")
      .Argument(flags->reference, "reference",
                "A catalog, schema, asset, asset@NUMBER or asset#COLUMN", Complete::kReference);
  command.Arguments(flags->tags, "tag", "KEY or KEY=VALUE");
  command.Does([flags](App& app) -> absl::Status {
    v1::SetTagsRequest request;
    request.set_reference(flags->reference);
    for (const std::string& text : flags->tags) {
      const size_t equals = text.find('=');
      v1::Tag& tag = *request.add_set();
      tag.set_key(text.substr(0, equals));
      if (equals != std::string::npos) tag.set_value(text.substr(equals + 1));
    }
    return ChangeTags(app, request);
  });
}

void AddRemove(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "remove", "Remove tags; a key that is not there is ignored");
  struct Flags {
    std::string reference;
    std::vector<std::string> keys;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence tag remove prod.raw.users#email pii")
      .Argument(flags->reference, "reference",
                "A catalog, schema, asset, asset@NUMBER or asset#COLUMN", Complete::kReference);
  command.Arguments(flags->keys, "key", "Key of a tag");
  command.Does([flags](App& app) -> absl::Status {
    v1::SetTagsRequest request;
    request.set_reference(flags->reference);
    for (const std::string& key : flags->keys) request.add_remove(key);
    return ChangeTags(app, request);
  });
}

// The tags of a column, as the asset's detail has them.
absl::StatusOr<Tags> ColumnTags(const v1::Asset& asset, const Reference& reference) {
  const v1::Detail& detail = asset.detail();
  for (const auto* columns : {&detail.table().columns(), &detail.function().parameters(),
                              &detail.model().inputs(), &detail.model().outputs()}) {
    for (const v1::Column& column : *columns) {
      if (column.name() == reference.column) return column.tags();
    }
  }
  return NotFound("COLUMN_NOT_FOUND", StrCat("no column ", FormatReference(reference)),
                  StrCat("see 'whence asset get ", asset.name(), "'"));
}

// Tags are read with what they are on.
absl::StatusOr<Tags> ReadTags(App& app, const std::string& text, const std::string& as_of) {
  const absl::StatusOr<Reference> reference = ParseReference(text, "REFERENCE");
  if (!reference.ok()) return reference.status();
  const std::string name = FormatName(reference->name);
  const auto read = [&](auto request, auto method) -> absl::StatusOr<Tags> {
    request.set_name(reference->version > 0 || !reference->alias.empty() ? text : name);
    WHENCE_RETURN_IF_ERROR(SetAsOf(as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const auto item, app.Call(method, request));
    return item.tags();
  };
  switch (reference->kind) {
    case Reference::Kind::kVersion:
    case Reference::Kind::kAlias:
      return read(v1::GetVersionRequest(), kGetVersion);
    case Reference::Kind::kColumn: {
      v1::GetAssetRequest request;
      request.set_name(name);
      WHENCE_RETURN_IF_ERROR(SetAsOf(as_of, request));
      WHENCE_ASSIGN_OR_RETURN(const v1::Asset asset, app.Call(kGetAsset, request));
      return ColumnTags(asset, *reference);
    }
    case Reference::Kind::kRun:
    case Reference::Kind::kPrediction:
      return UsageError("runs and predictions have no tags", "they have properties");
    case Reference::Kind::kSecurable:
      break;
  }
  if (reference->name.size() == 1) return read(v1::GetCatalogRequest(), kGetCatalog);
  if (reference->name.size() == 2) return read(v1::GetSchemaRequest(), kGetSchema);
  return read(v1::GetAssetRequest(), kGetAsset);
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List the tags of something");
  struct Flags {
    std::string reference;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence tag list prod.raw.users#email")
      .Argument(flags->reference, "reference",
                "A catalog, schema, asset, asset@NUMBER or asset#COLUMN", Complete::kReference);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const Tags tags, ReadTags(app, flags->reference, flags->as_of));
    return PrintTags(app, tags, flags->reference);
  });
}

}  // namespace

void AddTagCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("tag", "Tags on catalogs, schemas, assets, columns and versions");
  AddSet(tree, group);
  AddRemove(tree, group);
  AddList(tree, group);
  AddTagRuleCommands(tree, group);
}

}  // namespace whence::cli
