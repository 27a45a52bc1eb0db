// The disk's own speed: what a durable answer cannot be faster than.
#pragma once

#include <string>

namespace whence::bench {

// Median microseconds of one 4 KiB write and fdatasync, over `count` of them, in a file of `folder`
// that has its size already (as a log that has been used before has).
double WriteAndSyncMicros(const std::string& folder, int count);

}  // namespace whence::bench
