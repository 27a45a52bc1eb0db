#include "service/node_names.h"

#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "catalog/version.h"

namespace whence::service {

absl::StatusOr<std::string> NameInAnswer(Call& call, Position as_of, int64_t asset_id) {
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesAsset(asset_id));
  if (!sees) return call.visibility().PlaceholderOf(asset_id);
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(std::string name, catalog::FullNameOf(connection, as_of, asset_id));
  WHENCE_ASSIGN_OR_RETURN(const bool live, catalog::IsLive(connection, as_of, asset_id));
  return live ? std::move(name) : StrCat("id:", asset_id);
}

absl::StatusOr<std::string> NodeNames::ReferenceOf(int64_t node_id) {
  lineage::NodeInfo node = call_.house().graph().Node(static_cast<lineage::NodeId>(node_id));
  if (node.type == lineage::NodeType::kNone) {
    // Made earlier in this batch: the graph learns of it after the commit.
    absl::StatusOr<catalog::Version> version =
        catalog::GetVersionById(call_.connection(), as_of_, node_id);
    if (version.ok()) {
      node.type = lineage::NodeType::kVersion;
      node.asset = static_cast<lineage::NodeId>(version->asset_id);
      node.number = static_cast<uint32_t>(version->number);
    } else {
      node.asset = static_cast<lineage::NodeId>(node_id);
    }
  }
  auto name = names_.find(node.asset);
  if (name == names_.end()) {
    WHENCE_ASSIGN_OR_RETURN(std::string shown, NameInAnswer(call_, as_of_, node.asset));
    name = names_.emplace(node.asset, std::move(shown)).first;
  }
  if (node.type != lineage::NodeType::kVersion) return name->second;
  return StrCat(name->second, "@", node.number);
}

}  // namespace whence::service
