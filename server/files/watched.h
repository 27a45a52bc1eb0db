// What stands in files that others change while the server runs.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "files/look.h"

namespace whence::files {

// Told of every change that was looked into: OK when it is in force, or why it cannot be used.
// Under a lock: must not call back.
using Report = absl::AnyInvocable<void(const absl::Status&)>;

// Purpose: the value of one file, or of several that belong together, in force. They are looked at
// whenever somebody asks, and read anew when one of them was changed or replaced; what is wrong, or
// not whole yet, is reported once and left until it changes again, and the value before stays in
// force: an edit that fails must take nothing away.
// Ownership: who got a value keeps it as long as needed, whatever comes after it.
// Thread-safety: any thread; who asks while the files are read waits for that.
template <class T>
class Watched {
 public:
  // Makes the value of the files as they are now. `before` is the one in force (null at first);
  // to return it says that nothing has changed that counts, and nothing is reported.
  using Read =
      absl::AnyInvocable<absl::StatusOr<std::shared_ptr<const T>>(std::shared_ptr<const T> before)>;

  // The errors of `read`; one of these is not reported.
  static absl::StatusOr<std::unique_ptr<Watched>> Open(std::vector<std::string> paths, Read read,
                                                       Report report) {
    std::unique_ptr<Watched> watched(
        new Watched(std::move(paths), std::move(read), std::move(report)));
    // Before they are read: what changes meanwhile is seen at the next look.
    watched->See(watched->LookNow());
    WHENCE_ASSIGN_OR_RETURN(watched->value_, watched->read_(nullptr));
    return watched;
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  // Never null; the same pointer while nothing has changed.
  std::shared_ptr<const T> Current() {
    const std::vector<Look> seen = LookNow();
    const std::lock_guard lock(mutex_);
    if (seen == looks_ && !fresh_) return value_;
    // Others may have seen more, and read it, since this thread looked.
    std::vector<Look> now = LookNow();
    const bool same = now == looks_;
    if (same && !fresh_) return value_;
    See(std::move(now));
    absl::StatusOr<std::shared_ptr<const T>> read = read_(value_);
    if (read.ok() && *read == value_) return value_;
    if (!read.ok() && same) return value_;  // said before
    if (read.ok()) value_ = *read;
    report_(read.status());
    return value_;
  }

 private:
  Watched(std::vector<std::string> paths, Read read, Report report)
      : paths_(std::move(paths)), read_(std::move(read)), report_(std::move(report)) {}
  std::vector<Look> LookNow() const {
    std::vector<Look> looks;
    looks.reserve(paths_.size());
    for (const std::string& path : paths_) looks.push_back(LookAt(path));
    return looks;
  }
  void See(std::vector<Look> looks) {
    looks_ = std::move(looks);
    fresh_ = std::any_of(looks_.begin(), looks_.end(), IsFresh);
  }

  const std::vector<std::string> paths_;
  std::mutex mutex_;
  // Guarded by mutex_.
  Read read_;
  Report report_;
  std::vector<Look> looks_;  // when the files were read last
  bool fresh_ = false;       // what looks so may have changed since: they are read once more
  std::shared_ptr<const T> value_;
};

}  // namespace whence::files
