#include "cli/graph/prov.h"

#include <cstdint>
#include <string_view>

#include "base/name.h"
#include "base/strings.h"
#include "cli/graph/prov_document.h"
#include "cli/graph/prov_names.h"
#include "cli/graph/prov_writer.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// What was asked and how whole the answer is, as an entity of its own.
template <class Truncations>
ProvRecord& DescribeAnswer(ProvDocument& document, std::string_view root, int64_t position,
                           const Truncations& truncations) {
  ProvRecord& answer = document.Element(ProvKind::kEntity, "whence:answer");
  answer.Name("prov:type", "whence:Answer")
      .Text("whence:root", root)
      .Number("whence:position", position);
  for (const int truncation : truncations) {
    answer.Text(
        "whence:truncation",
        WithoutPrefix(v1::Truncation_Name(static_cast<v1::Truncation>(truncation)), "TRUNCATION_"));
  }
  return answer;
}

// A path of references, data and what stands between them.
void AddPath(ProvDocument& document, ProvWriter& writer,
             const google::protobuf::RepeatedPtrField<std::string>& path) {
  std::string before;  // the data that was passed last, and its name
  std::string data;
  std::string run;  // since then
  bool declared = false;
  for (const std::string& reference : path) {
    if (reference.starts_with("declaration:")) {
      declared = true;
      continue;
    }
    const std::string name = ProvName(document, reference);
    if (reference.starts_with("run:")) {
      document.Element(ProvKind::kActivity, name);
      if (!data.empty()) writer.Use(name, data, "");
      run = name;
      continue;
    }
    document.Element(ProvKind::kEntity, name);
    if (!run.empty()) {
      writer.Generate(name, run, {});
    } else if (!TableOfColumn(before).empty() && TableOfColumn(reference).empty() && !declared) {
      writer.AddMember(name, data);  // from a column to what holds it
    } else if (!data.empty()) {
      writer.Derive(name, data, declared ? "whence:Declared" : "");
    }
    before = reference;
    data = name;
    run.clear();
    declared = false;
  }
}

}  // namespace

std::string WriteProv(const std::vector<const v1::LineageGraph*>& graphs) {
  ProvDocument document;
  int64_t redacted = 0;
  for (const v1::LineageGraph* const graph : graphs) redacted += graph->redacted_count();
  const v1::LineageGraph& first = *graphs.front();
  DescribeAnswer(document, first.root(), first.position(), first.truncations())
      .Number("whence:redactedCount", redacted);
  ProvWriter(document).Add(graphs);
  return document.Write();
}

std::string WriteProv(const v1::ImpactResponse& impact) {
  ProvDocument document;
  DescribeAnswer(document, impact.root(), impact.position(), impact.truncations())
      .Number("whence:predictionCount", impact.prediction_count())
      .Flag("whence:assetsTruncated", impact.assets_truncated());
  ProvWriter writer(document);
  const std::string root = ProvName(document, impact.root());
  document.Element(ProvKind::kEntity, root).Text("prov:label", OneLine(impact.root()));
  for (const v1::AffectedAsset& affected : impact.assets()) {
    const v1::DatasetNode& asset = affected.asset();
    const std::string base = asset.deleted() ? StrCat("id:", asset.asset_id()) : asset.asset();
    const auto add = [&](const std::string& reference, const std::string& type) {
      std::string name = ProvName(document, reference);
      bool is_new = false;
      ProvRecord& entity = document.Element(ProvKind::kEntity, name, &is_new);
      if (is_new) entity.Text("prov:label", OneLine(reference)).Name("prov:type", type);
      if (name != root) writer.Derive(name, root, "whence:Impact");
      return name;
    };
    for (const int64_t version : affected.versions()) {
      const std::string name =
          add(version == 0 ? base : StrCat(base, "@", version), ProvType(asset.kind()));
      AttributeTo(document, name, asset.owner(), "whence:Owner");
    }
    for (const std::string& column : affected.columns()) {
      add(StrCat(base, "#", QuoteNamePart(column)), "whence:Column");
    }
    AddPath(document, writer, affected.path());
  }
  return document.Write();
}

}  // namespace whence::cli
