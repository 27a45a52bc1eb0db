#pragma once

// A PROV-JSON document under construction (W3C member submission of 24 April 2013): records by
// kind, each once, in the order in which they were met, so that the same answer gives the same
// bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output/json.h"
#include "google/protobuf/timestamp.pb.h"

namespace whence::cli {

// Attributes of one record, in the order in which they were set. A name that is set again has
// several values. What is empty or not set is left out. A plain value type.
class ProvRecord {
 public:
  ProvRecord& Text(std::string_view name, std::string_view value);
  ProvRecord& Number(std::string_view name, int64_t value);  // 0 is left out
  ProvRecord& Real(std::string_view name, double value);
  ProvRecord& Flag(std::string_view name, bool value);  // only `true` is told
  // `value` is a qualified name: of a type, or of another record.
  ProvRecord& Name(std::string_view name, std::string_view value);
  ProvRecord& Time(std::string_view name, const google::protobuf::Timestamp& value);
  // PROV's own times are plain strings, not typed literals.
  ProvRecord& PlainTime(std::string_view name, const google::protobuf::Timestamp& value);

  const Json& json() const { return attributes_; }

 private:
  void Add(std::string_view name, Json value);

  Json attributes_ = Json::Object();
};

// Kinds of records, in the order in which a document tells them.
enum class ProvKind : size_t {
  kEntity,
  kActivity,
  kAgent,
  kGeneration,
  kUsage,
  kDerivation,
  kAttribution,
  kAssociation,
  kStart,
  kInfluence,
  kSpecialization,
  kMembership,
};
inline constexpr size_t kProvKinds = 12;

// Purpose: collects records and the prefixes of their names. Ownership: a value. Thread-safety:
// none.
class ProvDocument {
 public:
  // `local` as the local part of a qualified name under `prefix`, which is declared with it: what
  // PROV-N does not take as it is, is percent-encoded.
  std::string Qualify(std::string_view prefix, std::string_view local);

  // The element of that name. `is_new`, where it is asked for: it was not there before. The
  // reference holds until the next element of the kind.
  ProvRecord& Element(ProvKind kind, const std::string& name, bool* is_new = nullptr);
  // A relation between two records, made once for each `key`; null when it was there before. Its
  // name is a blank one. The pointer holds until the next relation of the kind.
  ProvRecord* Relation(ProvKind kind, const std::string& key);

  std::string Write() const;

 private:
  struct Section {
    std::vector<std::pair<std::string, ProvRecord>> records;
    std::map<std::string, size_t, std::less<>> places;  // by name, or by key of relations
  };

  std::map<std::string, std::string, std::less<>> prefixes_;
  std::array<Section, kProvKinds> sections_;
};

}  // namespace whence::cli
