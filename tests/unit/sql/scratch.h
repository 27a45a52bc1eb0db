#pragma once

// What the tests of this room share: a scratch folder, terse access to a database, and children
// that run a part of this very binary as another process.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/error.h"
#include "sql/connection.h"

namespace whence::sql::test {

// A fresh folder, removed with everything in it on destruction.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const;

 private:
  std::string path_;
};

// Opens, or fails the test.
std::unique_ptr<Connection> MustOpen(const std::string& path, const OpenOptions& options = {});
std::unique_ptr<Connection> MustOpenReader(const std::string& path);

// The reason of an error (base/error.h); "" for OK.
std::string Reason(const absl::Status& status);

// The rows of an SQL text as "a|b" lines, by a handle of its own choice of statement; "error: ..."
// when it fails. For looking at a database, where a Query constant would only be in the way.
std::vector<std::string> Select(Connection& connection, const std::string& sql);
// The first value of the first row, or -1.
int64_t SelectInteger(Connection& connection, const std::string& sql);

uint64_t FileSize(const std::string& path);

// Another process that runs the hidden test case `tag` ("[.child-...]") of this binary with
// WHENCE_TEST_ARGUMENT set to `argument`.
class Child {
 public:
  Child(const std::string& tag, const std::string& argument);
  ~Child();  // kills it if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }
  // Waits for a line that it writes to its standard error; false when it ends without.
  bool WaitForLine(std::string_view line);
  // What it wrote to its standard error, once it has ended.
  std::string WaitForEnd();
  // The signal that ended it, after WaitForEnd; 0 for none.
  int signal() const { return signal_; }

 private:
  bool ReadMore();

  int pid_ = -1;
  int pipe_ = -1;
  int signal_ = 0;
  bool ended_ = false;
  std::string output_;
};

// In a child: its argument, and a line for the parent.
std::string ChildArgument();
void TellParent(std::string_view line);

}  // namespace whence::sql::test
