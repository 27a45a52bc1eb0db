#pragma once

#include <cstdint>
#include <string>

#include "cli/commands/shared.h"

namespace whence::cli {

// A position, or a number of entries: digits with or without commas; a usage error otherwise.
absl::StatusOr<int64_t> ParsePosition(std::string_view text, std::string_view flag);

// Which entries of the ledger: flags that lists and streams of them have.
struct EntryFilters {
  std::string actor;
  std::string action;
  std::string resource;
  std::string via;
  std::string outcome;
  std::string kind;

  void AddTo(Command& command);
  // What both can ask for; the door and the outcome where the request has them.
  template <class Request>
  absl::Status Apply(Request& request) const {
    request.set_actor(actor);
    request.set_action(action);
    request.set_resource(resource);
    if constexpr (requires { request.set_via(via); }) {
      request.set_via(via);
      request.set_outcome(outcome);
    }
    if (kind.empty()) return absl::OkStatus();
    const absl::StatusOr<v1::EntryKind> parsed = ParseEntryKind(kind);
    if (!parsed.ok()) return UsageOf(parsed.status(), "--kind");
    request.set_kind(*parsed);
    return absl::OkStatus();
  }
};

// Verbs of `audit` in files of their own.
void AddTailCommand(CommandTree& tree, CLI::App* group);
void AddProveCommand(CommandTree& tree, CLI::App* group);

}  // namespace whence::cli
