#pragma once

// How definitions of tags, effective tags and declassifications look.

#include <string>
#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::TagDefinition>> TagDefinitionColumns();
std::vector<ListColumn<v1::Declassification>> DeclassificationColumns();

Card TagDefinitionCard(const v1::TagDefinition& definition);
Card DeclassificationCard(const v1::Declassification& declassification);

// Effective tags as a table or CSV, in their order; `with_columns`: with the column that each is
// on.
void PrintEffectiveTags(App& app, const v1::GetEffectiveTagsResponse& answer, bool with_columns);

}  // namespace whence::cli
