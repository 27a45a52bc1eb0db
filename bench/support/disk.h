// The disk's own speed: what a durable answer cannot be faster than.
#pragma once

#include <string>

namespace whence::bench {

// Which place of a file is written.
enum class Place {
  kInside,  // the file has its size already, as a log that has been used before
  kEnd,     // the file grows, as a new log: the file system has to note that as well
};

// Median microseconds of one 4 KiB write and fdatasync, over `count` of them, in a file of
// `folder`.
double WriteAndSyncMicros(const std::string& folder, Place place, int count);

}  // namespace whence::bench
