// What the operations of ServerService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "service/house.h"
#include "whence/v1/server.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::GetServerInfoRequest& request);
// A backup is a stream and no operation of request and response; it holds everything. `info` has
// been admitted.
absl::Status NeedForBackup(House& house, const CallInfo& info);

}  // namespace whence::service
