// Catalogs that take long to make, kept between runs.
#pragma once

#include <functional>
#include <string>

namespace whence::bench {

// A data folder that `make` has filled, found again by the next run of whatever benchmark: below
// BenchFolder(), named after `name`, the schema's checksum and kGeneration. `make` is given a new
// folder with an empty, migrated catalog in it. Of an older schema or generation nothing is kept.
std::string KeptData(const std::string& name,
                     const std::function<void(const std::string& folder)>& make);

}  // namespace whence::bench
