#include "unsynced.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/assert.h"

namespace whence::fault {
namespace {

constexpr size_t kSectorBytes = 512;

int64_t SizeOf(int fd) {
  struct stat info {};
  WHENCE_ASSERT(::fstat(fd, &info) == 0);
  return info.st_size;
}

std::string ReadAt(int fd, int64_t offset, size_t count) {
  std::string out(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got =
        ::pread(fd, out.data() + have, count - have, offset + static_cast<int64_t>(have));
    WHENCE_ASSERT(got >= 0);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

// What a file holds; nothing when there is none.
std::optional<std::string> Held(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string held = ReadAt(fd, 0, static_cast<size_t>(SizeOf(fd)));
  ::close(fd);
  return held;
}

// Writes into an image of the file, which grows by zeros as a file does.
void Put(std::string& image, int64_t offset, std::string_view bytes) {
  const auto at = static_cast<size_t>(offset);
  if (image.size() < at + bytes.size()) image.resize(at + bytes.size(), '\0');
  image.replace(at, bytes.size(), bytes);
}

void Replace(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  WHENCE_ASSERT(fd >= 0);
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    WHENCE_ASSERT(put > 0);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  ::close(fd);
}

// The sectors of one write that reached the disk.
void PutSectors(std::string& image, int64_t offset, std::string_view bytes, bool garbage,
                std::mt19937_64& random) {
  while (!bytes.empty()) {
    const size_t room = kSectorBytes - static_cast<size_t>(offset) % kSectorBytes;
    const std::string_view sector = bytes.substr(0, std::min(room, bytes.size()));
    const uint64_t fate = random() % (garbage ? 3 : 2);
    if (fate == 1) Put(image, offset, sector);
    // What stands there already is not torn by writing it again.
    const bool same = static_cast<size_t>(offset) < image.size() &&
                      image.compare(static_cast<size_t>(offset), sector.size(), sector) == 0;
    if (fate == 2 && !same) {
      std::string noise(sector.size(), '\0');
      for (char& c : noise) c = static_cast<char>(random());
      Put(image, offset, noise);
    }
    offset += static_cast<int64_t>(sector.size());
    bytes.remove_prefix(sector.size());
  }
}

}  // namespace

std::string_view NameOf(Survival survival) {
  switch (survival) {
    case Survival::kNothing:
      return "nothing";
    case Survival::kAll:
      return "all";
    case Survival::kSome:
      return "some";
    case Survival::kGarbage:
      return "garbage";
    case Survival::kBeginning:
      return "beginning";
  }
  return "?";
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

void Unsynced::Write(const std::string& path, int64_t size_before, std::string before,
                     int64_t offset, std::string_view bytes) {
  files_[path].push_back({.moment = ++moments_,
                          .offset = offset,
                          .truncates = false,
                          .size_before = size_before,
                          .before = std::move(before),
                          .after = std::string(bytes)});
}

void Unsynced::Truncate(const std::string& path, int64_t size_before, std::string cut,
                        int64_t size) {
  files_[path].push_back({.moment = ++moments_,
                          .offset = size,
                          .truncates = true,
                          .size_before = size_before,
                          .before = std::move(cut),
                          .after = {}});
}

void Unsynced::Sync(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  if (!found->second.front().doomed) {
    files_.erase(found);
    return;
  }
  for (Change& change : found->second) change.synced = change.synced || !change.doomed;
}

void Unsynced::FailSync(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  for (Change& change : found->second) change.doomed = !change.synced;
}

void Unsynced::Make(const std::string& path) {
  files_.erase(path);
  names_.push_back({.moment = ++moments_, .from = {}, .to = path, .held = {}});
}

void Unsynced::Delete(const std::string& path) {
  std::optional<std::string> held = Held(path);
  if (!held.has_value()) return;
  files_.erase(path);
  names_.push_back({.moment = ++moments_, .from = path, .to = {}, .held = std::move(held)});
}

void Unsynced::Rename(const std::string& from, const std::string& to) {
  WHENCE_ASSERT(FolderOf(from) == FolderOf(to));
  names_.push_back({.moment = ++moments_, .from = from, .to = to, .held = Held(to)});
  files_.erase(to);
  if (auto changes = files_.extract(from); !changes.empty()) {
    changes.key() = to;
    files_.insert(std::move(changes));
  }
}

void Unsynced::SyncFolder(const std::string& folder) {
  std::erase_if(names_, [&folder](const Name& name) {
    return FolderOf(name.to.empty() ? name.from : name.to) == folder;
  });
}

void Unsynced::Undo(const Name& name) {
  if (name.from.empty()) {
    std::filesystem::remove_all(name.to);
    return;
  }
  std::error_code gone;  // removed since, past the server
  if (!name.to.empty()) std::filesystem::rename(name.to, name.from, gone);
  if (name.held.has_value() && !gone) Replace(name.to.empty() ? name.from : name.to, *name.held);
}

size_t Unsynced::changes(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? 0 : found->second.size();
}

void Unsynced::Restore(const std::string& path, const std::vector<Change>& changes,
                       Survival survival, int64_t end, std::mt19937_64& random) {
  const std::optional<std::string> held = Held(path);
  if (!held.has_value()) return;  // removed since, past the server
  std::string image = *held;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (!change->before.empty()) Put(image, change->offset, change->before);
    image.resize(static_cast<size_t>(change->size_before), '\0');
  }
  const bool by_sector = survival == Survival::kSome || survival == Survival::kGarbage;
  for (const Change& change : changes) {
    if (!change.synced && change.moment > end) continue;
    const bool whole = change.synced || !by_sector;
    if (change.truncates) {
      if (whole || random() % 2 == 0) image.resize(static_cast<size_t>(change.offset), '\0');
    } else if (!whole) {
      PutSectors(image, change.offset, change.after, survival == Survival::kGarbage, random);
    } else {
      Put(image, change.offset, change.after);
    }
  }
  Replace(path, image);
}

void Unsynced::LosePower(Survival survival, uint64_t seed) {
  if (survival != Survival::kAll) {
    std::mt19937_64 random(seed);
    int64_t end = survival == Survival::kNothing ? 0 : moments_;
    if (survival == Survival::kBeginning) {
      int64_t first = moments_;
      for (const auto& [path, changes] : files_) first = std::min(first, changes.front().moment);
      if (!names_.empty()) first = std::min(first, names_.front().moment);
      end = first + static_cast<int64_t>(random() % static_cast<uint64_t>(moments_ - first + 1));
    }
    for (const auto& [path, changes] : files_) Restore(path, changes, survival, end, random);
    if (survival == Survival::kSome || survival == Survival::kGarbage) {
      end = names_.empty() ? 0 : names_[random() % names_.size()].moment;
    }
    for (auto name = names_.rbegin(); name != names_.rend() && name->moment > end; ++name) {
      Undo(*name);
    }
  }
  files_.clear();
  names_.clear();
}

}  // namespace whence::fault
