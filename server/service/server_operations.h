// The operations of ServerService: one line each, in the order of the contract.
#pragma once

#include "service/needs_server.h"
#include "service/operation.h"
#include "service/server_ops.h"
#include "whence/v1/server.pb.h"

namespace whence::service {

inline constexpr ReadOperation<v1::GetServerInfoRequest, v1::ServerInfo> kGetServerInfo{
    "GetServerInfo", Pace::kShort, GetServerInfo};

}  // namespace whence::service
