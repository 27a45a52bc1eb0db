#include "support/byte_mutator.h"

#include <algorithm>
#include <cctype>
#include <fstream>

namespace whence::fuzz {
namespace {

constexpr size_t kMostChanges = 6;
constexpr size_t kLongestPiece = 64;
// Now and then a piece comes this many times, to meet the bounds of length and depth.
constexpr size_t kManyTimes = 512;

std::string Unescape(std::string_view text) {
  std::string word;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      word += text[i];
    } else if (text[i + 1] == 'x' && i + 3 < text.size()) {
      word += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      word += text[++i];
    }
  }
  return word;
}

}  // namespace

void ByteMutator::InsertWord(std::string* input) {
  if (dictionary_.empty()) return;
  const std::string& word = dictionary_[Below(dictionary_.size())];
  const size_t at = Below(input->size() + 1);
  const size_t times = Below(64) == 0 ? 1 + Below(kManyTimes) : 1;
  std::string words;
  for (size_t i = 0; i < times; ++i) words += word;
  if (Below(2) == 0) {
    input->insert(at, words);
  } else {
    input->replace(at, words.size(), words);
  }
}

void ByteMutator::TakePiece(std::string* input, const std::string& from) {
  if (from.empty()) return;
  const size_t begin = Below(from.size());
  const std::string piece = from.substr(begin, 1 + Below(kLongestPiece));
  input->insert(Below(input->size() + 1), piece);
}

void ByteMutator::ChangeOnce(std::string* input, const std::string& other) {
  if (input->empty()) {
    InsertWord(input);
    input->push_back(static_cast<char>(Below(256)));
    return;
  }
  const size_t at = Below(input->size());
  char& byte = (*input)[at];
  switch (Below(11)) {
    case 0:
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << Below(8)));
      break;
    case 1:
      byte = static_cast<char>(Below(256));
      break;
    case 2:
      byte = static_cast<char>(' ' + Below(95));
      break;
    case 3:
      byte = static_cast<char>(byte + (Below(2) == 0 ? 1 : -1));
      break;
    case 4:
      input->erase(at, 1 + Below(std::min(input->size() - at, kLongestPiece)));
      break;
    case 5:
      input->insert(at, 1 + (Below(64) == 0 ? Below(kManyTimes) : 0), byte);
      break;
    case 6:
      TakePiece(input, *input);
      break;
    case 7:
      TakePiece(input, other);
      break;
    case 8:  // the beginning of one and the end of the other
      input->replace(at, std::string::npos, other.substr(std::min(at, other.size())));
      break;
    default:
      InsertWord(input);
  }
}

void ByteMutator::Mutate(std::string* input, const std::string& other, size_t max_size) {
  // A copy: `other` may be *input.
  const std::string copy(other.data(), other.size());
  const size_t changes = 1 + Below(kMostChanges);
  for (size_t i = 0; i < changes; ++i) ChangeOnce(input, copy);
  if (input->size() > max_size) input->resize(max_size);
}

std::vector<std::string> ReadDictionary(const std::string& path) {
  std::vector<std::string> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t open = line.find('"');
    const size_t close = line.rfind('"');
    if (line.starts_with('#') || open == std::string::npos || close <= open) continue;
    words.push_back(Unescape(std::string_view(line).substr(open + 1, close - open - 1)));
  }
  return words;
}

}  // namespace whence::fuzz
