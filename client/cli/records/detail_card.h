#pragma once

#include "cli/output/card.h"
#include "whence/v1/common.pb.h"

namespace whence::cli {

// Adds to a card what only a kind has.
void AddDetail(const v1::Detail& detail, Card& card);

// A few words on it for one line of a tree: "214 rows", "dimension 812"; empty where there is
// nothing short to say.
std::string DetailSummary(const v1::Detail& detail);

// "https://git.example/team/repo 4be1c7d path (dirty)"; empty where nothing is set.
std::string CodeText(const v1::CodeLocation& code);

// A table of maps: parameters, properties.
void AddMap(std::string_view heading, const google::protobuf::Map<std::string, std::string>& map,
            Card& card);

}  // namespace whence::cli
