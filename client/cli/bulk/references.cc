#include "cli/bulk/references.h"

#include <algorithm>
#include <string>
#include <vector>

namespace whence::cli {
namespace {

bool NamesDeleted(std::string_view reference) { return reference.starts_with("id:"); }

std::vector<std::string_view> ReferencesOf(const v1::Run& run) {
  std::vector<std::string_view> all = {run.job()};
  for (const v1::RunRead& read : run.reads()) all.push_back(read.reference());
  for (const v1::RunWrite& write : run.writes()) all.push_back(write.reference());
  for (const v1::ColumnMapping& mapping : run.column_mappings()) {
    all.push_back(mapping.column());
    for (const v1::ColumnSource& source : mapping.sources()) all.push_back(source.column());
  }
  return all;
}

std::vector<std::string_view> ReferencesOf(const v1::Prediction& prediction) {
  std::vector<std::string_view> all = {prediction.endpoint(), prediction.model()};
  all.insert(all.end(), prediction.prompts().begin(), prediction.prompts().end());
  all.insert(all.end(), prediction.inputs().begin(), prediction.inputs().end());
  for (const v1::RetrievedItem& item : prediction.retrieved()) {
    all.push_back(item.index());
    all.push_back(item.source());
  }
  return all;
}

std::vector<std::string_view> ReferencesOf(const v1::RecordEdgesRequest& edges) {
  std::vector<std::string_view> all;
  for (const v1::DeclaredEdge& edge : edges.edges()) {
    all.push_back(edge.source());
    all.push_back(edge.target());
  }
  return all;
}

template <class T>
bool AnyInCatalog(const T& record, std::string_view catalog) {
  const std::vector<std::string_view> all = ReferencesOf(record);
  return std::any_of(all.begin(), all.end(), [catalog](std::string_view reference) {
    return InCatalog(reference, catalog);
  });
}

template <class T>
bool AnyBeyondCatalog(const T& record, std::string_view catalog) {
  const std::vector<std::string_view> all = ReferencesOf(record);
  return std::any_of(all.begin(), all.end(), [catalog](std::string_view reference) {
    return !reference.empty() && !NamesDeleted(reference) && !InCatalog(reference, catalog);
  });
}

// Erases the items of a repeated field for which `gone` is true; how many.
template <class Field, class Gone>
int64_t EraseIf(Field* field, Gone gone) {
  const auto first = std::remove_if(field->begin(), field->end(), gone);
  const int64_t count = field->end() - first;
  field->erase(first, field->end());
  return count;
}

int64_t ClearIfDeleted(std::string* reference) {
  if (!NamesDeleted(*reference)) return 0;
  reference->clear();
  return 1;
}

}  // namespace

bool InCatalog(std::string_view reference, std::string_view catalog) {
  if (!reference.starts_with(catalog)) return false;
  const std::string_view rest = reference.substr(catalog.size());
  return rest.empty() || rest.front() == '.';
}

bool InCatalog(const v1::Run& run, std::string_view catalog) { return AnyInCatalog(run, catalog); }
bool InCatalog(const v1::Prediction& prediction, std::string_view catalog) {
  return AnyInCatalog(prediction, catalog);
}
bool InCatalog(const v1::RecordEdgesRequest& edges, std::string_view catalog) {
  return AnyInCatalog(edges, catalog);
}

bool BeyondCatalog(const v1::Run& run, std::string_view catalog) {
  return AnyBeyondCatalog(run, catalog);
}
bool BeyondCatalog(const v1::Prediction& prediction, std::string_view catalog) {
  return AnyBeyondCatalog(prediction, catalog);
}
bool BeyondCatalog(const v1::RecordEdgesRequest& edges, std::string_view catalog) {
  return AnyBeyondCatalog(edges, catalog);
}

int64_t DropDeleted(v1::Run& run) {
  int64_t count = ClearIfDeleted(run.mutable_job());
  count += EraseIf(run.mutable_reads(),
                   [](const v1::RunRead& read) { return NamesDeleted(read.reference()); });
  count += EraseIf(run.mutable_writes(),
                   [](const v1::RunWrite& write) { return NamesDeleted(write.reference()); });
  for (v1::ColumnMapping& mapping : *run.mutable_column_mappings()) {
    if (NamesDeleted(mapping.column())) continue;
    count += EraseIf(mapping.mutable_sources(),
                     [](const v1::ColumnSource& source) { return NamesDeleted(source.column()); });
  }
  EraseIf(run.mutable_column_mappings(),
          [](const v1::ColumnMapping& mapping) { return mapping.sources().empty(); });
  return count + EraseIf(run.mutable_column_mappings(), [](const v1::ColumnMapping& mapping) {
           return NamesDeleted(mapping.column());
         });
}

int64_t DropDeleted(v1::Prediction& prediction) {
  int64_t count = ClearIfDeleted(prediction.mutable_endpoint());
  count += ClearIfDeleted(prediction.mutable_model());
  count += EraseIf(prediction.mutable_prompts(), NamesDeleted);
  count += EraseIf(prediction.mutable_inputs(), NamesDeleted);
  count += EraseIf(prediction.mutable_retrieved(),
                   [](const v1::RetrievedItem& item) { return NamesDeleted(item.index()); });
  for (v1::RetrievedItem& item : *prediction.mutable_retrieved()) {
    count += ClearIfDeleted(item.mutable_source());
  }
  return count;
}

int64_t DropDeleted(v1::RecordEdgesRequest& edges) {
  return EraseIf(edges.mutable_edges(), [](const v1::DeclaredEdge& edge) {
    return NamesDeleted(edge.source()) || NamesDeleted(edge.target());
  });
}

bool MakerDeleted(const v1::Prediction& prediction) {
  return NamesDeleted(prediction.model().empty() ? prediction.endpoint() : prediction.model());
}

}  // namespace whence::cli
