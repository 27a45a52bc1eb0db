// Files that an administrator writes in YAML, or JSON, which is YAML: read whole and strictly, so
// that a setting that is misspelt is an error and no hole.
#pragma once

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::access {

// Purpose: reads one kind of file. Every error about what is in it is InvalidArgument, and has the
// path of what is wrong as its field. Ownership: borrows its words, which are constants.
// Thread-safety: as a value.
struct ConfigFile {
  std::string_view malformed;   // the reason when it says what it may not
  std::string_view unreadable;  // the reason when it cannot be read
  std::string_view page;        // docs/...: what it may say
  std::string_view flag;        // that names it
  size_t max_bytes = 0;

  absl::Status Malformed(std::string_view field, std::string_view what) const;

  // OK for a map whose members have plain names, each once; of `known` only, when that is not
  // empty.
  absl::Status CheckMap(const YAML::Node& node, std::string_view path,
                        std::initializer_list<std::string_view> known) const;
  // The text of a map's member, one line; empty when it is not there.
  absl::StatusOr<std::string> TextOf(const YAML::Node& node, std::string_view path,
                                     std::string_view name) const;
  // Whether a map's member is true; false when it is not there.
  absl::StatusOr<bool> FlagOf(const YAML::Node& node, std::string_view path,
                              std::string_view name) const;

  // Hands what the text says to `read`, and its error back.
  absl::Status Parse(std::string_view text,
                     absl::FunctionRef<absl::Status(const YAML::Node&)> read) const;
  // What is in the file; of one that is too long no more than shows that it is. NotFound, with the
  // reason `unreadable`; one that is empty is malformed: somebody is about to write it.
  absl::StatusOr<std::string> Read(const std::string& path) const;
};

// The path of a member: `issuers[0].audience`.
std::string Inside(std::string_view path, std::string_view name);

}  // namespace whence::access
