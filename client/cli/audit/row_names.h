#pragma once

// What a database says of the things that findings are about. It is the database that is under
// suspicion: this is for people to find their way, and is no proof of anything.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/audit/report.h"
#include "sql/connection.h"

namespace whence::cli {

// The entry at `position` as it stands there now; nothing where there is none.
std::optional<EntrySaid> EntryAt(sql::Connection& connection, int64_t position);

// The references of the securables and versions whose rows a finding names by their ids
// ("version(id 4)"), each once, in that order: "shop.churn.customers@1". Those without a name are
// left out.
std::vector<std::string> NamesIn(sql::Connection& connection, std::string_view finding);

}  // namespace whence::cli
