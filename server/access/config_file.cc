#include "access/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/parser.h"

namespace whence::access {
namespace {

// Takes no notice of what is in a document.
class Unheeding final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Whether something stands behind the first document. Not by YAML::LoadAll, to which the rest of
// `{},{}` is documents without end.
bool HasSecondDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Unheeding unheeding;
  return parser.HandleNextDocument(unheeding) && parser.HandleNextDocument(unheeding);
}

}  // namespace

std::string Inside(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : StrCat(path, ".", name);
}

absl::Status ConfigFile::Malformed(std::string_view field, std::string_view what) const {
  return InvalidArgument(malformed, field, what,
                         StrCat("see ", page, " for what the file may say"));
}

absl::Status ConfigFile::CheckMap(const YAML::Node& node, std::string_view path,
                                  std::initializer_list<std::string_view> known) const {
  if (!node.IsMap()) return Malformed(path, "this should be a map");
  std::set<std::string, std::less<>> seen;
  for (const auto& member : node) {
    if (!member.first.IsScalar()) return Malformed(path, "a member has no plain name");
    const std::string& name = member.first.Scalar();
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (known.size() > 0 && !is_known) {
      return Malformed(Inside(path, name), "there is no such setting");
    }
    if (!seen.insert(name).second) return Malformed(Inside(path, name), "this stands twice");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ConfigFile::TextOf(const YAML::Node& node, std::string_view path,
                                               std::string_view name) const {
  const YAML::Node member = node[std::string(name)];
  if (!member.IsDefined()) return std::string();
  if (!member.IsScalar() || member.Scalar().empty() || HasControlCharacters(member.Scalar())) {
    return Malformed(Inside(path, name), "this should be one line of text");
  }
  return member.Scalar();
}

absl::StatusOr<bool> ConfigFile::FlagOf(const YAML::Node& node, std::string_view path,
                                        std::string_view name) const {
  WHENCE_ASSIGN_OR_RETURN(const std::string text, TextOf(node, path, name));
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return Malformed(Inside(path, name), "this should be true or false");
}

absl::Status ConfigFile::Parse(std::string_view text,
                               absl::FunctionRef<absl::Status(const YAML::Node&)> read) const {
  if (text.size() > max_bytes) {
    return Malformed("", StrCat("the file has over ", max_bytes, " bytes"));
  }
  if (!IsValidUtf8(text)) return Malformed("", "the file is not UTF-8");
  try {
    const std::string whole(text);
    if (HasSecondDocument(whole)) {
      return Malformed("", "something stands behind the file's first document");
    }
    return read(YAML::Load(whole));
  } catch (const YAML::Exception& error) {  // yaml-cpp knows no other way
    return Malformed("", error.what());
  }
}

absl::StatusOr<std::string> ConfigFile::Read(const std::string& path) const {
  std::ifstream file(path, std::ios::binary);
  std::string text(max_bytes + 1, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    if (!file.is_open() || file.bad()) {
      return NotFound(unreadable, StrCat("cannot read ", path, ": ", std::strerror(errno)),
                      StrCat("check the path given with ", flag));
    }
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) return Malformed("", "the file is empty; one that says nothing reads {}");
  return text;
}

}  // namespace whence::access
