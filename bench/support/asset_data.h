// A catalog with very many assets in one schema, and text to search in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "support/options.h"

namespace whence::bench {

inline constexpr char kAssetSchema[] = "shop.tables";

// 1 M tables at full size, each with a version and about twenty words of text; and somebody who may
// see few of them. Returns the data folder, which is kept: it may be opened and read, not written
// to.
std::string AssetData(const Options& options);

// Assets of AssetData.
size_t AssetCount(const Options& options);
// How many of them the reader sees, evenly spread: granted one by one to a group that it is in.
size_t SeenAssetCount(const Options& options);
// The token of the reader.
std::string ReaderToken(const std::string& data_folder);
// The full name of the i-th asset, from 0.
std::string AssetName(size_t i);
// Words of the text, from one in most assets to one in hardly any.
std::vector<std::string> WordsToSearch(size_t count);

}  // namespace whence::bench
