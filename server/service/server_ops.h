// Operations about the server itself.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/server.pb.h"

namespace whence::service {

absl::StatusOr<v1::ServerInfo> GetServerInfo(Call& call, const v1::GetServerInfoRequest& request);

}  // namespace whence::service
