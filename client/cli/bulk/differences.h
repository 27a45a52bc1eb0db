#pragma once

// What a line says about something that is there already and the server has otherwise.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

// "comment, owner"; empty where they agree. What the line leaves out, or what its versions
// determine, does not count.
std::string Differences(const v1::Catalog& said, const v1::Catalog& present);
std::string Differences(const v1::Schema& said, const v1::Schema& present);
std::string Differences(const v1::Asset& said, const v1::Asset& present);
// Whether it is active does not count either: a line that makes a principal cannot say it.
std::string Differences(const v1::Principal& said, const v1::Principal& present);

// The same of rules, where a list or a number that is left out means something: only comments, and
// of policies the state, may be. The order of lists, spaces and the case of letters make no
// difference. A salt cannot be compared, but whether there is one.
std::string Differences(const v1::TagDefinition& said, const v1::TagDefinition& present);
std::string Differences(const v1::Policy& said, const v1::Policy& present);

// What creating was answered (ALREADY_EXISTS) with what is different, and how to change it: by the
// field's name in an update_mask, but for `fixed` ones, which never change.
absl::Status ExistsAndDiffers(const absl::Status& created, std::string_view name,
                              const std::string& differences, std::string_view fixed);

}  // namespace whence::cli
