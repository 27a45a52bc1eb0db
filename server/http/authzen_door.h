// What all of AuthZEN's paths share.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "access/index.h"
#include "base/position.h"
#include "http/authzen_mapping.h"
#include "http/dialect.h"
#include "whence/v1/access.pb.h"

namespace whence::http {

namespace v1 = ::whence::v1;

// A subject as clients name it: type and id.
using AuthzenName = std::pair<std::string, std::string>;
// The principals of subjects; empty for those that there are not.
using AuthzenPrincipals = std::map<AuthzenName, std::string>;

// Purpose: finds the principals that subjects are: by name, else by the external id, else by the
// e-mail address, that exactly one of that kind has; byte by byte. Only who may list principals
// learns of a name that there is none. What was found by the others is remembered until anything of
// access changes. Ownership: owns its memory. Thread-safety: any thread.
class AuthzenSubjects {
 public:
  using Then = std::function<void(absl::StatusOr<AuthzenPrincipals>)>;

  AuthzenSubjects() = default;
  AuthzenSubjects(const AuthzenSubjects&) = delete;
  AuthzenSubjects& operator=(const AuthzenSubjects&) = delete;

  // Asks ListPrincipals where a name alone does not tell; errors are those of the caller.
  void Find(const Dialect& dialect, std::vector<AuthzenName> subjects, Then then);

 private:
  struct Search;

  // Nothing: it must be searched for.
  std::optional<std::string> FindAtOnce(const access::Snapshot& access, const AuthzenName& subject);
  void Remember(Position position, const AuthzenName& subject, const std::string& principal);

  std::mutex mutex_;
  Position position_ = 0;                                  // guarded by mutex_
  std::map<AuthzenName, std::string, std::less<>> found_;  // as of that; guarded by mutex_
};

// The kind of principal that a type of subject means: `user`, `service` (or `svc`), `group`.
v1::PrincipalKind AuthzenKind(std::string_view type);

// Purpose: the door. Ownership: the server's; borrows the file. Thread-safety: any thread.
struct AuthzenDoor {
  // What words mean now. Whoever answers takes it once: no answer has half of another.
  std::shared_ptr<const AuthzenMapping> Mapping() const {
    return file != nullptr ? file->Current() : fixed;
  }

  AuthzenFile* file = nullptr;
  std::shared_ptr<const AuthzenMapping> fixed{};  // without a file
  bool tls = false;
  AuthzenSubjects subjects{};
};

}  // namespace whence::http
