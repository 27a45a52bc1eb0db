#pragma once

// What the catalog knows of a model that technical documentation asks for (Annex IV of Regulation
// (EU) 2024/1689): gathered by ReadDossier, told as JSON or Markdown.

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/output/json.h"
#include "cli/report/usage.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::cli {

// A dataset, model, prompt or index that the model came from.
struct DossierSource {
  v1::LineageNode node;
  // Read by a run that made the model; else further up.
  bool direct = false;
  // "pii:email", "email: pii:email": what its asset and its columns are tagged with, inherited and
  // derived tags among them.
  std::vector<std::string> classification;
};

// How often it was decided so about the model, by the ledger.
struct DossierDecisions {
  int64_t count = 0;
  google::protobuf::Timestamp last;
};

// Everything as of one position. A plain value type.
struct Dossier {
  std::string reference;  // as it was asked for
  std::string as_of;      // as it was asked for; empty: now
  int64_t position = 0;
  v1::Asset asset;
  std::vector<v1::Version> versions;  // newest first
  std::vector<v1::Alias> aliases;     // what each meant and since when, newest first
  std::vector<v1::Run> training;      // runs that wrote a version of it, newest first
  std::vector<v1::Run> preparation;   // runs further up
  std::vector<DossierSource> sources;
  std::vector<v1::AssetAccess> access;
  std::vector<v1::Policy> policies;
  std::map<std::string, DossierDecisions> decisions;  // by outcome: "ALLOW", "DENY"
  v1::ImpactResponse impact;
  Usage usage;
  bool usage_whole = true;  // all predictions were looked at
  // What is not known, or could not be shown, each a sentence with the point of Annex IV before it.
  std::vector<std::string> gaps;
};

struct DossierRequest {
  std::string reference;  // an asset, `asset@number` or `asset@alias`
  std::string as_of;
  int64_t predictions = 0;  // the newest so many are looked at
};

// A usage error when it is no model; errors of the calls. What the caller may not see is a gap.
absl::StatusOr<Dossier> ReadDossier(App& app, const DossierRequest& request);

// What is recorded for a point of Annex IV in the model's properties, `annex_iv.1` to `annex_iv.9`:
// for what no catalog can know by itself. Empty where there is nothing.
std::string RecordedFor(const Dossier& dossier, int point);

Json DossierJson(const Dossier& dossier);
void WriteDossierMarkdown(std::ostream& out, const Dossier& dossier);

}  // namespace whence::cli
