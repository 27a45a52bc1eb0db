#include "scratch.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/strings.h"

namespace whence::sql::test {

namespace {

// In memory where there is room: these tests commit thousands of times, and what a sync costs there
// is no part of them.
std::string ScratchRoot() {
  constexpr uintmax_t kEnough = uintmax_t{200} << 20;
  std::error_code error;
  const auto space = std::filesystem::space("/dev/shm", error);
  const bool in_memory = !error && space.available >= kEnough && ::access("/dev/shm", W_OK) == 0;
  return in_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string();
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string pattern = StrCat(ScratchRoot(), "/whence-sql-XXXXXX");
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::File(std::string_view name) const { return StrCat(path_, "/", name); }

std::unique_ptr<Connection> MustOpen(const std::string& path, const OpenOptions& options) {
  auto connection = Connection::Open(path, options);
  INFO(connection.status());
  REQUIRE(connection.ok());
  return *std::move(connection);
}

std::unique_ptr<Connection> MustOpenReader(const std::string& path) {
  OpenOptions options;
  options.read_only = true;
  return MustOpen(path, options);
}

std::string Reason(const absl::Status& status) { return GetErrorDetail(status).reason; }

std::vector<std::string> Select(Connection& connection, const std::string& sql) {
  std::vector<std::string> out;
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &raw, nullptr);
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(raw);
    if (code != SQLITE_ROW) {
      break;
    }
    std::string row;
    for (int i = 0; i < sqlite3_column_count(raw); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, i));
      StrAppend(&row, i == 0 ? "" : "|", text == nullptr ? "NULL" : text);
    }
    out.push_back(row);
  }
  sqlite3_finalize(raw);
  if (code != SQLITE_DONE) {
    out.push_back(StrCat("error: ", sqlite3_errstr(code)));
  }
  return out;
}

int64_t SelectInteger(Connection& connection, const std::string& sql) {
  const std::vector<std::string> rows = Select(connection, sql);
  return rows.empty() || rows[0].starts_with("error") ? -1 : std::stoll(rows[0]);
}

uint64_t FileSize(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

Child::Child(const std::string& tag, const std::string& argument) {
  // Everything that allocates happens before the fork: other threads may hold malloc's lock.
  const std::string binary = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string entry = StrCat("WHENCE_TEST_ARGUMENT=", argument);
  std::vector<char*> environment;
  for (char** at = environ; *at != nullptr; ++at) {
    environment.push_back(*at);
  }
  environment.push_back(const_cast<char*>(entry.c_str()));
  environment.push_back(nullptr);
  char* const arguments[] = {const_cast<char*>(binary.c_str()), const_cast<char*>(tag.c_str()),
                             nullptr};
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(nowhere, 1);  // Catch's own report is nobody's business
    ::dup2(ends[1], 2);
    ::execve(binary.c_str(), arguments, environment.data());
    ::_exit(127);
  }
  ::close(nowhere);
  ::close(ends[1]);
  pipe_ = ends[0];
  REQUIRE(pid_ > 0);
}

Child::~Child() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    WaitForEnd();
  }
  ::close(pipe_);
}

bool Child::ReadMore() {
  char buffer[512];
  const ssize_t got = ::read(pipe_, buffer, sizeof buffer);
  if (got <= 0) {
    return false;
  }
  output_.append(buffer, static_cast<size_t>(got));
  return true;
}

bool Child::WaitForLine(std::string_view line) {
  const std::string wanted = StrCat(line, "\n");
  while (output_.find(wanted) == std::string::npos) {
    if (!ReadMore()) {
      return false;
    }
  }
  return true;
}

std::string Child::WaitForEnd() {
  while (ReadMore()) {
  }
  if (!ended_) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    signal_ = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    ended_ = true;
  }
  return output_;
}

std::string ChildArgument() {
  const char* argument = std::getenv("WHENCE_TEST_ARGUMENT");
  return argument == nullptr ? "" : argument;
}

void TellParent(std::string_view line) {
  const std::string text = StrCat(line, "\n");
  REQUIRE(::write(2, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace whence::sql::test
