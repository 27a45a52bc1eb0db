// What somebody may do with an asset, with everything that has a part in it.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/asker.h"
#include "access/index.h"
#include "access/privilege.h"
#include "base/position.h"
#include "service/access_convert.h"
#include "service/authority.h"
#include "service/bound_cache.h"
#include "sql/connection.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Purpose: tells it of one asset after the other, of many principals each. Holds one picture of
// access and one position. Ownership: borrows connection and snapshot. Thread-safety: the
// connection's.
class AssetAccessTeller {
 public:
  AssetAccessTeller(sql::Connection& connection, const access::Snapshot& access, Position as_of)
      : connection_(connection),
        access_(access),
        as_of_(as_of),
        authority_(connection, access, as_of),
        names_(connection, as_of) {}

  // The asset that is asked about from now on.
  absl::Status Open(const access::Chain& chain);
  // Nothing when grants and ownership let it do nothing there. It is live (the caller knows).
  absl::StatusOr<std::optional<v1::AssetAccess>> Tell(const access::Identity& who);

 private:
  // What it may do, with all columns or with some; what policies take is told on the way.
  absl::StatusOr<access::PrivilegeSet> Judge(const access::Identity& who, v1::AssetAccess* told);
  // Whether the denies of a privilege leave some columns. Of the privilege to read, those that they
  // do not leave are told.
  bool LeavesColumns(access::Privilege privilege, const access::Asker& asker,
                     v1::AssetAccess* told) const;
  absl::Status PutWays(const access::Identity& who, access::PrivilegeSet allowed,
                       v1::AssetAccess* told);
  // Row filters and masks, for who reads.
  void PutSight(const access::Asker& asker, v1::AssetAccess* told) const;

  sql::Connection& connection_;
  const access::Snapshot& access_;
  const Position as_of_;
  Authority authority_;
  AccessNames names_;
  access::Chain chain_;
  BoundRef bound_;  // null while there are no policies
};

}  // namespace whence::service
