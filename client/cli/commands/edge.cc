// whence edge: declare.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/events.h"

namespace whence::cli {

void AddEdgeCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("edge", "Edges declared without a run");
  Command& command = tree.Verb(group, "declare",
                               "Declare that one thing comes from another; prints the declaration");
  struct Flags {
    std::string source;
    std::string target;
    std::string comment;
    std::string transformation;
    bool masking = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .Example("whence edge declare prod.raw.users@1 prod.mart.contacts@2 --comment \"by hand\"")
      .Example("whence edge declare prod.raw.users#email prod.mart.contacts#mail --masking")
      .Argument(flags->source, "source", "What is depended on: asset, asset@NUMBER, asset#COLUMN",
                Complete::kReference);
  command.Argument(flags->target, "target", "What depends on it, at the same grain",
                   Complete::kReference);
  command.Flag(flags->comment, "--comment", "TEXT", "Why it is declared");
  command.Flag(flags->transformation, "--transformation", "TYPE",
               "For columns: identity, transformation, aggregation, join, ...",
               Complete::kTransformation);
  command.Switch(flags->masking, "--masking", "For columns: the raw value is hidden");
  command.Does([flags](App& app) -> absl::Status {
    v1::RecordEdgesRequest request;
    request.set_comment(flags->comment);
    request.set_request_id(app.NewRequestId());
    v1::DeclaredEdge& edge = *request.add_edges();
    edge.set_source(flags->source);
    edge.set_target(flags->target);
    edge.set_masking(flags->masking);
    if (!flags->transformation.empty()) {
      const absl::StatusOr<v1::TransformationType> type =
          ParseTransformation(flags->transformation);
      if (!type.ok()) return UsageOf(type.status(), "--transformation");
      edge.set_transformation(*type);
    }
    WHENCE_ASSIGN_OR_RETURN(const v1::Declaration declaration, app.Call(kRecordEdges, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, declaration);
      return absl::OkStatus();
    }
    app.out() << "declaration:" << declaration.id() << std::endl;
    app.Say(Sentence(StrCat("declared that ", flags->target, " comes from ", flags->source),
                     declaration.position()));
    return absl::OkStatus();
  });
}

}  // namespace whence::cli
