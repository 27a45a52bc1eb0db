#pragma once

// Sentences about grants, in Unity Catalog's wording:
//
//   SELECT, MODIFY on schema prod.fraud to group:analysts
//   USE CATALOG on prod from user:ana
//   on metastore
//
// Keywords and types are taken in any case. A type may be left out where a name says enough.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "whence/v1/access.pb.h"

namespace whence::cli {

// A sentence taken apart.
struct GrantWords {
  std::vector<std::string> privileges;     // as written; empty where the sentence has none
  std::optional<v1::Securable> securable;  // what stands behind `on` or `of`
  std::string principal;                   // what stands behind `to` or `from`
};

// InvalidArgument says what is missing or too much. Whether all parts are there is the caller's to
// ask; each is there once at most.
absl::StatusOr<GrantWords> ParseGrantWords(std::span<const std::string> words);

// "schema prod.fraud", "prod.fraud", "metastore": a securable without its preposition.
absl::StatusOr<v1::Securable> ParseSecurableWords(std::span<const std::string> words);

// The type of that name in any case, "schema"; nothing for other words.
std::optional<v1::SecurableType> SecurableTypeOf(std::string_view word);
// "schema" for SECURABLE_TYPE_SCHEMA.
std::string TypeWord(v1::SecurableType type);
// "schema prod.fraud"; "metastore".
std::string SecurableText(const v1::Securable& securable);
// A privilege as it stands on a command line: "SELECT", "\"USE CATALOG\"".
std::string PrivilegeWord(std::string_view privilege);

// Types in the order of the contract, and privileges with underscores: for help and completion.
std::vector<std::string> SecurableTypeNames();
std::vector<std::string> PrivilegeNames();

// What can come next in such a sentence.
struct NextWords {
  std::vector<std::string> words;       // keywords, types, privileges
  Complete names = Complete::kNothing;  // and names of these
};
// `given`: the words before; `what`: the sentence (kGrant, kRevoke, kGrants, kOwner,
// kSecurable, kQuestion).
NextWords NextGrantWords(Complete what, std::span<const std::string> given);

}  // namespace whence::cli
