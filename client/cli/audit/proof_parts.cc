#include "cli/audit/proof_parts.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/text/human.h"
#include "tlog/encoding.h"
#include "tlog/merkle.h"

namespace whence::cli {

using tlog::Json;

absl::Status NotOne(std::string_view what) {
  return LocalError(StrCat("this is no ", what, " of Whence's"),
                    "give what 'whence audit prove' or 'whence why --certificate' wrote");
}

std::string TextIn(const Json& json, std::string_view name) {
  const Json* const member = json.Find(name);
  return member == nullptr || member->text() == nullptr ? "" : *member->text();
}

std::optional<uint64_t> NumberIn(const Json& json, std::string_view name) {
  const Json* const member = json.Find(name);
  if (member == nullptr || member->number() == nullptr) return std::nullopt;
  const double number = *member->number();
  if (!(number >= 0) || number > 9007199254740991.0) return std::nullopt;
  const auto whole = static_cast<uint64_t>(number);
  return static_cast<double>(whole) == number ? std::optional(whole) : std::nullopt;
}

std::optional<std::vector<tlog::Hash>> HashesIn(const Json& json, std::string_view name) {
  const Json* const member = json.Find(name);
  if (member == nullptr || member->array() == nullptr) return std::nullopt;
  std::vector<tlog::Hash> hashes;
  for (const Json& item : *member->array()) {
    const auto hash = item.text() == nullptr ? std::nullopt : tlog::Hash::FromBase64(*item.text());
    if (!hash.has_value()) return std::nullopt;
    hashes.push_back(*hash);
  }
  return hashes;
}

const Json::Array& ArrayIn(const Json& json, std::string_view name) {
  static const Json::Array* const kNone = new Json::Array();
  const Json* const member = json.Find(name);
  return member == nullptr || member->array() == nullptr ? *kNone : *member->array();
}

std::optional<LeafSaid> ReadLeaf(std::string_view leaf) {
  const absl::StatusOr<Json> json = tlog::ParseJson(leaf);
  if (!json.ok()) return std::nullopt;
  const std::optional<uint64_t> position = NumberIn(*json, "position");
  if (!position.has_value()) return std::nullopt;
  LeafSaid said{.position = static_cast<int64_t>(*position),
                .action = TextIn(*json, "action"),
                .time = TextIn(*json, "time"),
                .is_change = TextIn(*json, "kind") == "mutation",
                .rows = {}};
  if (const Json* const rows = json->Find("rows"); rows != nullptr) {
    std::string raw;
    const std::string hex = TextIn(*rows, "root");
    const std::optional<uint64_t> count = NumberIn(*rows, "count");
    if (hex.size() == 2 * tlog::kHashBytes) raw = absl::HexStringToBytes(hex);
    const auto root = tlog::Hash::FromBytes(raw);
    if (count.has_value() && root.has_value()) said.rows = RowsSaid{.count = *count, .root = *root};
  }
  return said;
}

std::string CheckRow(const Json& row, const LeafSaid& entry, std::string* leaf) {
  const std::optional<uint64_t> index = NumberIn(row, "index");
  const std::optional<std::vector<tlog::Hash>> proof = HashesIn(row, "proof");
  const std::optional<std::string> bytes = tlog::DecodeBase64(TextIn(row, "leaf"));
  if (!index.has_value() || !proof.has_value() || !bytes.has_value()) return "the row is none";
  if (!entry.rows.has_value()) return "the entry speaks for no rows";
  const absl::Status in = tlog::CheckInclusion(*index, entry.rows->count, tlog::LeafHash(*bytes),
                                               *proof, entry.rows->root);
  if (!in.ok()) return "the row is not one that the entry speaks for";
  *leaf = *bytes;
  return "";
}

std::string HeadText(const tlog::TrustedCheckpoint& head) {
  return StrCat("the ledger ", head.checkpoint.origin, " of ",
                CountOf(static_cast<int64_t>(head.checkpoint.size), "entry", "entries"));
}

void TellSigners(const tlog::TrustedCheckpoint& head, const Trust& trust, AuditReport* report) {
  for (const tlog::Cosigned& by : head.cosigned) {
    report->Holds(StrCat("cosigned by ", by.witness, " at ",
                         absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(by.time),
                                          absl::UTCTimeZone())));
  }
  if (trust.own_word) {
    report->Unchecked("whose key it is: this is the server's own word; give yours with --key");
  }
}

}  // namespace whence::cli
