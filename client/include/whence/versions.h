#pragma once

// What to register as a version of an asset: one struct per kind, so that an editor can complete
// what that kind has. All of them convert to NewVersion, which is what calls take:
//
//   run->Writes("prod.churn.model", whence::ModelVersion{.file = "model.onnx"});
//
// The content is named by its digest. Give it, or give a `file` and the client takes the SHA-256 of
// its content (of a folder: see DigestPath) and its absolute path as the location, unless a
// location is given. A version with a digest that the asset already has is that version:
// registering the same content again makes nothing new.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "whence/types.h"

namespace whence {

struct TableVersion {
  std::string file{};
  std::string digest{};
  std::string location{};
  std::vector<Column> columns{};
  std::string format{};
  int64_t row_count = 0;
  std::string comment{};
  Properties properties{};
};

struct ViewVersion {
  std::string definition{};  // the query; its SHA-256 is the digest when none is given
  std::string digest{};
  std::string location{};
  std::vector<Column> columns{};
  std::string comment{};
  Properties properties{};
};

struct VolumeVersion {
  std::string file{};  // a file or a folder; also gives the three facts below where they are empty
  std::string digest{};
  std::string location{};
  std::string file_name{};
  int64_t file_count = 0;
  int64_t byte_count = 0;
  std::string comment{};
  Properties properties{};
};

struct FunctionVersion {
  std::string file{};
  std::string digest{};
  std::string location{};
  std::string body{};  // its SHA-256 is the digest when neither a file nor a digest is given
  std::string language{};
  std::vector<Column> parameters{};
  std::string return_type{};
  std::string comment{};
  Properties properties{};
};

struct ModelVersion {
  std::string file{};
  std::string digest{};
  std::string location{};
  std::string framework{};
  std::map<std::string, double> metrics{};
  std::vector<Column> inputs{};
  std::vector<Column> outputs{};
  std::string base_model{};
  std::string comment{};
  Properties properties{};
};

struct PromptVersion {
  std::string text{};                    // the template; its digest is made of it
  std::vector<std::string> variables{};  // empty: taken from the text
  std::string location{};
  std::string comment{};
  Properties properties{};
};

struct IndexVersion {
  std::string file{};
  std::string digest{};
  std::string location{};
  int32_t dimension = 0;
  DistanceMetric metric = DistanceMetric::kUnspecified;
  std::string embedding_model{};
  int64_t item_count = 0;
  std::string comment{};
  Properties properties{};
};

// Any kind, for what has no struct of its own.
struct GenericVersion {
  Kind kind = Kind::kUnspecified;  // unspecified: the asset must exist
  std::string file{};
  std::string digest{};
  std::string location{};
  Detail detail{};
  std::string comment{};
  Properties properties{};
};

// A version of any kind, to be registered. A value.
struct NewVersion {
  // Not explicit: each kind's version is meant to be given where a NewVersion is asked for.
  NewVersion(TableVersion version);     // NOLINT(google-explicit-constructor)
  NewVersion(ViewVersion version);      // NOLINT(google-explicit-constructor)
  NewVersion(VolumeVersion version);    // NOLINT(google-explicit-constructor)
  NewVersion(FunctionVersion version);  // NOLINT(google-explicit-constructor)
  NewVersion(ModelVersion version);     // NOLINT(google-explicit-constructor)
  NewVersion(PromptVersion version);    // NOLINT(google-explicit-constructor)
  NewVersion(IndexVersion version);     // NOLINT(google-explicit-constructor)
  NewVersion(GenericVersion version);   // NOLINT(google-explicit-constructor)

  Kind kind = Kind::kUnspecified;
  std::string file;
  std::string digest;
  std::string location;
  std::string comment;
  Properties properties;
  Detail detail;

  // Reads `file`, where one is named, and fills in what is empty: digest, location and, for a
  // volume, file name, file count and byte count. NOT_FOUND (FILE_NOT_FOUND) or another status of
  // the file system when it cannot be read. Calls of Client and Run do this by themselves.
  absl::Status ReadFile();
};

// What is at a path: its digest, and how much of it there is.
struct PathDigest {
  std::string digest{};  // "sha256:<hex>"
  int64_t file_count = 0;
  int64_t byte_count = 0;
};

// The SHA-256 of a file's content. Of a folder: the SHA-256 of the lines "<hex>  <relative path>\n"
// of all files in it, sorted by path byte by byte, which is what this prints as well:
//   cd FOLDER && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
// Symbolic links to files count as files; those to folders are not followed.
// Errors: NOT_FOUND (FILE_NOT_FOUND), PERMISSION_DENIED or INTERNAL (FILE_UNREADABLE).
absl::StatusOr<PathDigest> DigestPath(const std::string& path);

// A version of an asset that is there: what a read was pinned to, or a write became.
// Converts to its reference, so it may stand wherever a reference is asked for.
struct VersionRef {
  std::string reference{};  // "prod.churn.model@7"; the bare asset when it has no version
  std::string asset{};      // "prod.churn.model"
  int64_t number = 0;       // 7; 0 when the asset has no version

  operator const std::string&() const {  // NOLINT(google-explicit-constructor)
    return reference;
  }
  friend bool operator==(const VersionRef&, const VersionRef&) = default;
};

// Takes "asset@number" or "asset" apart. What has neither form is taken as an asset's name.
VersionRef ParseVersionRef(std::string reference);

}  // namespace whence
