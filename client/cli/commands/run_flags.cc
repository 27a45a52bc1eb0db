#include "cli/commands/run_flags.h"

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/uuid.h"
#include "cli/commands/shared.h"

namespace whence::cli {
namespace {

// Takes the text up to the next `separator` outside backticks off `rest`.
std::string TakeUntil(std::string_view& rest, char separator) {
  bool quoted = false;
  size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '`') quoted = !quoted;
    if (rest[at] == separator && !quoted) break;
  }
  std::string taken(rest.substr(0, at));
  rest.remove_prefix(at < rest.size() ? at + 1 : at);
  return taken;
}

// "a.b.in#y:transformation:masking".
absl::StatusOr<v1::ColumnSource> ParseColumnSource(std::string_view text) {
  v1::ColumnSource source;
  source.set_column(TakeUntil(text, ':'));
  while (!text.empty()) {
    const std::string word = TakeUntil(text, ':');
    if (word == "masking") {
      source.set_masking(true);
      continue;
    }
    WHENCE_ASSIGN_OR_RETURN(const v1::TransformationType type, ParseTransformation(word));
    source.set_transformation(type);
  }
  return source;
}

}  // namespace

absl::StatusOr<v1::ColumnMapping> ParseColumnMapping(std::string_view text) {
  const std::string given(text);
  v1::ColumnMapping mapping;
  mapping.set_column(TakeUntil(text, '='));
  if (mapping.column().empty() || text.empty()) {
    return absl::InvalidArgumentError(
        StrCat("not a column mapping: ", QuoteForMessage(given),
               "; write OUT#COLUMN=IN#COLUMN, then :transformation and :masking where they apply"));
  }
  while (!text.empty()) {
    const std::string source = TakeUntil(text, ',');
    WHENCE_ASSIGN_OR_RETURN(*mapping.add_sources(), ParseColumnSource(source));
  }
  return mapping;
}

void RunFlags::AddTo(Command& command) {
  command.Flag(reads_, "--read", "REFERENCE",
               "Something it read: asset (its newest version), asset@NUMBER, asset@ALIAS",
               Complete::kReference);
  command.Flag(writes_, "--write", "REFERENCE", "Something it wrote: asset or asset@NUMBER",
               Complete::kReference);
  command.Flag(columns_, "--column", "OUT#C=IN#C",
               "Where a written column comes from: OUT#C=IN#C[:TRANSFORMATION][:masking],IN#D...");
  command.Flag(parameters_, "--param", "KEY=VALUE", "A parameter");
  command.Flag(properties_, "--property", "KEY=VALUE", "A free property");
  command.Flag(parent_, "--parent", "RUN", "The run that this one is part of", Complete::kRun);
  command.Flag(repository_, "--repository", "URL", "Repository of the code that ran");
  command.Flag(commit_, "--commit", "SHA", "Commit of the code that ran");
  command.Flag(path_, "--path", "PATH", "Path of the code in the repository");
  command.Switch(dirty_, "--dirty", "The work tree had uncommitted changes");
  command.Flag(host_, "--host", "NAME", "Host it ran on");
  command.Flag(user_, "--user", "NAME", "User it ran as, on that host");
}

absl::Status RunFlags::Apply(v1::Run& run) const {
  for (const std::string& reference : reads_) run.add_reads()->set_reference(reference);
  for (const std::string& reference : writes_) run.add_writes()->set_reference(reference);
  for (const std::string& text : columns_) {
    absl::StatusOr<v1::ColumnMapping> mapping = ParseColumnMapping(text);
    if (!mapping.ok()) return UsageOf(mapping.status(), "--column");
    *run.add_column_mappings() = *std::move(mapping);
  }
  WHENCE_RETURN_IF_ERROR(SetMap(parameters_, "--param", run.mutable_parameters()));
  WHENCE_RETURN_IF_ERROR(SetMap(properties_, "--property", run.mutable_properties()));
  if (!parent_.empty()) {
    run.set_parent_run_id(parent_.starts_with("run:") ? parent_.substr(4) : parent_);
  }
  if (!repository_.empty() || !commit_.empty() || !path_.empty() || dirty_) {
    run.mutable_code()->set_repository(repository_);
    run.mutable_code()->set_commit(commit_);
    run.mutable_code()->set_path(path_);
    run.mutable_code()->set_dirty(dirty_);
  }
  if (!host_.empty()) run.set_host(host_);
  if (!user_.empty()) run.set_user(user_);
  return absl::OkStatus();
}

}  // namespace whence::cli
