// What the words of AuthZEN's clients mean here, where they are not Whence's own: a file in YAML.
// docs/authzen.md describes it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "access/privilege.h"
#include "files/watched.h"

namespace whence::http {

// A securable, or one for each id.
struct AuthzenPlace {
  bool metastore = false;
  std::vector<std::string> parts{};  // of its name
  bool id = false;                   // with the id as one more part; without others: the id is it

  friend bool operator==(const AuthzenPlace&, const AuthzenPlace&) = default;
};

// What an action on a type of resource needs.
struct AuthzenAction {
  access::Privilege privilege = access::Privilege::kBrowse;
  AuthzenPlace place{};
  bool rows = false;  // the resource is a row: its properties are what row filters look at

  friend bool operator==(const AuthzenAction&, const AuthzenAction&) = default;
};

// The words.
struct AuthzenMapping {
  // How clients know the server: `https://pdp.example.com`. Empty: by what they asked for.
  std::string decision_point{};
  // By type of resource, then by name of action.
  std::map<std::string, std::map<std::string, AuthzenAction, std::less<>>, std::less<>> resources{};

  friend bool operator==(const AuthzenMapping&, const AuthzenMapping&) = default;
};

// The words of a file that others change.
using AuthzenFile = files::Watched<AuthzenMapping>;

// InvalidArgument AUTHZEN_CONFIG_MALFORMED, with the path of what is wrong as field; a member that
// is not known is wrong, too.
absl::StatusOr<AuthzenMapping> ParseAuthzenMapping(std::string_view text);
// Besides NotFound AUTHZEN_CONFIG_UNREADABLE.
absl::StatusOr<AuthzenMapping> ReadAuthzenMapping(const std::string& path);
// The errors of the above; those of what the file says later are told to `report`.
absl::StatusOr<std::unique_ptr<AuthzenFile>> WatchAuthzenMapping(const std::string& path,
                                                                 files::Report report);

}  // namespace whence::http
