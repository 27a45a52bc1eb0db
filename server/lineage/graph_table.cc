#include "lineage/graph_table.h"

#include <sys/mman.h>

#include <new>

namespace whence::lineage::internal {
namespace {

constexpr size_t kLargePage = size_t{2} << 20;

void* Map(size_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return pages;
}

}  // namespace

void* MapPages(size_t bytes, bool large) {
  if (!large) return Map(bytes);
  // Large pages need aligned addresses: map more, give the ends back.
  auto* raw = static_cast<std::byte*>(Map(bytes + kLargePage));
  const size_t over = reinterpret_cast<uintptr_t>(raw) % kLargePage;
  const size_t head = over == 0 ? 0 : kLargePage - over;
  if (head != 0) munmap(raw, head);
  if (head != kLargePage) munmap(raw + head + bytes, kLargePage - head);
  madvise(raw + head, bytes, MADV_HUGEPAGE);  // A wish; without it all works, slower.
  return raw + head;
}

void UnmapPages(void* pages, size_t bytes) { munmap(pages, bytes); }

}  // namespace whence::lineage::internal
