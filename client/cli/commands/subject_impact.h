#pragma once

// What is about a person, and what derives from it.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"

namespace whence::cli {

// For `whence impact --subject KEY=VALUE`: the predictions with that property, erased or not, with
// the versions that they were made with; and the assets with that tag, with every version and every
// prediction that derives from them. A usage error for another form; the server's errors.
absl::Status ShowSubjectImpact(App& app, const std::string& subject);

}  // namespace whence::cli
