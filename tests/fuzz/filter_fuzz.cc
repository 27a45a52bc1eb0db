// Filters: a named error, or a filter that can be asked about any row, and whose negation says the
// opposite.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "base/filter.h"
#include "base/limits.h"
#include "support/feature.h"

namespace {

constexpr whence::FilterField kFields[] = {{"name", whence::FilterField::kString},
                                           {"size", whence::FilterField::kNumber},
                                           {"time", whence::FilterField::kTime},
                                           {"open", whence::FilterField::kBool},
                                           {"tags", whence::FilterField::kMap}};

class Row final : public whence::FilterLookup {
 public:
  whence::FilterValue Get(std::string_view field) const override {
    if (field == "name") return std::string("prod.fraud.scores");
    if (field == "size") return 42.0;
    if (field == "time") return absl::FromUnixSeconds(1'772'000'000);
    return {};
  }
  std::vector<whence::FilterValue> GetMap(std::string_view, std::string_view key) const override {
    if (key == "pii") return {std::string("email"), std::string("")};
    return {};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = whence::Filter::Parse(text, kFields);
  if (!filter.ok()) {
    const std::string reason = whence::GetErrorDetail(filter.status()).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    whence::fuzz::Feature(reason, size / 8);
    return 0;
  }
  whence::fuzz::Feature("filter", size / 8);
  const bool matches = filter->Matches(Row());
  if (filter->empty()) {
    WHENCE_ASSERT(matches);
    return 0;
  }
  const auto opposite = whence::Filter::Parse("NOT (" + std::string(text) + ")", kFields);
  // The longer text may be too long or too deep.
  if (opposite.ok()) WHENCE_ASSERT(opposite->Matches(Row()) != matches);
  return 0;
}
