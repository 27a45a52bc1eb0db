#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "cli/text/display_width.h"
#include "cli/walk.h"

namespace whence::cli {
namespace {

constexpr size_t kDefaultWidth = 100;
// Where a label is longer, its text begins on the next line.
constexpr size_t kMaxLabel = 34;

using Entries = std::vector<std::pair<std::string, std::string>>;

// A heading and labelled texts in two columns.
void AppendEntries(std::string& out, std::string_view heading, const Entries& entries,
                   size_t width) {
  if (entries.empty()) return;
  size_t label_width = 0;
  for (const auto& [label, text] : entries) {
    if (DisplayWidth(label) <= kMaxLabel) label_width = std::max(label_width, DisplayWidth(label));
  }
  const size_t column = label_width + 4;
  StrAppend(&out, "\n", heading, ":\n");
  for (const auto& [label, text] : entries) {
    StrAppend(&out, "  ", label);
    if (!text.empty()) {
      const size_t used = DisplayWidth(label) + 2;
      out += used + 2 > column ? StrCat("\n", std::string(column, ' '))
                               : std::string(column - used, ' ');
      out += Wrap(text, width > column + 20 ? width : column + 20, column);
    }
    out += '\n';
  }
}

std::string ArgumentName(const CLI::Option* argument) {
  return absl::AsciiStrToUpper(argument->get_name(/*positional=*/true));
}

std::string UsageLine(const CLI::App* node) {
  std::string usage = StrCat("Usage: ", PathOf(node));
  if (!ChildrenOf(node).empty()) return usage + (node->get_parent() ? " VERB" : " COMMAND");
  for (const CLI::Option* argument : ArgumentsOf(node)) {
    const std::string name =
        StrCat(ArgumentName(argument), argument->get_items_expected_max() > 1 ? "..." : "");
    StrAppend(&usage, " ", argument->get_required() ? name : StrCat("[", name, "]"));
  }
  return usage + " [FLAGS]";
}

// "-o, --output FORMAT".
std::string FlagLabel(const CLI::Option* flag) {
  std::string label =
      flag->get_snames().empty() ? "    " : StrCat("-", flag->get_snames()[0], ", ");
  if (!flag->get_lnames().empty()) StrAppend(&label, "--", flag->get_lnames()[0]);
  if (TakesValue(flag)) StrAppend(&label, " ", flag->get_type_name());
  return label;
}

Entries FlagEntries(const CLI::App* node, bool global) {
  Entries entries;
  for (const CLI::Option* flag : node->get_options()) {
    if (!flag->nonpositional() || (flag->get_group() == "Global flags") != global) continue;
    const bool repeatable = flag->get_items_expected_max() > 1;
    entries.emplace_back(FlagLabel(flag), StrCat(flag->get_description(),
                                                 repeatable ? "; may be given several times" : ""));
  }
  return entries;
}

void AppendExamples(std::string& out, const Command& command) {
  Entries entries;
  for (const auto& [line, what] : command.examples()) {
    StrAppend(&out, entries.empty() ? "\nExamples:\n" : "");
    entries.emplace_back(line, what);
    StrAppend(&out, "  ", line, "\n");
    if (!what.empty()) StrAppend(&out, "      ", what, "\n");
  }
}

void AppendCommand(std::string& out, const Command& command, size_t width) {
  if (!command.about().empty()) StrAppend(&out, "\n", Wrap(command.about(), width, 0), "\n");
  AppendExamples(out, command);
  Entries arguments;
  for (const CLI::Option* argument : ArgumentsOf(command.app())) {
    arguments.emplace_back(ArgumentName(argument), argument->get_description());
  }
  AppendEntries(out, "Arguments", arguments, width);
  AppendEntries(out, "Flags", FlagEntries(command.app(), /*global=*/false), width);
  const FormatSet& formats = command.formats();
  if (!formats.empty()) {
    StrAppend(&out, "\nOutput (-o): ", formats.Names(), "; default ", NameOf(formats.Default()),
              "\n");
  }
}

}  // namespace

std::string Wrap(std::string_view text, size_t width, size_t indent) {
  std::string out;
  bool first_paragraph = true;
  for (const absl::string_view paragraph : absl::StrSplit(ToAbsl(text), '\n')) {
    if (!std::exchange(first_paragraph, false)) out += '\n' + std::string(indent, ' ');
    size_t used = indent;
    for (const absl::string_view word : absl::StrSplit(paragraph, ' ', absl::SkipEmpty())) {
      const size_t wide = DisplayWidth(ToStd(word));
      if (used > indent && used + 1 + wide > width) {
        out += '\n' + std::string(indent, ' ');
        used = indent;
      } else if (used > indent) {
        out += ' ';
        ++used;
      }
      out.append(word.data(), word.size());
      used += wide;
    }
  }
  return out;
}

std::string HelpText(const CommandTree& tree, const CLI::App* node, size_t width) {
  if (width == 0) width = kDefaultWidth;
  width = std::min(width, kDefaultWidth);
  std::string out = StrCat(Wrap(node->get_description(), width, 0), "\n\n", UsageLine(node), "\n");
  const Command* command = tree.Find(node);
  if (command != nullptr) AppendCommand(out, *command, width);
  Entries children;
  for (const CLI::App* child : ChildrenOf(node)) {
    if (child->get_group().empty()) continue;  // hidden
    children.emplace_back(child->get_name(), child->get_description());
  }
  AppendEntries(out, node->get_parent() == nullptr ? "Commands" : "Verbs", children, width);
  if (node->get_parent() == nullptr) {
    AppendEntries(out, "Global flags", FlagEntries(node, /*global=*/true), width);
    StrAppend(&out, "\nEvery command has --help. Exit codes: 'whence help exit-codes'.\n");
  } else {
    StrAppend(&out, "\nGlobal flags (--server, -o, --timeout, ...): 'whence --help'\n");
  }
  return out;
}

}  // namespace whence::cli
