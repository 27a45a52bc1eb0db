#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace handbook {

// What the example's small text files (passages, index, model, questions) have in common.

// The parts of `text` between separators; one separator at the very end makes no empty last part.
std::vector<std::string_view> Split(std::string_view text, char separator);

// The lines of `text` that say something: comments (#) and blank lines are left out.
std::vector<std::string_view> ContentLines(std::string_view text);

// The whole of `text` as a number, or nothing. Independent of the locale.
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// Rounded to six decimals, so that what is computed and what is read back are the same number.
double Round(double value);

// The shortest text that ParseNumber reads back as `value`.
std::string FormatNumber(double value);

// The file's content; nothing if it cannot be read.
std::optional<std::string> ReadFile(const std::string& path);

// False if the file could not be written whole.
bool WriteFile(const std::string& path, std::string_view content);

}  // namespace handbook
