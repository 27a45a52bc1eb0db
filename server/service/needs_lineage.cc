#include "service/needs_lineage.h"

#include <optional>
#include <string>

#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/need.h"

namespace whence::service {
namespace {

// A run that is there already belongs to who recorded it and to those who may run its job. What the
// event itself names (job, reads, writes, columns) is asked about where it is found: run_event.cc.
absl::Status NeedToTouchRun(Call& call, const std::string& id) {
  if (id.empty() || !IsUuid(id)) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<lineage::Run> run,
                          lineage::FindRun(call.connection(), call.position(), CanonicalUuid(id)));
  if (!run.has_value() || run->recorder == call.info().principal) return absl::OkStatus();
  if (run->job_id != 0) {
    return NeedToUseAsset(call, Use::kRead, run->job_id, catalog::Kind::kJob,
                          StrCat("the job of run:", id));
  }
  if (call.access().SeesAll(call.identity())) return absl::OkStatus();
  return Denied(call, StrCat("add to run:", id, ", which another recorded"));
}

}  // namespace

absl::Status Needs(Call& call, const v1::StartRunRequest& request) {
  return NeedToTouchRun(call, request.run().id());
}
absl::Status Needs(Call& call, const v1::UpdateRunRequest& request) {
  return NeedToTouchRun(call, request.run().id());
}
absl::Status Needs(Call& call, const v1::FinishRunRequest& request) {
  return NeedToTouchRun(call, request.id());
}
absl::Status Needs(Call& call, const v1::RecordRunRequest& request) {
  return NeedToTouchRun(call, request.run().id());
}
absl::Status Needs(Call& call, const v1::RecordRunsRequest& request) {
  for (const v1::Run& run : request.runs()) {
    WHENCE_RETURN_IF_ERROR(NeedToTouchRun(call, run.id()));
  }
  return absl::OkStatus();
}
absl::Status Needs(Call& call, const v1::RecordEdgesRequest& request) {
  for (const v1::DeclaredEdge& edge : request.edges()) {
    WHENCE_RETURN_IF_ERROR(NeedToSeeReference(call, call.position(), edge.source()));
    WHENCE_RETURN_IF_ERROR(NeedToUse(call, Use::kWrite, edge.target()));
  }
  return absl::OkStatus();
}
absl::Status Needs(Call& call, const v1::GetRunRequest& request) {
  absl::string_view id = request.id();
  absl::ConsumePrefix(&id, "run:");
  if (!IsUuid(ToStd(id))) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const std::optional<lineage::Run> run,
                          lineage::FindRun(call.connection(), as_of, CanonicalUuid(ToStd(id))));
  if (!run.has_value()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesRun(*run));
  return sees ? absl::OkStatus() : Denied(call, StrCat("see run:", ToStd(id)));
}
absl::Status Needs(Call&, const v1::ListRunsRequest&) {
  return absl::OkStatus();  // each run is asked about by itself
}
absl::Status Needs(Call&, const v1::ListDeclarationsRequest&) {
  return absl::OkStatus();  // each declaration is asked about by itself
}

// To see what the question begins with: ResolveRoot asks. What the answer may not show is redacted.
absl::Status Needs(Call&, const v1::GetLineageRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ExplainRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ImpactRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::FindPathRequest&) { return absl::OkStatus(); }

}  // namespace whence::service
