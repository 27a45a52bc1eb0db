#pragma once

// Where a log can be read: a server of Whence, any web server with C2SP's tlog-tiles, a folder.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/app.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

// One log. One thread at a time.
class LogSource {
 public:
  virtual ~LogSource() = default;

  // The newest signed head.
  virtual absl::StatusOr<std::string> Checkpoint() = 0;
  // "tile/0/000": its bytes. PermissionDenied for who may not read the record.
  virtual absl::StatusOr<std::string> Tile(const std::string& path) = 0;
  // What the log says of its keys; nothing where it says nothing.
  virtual absl::StatusOr<v1::ListKeysResponse> Keys() = 0;
  // That the log of `new_size` entries begins with that of `old_size`; Unimplemented where the
  // source proves nothing.
  virtual absl::StatusOr<v1::ConsistencyProof> Consistency(uint64_t /*old_size*/,
                                                           uint64_t /*new_size*/) {
    return absl::UnimplementedError("the source gives no proofs");
  }
  // A copy of the database at `path`, which is not there yet; false where there is none, and `why`.
  virtual absl::StatusOr<bool> Database(const std::string& path, std::string* why) = 0;
  // Whether a tile costs a call: then nothing is read through tiles that the copy has as well.
  virtual bool tiles_are_dear() const { return false; }
};

// "https://whence.example.org:7071", with the caller's token.
absl::StatusOr<std::unique_ptr<LogSource>> UrlSource(App& app, std::string_view url,
                                                     const std::string& authorities);
// The server of the context. The app must outlive it.
std::unique_ptr<LogSource> ServerSource(App& app);
// What 'whence audit export' wrote.
std::unique_ptr<LogSource> FolderSource(const std::string& folder);

}  // namespace whence::cli
