#pragma once

// References: the one way to point at anything, on the command line and in every request.
//
//   reference := name [ "@" ( version | alias ) ] [ "#" column ]
//              | "run:" uuid
//              | "prediction:" id
//
//   prod                                catalog              kSecurable
//   prod.fraud.scores                   asset                kSecurable
//   prod.fraud.scores@3                 version              kVersion
//   prod.fraud.model@champion           alias                kAlias
//   prod.raw.users#email                column               kColumn
//   prod.raw.users@3#`home address`     column of a version  kColumn, with version (or alias) set
//   run:0190a5c2-...                    run                  kRun
//   prediction:answer-42                prediction           kPrediction
//
// The name and the column are quoted as in base/name.h; after "prediction:" everything is the id.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence {

// The alias that nobody can set: "name@latest" parses (kAlias) and means the newest version.
inline constexpr std::string_view kLatestAlias = "latest";

struct Reference {
  enum class Kind { kSecurable, kVersion, kAlias, kColumn, kRun, kPrediction };

  Kind kind = Kind::kSecurable;
  std::vector<std::string> name;  // kSecurable: 1 to 3 parts; kVersion, kAlias, kColumn: 3
  int64_t version = 0;            // from 1; 0 where none is given
  std::string alias;              // empty where none is given; never set together with version
  std::string column;             // kColumn only, unquoted
  std::string id;                 // kRun: canonical UUID; kPrediction: the client's id

  friend bool operator==(const Reference&, const Reference&) = default;
};

// The reference in `text`. Else InvalidArgument: a reason of ParseName for what is wrong in the
// name or the column, PREDICTION_ID_MALFORMED, ALIAS_MALFORMED, or REFERENCE_MALFORMED for the
// rest.
absl::StatusOr<Reference> ParseReference(std::string_view text, std::string_view field);

// The text of a well-formed reference; ParseReference gives it back.
std::string FormatReference(const Reference& reference);

// OK if `alias` can be set on an asset: [A-Za-z][A-Za-z0-9_.-]{0,127} and not "latest" (of any
// case). It never looks like a version number. Else InvalidArgument ALIAS_MALFORMED or
// ALIAS_RESERVED.
absl::Status ValidateAliasName(std::string_view alias, std::string_view field);

// OK if `id` is 1 to kMaxPredictionIdBytes bytes of printable UTF-8 without spaces. Else
// InvalidArgument PREDICTION_ID_MALFORMED.
absl::Status ValidatePredictionId(std::string_view id, std::string_view field);

}  // namespace whence
