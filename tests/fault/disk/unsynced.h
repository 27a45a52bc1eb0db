// What the files under a server would be after the power failed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace whence::fault {

// What of the writes since the last sync of each file a crash leaves. Every sector (512 bytes) of
// every write is on its own: none of SQLite's promises need more than that bytes outside of a
// write stay as they are.
enum class Survival {
  kNothing,   // only what was synced
  kAll,       // everything that was written, as after kill -9
  kSome,      // each sector or not, in no order
  kGarbage,   // each sector old, new, or neither
  kBeginning  // everything up to some moment, nothing after it
};
inline constexpr Survival kSurvivals[] = {Survival::kNothing, Survival::kAll, Survival::kSome,
                                          Survival::kGarbage, Survival::kBeginning};
std::string_view NameOf(Survival survival);
// The folder that holds it.
std::string FolderOf(const std::string& path);

// Purpose: remembers what was written to files and not yet synced, with what stood there before, so
// that LosePower can take any of it back. The files themselves hold everything, as a page cache
// does. Ownership: owns only its memory. Thread-safety: none.
class Unsynced {
 public:
  // A write, with the size of the file before it and what stood in its place, as far as the file
  // reached.
  void Write(const std::string& path, int64_t size_before, std::string before, int64_t offset,
             std::string_view bytes);
  // The file's new size, its size before and what was cut off.
  void Truncate(const std::string& path, int64_t size_before, std::string cut, int64_t size);
  void Sync(const std::string& path);
  // As Linux does it: what was written before may never reach the disk, and no later sync that
  // succeeds says anything about it.
  void FailSync(const std::string& path);
  // A new file or folder, before anything is written to it.
  void Make(const std::string& path);
  // Before the file goes.
  void Delete(const std::string& path);
  // Before the file gets the name of another one, or a new one, in the same folder.
  void Rename(const std::string& from, const std::string& to);
  // Names in the folder stay as they are. Until then a crash leaves the oldest changes of them, as
  // file systems that keep a journal do.
  void SyncFolder(const std::string& folder);

  // Makes the files what the crash left. All of them must be closed. Forgets everything: to try
  // several ends, copy this first and put the files back.
  void LosePower(Survival survival, uint64_t seed);

  // Bytes that a crash could take, for tests of this very class.
  size_t changes(const std::string& path) const;

 private:
  struct Change {
    int64_t moment;  // order among all files
    int64_t offset;  // of a write, or the new size
    bool truncates;
    int64_t size_before;
    std::string before;
    std::string after;
    bool doomed = false;  // a sync of it failed
    bool synced = false;  // kept because a doomed one is before it
  };

  // What became of a name.
  struct Name {
    int64_t moment;
    std::string from;                 // the name that went; empty: none, it was made
    std::string to;                   // the name that came; empty: none, it was deleted
    std::optional<std::string> held;  // what was deleted or replaced
  };

  void Restore(const std::string& path, const std::vector<Change>& changes, Survival survival,
               int64_t end, std::mt19937_64& random);
  static void Undo(const Name& name);

  std::map<std::string, std::vector<Change>> files_;  // in order
  std::vector<Name> names_;                           // in order
  int64_t moments_ = 0;
};

}  // namespace whence::fault
