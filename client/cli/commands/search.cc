// whence search.

#include <memory>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/securables.h"

namespace whence::cli {

void AddSearchCommand(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "search",
                               "Find assets by text in names, comments, columns, tags and prompts");
  struct Flags {
    std::vector<std::string> words;
    std::vector<std::string> kinds;
    std::string tag;
    std::string owner;
    std::string catalog;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .About("All words must occur; the last one may be the beginning of a word. Best first.")
      .Example("whence search fraud score")
      .Example("whence search email --kind table --tag pii --catalog prod")
      .Arguments(flags->words, "text", "Words to find");
  command.Flag(flags->kinds, "--kind", "KIND", "Only of this kind", Complete::kKind);
  command.Flag(flags->tag, "--tag", "KEY[=VALUE]", "Only with this tag, on itself or a column");
  command.Flag(flags->owner, "--owner", "NAME", "Only of this owner");
  command.Flag(flags->catalog, "--catalog", "NAME", "Only in this catalog", Complete::kCatalog);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::SearchRequest request;
    request.set_query(absl::StrJoin(flags->words, " "));
    request.set_tag(flags->tag);
    request.set_owner(flags->owner);
    request.set_catalog(flags->catalog);
    for (const std::string& text : flags->kinds) {
      const absl::StatusOr<v1::Kind> kind = ParseKind(text);
      if (!kind.ok()) return UsageOf(kind.status(), "--kind");
      request.add_kinds(*kind);
    }
    ListPrinter<v1::SearchHit> printer(app, "hits", SearchColumns());
    return PrintList(
        app, kSearch, request,
        [](const v1::SearchResponse& page) -> const auto& { return page.hits(); },
        {flags->limit, "matches"}, printer);
  });
}

}  // namespace whence::cli
