#include "memory.h"

#include <sqlite3.h>

#include <atomic>

#include "base/assert.h"

namespace whence::fault {
namespace {

std::atomic<int64_t> allocations{0};
std::atomic<int64_t> fails_at{0};
std::atomic<bool> lasts{false};
std::atomic<bool> failed{false};
std::atomic<bool> paused{false};
sqlite3_mem_methods real;

bool Fails() {
  if (paused) return false;
  const int64_t number = allocations.fetch_add(1) + 1;
  const int64_t at = fails_at;
  if (at == 0 || number < at || (number > at && !lasts)) return false;
  failed = true;
  return true;
}

// Before SQLite is used for the first time, as it must be.
bool Install() {
  WHENCE_ASSERT(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) == SQLITE_OK);
  sqlite3_mem_methods own = real;
  own.xMalloc = [](int bytes) { return Fails() ? nullptr : real.xMalloc(bytes); };
  own.xRealloc = [](void* old, int bytes) { return Fails() ? nullptr : real.xRealloc(old, bytes); };
  WHENCE_ASSERT(sqlite3_config(SQLITE_CONFIG_MALLOC, &own) == SQLITE_OK);
  return true;
}

const bool installed = Install();

}  // namespace

void FailAllocation(int64_t at, bool lasting) {
  fails_at = 0;
  allocations = 0;
  failed = false;
  lasts = lasting;
  fails_at = at;
}

void PauseAllocations(bool pause) { paused = pause; }

int64_t Allocations() { return allocations; }

bool AllocationFailed() { return installed && failed; }

}  // namespace whence::fault
