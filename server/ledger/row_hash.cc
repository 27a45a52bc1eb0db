#include "ledger/row_hash.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "tlog/encoding.h"

namespace whence::ledger {
namespace {

using Kind = sql::ColumnValue::Kind;

constexpr char kBirth = 'b';
constexpr char kClosure = 'c';
constexpr size_t kBlindBytes = 16;

void AppendBytes(std::string_view bytes, std::string* out) {
  out->append(tlog::BigEndian64(bytes.size()));
  out->append(bytes);
}

// Tells, once the value is gone, that there was this one.
tlog::Hash DigestOf(const sql::ColumnValue& value, std::string_view blind, size_t column) {
  std::string text(blind);
  text.push_back(static_cast<char>(column));
  AppendValue(value, &text);
  return tlog::LeafHash(text);
}

// In place of an erasable value.
void AppendDigest(const sql::ColumnValue& value, std::string_view blind, size_t column,
                  std::string* out) {
  if (value.kind == Kind::kNull) return AppendValue(value, out);
  out->push_back('d');
  if (value.kind == Kind::kText && IsErasedMark(value.bytes)) {
    const auto digest = tlog::Hash::FromBase64(value.bytes.substr(kErasedPrefix.size()));
    if (digest.has_value()) return void(out->append(digest->view()));
  }
  out->append(DigestOf(value, blind, column).view());
}

}  // namespace

void AppendValue(const sql::ColumnValue& value, std::string* out) {
  switch (value.kind) {
    case Kind::kNull:
      out->push_back('n');
      return;
    case Kind::kInteger:
      out->push_back('i');
      out->append(tlog::BigEndian64(static_cast<uint64_t>(value.integer)));
      return;
    case Kind::kReal: {
      uint64_t bits = 0;
      std::memcpy(&bits, &value.real, sizeof bits);
      out->push_back('r');
      out->append(tlog::BigEndian64(bits));
      return;
    }
    case Kind::kText:
      out->push_back('t');
      return AppendBytes(value.bytes, out);
    case Kind::kBlob:
      out->push_back('x');
      return AppendBytes(value.bytes, out);
  }
}

void RowHasher::Begin(const GovernedTable& table, char what,
                      std::span<const sql::ColumnValue> keys) {
  leaf_.assign(kBlindBytes, '\0');
  leaf_.push_back(what);
  AppendBytes(table.name, &leaf_);
  for (const sql::ColumnValue& key : keys) AppendValue(key, &leaf_);
  // The beginning tells the row from all others, so the blind is the row's own. It is only half of
  // the hash: from a whole one others could be made without the secret.
  blinding_.assign(secret_);
  blinding_.append(leaf_, kBlindBytes);
  leaf_.replace(0, kBlindBytes, tlog::LeafHash(blinding_).view().substr(0, kBlindBytes));
}

std::string RowHasher::ErasedMark(const GovernedTable& table,
                                  std::span<const sql::ColumnValue> keys, std::string_view column,
                                  std::string_view value) {
  WHENCE_ASSERT(keys.size() == table.keys);
  const auto found = std::find(table.columns.begin(), table.columns.end(), column);
  const auto place = static_cast<size_t>(found - table.columns.begin());
  WHENCE_ASSERT(place < table.born_columns() && place >= table.born_columns() - table.erasable);
  Begin(table, kBirth, keys);
  const std::string blind = leaf_.substr(0, kBlindBytes);
  const sql::ColumnValue text{.kind = Kind::kText, .bytes = value};
  return std::string(kErasedPrefix) + DigestOf(text, blind, place).ToBase64();
}

tlog::Hash RowHasher::Birth(const GovernedTable& table, std::span<const sql::ColumnValue> values) {
  WHENCE_ASSERT(values.size() == table.columns.size());
  Begin(table, kBirth, values.first(table.keys));
  const size_t end = table.born_columns();
  const size_t plain = end - table.erasable;
  for (size_t i = table.keys; i < plain; ++i) AppendValue(values[i], &leaf_);
  for (size_t i = plain; i < end; ++i) {
    const std::string blind = leaf_.substr(0, kBlindBytes);
    AppendDigest(values[i], blind, i, &leaf_);
  }
  return tlog::LeafHash(leaf_);
}

tlog::Hash RowHasher::Closure(const GovernedTable& table,
                              std::span<const sql::ColumnValue> values) {
  WHENCE_ASSERT(values.size() == table.columns.size());
  Begin(table, kClosure, values.first(table.keys));
  for (size_t i = table.born_columns(); i < values.size(); ++i) AppendValue(values[i], &leaf_);
  return tlog::LeafHash(leaf_);
}

}  // namespace whence::ledger
