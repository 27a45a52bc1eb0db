#include <algorithm>

#include "base/limits.h"
#include "base/name.h"
#include "base/strings.h"
#include "cli/complete/complete.h"
#include "cli/output/json.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// Enough to choose from; more would not fit a screen.
constexpr int32_t kMost = 200;

// Names completed so far and the part being typed: "prod.fr" is {"prod"} and "fr".
struct Typed {
  std::string parent;
  size_t depth = 0;  // parts before the one being typed
};

// Splits at the dots outside backticks.
Typed SplitTyped(const std::string& prefix) {
  Typed typed;
  bool quoted = false;
  size_t last_dot = std::string::npos;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (prefix[i] == '`') quoted = !quoted;
    if (prefix[i] == '.' && !quoted) {
      last_dot = i;
      ++typed.depth;
    }
  }
  if (last_dot != std::string::npos) typed.parent = prefix.substr(0, last_dot);
  return typed;
}

// Where `wanted` stands outside backticks; npos where it does not.
size_t FindOutsideQuotes(const std::string& text, char wanted) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') quoted = !quoted;
    if (text[i] == wanted && !quoted) return i;
  }
  return std::string::npos;
}

v1::Kind KindOf(Complete what) {
  switch (what) {
    case Complete::kModel:
      return v1::KIND_MODEL;
    case Complete::kPrompt:
      return v1::KIND_PROMPT;
    case Complete::kEndpoint:
      return v1::KIND_ENDPOINT;
    case Complete::kJob:
      return v1::KIND_JOB;
    default:
      return v1::KIND_UNSPECIFIED;
  }
}

// Where a name stops: how many parts it has.
size_t DepthOf(Complete what) {
  switch (what) {
    case Complete::kCatalog:
      return 1;
    case Complete::kSchema:
    case Complete::kParent:
      return 2;
    default:
      return 3;
  }
}

// Only names that hold what was typed: the first page is enough then.
template <class Request>
void SetNameFilter(Request& request, const std::string& prefix, std::string_view and_also = {}) {
  std::string filter(and_also);
  if (!prefix.empty() && !prefix.ends_with('.')) {
    StrAppend(&filter, filter.empty() ? "" : " AND ",
              "name : ", WriteJson(Json::String(prefix), /*pretty=*/false));
  }
  request.set_filter(filter);
}

void Add(Candidates& found, const std::string& text, const std::string& prefix, std::string what) {
  if (text.starts_with(prefix)) found.list.push_back({text, std::move(what)});
}

Candidates CompleteCatalogs(Connection& connection, const std::string& prefix, size_t depth) {
  v1::ListCatalogsRequest request;
  request.set_page_size(kMost);
  SetNameFilter(request, prefix);
  const auto page = connection.Call(kListCatalogs, request);
  Candidates found;
  if (!page.ok()) return found;
  for (const v1::Catalog& catalog : page->catalogs()) {
    Add(found, StrCat(catalog.name(), depth > 1 ? "." : ""), prefix, "catalog");
  }
  if (depth > 1) found.directive = ":nospace";
  return found;
}

Candidates CompleteSchemas(Connection& connection, const Typed& typed, const std::string& prefix,
                           size_t depth) {
  v1::ListSchemasRequest request;
  request.set_parent(typed.parent);
  request.set_page_size(kMost);
  SetNameFilter(request, prefix);
  const auto page = connection.Call(kListSchemas, request);
  Candidates found;
  if (!page.ok()) return found;
  for (const v1::Schema& schema : page->schemas()) {
    Add(found, StrCat(schema.name(), depth > 2 ? "." : ""), prefix, "schema");
  }
  if (depth > 2) found.directive = ":nospace";
  return found;
}

Candidates CompleteAssets(Connection& connection, const Typed& typed, const std::string& prefix,
                          v1::Kind kind) {
  v1::ListAssetsRequest request;
  request.set_parent(typed.parent);
  request.set_page_size(kMost);
  SetNameFilter(request, prefix,
                kind == v1::KIND_UNSPECIFIED ? "" : StrCat("kind = ", KindName(kind)));
  const auto page = connection.Call(kListAssets, request);
  Candidates found;
  if (!page.ok()) return found;
  for (const v1::Asset& asset : page->assets()) {
    Add(found, asset.name(), prefix, Lower(KindName(asset.kind())));
  }
  return found;
}

// "asset@": its aliases, then its newest versions.
Candidates CompleteVersions(Connection& connection, const std::string& asset,
                            const std::string& prefix) {
  Candidates found;
  v1::ListAliasesRequest aliases;
  aliases.set_asset(asset);
  if (const auto page = connection.Call(kListAliases, aliases); page.ok()) {
    for (const v1::Alias& alias : page->aliases()) {
      Add(found, StrCat(asset, "@", alias.alias()), prefix, StrCat("version ", alias.version()));
    }
  }
  v1::ListVersionsRequest versions;
  versions.set_asset(asset);
  if (const auto page = connection.Call(kListVersions, versions); page.ok()) {
    for (const v1::Version& version : page->versions()) {
      Add(found, StrCat(asset, "@", version.number()), prefix, HumanTime(version.create_time()));
    }
  }
  return found;
}

// "asset#": its columns, be it a table, a function or a model with a signature.
Candidates CompleteColumns(Connection& connection, const std::string& asset,
                           const std::string& prefix) {
  Candidates found;
  v1::GetAssetRequest request;
  request.set_name(asset.substr(0, FindOutsideQuotes(asset, '@')));
  const auto reply = connection.Call(kGetAsset, request);
  if (!reply.ok()) return found;
  const v1::Detail& detail = reply->detail();
  for (const auto* columns : {&detail.table().columns(), &detail.function().parameters(),
                              &detail.model().inputs(), &detail.model().outputs()}) {
    for (const v1::Column& column : *columns) {
      Add(found, StrCat(asset, "#", QuoteNamePart(column.name())), prefix, column.type());
    }
  }
  return found;
}

// Principals of one kind, or of any.
Candidates CompletePrincipals(Connection& connection, Complete what, const std::string& prefix) {
  v1::ListPrincipalsRequest request;
  request.set_page_size(kMost);
  if (what == Complete::kGroup) request.set_kind(v1::PRINCIPAL_KIND_GROUP);
  SetNameFilter(request, prefix, what == Complete::kUserOrService ? "NOT name : \"group:\"" : "");
  const auto page = connection.Call(kListPrincipals, request);
  Candidates found;
  if (!page.ok()) return found;
  for (const v1::Principal& principal : page->principals()) {
    Add(found, principal.name(), prefix, principal.display_name());
  }
  return found;
}

// Ids cannot be asked for by their beginning: once one is typed, as many as there can be are asked
// for, the newest.
int32_t PageFor(const std::string& prefix, std::string_view before) {
  return prefix.size() > before.size() ? kMaxPageSize : kMost;
}

Candidates CompleteRuns(Connection& connection, const std::string& prefix, bool bare) {
  Candidates found;
  v1::ListRunsRequest request;
  request.set_page_size(PageFor(prefix, bare ? "" : "run:"));
  const auto page = connection.Call(kListRuns, request);
  if (!page.ok()) return found;
  for (const v1::Run& run : page->runs()) {
    Add(found, StrCat(bare ? "" : "run:", run.id()), prefix,
        StrCat(run.job(), run.job().empty() ? "" : " ", HumanTime(run.start_time())));
  }
  return found;
}

Candidates CompletePredictions(Connection& connection, const std::string& prefix, bool bare) {
  Candidates found;
  v1::ListPredictionsRequest request;
  request.set_page_size(PageFor(prefix, bare ? "" : "prediction:"));
  const auto page = connection.Call(kListPredictions, request);
  if (!page.ok()) return found;
  for (const v1::Prediction& prediction : page->predictions()) {
    Add(found, StrCat(bare ? "" : "prediction:", prediction.id()), prefix,
        HumanTime(prediction.start_time()));
  }
  return found;
}

}  // namespace

Candidates CompleteNames(Connection& connection, Complete what, const std::string& prefix) {
  if (what == Complete::kPrincipal || what == Complete::kGroup ||
      what == Complete::kUserOrService) {
    return CompletePrincipals(connection, what, prefix);
  }
  if (what == Complete::kRun) {
    const bool prefixed = std::string_view("run:").starts_with(prefix.substr(0, 4));
    return CompleteRuns(connection, prefix, !prefixed);
  }
  if (what == Complete::kPrediction) {
    return CompletePredictions(connection, prefix, !prefix.starts_with("prediction:"));
  }
  const bool reference = what == Complete::kReference || DepthOf(what) == 3;
  if (reference && prefix.starts_with("run:")) {
    return CompleteRuns(connection, prefix, /*bare=*/false);
  }
  if (reference && prefix.starts_with("prediction:")) {
    return CompletePredictions(connection, prefix, /*bare=*/false);
  }
  if (const size_t hash = FindOutsideQuotes(prefix, '#'); reference && hash != std::string::npos) {
    return CompleteColumns(connection, prefix.substr(0, hash), prefix);
  }
  if (const size_t at = FindOutsideQuotes(prefix, '@'); reference && at != std::string::npos) {
    return CompleteVersions(connection, prefix.substr(0, at), prefix);
  }
  const Typed typed = SplitTyped(prefix);
  const size_t depth = DepthOf(what);
  if (typed.depth >= depth) return {};
  Candidates found;
  if (typed.depth == 0) {
    found = CompleteCatalogs(connection, prefix, depth);
    if (what == Complete::kReference) {
      Add(found, "run:", prefix, "a run");
      Add(found, "prediction:", prefix, "a prediction");
    }
  } else if (typed.depth == 1) {
    found = CompleteSchemas(connection, typed, prefix, depth);
  } else {
    found = CompleteAssets(connection, typed, prefix, KindOf(what));
  }
  return found;
}

}  // namespace whence::cli
