#include "whence/versions.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "src/digest.h"
#include "src/text.h"

namespace whence {
namespace {

// The digest of a version that is its own text: that of the text, unless the caller knows better.
std::string DigestOr(std::string digest, const std::string& file, const std::string& text) {
  if (!digest.empty() || !file.empty() || text.empty()) return digest;
  return client_internal::Sha256OfText(text);
}

}  // namespace

NewVersion::NewVersion(TableVersion version)
    : kind(Kind::kTable),
      file(std::move(version.file)),
      digest(std::move(version.digest)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(TableDetail{.columns = std::move(version.columns),
                         .format = std::move(version.format),
                         .row_count = version.row_count}) {}

NewVersion::NewVersion(ViewVersion version)
    : kind(Kind::kView),
      digest(DigestOr(std::move(version.digest), {}, version.definition)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(TableDetail{.columns = std::move(version.columns),
                         .view_definition = std::move(version.definition)}) {}

NewVersion::NewVersion(VolumeVersion version)
    : kind(Kind::kVolume),
      file(std::move(version.file)),
      digest(std::move(version.digest)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(VolumeDetail{.file_count = version.file_count,
                          .byte_count = version.byte_count,
                          .file_name = std::move(version.file_name)}) {}

NewVersion::NewVersion(FunctionVersion version)
    : kind(Kind::kFunction),
      file(std::move(version.file)),
      digest(DigestOr(std::move(version.digest), file, version.body)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(FunctionDetail{.parameters = std::move(version.parameters),
                            .return_type = std::move(version.return_type),
                            .language = std::move(version.language),
                            .body = std::move(version.body)}) {}

NewVersion::NewVersion(ModelVersion version)
    : kind(Kind::kModel),
      file(std::move(version.file)),
      digest(std::move(version.digest)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(ModelDetail{.framework = std::move(version.framework),
                         .inputs = std::move(version.inputs),
                         .outputs = std::move(version.outputs),
                         .metrics = std::move(version.metrics),
                         .base_model = std::move(version.base_model)}) {}

NewVersion::NewVersion(PromptVersion version)
    : kind(Kind::kPrompt),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(PromptDetail{.text = std::move(version.text),
                          .variables = std::move(version.variables)}) {}

NewVersion::NewVersion(IndexVersion version)
    : kind(Kind::kIndex),
      file(std::move(version.file)),
      digest(std::move(version.digest)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(IndexDetail{.dimension = version.dimension,
                         .metric = version.metric,
                         .embedding_model = std::move(version.embedding_model),
                         .item_count = version.item_count}) {}

NewVersion::NewVersion(GenericVersion version)
    : kind(version.kind),
      file(std::move(version.file)),
      digest(std::move(version.digest)),
      location(std::move(version.location)),
      comment(std::move(version.comment)),
      properties(std::move(version.properties)),
      detail(std::move(version.detail)) {}

absl::Status NewVersion::ReadFile() {
  if (file.empty()) return absl::OkStatus();
  auto* volume = std::get_if<VolumeDetail>(&detail);
  const bool whole = !digest.empty() && volume == nullptr;  // nothing to read for
  if (!whole) {
    absl::StatusOr<PathDigest> content = DigestPath(file);
    if (!content.ok()) return content.status();
    if (digest.empty()) digest = content->digest;
    if (volume != nullptr) {
      if (volume->file_count == 0) volume->file_count = content->file_count;
      if (volume->byte_count == 0) volume->byte_count = content->byte_count;
    }
  }
  const std::filesystem::path path = std::filesystem::absolute(file).lexically_normal();
  if (location.empty()) location = path.string();
  if (volume != nullptr && volume->file_name.empty()) {
    volume->file_name = (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  return absl::OkStatus();
}

VersionRef ParseVersionRef(std::string reference) {
  VersionRef result;
  const size_t at = reference.rfind('@');
  const std::string_view number =
      at == std::string::npos ? std::string_view() : std::string_view(reference).substr(at + 1);
  const bool numbered =
      !number.empty() && number.size() <= 18 &&
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (numbered) {
    result.asset = reference.substr(0, at);
    result.number = std::stoll(std::string(number));
  } else {
    result.asset = reference;
  }
  result.reference = std::move(reference);
  return result;
}

}  // namespace whence
