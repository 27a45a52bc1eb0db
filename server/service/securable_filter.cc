#include "service/securable_filter.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status_macros.h"
#include "catalog/tag.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "whence/v1/common.pb.h"

namespace whence::service {
namespace {

constexpr std::string_view kKinds[] = {"TABLE",  "VIEW",  "VOLUME",   "FUNCTION", "MODEL",
                                       "PROMPT", "INDEX", "ENDPOINT", "JOB",      "DASHBOARD"};

// Kind is last, so that catalogs and schemas take the fields before it.
constexpr FilterField kFields[] = {
    {"name", FilterField::kString},      {"comment", FilterField::kString},
    {"owner", FilterField::kString},     {"create_time", FilterField::kTime},
    {"update_time", FilterField::kTime}, {"tags", FilterField::kMap},
    {"properties", FilterField::kMap},   {"kind", FilterField::kString, kKinds},
};

class SecurableLookup final : public FilterLookup {
 public:
  SecurableLookup(sql::Connection& connection, Position as_of, const catalog::Securable& securable)
      : connection_(connection), as_of_(as_of), securable_(securable) {}

  // The first error met while looking; what was asked for then had no value.
  const absl::Status& status() const { return status_; }

  FilterValue Get(std::string_view field) const override {
    if (field == "name") return securable_.FullName();
    if (field == "comment") return securable_.comment;
    if (field == "owner") return securable_.owner;
    if (field == "create_time") return securable_.create_time;
    if (field == "update_time") return securable_.update_time;
    if (field == "kind") return std::string(kKinds[static_cast<size_t>(securable_.kind) - 1]);
    return std::monostate();
  }

  std::vector<FilterValue> GetMap(std::string_view field, std::string_view key) const override {
    return field == "tags" ? TagValues(key) : PropertyValues(key);
  }

 private:
  std::vector<FilterValue> TagValues(std::string_view key) const {
    if (!tags_.has_value()) {
      absl::StatusOr<std::vector<catalog::Tag>> tags =
          catalog::ListTags(connection_, as_of_, securable_.id, "");
      status_.Update(tags.status());
      tags_ = tags.ok() ? *std::move(tags) : std::vector<catalog::Tag>();
    }
    std::vector<FilterValue> values;
    for (const catalog::Tag& tag : *tags_) {
      if (tag.key == key) values.emplace_back(tag.value);
    }
    return values;
  }

  std::vector<FilterValue> PropertyValues(std::string_view key) const {
    if (!properties_.has_value()) {
      properties_.emplace();
      status_.Update(ParseProperties(securable_.properties, &*properties_));
    }
    const auto found = properties_->find(std::string(key));
    if (found == properties_->end()) return {};
    return {FilterValue(found->second)};
  }

  sql::Connection& connection_;
  const Position as_of_;
  const catalog::Securable& securable_;
  mutable absl::Status status_;
  mutable std::optional<std::vector<catalog::Tag>> tags_;
  mutable std::optional<PropertyMap> properties_;
};

}  // namespace

std::span<const FilterField> SecurableFilterFields(size_t depth) {
  const std::span<const FilterField> all(kFields);
  return depth == 3 ? all : all.first(all.size() - 1);
}

absl::StatusOr<bool> MatchesSecurable(const Filter& filter, sql::Connection& connection,
                                      Position as_of, const catalog::Securable& securable) {
  if (filter.empty()) return true;
  const SecurableLookup lookup(connection, as_of, securable);
  const bool matches = filter.Matches(lookup);
  WHENCE_RETURN_IF_ERROR(lookup.status());
  return matches;
}

}  // namespace whence::service
