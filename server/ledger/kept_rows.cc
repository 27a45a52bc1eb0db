#include "ledger/kept_rows.h"

#include <algorithm>
#include <string>

#include "tlog/merkle.h"

namespace whence::ledger {
namespace {

// Whatever stands there was not written by an entry, and must not keep one from being written.
constexpr sql::Query kKeep{
    "INSERT INTO ledger_entry_rows (position, hashes) VALUES (?1, ?2)"
    " ON CONFLICT (position) DO UPDATE SET hashes = excluded.hashes"};

}  // namespace

absl::Status KeepRows(sql::Connection& connection, Position position,
                      std::span<const tlog::Hash> hashes) {
  if (hashes.size() < 2) return absl::OkStatus();
  std::string bytes;
  bytes.reserve(hashes.size() * tlog::kHashBytes);
  for (const tlog::Hash& hash : hashes) bytes.append(hash.view());
  return connection.Execute(kKeep, position, sql::Blob{bytes});
}

bool AreKept(std::span<const tlog::Hash> hashes, std::string_view kept) {
  if (kept.size() != hashes.size() * tlog::kHashBytes) return false;
  return std::all_of(hashes.begin(), hashes.end(), [&kept](const tlog::Hash& hash) {
    const bool same = kept.starts_with(hash.view());
    kept.remove_prefix(tlog::kHashBytes);
    return same;
  });
}

std::optional<std::vector<tlog::Hash>> RowsAsWritten(const WrittenRows& said,
                                                     std::string_view kept) {
  if (said.count == 0) return std::vector<tlog::Hash>{};
  if (said.count == 1) return std::vector<tlog::Hash>{said.root};
  if (said.count < 0 || kept.size() % tlog::kHashBytes != 0 ||
      kept.size() / tlog::kHashBytes != static_cast<size_t>(said.count)) {
    return std::nullopt;
  }
  std::vector<tlog::Hash> hashes;
  for (; !kept.empty(); kept.remove_prefix(tlog::kHashBytes)) {
    hashes.push_back(*tlog::Hash::FromBytes(kept.substr(0, tlog::kHashBytes)));
  }
  if (!std::is_sorted(hashes.begin(), hashes.end()) || tlog::HeadOf(hashes) != said.root) {
    return std::nullopt;
  }
  return hashes;
}

}  // namespace whence::ledger
