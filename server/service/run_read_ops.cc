// GetRun and ListRuns.

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/filter.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "catalog/securable.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/paging.h"
#include "service/run_check.h"
#include "service/run_convert.h"
#include "service/run_ops.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

constexpr std::string_view kStates[] = {"UNSPECIFIED", "RUNNING", "COMPLETE", "FAILED", "ABORTED"};
constexpr FilterField kFields[] = {
    {"state", FilterField::kString, kStates}, {"job", FilterField::kString},
    {"start_time", FilterField::kTime},       {"end_time", FilterField::kTime},
    {"create_time", FilterField::kTime},      {"recorder", FilterField::kString},
    {"host", FilterField::kString},           {"user", FilterField::kString},
    {"error_message", FilterField::kString},  {"parameters", FilterField::kMap},
    {"properties", FilterField::kMap},
};

// A run as filters see it.
class RunLookup final : public FilterLookup {
 public:
  RunLookup(const v1::Run& wire, const lineage::Run& run) : wire_(wire), run_(run) {}

  FilterValue Get(std::string_view field) const override {
    if (field == "state") return std::string(lineage::RunStateName(run_.state));
    if (field == "job") return Text(wire_.job());
    if (field == "start_time") return Time(run_.start_time);
    if (field == "end_time") return Time(run_.end_time);
    if (field == "create_time") return run_.create_time;
    if (field == "recorder") return Text(wire_.recorder());
    if (field == "host") return Text(wire_.host());
    if (field == "user") return Text(wire_.user());
    if (field == "error_message") return Text(wire_.error_message());
    return {};
  }

  std::vector<FilterValue> GetMap(std::string_view field, std::string_view key) const override {
    const PropertyMap& map = field == "parameters" ? wire_.parameters() : wire_.properties();
    const auto found = map.find(std::string(key));
    if (found == map.end()) return {};
    return {found->second};
  }

 private:
  static FilterValue Text(const std::string& text) {
    return text.empty() ? FilterValue() : FilterValue(text);
  }
  static FilterValue Time(const std::optional<absl::Time>& time) {
    return time.has_value() ? FilterValue(*time) : FilterValue();
  }

  const v1::Run& wire_;
  const lineage::Run& run_;
};

// Fills one page; remembers where it stopped.
class RunPage {
 public:
  RunPage(Call& call, const Page& page, const Filter& filter, v1::RunState state,
          v1::ListRunsResponse* response)
      : call_(call),
        page_(page),
        filter_(filter),
        state_(state),
        names_(call, page.position),
        response_(*response) {}

  // False: the run belongs to the next page.
  bool Take(const lineage::Run& run) {
    if (response_.runs_size() >= page_.limit || scanned_ >= int64_t{kMaxScanPerPage} ||
        bytes_ >= kMaxPageBytes) {
      return false;
    }
    if (status_ = call_.StillWanted(); !status_.ok()) return false;
    ++scanned_;
    last_id_ = run.id;
    if (state_ != v1::RUN_STATE_UNSPECIFIED &&
        static_cast<int>(state_) != static_cast<int>(run.state)) {
      return true;
    }
    const absl::StatusOr<bool> sees = call_.visibility().SeesRun(run);
    if (status_ = sees.status(); !status_.ok()) return false;
    if (!*sees) return true;
    absl::StatusOr<v1::Run> wire = RunToProto(names_, run);
    if (!wire.ok()) {
      status_ = wire.status();
      return false;
    }
    if (!filter_.Matches(RunLookup(*wire, run))) return true;
    bytes_ += wire->ByteSizeLong();
    *response_.add_runs() = *std::move(wire);
    return true;
  }

  const absl::Status& status() const { return status_; }
  int64_t last_id() const { return last_id_; }

 private:
  Call& call_;
  const Page& page_;
  const Filter& filter_;
  const v1::RunState state_;
  AssetNames names_;
  v1::ListRunsResponse& response_;
  int64_t scanned_ = 0;
  size_t bytes_ = 0;
  int64_t last_id_ = 0;
  absl::Status status_;
};

absl::StatusOr<lineage::RunQuery> QueryOf(Call& call, const Page& page, const std::string& job) {
  lineage::RunQuery query{.as_of = page.position};
  if (!page.key.empty() &&
      (!absl::SimpleAtoi(page.key.front(), &query.before_id) || query.before_id <= 0)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  if (job.empty()) return query;
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> path,
                          ParseName(job, "job", kMaxNameParts));
  absl::StatusOr<catalog::SecurableId> found =
      catalog::RequireSecurable(call.connection(), page.position, path);
  if (!found.ok()) return WithFieldPrefix(found.status(), "job");
  query.job_id = found->id;
  return query;
}

}  // namespace

absl::StatusOr<v1::Run> GetRun(Call& call, const v1::GetRunRequest& request) {
  absl::string_view id = request.id();
  absl::ConsumePrefix(&id, "run:");
  WHENCE_RETURN_IF_ERROR(CheckRunId(ToStd(id), "id"));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const lineage::Run run,
                          lineage::GetRun(call.connection(), as_of, CanonicalUuid(ToStd(id))));
  if (call.brief()) {
    sql::Connection& connection = call.connection();
    WHENCE_ASSIGN_OR_RETURN(const size_t edges,
                            lineage::CountDataEdges(connection, run.id, kMaxBriefEdges));
    WHENCE_ASSIGN_OR_RETURN(const size_t links,
                            lineage::CountColumnLinks(connection, run.id, kMaxBriefEdges));
    if (edges > kMaxBriefEdges || links > kMaxBriefEdges) return call.Defer();
  }
  AssetNames names(call, as_of);
  return WholeRunToProto(names, run);
}

absl::StatusOr<v1::ListRunsResponse> ListRuns(Call& call, const v1::ListRunsRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckRunState(request.state(), "state"));
  WHENCE_ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(request.filter(), kFields));
  WHENCE_ASSIGN_OR_RETURN(
      const Page page,
      OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
               {"ListRuns", request.job(), absl::StrCat(request.state()), request.filter()}));
  WHENCE_ASSIGN_OR_RETURN(const lineage::RunQuery query, QueryOf(call, page, request.job()));
  v1::ListRunsResponse response;
  RunPage filler(call, page, filter, request.state(), &response);
  WHENCE_ASSIGN_OR_RETURN(const bool complete, lineage::ListRuns(call.connection(), query,
                                                                 [&filler](lineage::Run&& run) {
                                                                   return filler.Take(run);
                                                                 }));
  WHENCE_RETURN_IF_ERROR(filler.status());
  if (!complete) {
    response.set_next_page_token(NextPageToken(page, {absl::StrCat(filler.last_id())}));
  }
  return response;
}

}  // namespace whence::service
