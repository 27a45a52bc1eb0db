#pragma once

// How policies, decisions and previews look.

#include <string>
#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/policy.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::Policy>> PolicyColumns();
Card PolicyCard(const v1::Policy& policy);

// What it does, in a few words: "mask email (salted)", "filter region = 'EU'", "deny SELECT".
std::string PolicyText(const v1::Policy& policy);

// "ALLOWED  user:bo may ..." with rows, masks and what policies in dry run would change.
void PrintDecision(App& app, const v1::Decision& decision);

// What a preview says of one principal on one asset, column by column.
void PrintEffects(App& app, const std::vector<v1::PolicyEffect>& effects);

}  // namespace whence::cli
