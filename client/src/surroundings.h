#pragma once

#include <string>

#include "whence/types.h"

namespace whence::client_internal {

// What a run can tell about where it runs. What cannot be found out is empty.

// The code in the git work tree around `folder`: commit, repository (the remote "origin", without
// user name and password), the folder's path inside it, and whether tracked files were changed.
// Reads git's own files; asks the program `git` for the state of the work tree only, for at most
// two seconds. Nothing outside of a work tree.
CodeLocation CodeAround(const std::string& folder);

// CodeAround the folder the process was in at the first call, found out once; GIT_COMMIT and
// GIT_URL of the environment, where set, go first. Safe from any thread.
CodeLocation NoticeCode();

std::string HostName();
// Login of the user that the process runs as.
std::string UserName();

// `url` without user name and password: "https://x:y@host/a" becomes "https://host/a".
std::string WithoutCredentials(const std::string& url);

}  // namespace whence::client_internal
