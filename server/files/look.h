// What tells one content of a file from another without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace whence::files {

// Of a file that is replaced, the place changes; of one that is written anew, the time or the size.
struct Look {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t changed_ns = 0;  // since 1970

  friend bool operator==(const Look&, const Look&) = default;
};

// How the file looks now, at the end of links; zeros for what is not there, or no plain file. About
// a microsecond.
Look LookAt(const std::string& path);

// Whether the file was changed so short a time ago that it may be changed again and look the same:
// the times of files move on every few milliseconds only, and the place of one that was replaced is
// given to the next. By the machine's clock, as the times of files are.
bool IsFresh(const Look& look);

}  // namespace whence::files
