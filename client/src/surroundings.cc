#include "src/surroundings.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "src/process.h"
#include "src/text_file.h"

namespace whence::client_internal {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kGitTimeout = absl::Seconds(2);

std::string Stripped(const std::string& text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

struct WorkTree {
  fs::path root;    // where .git stands
  fs::path git;     // HEAD and index of this work tree
  fs::path common;  // refs and config, shared by all work trees of the repository
};

std::optional<WorkTree> FindWorkTree(const fs::path& folder) {
  std::error_code error;
  for (fs::path root = folder;; root = root.parent_path()) {
    const fs::path git = root / ".git";
    if (fs::is_directory(git, error)) return WorkTree{root, git, git};
    // A linked work tree or a submodule has a file "gitdir: PATH" instead.
    const std::optional<std::string> link =
        fs::is_regular_file(git, error) ? ReadTextFile(git) : std::nullopt;
    if (link.has_value() && absl::StartsWith(*link, "gitdir:")) {
      WorkTree tree{root, root / Stripped(link->substr(7)), {}};
      const std::optional<std::string> common = ReadTextFile(tree.git / "commondir");
      tree.common = common.has_value() ? tree.git / Stripped(*common) : tree.git;
      return tree;
    }
    if (!root.has_relative_path()) return std::nullopt;
  }
}

bool IsCommit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
}

// The line "<commit> <ref>" of packed-refs.
std::string PackedRef(const fs::path& common, const std::string& ref) {
  std::ifstream file(common / "packed-refs");
  for (std::string line; std::getline(file, line);) {
    const size_t space = line.find(' ');
    if (space != std::string::npos && Stripped(line.substr(space + 1)) == ref) {
      return line.substr(0, space);
    }
  }
  return {};
}

std::string HeadCommit(const WorkTree& tree) {
  std::string head = Stripped(ReadTextFile(tree.git / "HEAD").value_or(""));
  if (absl::StartsWith(head, "ref:")) {
    const std::string ref = Stripped(head.substr(4));
    head = Stripped(ReadTextFile(tree.git / ref).value_or(""));
    if (!IsCommit(head)) head = Stripped(ReadTextFile(tree.common / ref).value_or(""));
    if (!IsCommit(head)) head = PackedRef(tree.common, ref);
  }
  if (IsCommit(head)) return head;
  // Kept in a way this code does not know (reftable), or no commit yet.
  head = Stripped(
      RunProgram(tree.root.string(), {"git", "rev-parse", "HEAD"}, kGitTimeout).value_or(""));
  return IsCommit(head) ? head : std::string();
}

// The value of `url` in the section [remote "origin"] of git's config file.
std::string OriginUrl(const WorkTree& tree) {
  std::ifstream file(tree.common / "config");
  bool origin = false;
  for (std::string line; std::getline(file, line);) {
    line = Stripped(line);
    if (absl::StartsWith(line, "[")) origin = line == "[remote \"origin\"]";
    const size_t equals = line.find('=');
    if (origin && equals != std::string::npos && Stripped(line.substr(0, equals)) == "url") {
      return WithoutCredentials(Stripped(line.substr(equals + 1)));
    }
  }
  return {};
}

bool HasChanges(const WorkTree& tree) {
  // Settings of the work tree must not make git run other programs, and nothing may be locked.
  const std::optional<std::string> changes =
      RunProgram(tree.root.string(),
                 {"git", "--no-optional-locks", "-c", "core.fsmonitor=false", "status",
                  "--porcelain", "--untracked-files=no", "--ignore-submodules=all"},
                 kGitTimeout);
  return changes.has_value() && !changes->empty();
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

CodeLocation CodeAround(const std::string& folder) {
  std::error_code error;
  const fs::path start = fs::weakly_canonical(folder, error);
  const std::optional<WorkTree> tree = error ? std::nullopt : FindWorkTree(start);
  if (!tree.has_value()) return {};
  CodeLocation code;
  code.commit = HeadCommit(*tree);
  code.repository = OriginUrl(*tree);
  code.path = start == tree->root ? "" : start.lexically_relative(tree->root).generic_string();
  code.dirty = HasChanges(*tree);
  return code;
}

CodeLocation NoticeCode() {
  static const CodeLocation* const around = [] {
    std::error_code error;
    const fs::path folder = fs::current_path(error);
    return new CodeLocation(error ? CodeLocation() : CodeAround(folder.string()));
  }();
  CodeLocation code = *around;
  if (const std::string commit = Environment("GIT_COMMIT"); !commit.empty()) {
    // What is known of the work tree only holds for the commit that stands in it.
    if (commit != code.commit) code.dirty = false;
    code.commit = commit;
  }
  if (const std::string url = Environment("GIT_URL"); !url.empty()) {
    code.repository = WithoutCredentials(url);
  }
  return code;
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

std::string UserName() {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  while (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < (size_t{1} << 20)) {
    buffer.resize(buffer.size() * 2);
  }
  if (found != nullptr && found->pw_name != nullptr) return found->pw_name;
  return Environment("USER");
}

std::string WithoutCredentials(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;  // "git@host:path" names no secret
  const size_t host = scheme + 3;
  const size_t slash = url.find('/', host);
  const size_t at = url.rfind('@', slash == std::string::npos ? slash : slash - 1);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

}  // namespace whence::client_internal
