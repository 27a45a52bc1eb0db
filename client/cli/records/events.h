#pragma once

// How runs, predictions, declarations and the server look.

#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/prediction.pb.h"
#include "whence/v1/server.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::Run>> RunColumns();
std::vector<ListColumn<v1::Prediction>> PredictionColumns();
std::vector<ListColumn<v1::DeclaredEdge>> EdgeColumns();
std::vector<ListColumn<v1::ServerInfo>> ServerColumns();

Card RunCard(const v1::Run& run);
Card PredictionCard(const v1::Prediction& prediction);
Card DeclarationCard(const v1::Declaration& declaration);
Card ServerCard(const v1::ServerInfo& info);

// COMPLETE green, FAILED red and so on.
Tone ToneOf(v1::RunState state);
Tone ToneOf(v1::PredictionStatus status);

// What it cost: "0.000142 USD"; empty where nothing is known.
std::string CostText(const v1::Prediction& prediction);

}  // namespace whence::cli
