#include "service/list_place.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace whence::service {

// Name, id, name, id ...
std::vector<std::string> ToKey(const catalog::ListPlace& place) {
  std::vector<std::string> key;
  for (const catalog::ListKey& level : place) {
    key.push_back(level.name);
    key.push_back(absl::StrCat(level.id));
  }
  return key;
}

absl::StatusOr<catalog::ListPlace> FromKey(const std::vector<std::string>& key, size_t depth) {
  const absl::Status invalid =
      InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                      "start again without a page_token");
  if (key.size() % 2 != 0 || key.size() / 2 > depth) return invalid;
  catalog::ListPlace place;
  for (size_t i = 0; i < key.size(); i += 2) {
    catalog::ListKey level{.name = key[i]};
    if (!absl::SimpleAtoi(key[i + 1], &level.id) || level.id < 0) return invalid;
    place.push_back(std::move(level));
  }
  return place;
}

}  // namespace whence::service
