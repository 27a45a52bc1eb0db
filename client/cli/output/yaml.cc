#include <algorithm>
#include <array>

#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

constexpr size_t kIndent = 2;

bool IsPlainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/' || c == '@' || c == ' ' || c == '(' || c == ')' ||
         c == '+' || c == '=' || c == ';' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// Words that YAML 1.1 or 1.2 takes for null, a boolean or a number.
bool IsReserved(std::string_view text) {
  constexpr std::array<std::string_view, 14> kWords = {"null", "~",    "true",  "false", "yes",
                                                       "no",   "on",   "off",   "y",     "n",
                                                       ".inf", ".nan", "-.inf", "+.inf"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Whether `text` stands for itself without quotes. A colon is fine where no space or end follows.
bool IsPlain(std::string_view text) {
  if (text.empty() || IsReserved(text)) return false;
  const char first = text.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                      first == '_' || first == '/' || static_cast<unsigned char>(first) >= 0x80;
  if (!letter || text.back() == ' ') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':' && i + 1 < text.size() && text[i + 1] != ' ') continue;
    if (!IsPlainCharacter(text[i])) return false;
  }
  return true;
}

// Whether a literal block keeps every byte: several lines, none opening with a space (which would
// need an indentation indicator), no other control characters.
bool SuitsBlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) {
                       return c == '\n' || c == '\t' ||
                              (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
                     }) &&
         text.find("\xC2\x85") == std::string_view::npos &&
         text.find("\xE2\x80\xA8") == std::string_view::npos &&
         text.find("\xE2\x80\xA9") == std::string_view::npos;
}

class YamlWriter {
 public:
  // Writes `value` after "key:" or "-" has been written; ends with a newline.
  void WriteAfter(const Json& value, size_t indent) {
    if (value.type == Json::Type::kObject && !value.members.empty()) {
      out_.push_back('\n');
      WriteMembers(value, indent);
    } else if (value.type == Json::Type::kArray && !value.items.empty()) {
      out_.push_back('\n');
      WriteItems(value, indent);
    } else {
      out_.push_back(' ');
      WriteScalar(value, indent);
    }
  }

  void WriteMembers(const Json& value, size_t indent) {
    for (size_t i = 0; i < value.members.size(); ++i) {
      out_.append(indent, ' ');
      WriteMember(value.members[i], indent);
    }
  }

  void WriteItems(const Json& value, size_t indent) {
    for (const Json& item : value.items) {
      out_.append(indent, ' ');
      out_.push_back('-');
      if (item.type == Json::Type::kObject && !item.members.empty()) {
        // The first member stands behind the dash.
        out_.push_back(' ');
        WriteMember(item.members.front(), indent + kIndent);
        for (size_t i = 1; i < item.members.size(); ++i) {
          out_.append(indent + kIndent, ' ');
          WriteMember(item.members[i], indent + kIndent);
        }
      } else {
        WriteAfter(item, indent + kIndent);
      }
    }
  }

  void WriteScalar(const Json& value, size_t indent) {
    if (value.type == Json::Type::kString) {
      if (SuitsBlock(value.text)) {
        WriteBlock(value.text, indent);
        return;
      }
      out_ += IsPlain(value.text) ? value.text : WriteJson(value, /*pretty=*/false);
    } else {
      out_ += WriteJson(value, /*pretty=*/false);
    }
    out_.push_back('\n');
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteMember(const JsonMember& member, size_t indent) {
    out_ +=
        IsPlain(member.name) ? member.name : WriteJson(Json::String(member.name), /*pretty=*/false);
    out_.push_back(':');
    WriteAfter(member.value, indent + kIndent);
  }

  // "|" keeps one newline at the end, "|-" none, "|+" all.
  void WriteBlock(std::string_view text, size_t indent) {
    const bool ends = text.back() == '\n';
    const bool ends_twice = ends && text.size() > 1 && text[text.size() - 2] == '\n';
    out_ += ends_twice ? "|+" : ends ? "|" : "|-";
    out_.push_back('\n');
    if (ends) text.remove_suffix(1);
    for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
      if (!line.empty()) out_.append(indent, ' ');
      out_.append(line.data(), line.size());
      out_.push_back('\n');
    }
  }

  std::string out_;
};

}  // namespace

std::string WriteYaml(const Json& value) {
  YamlWriter writer;
  if (value.type == Json::Type::kObject && !value.members.empty()) {
    writer.WriteMembers(value, 0);
  } else if (value.type == Json::Type::kArray && !value.items.empty()) {
    writer.WriteItems(value, 0);
  } else {
    writer.WriteScalar(value, kIndent);
  }
  return writer.Take();
}

}  // namespace whence::cli
