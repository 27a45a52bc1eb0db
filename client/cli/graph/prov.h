#pragma once

// Lineage as W3C PROV-JSON. docs/provenance.md has the mapping.

#include <string>
#include <vector>

#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// Graphs of one answer become one document; the first is the answer's own.
std::string WriteProv(const std::vector<const v1::LineageGraph*>& graphs);
// What derives from the root, with the paths where these were asked for.
std::string WriteProv(const v1::ImpactResponse& impact);

}  // namespace whence::cli
