// Which fields an update changes (google.protobuf.FieldMask).
#pragma once

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/field_mask.pb.h"

namespace whence::service {

// OK if every path is one of `fields`, or "*". Else InvalidArgument UPDATE_MASK_INVALID.
absl::Status CheckUpdateMask(const google::protobuf::FieldMask& mask,
                             std::span<const std::string_view> fields);

// Purpose: asks a mask about fields. Ownership: borrows the mask. Thread-safety: a value.
class UpdateMask {
 public:
  explicit UpdateMask(const google::protobuf::FieldMask& mask) : mask_(mask) {}

  // True when the field is changed: the mask names it or says "*", or there is no mask and the
  // request sets it.
  bool Has(std::string_view field, bool set_in_request) const;

 private:
  const google::protobuf::FieldMask& mask_;
};

}  // namespace whence::service
