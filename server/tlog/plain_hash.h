#pragma once

#include <string_view>

#include "tlog/hash.h"

namespace whence::tlog {

// SHA-256 of both texts, one behind the other, for what is no part of a tree. Allocates nothing.
Hash PlainHash(std::string_view first, std::string_view second = {});

}  // namespace whence::tlog
