#pragma once

// What proofs and certificates have in common: entries, rows and signatures, as their JSON has
// them. Every number and hash in it may be an attacker's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/audit/report.h"
#include "cli/audit/trust.h"
#include "tlog/canonical_json.h"
#include "tlog/checkpoint.h"
#include "tlog/hash.h"

namespace whence::cli {

// "this is no proof of Whence's".
absl::Status NotOne(std::string_view what);

// A member that is text; empty where there is none.
std::string TextIn(const tlog::Json& json, std::string_view name);
// A whole number that is not negative.
std::optional<uint64_t> NumberIn(const tlog::Json& json, std::string_view name);
// A list; empty where there is none.
const tlog::Json::Array& ArrayIn(const tlog::Json& json, std::string_view name);
// Nothing where one of them is no hash.
std::optional<std::vector<tlog::Hash>> HashesIn(const tlog::Json& json, std::string_view name);

// What an entry's leaf says of the rows that it wrote.
struct RowsSaid {
  uint64_t count = 0;
  tlog::Hash root;
};

struct LeafSaid {
  int64_t position = 0;
  std::string action;
  std::string time;
  bool is_change = false;  // a mutation; not a denied call, a decision, a read
  std::optional<RowsSaid> rows;
};

std::optional<LeafSaid> ReadLeaf(std::string_view leaf);

// A row of an entry: {"count", "index", "leaf", "proof"}. What is wrong, or nothing; then `leaf`
// has the row's bytes.
std::string CheckRow(const tlog::Json& row, const LeafSaid& entry, std::string* leaf);

// "the ledger whence.example.org/log of 9 entries".
std::string HeadText(const tlog::TrustedCheckpoint& head);

// Who has cosigned, and whether the key is the auditor's own.
void TellSigners(const tlog::TrustedCheckpoint& head, const Trust& trust, AuditReport* report);

}  // namespace whence::cli
