// whence tag: define redefine undefine definition definitions show declassify reclassify
// declassifications.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/securable.h"
#include "cli/commands/shared.h"
#include "cli/records/tags.h"

namespace whence::cli {
namespace {

// Of answers that are a position and nothing else.
const FormatSet kSentenceOnly = {Format::kTable, Format::kJson, Format::kYaml};

// --- Definitions ---

struct DefinitionFlags {
  std::string key;
  std::vector<std::string> values;
  std::vector<std::string> assigners;
  std::string comment;
  bool propagates = false;
  bool stays = false;
  bool any_value = false;
  bool anybody = false;
  std::string etag;
  Parameter comment_option;

  void AddFields(Command& command) {
    command.Flag(values, "--value", "VALUE", "An allowed value; may be given several times");
    command.Flag(assigners, "--assigner", "PRINCIPAL",
                 "Who may assign it, besides having APPLY TAG; may be given several times",
                 Complete::kPrincipal);
    command.Switch(propagates, "--propagates", "Columns derived from a tagged one have it too");
    comment_option = command.Flag(comment, "--comment", "TEXT", "What it means");
  }

  void Apply(v1::TagDefinition& definition) const {
    definition.set_key(key);
    for (const std::string& value : values) definition.add_values(value);
    for (const std::string& assigner : assigners) definition.add_assigners(assigner);
    definition.set_propagates(propagates);
    definition.set_comment(comment);
    definition.set_etag(etag);
  }
};

absl::Status PrintDefinitionChange(App& app, const v1::TagDefinition& definition,
                                   std::string_view verb) {
  return PrintChange(app, definition,
                     Sentence(StrCat(verb, " tag ", definition.key()), definition.position()), "",
                     TagDefinitionCard(definition), TagDefinitionColumns());
}

void AddDefine(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "define", "Govern a key: its values, and who may assign it");
  auto flags = std::make_shared<DefinitionFlags>();
  command.Formats(kRecordFormats)
      .About(
          "Tags that stand already stay, also those that the definition would not allow. With "
          "--propagates a tag of a column flows along column lineage, until a step masks the value "
          "or somebody declassifies a column.")
      .Example("whence tag define pii --value email --value phone --propagates")
      .Example("whence tag define reviewed --assigner group:stewards")
      .Argument(flags->key, "key", "The key");
  flags->AddFields(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::CreateTagDefinitionRequest request;
    flags->Apply(*request.mutable_definition());
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::TagDefinition made, app.Call(kCreateTagDefinition, request));
    return PrintDefinitionChange(app, made, "defined");
  });
}

absl::Status SetMask(const DefinitionFlags& flags, google::protobuf::FieldMask& mask) {
  if (flags.any_value && !flags.values.empty()) {
    return UsageError("--any-value and --value exclude each other", "give one of them");
  }
  if (flags.anybody && !flags.assigners.empty()) {
    return UsageError("--anybody and --assigner exclude each other", "give one of them");
  }
  if (flags.propagates && flags.stays) {
    return UsageError("--propagates and --stays exclude each other", "give one of them");
  }
  if (flags.any_value || !flags.values.empty()) mask.add_paths("values");
  if (flags.anybody || !flags.assigners.empty()) mask.add_paths("assigners");
  if (flags.propagates || flags.stays) mask.add_paths("propagates");
  if (flags.comment_option.given()) mask.add_paths("comment");
  if (!mask.paths().empty()) return absl::OkStatus();
  return UsageError("nothing to change", "give at least one of --value, --assigner, --propagates");
}

void AddRedefine(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "redefine", "Change a definition; lists are replaced whole");
  auto flags = std::make_shared<DefinitionFlags>();
  command.Formats(kRecordFormats)
      .Example("whence tag redefine pii --value email --value phone --value address")
      .Example("whence tag redefine pii --stays", "it does not flow any longer")
      .Argument(flags->key, "key", "The key");
  flags->AddFields(command);
  command.Switch(flags->any_value, "--any-value", "Any value is allowed");
  command.Switch(flags->anybody, "--anybody", "Who has APPLY TAG may assign it");
  command.Switch(flags->stays, "--stays", "It does not flow along column lineage");
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdateTagDefinitionRequest request;
    flags->Apply(*request.mutable_definition());
    WHENCE_RETURN_IF_ERROR(SetMask(*flags, *request.mutable_update_mask()));
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::TagDefinition made, app.Call(kUpdateTagDefinition, request));
    return PrintDefinitionChange(app, made, "redefined");
  });
}

void AddUndefine(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "undefine", "Make a key free again; tags stay, derived ones go");
  struct Flags {
    std::string key;
    std::string etag;
    bool yes = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kSentenceOnly)
      .Example("whence tag undefine pii --yes")
      .Argument(flags->key, "key", "The key");
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_RETURN_IF_ERROR(
        Confirm(app, flags->yes,
                StrCat("Delete the definition of tag ", flags->key,
                       ", so that anybody with APPLY TAG may assign it, and it does not flow?")));
    v1::DeleteTagDefinitionRequest request;
    request.set_key(flags->key);
    request.set_etag(flags->etag);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::DeleteTagDefinitionResponse reply,
                            app.Call(kDeleteTagDefinition, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, reply);
      return absl::OkStatus();
    }
    app.Say(Sentence(StrCat("undefined tag ", flags->key), reply.position()));
    return absl::OkStatus();
  });
}

void AddDefinition(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "definition", "Show the definition of a key");
  struct Flags {
    std::string key;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence tag definition pii")
      .Argument(flags->key, "key", "The key");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetTagDefinitionRequest request;
    request.set_key(flags->key);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::TagDefinition found, app.Call(kGetTagDefinition, request));
    return PrintRecord(app, found, TagDefinitionCard(found), TagDefinitionColumns());
  });
}

void AddDefinitions(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "definitions", "List the keys that are governed");
  struct Flags {
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats).Example("whence tag definitions");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListTagDefinitionsRequest request;
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::TagDefinition> printer(app, "definitions", TagDefinitionColumns());
    return PrintList(
        app, kListTagDefinitions, request,
        [](const v1::ListTagDefinitionsResponse& page) -> const auto& {
          return page.definitions();
        },
        {flags->limit, "definitions"}, printer);
  });
}

// --- What holds, and why ---

void AddShow(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "show", "Show all tags that hold: own, inherited, derived, and why");
  struct Flags {
    std::string reference;
    std::string as_of;
    bool columns = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .About(
          "Of one key the nearest tag counts: a column's own before derived ones, these before "
          "those of its table, schema and catalog. For a derived one the way is shown that it "
          "came, "
          "column by column.")
      .Example("whence tag show prod.mart.mails#email")
      .Example("whence tag show prod.mart.mails --columns -o csv")
      .Argument(flags->reference, "reference",
                "A catalog, schema, asset, asset@NUMBER or asset#COLUMN", Complete::kReference);
  command.Switch(flags->columns, "--columns", "Of an asset, also of its columns");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetEffectiveTagsRequest request;
    request.set_reference(flags->reference);
    request.set_columns(flags->columns);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::GetEffectiveTagsResponse answer,
                            app.Call(kGetEffectiveTags, request));
    if (app.format() == Format::kJson || app.format() == Format::kYaml) {
      PrintMessage(app, answer);
      return absl::OkStatus();
    }
    PrintEffectiveTags(app, answer, flags->columns);
    if (app.format() != Format::kTable) return absl::OkStatus();
    if (answer.tags().empty() && answer.columns().empty()) {
      app.Note(StrCat("no tags hold for ", answer.reference()));
    }
    if (!answer.truncated().empty()) app.Note(StrCat("not everything: ", answer.truncated()));
    return absl::OkStatus();
  });
}

// --- Declassification ---

struct PlaceFlags {
  std::string reference;
  std::string key;
  std::string comment;

  void AddTo(Command& command) {
    command.Argument(reference, "column", "asset#COLUMN", Complete::kReference);
    command.Argument(key, "key", "Key of a governed tag");
  }
};

void AddDeclassify(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(
      group, "declassify", "Say that a tag does not come to a column by lineage, nor through it");
  auto flags = std::make_shared<PlaceFlags>();
  command.Formats(kRecordFormats)
      .About("Needs MANAGE on the asset, and that you may assign the tag. It is on the record.")
      .Example(
          "whence tag declassify prod.mart.counts#mails pii --comment \"counts, no addresses\"");
  flags->AddTo(command);
  command.Flag(flags->comment, "--comment", "TEXT", "Why").Required();
  command.Does([flags](App& app) -> absl::Status {
    v1::DeclassifyRequest request;
    request.set_reference(flags->reference);
    request.set_key(flags->key);
    request.set_comment(flags->comment);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Declassification made, app.Call(kDeclassify, request));
    return PrintChange(
        app, made,
        Sentence(StrCat("declassified ", made.reference(), " for ", made.key()), made.position()),
        "", DeclassificationCard(made), DeclassificationColumns());
  });
}

void AddReclassify(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "reclassify", "End a declassification: the tag flows again");
  auto flags = std::make_shared<PlaceFlags>();
  command.Formats(kSentenceOnly).Example("whence tag reclassify prod.mart.counts#mails pii");
  flags->AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::ReclassifyRequest request;
    request.set_reference(flags->reference);
    request.set_key(flags->key);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::ReclassifyResponse reply, app.Call(kReclassify, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, reply);
      return absl::OkStatus();
    }
    if (reply.position() == 0) {
      app.Note(StrCat(flags->reference, " was not declassified for ", flags->key));
      return absl::OkStatus();
    }
    app.Say(
        Sentence(StrCat("reclassified ", flags->reference, " for ", flags->key), reply.position()));
    return absl::OkStatus();
  });
}

void AddDeclassifications(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "declassifications", "List what was declassified, by whom and why");
  struct Flags {
    std::string asset;
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence tag declassifications")
      .Example("whence tag declassifications prod.mart.counts --as-of 2026-06-30")
      .OptionalArgument(flags->asset, "asset", "Only of this asset", Complete::kAsset);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListDeclassificationsRequest request;
    request.set_asset(flags->asset);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Declassification> printer(app, "declassifications", DeclassificationColumns());
    return PrintList(
        app, kListDeclassifications, request,
        [](const v1::ListDeclassificationsResponse& page) -> const auto& {
          return page.declassifications();
        },
        {flags->limit, "declassifications"}, printer);
  });
}

// The column of that name, wherever the asset's kind has columns; null when it has none.
v1::Column* FindColumn(v1::Detail& detail, const std::string& name) {
  const auto find = [&name](auto& columns) -> v1::Column* {
    for (v1::Column& column : columns) {
      if (column.name() == name) return &column;
    }
    return nullptr;
  };
  if (detail.has_table()) return find(*detail.mutable_table()->mutable_columns());
  if (detail.has_function()) return find(*detail.mutable_function()->mutable_parameters());
  if (!detail.has_model()) return nullptr;
  v1::Column* const input = find(*detail.mutable_model()->mutable_inputs());
  return input != nullptr ? input : find(*detail.mutable_model()->mutable_outputs());
}

}  // namespace

void ShowDerivedTags(App& app, const std::string& as_of, v1::Asset& asset) {
  v1::GetEffectiveTagsRequest request;
  request.set_reference(asset.name());
  request.set_columns(true);
  if (!SetAsOf(as_of, request).ok()) return;
  // A tombstone has none, and an older server does not know the question.
  const absl::StatusOr<v1::GetEffectiveTagsResponse> answer = app.Call(kGetEffectiveTags, request);
  if (!answer.ok()) return;
  for (const v1::ColumnTags& tagged : answer->columns()) {
    v1::Column* const column = FindColumn(*asset.mutable_detail(), tagged.column());
    if (column == nullptr) continue;
    for (const v1::EffectiveTag& tag : tagged.tags()) {
      if (tag.origin() != v1::TAG_ORIGIN_DERIVED) continue;
      v1::Tag& shown = *column->add_tags();
      shown.set_key(tag.key());
      shown.set_value(tag.value().empty() ? "(derived)" : StrCat(tag.value(), " (derived)"));
    }
  }
}

void AddTagRuleCommands(CommandTree& tree, CLI::App* group) {
  AddShow(tree, group);
  AddDefine(tree, group);
  AddRedefine(tree, group);
  AddUndefine(tree, group);
  AddDefinition(tree, group);
  AddDefinitions(tree, group);
  AddDeclassify(tree, group);
  AddReclassify(tree, group);
  AddDeclassifications(tree, group);
}

}  // namespace whence::cli
