#include "cli/commands/audit_flags.h"

#include "base/strings.h"

namespace whence::cli {

absl::StatusOr<int64_t> ParsePosition(std::string_view text, std::string_view flag) {
  const absl::StatusOr<v1::AsOf> parsed = ParseAsOf(text);
  if (parsed.ok() && parsed->at_case() == v1::AsOf::kPosition) return parsed->position();
  return UsageError(StrCat(flag, ": ", text, " is no position"),
                    "positions are numbers from 1, as 'whence audit log' shows them");
}

void EntryFilters::AddTo(Command& command) {
  command.Flag(actor, "--actor", "PRINCIPAL", "Only of this principal", Complete::kPrincipal);
  command.Flag(action, "--action", "OPERATION", "Only of this one, such as CreateAsset");
  command.Flag(resource, "--resource", "REFERENCE", "Only about this, as it is recorded",
               Complete::kReference);
  command.Flag(via, "--via", "DOOR", "Only through this one, such as grpc or http");
  command.Flag(outcome, "--outcome", "OUTCOME", "Only with this one: OK, or a reason");
  command.Flag(kind, "--kind", "KIND", "mutation, denied, decision or read", Complete::kEntryKind);
}

}  // namespace whence::cli
