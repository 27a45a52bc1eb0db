// SQLite's memory, which can run out.
#pragma once

#include <cstdint>

namespace whence::fault {

// The `at`-th allocation of SQLite from now on fails, from 1; with `lasting` all after it as well.
// 0: none. All of the process count; other users of memory are not touched.
void FailAllocation(int64_t at, bool lasting);
// While paused none fails and none counts.
void PauseAllocations(bool pause);
// Allocations since then, and whether one failed.
int64_t Allocations();
bool AllocationFailed();

}  // namespace whence::fault
