// More about an entry (Entry::detail), for rooms above to put together.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tlog/canonical_json.h"

namespace whence::ledger {

// A value of it; what is kept is an object.
using DetailJson = tlog::Json;

// The text that an entry keeps: canonical JSON. The errors of tlog::CanonicalJson.
inline absl::StatusOr<std::string> FormatDetail(const DetailJson::Object& object) {
  return tlog::CanonicalJson(object);
}

}  // namespace whence::ledger
