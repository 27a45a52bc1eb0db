#include "service/server_ops.h"

#include "base/status_macros.h"
#include "base/version.h"
#include "inference/prediction.h"
#include "service/time_convert.h"

namespace whence::service {

absl::StatusOr<v1::ServerInfo> GetServerInfo(Call& call, const v1::GetServerInfoRequest&) {
  House& house = call.house();
  v1::ServerInfo info;
  info.set_version(std::string(kVersion));
  info.set_build(std::string(kBuild));
  info.set_schema_version(house.schema_version());
  info.set_position(call.position());
  *info.mutable_start_time() = TimeToProto(house.open_time());
  info.set_lineage_node_count(static_cast<int64_t>(house.graph().node_count()));
  info.set_lineage_edge_count(static_cast<int64_t>(house.graph().edge_count()));
  info.set_column_edge_count(static_cast<int64_t>(house.graph().column_edge_count()));
  WHENCE_ASSIGN_OR_RETURN(int64_t predictions, inference::CountPredictions(call.connection()));
  info.set_prediction_count(predictions);
  return info;
}

}  // namespace whence::service
