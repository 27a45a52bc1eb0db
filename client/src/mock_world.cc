#include "src/mock_world.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "src/digest.h"
#include "src/error_info.h"
#include "src/uuid.h"

namespace whence::testing {
namespace {

using client_internal::MakeError;

bool SameContent(const Prediction& a, const Prediction& b) {
  return a.endpoint == b.endpoint && a.model == b.model && a.prompts == b.prompts &&
         a.inputs == b.inputs && a.input == b.input && a.output == b.output &&
         a.status == b.status && a.start_time == b.start_time && a.latency == b.latency &&
         a.properties == b.properties && a.retrieved.size() == b.retrieved.size();
}

}  // namespace

absl::Status MockConnection::World::NotFound(const std::string& what, const std::string& name) {
  return MakeError(absl::StatusCode::kNotFound, "no " + what + " " + name,
                   absl::AsciiStrToUpper(what) + "_NOT_FOUND");
}

absl::Status MockConnection::World::AlreadyExists(const std::string& what,
                                                  const std::string& name) {
  return MakeError(absl::StatusCode::kAlreadyExists, what + " " + name + " exists",
                   absl::AsciiStrToUpper(what) + "_ALREADY_EXISTS");
}

std::string MockConnection::World::ParentOf(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string() : name.substr(0, dot);
}

bool MockConnection::World::IsUnder(const std::string& name, const std::string& parent) {
  return parent.empty() || name.rfind(parent + ".", 0) == 0;
}

absl::StatusOr<Asset> MockConnection::World::EnsureAsset(const std::string& name, Kind kind,
                                                         Asset fresh) {
  const auto found = assets.find(name);
  if (found != assets.end()) return found->second.asset;
  if (kind == Kind::kUnspecified) return NotFound("asset", name);
  if (!schemas.contains(ParentOf(name))) return NotFound("schema", ParentOf(name));
  fresh.name = name;
  fresh.kind = kind;
  assets[name].asset = fresh;
  return fresh;
}

absl::StatusOr<Version> MockConnection::World::Register(const std::string& asset,
                                                        const NewVersion& version) {
  const auto found = assets.find(asset);
  if (found == assets.end()) return NotFound("asset", asset);
  std::string digest = version.digest;
  if (const auto* prompt = std::get_if<PromptDetail>(&version.detail);
      prompt != nullptr && digest.empty()) {
    digest = client_internal::Sha256OfText(prompt->text);
  }
  if (digest.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "digest: a version needs a digest",
                     "DIGEST_REQUIRED", "give a digest or a file", "version.digest");
  }
  std::vector<Version>& versions = found->second.versions;
  for (const Version& present : versions) {
    if (present.digest == digest) return present;
  }
  const int64_t number = static_cast<int64_t>(versions.size()) + 1;
  versions.push_back({.name = asset + "@" + std::to_string(number),
                      .asset = asset,
                      .number = number,
                      .kind = found->second.asset.kind,
                      .digest = digest,
                      .location = version.location,
                      .comment = version.comment,
                      .properties = version.properties,
                      .detail = version.detail});
  found->second.asset.current_version = number;
  if (version.detail.index() != 0) found->second.asset.detail = version.detail;
  return versions.back();
}

absl::StatusOr<VersionRef> MockConnection::World::Pin(const std::string& reference) {
  const size_t at = reference.find('@');
  const std::string name = reference.substr(0, at);
  const auto found = assets.find(name);
  if (found == assets.end()) return NotFound("asset", name);
  const Asset& asset = found->second.asset;
  int64_t number = asset.current_version;
  if (at != std::string::npos) {
    const VersionRef asked = ParseVersionRef(reference);
    number = asked.number;
    if (number > asset.current_version) return NotFound("version", reference);
    for (const Alias& alias : asset.aliases) {
      if (alias.alias == reference.substr(at + 1)) number = alias.version;
    }
    if (number == 0) return NotFound("alias", reference);
  }
  return ParseVersionRef(number == 0 ? name : name + "@" + std::to_string(number));
}

absl::Status MockConnection::World::PinReads(const RunRecord& additions, RunRecord* run) {
  for (const RunRead& read : additions.reads) {
    const absl::StatusOr<VersionRef> pinned = Pin(read.reference);
    if (!pinned.ok()) return pinned.status();
    const size_t at = read.reference.find('@');
    const bool alias = at != std::string::npos && pinned->reference != read.reference;
    run->reads.push_back({.reference = pinned->reference,
                          .alias = alias ? read.reference.substr(at + 1) : std::string()});
  }
  return absl::OkStatus();
}

absl::Status MockConnection::World::PinWrites(const RunRecord& additions, RunRecord* run) {
  for (const RunWrite& write : additions.writes) {
    const std::string name = write.reference.substr(0, write.reference.find('@'));
    const absl::StatusOr<Asset> asset = EnsureAsset(name, write.create_kind, {});
    if (!asset.ok()) return asset.status();
    std::string reference = write.reference;
    if (write.version.has_value()) {
      const absl::StatusOr<Version> version = Register(name, *write.version);
      if (!version.ok()) return version.status();
      reference = version->name;
    }
    const absl::StatusOr<VersionRef> pinned = Pin(reference);
    if (!pinned.ok()) return pinned.status();
    run->writes.push_back({.reference = pinned->reference, .version = write.version});
  }
  return absl::OkStatus();
}

absl::StatusOr<RunRecord> MockConnection::World::AddToRun(const RunRecord& additions) {
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](const RunRecord& run) { return run.id == additions.id; });
  RunRecord run = found == runs.end() ? RunRecord{.id = additions.id} : *found;
  const bool finished = run.state == RunState::kComplete || run.state == RunState::kFailed ||
                        run.state == RunState::kAborted;
  if (finished && additions.state != RunState::kUnspecified && additions.state != run.state) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "run " + run.id + " is over",
                     "RUN_ALREADY_FINISHED");
  }
  // All or nothing: the copy is put in place when everything went well.
  if (absl::Status status = PinReads(additions, &run); !status.ok()) return status;
  if (absl::Status status = PinWrites(additions, &run); !status.ok()) return status;
  const auto fill = [](std::string* text, const std::string& by) {
    if (!by.empty()) *text = by;
  };
  fill(&run.job, additions.job);
  fill(&run.parent_run_id, additions.parent_run_id);
  fill(&run.host, additions.host);
  fill(&run.user, additions.user);
  fill(&run.error_message, additions.error_message);
  if (additions.code != CodeLocation()) run.code = additions.code;
  if (additions.start_time.has_value()) run.start_time = additions.start_time;
  if (additions.end_time.has_value()) run.end_time = additions.end_time;
  if (additions.state != RunState::kUnspecified) run.state = additions.state;
  run.column_mappings.insert(run.column_mappings.end(), additions.column_mappings.begin(),
                             additions.column_mappings.end());
  for (const auto& [key, value] : additions.parameters) run.parameters[key] = value;
  for (const auto& [key, value] : additions.properties) run.properties[key] = value;
  if (found == runs.end()) {
    runs.push_back(run);
  } else {
    *found = run;
  }
  return run;
}

absl::StatusOr<Prediction> MockConnection::World::AddPrediction(Prediction prediction) {
  if (prediction.endpoint.empty() && prediction.model.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     "prediction " + prediction.id + " has neither endpoint nor model",
                     "PREDICTION_WITHOUT_PARENT");
  }
  if (prediction.id.empty()) prediction.id = client_internal::NewUuid();
  for (const Prediction& present : predictions) {
    if (present.id != prediction.id) continue;
    if (SameContent(present, prediction)) return present;
    return AlreadyExists("prediction", prediction.id);
  }
  predictions.push_back(prediction);
  return prediction;
}

}  // namespace whence::testing
