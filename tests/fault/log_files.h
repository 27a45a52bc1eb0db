// What a killed server left of its write-ahead log, by the format of SQLite's files.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace whence::test {

// How often the log began anew, each time after a checkpoint that had moved all of it. SQLite
// counts that in the log's header; 0 when there is none.
inline int64_t LogBeginnings(const std::string& database) {
  std::ifstream file(database + "-wal", std::ios::binary);
  file.seekg(12);
  unsigned char bytes[4] = {};
  file.read(reinterpret_cast<char*>(bytes), sizeof(bytes));
  if (!file) return 0;
  return bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

// Up to which frame of the log pages are in the database, and up to which a checkpoint wants to
// have them there: SQLite notes the one after it has moved them, the other before. After a start
// they differ until the first checkpoint has ended.
struct MovedFrames {
  uint32_t moved = 0;
  uint32_t wanted = 0;
  friend bool operator==(const MovedFrames&, const MovedFrames&) = default;
};

inline MovedFrames ReadMovedFrames(const std::string& database) {
  std::ifstream file(database + "-shm", std::ios::binary);
  const auto number_at = [&file](int offset) {
    uint32_t number = 0;
    file.seekg(offset);
    file.read(reinterpret_cast<char*>(&number), sizeof(number));
    return number;
  };
  return {.moved = number_at(96), .wanted = number_at(128)};
}

}  // namespace whence::test
