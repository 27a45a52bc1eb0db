// Checks of requests about runs and declared lineage, by themselves: before the writer sees them.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/reference.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// OK if every field is within its bounds: ids, names, references, times, counts, texts, the
// versions to register. Errors name the field below `field`, e.g. "run.reads[3].reference".
// Reasons: those of ParseName, ParseReference, ValidateText, ValidateNewVersion, CheckProperties,
// and RUN_ID_MALFORMED, RUN_OWN_PARENT, RUN_ENDS_BEFORE_START, TIME_OUT_OF_RANGE,
// ENUM_VALUE_UNKNOWN, TOO_MANY_ITEMS, TOO_MANY_PARAMETERS, PARAMETER_KEY_EMPTY,
// REFERENCE_NOT_AN_ASSET, REFERENCE_NOT_A_COLUMN, REFERENCE_NOT_WRITABLE, VERSION_NUMBER_NOT_GIVEN,
// COLUMN_SOURCES_MISSING.
//
// What an operation ignores is not looked at.
struct Ignored {
  bool outcome = false;   // state and end_time
  bool identity = false;  // id and error_message
};
absl::Status CheckRun(const v1::Run& run, std::string_view field, Ignored ignored = {});

// The end of a run, which stands beside `run`: TIME_OUT_OF_RANGE, RUN_ENDS_BEFORE_START.
absl::Status CheckRunTimes(const v1::Run& run, const google::protobuf::Timestamp& end_time,
                           std::string_view field);

// RUN_ID_MISSING, RUN_ID_MALFORMED.
absl::Status CheckRunId(std::string_view id, std::string_view field);

// COMPLETE, FAILED or ABORTED. Else RUN_STATE_NOT_FINISHED.
absl::Status CheckOutcome(v1::RunState state, std::string_view field);

// RunState and TransformationType that there are. ENUM_VALUE_UNKNOWN.
absl::Status CheckRunState(v1::RunState state, std::string_view field);
absl::Status CheckTransformation(v1::TransformationType transformation, std::string_view field);

// A reference to an asset or version (`columns` false) or to a column (true).
// REFERENCE_NOT_AN_ASSET, REFERENCE_NOT_A_COLUMN, and the reasons of ParseReference.
absl::StatusOr<Reference> ParseData(std::string_view text, std::string_view field);
absl::StatusOr<Reference> ParseColumn(std::string_view text, std::string_view field);

// The runs of one call have together no more reads, writes and pairs of columns than one may have:
// they are one transaction. TOO_MANY_ITEMS.
absl::Status CheckTogether(const google::protobuf::RepeatedPtrField<v1::Run>& runs,
                           std::string_view field);

// TOO_MANY_ITEMS.
absl::Status CheckCount(size_t count, size_t most, std::string_view field);

}  // namespace whence::service
