// ListPredictions.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/filter.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/pin.h"
#include "service/blobs.h"
#include "service/node_names.h"
#include "service/paging.h"
#include "service/prediction_convert.h"
#include "service/prediction_ops.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using inference::Role;

constexpr std::string_view kStatusNames[] = {"OK", "ERROR", "BLOCKED"};
constexpr FilterField kFields[] = {
    {"id", FilterField::kString},
    {"status", FilterField::kString, kStatusNames},
    {"latency_us", FilterField::kNumber},
    {"input_tokens", FilterField::kNumber},
    {"output_tokens", FilterField::kNumber},
    {"cost_micros", FilterField::kNumber},
    {"start_time", FilterField::kTime},
    {"create_time", FilterField::kTime},
    {"recorder", FilterField::kString},
    {"run_id", FilterField::kString},
    {"error_message", FilterField::kString},
    {"properties", FilterField::kMap},
};

// A stored prediction as a filter sees it. Properties are read only when they are asked for.
class PredictionLookup final : public FilterLookup {
 public:
  explicit PredictionLookup(const inference::Prediction& prediction) : p_(prediction) {}

  FilterValue Get(std::string_view field) const override {
    if (field == "id") return p_.id;
    if (field == "status") {
      const auto index = static_cast<size_t>(p_.status - 1);
      return index < std::size(kStatusNames) ? FilterValue(std::string(kStatusNames[index]))
                                             : FilterValue();
    }
    if (field == "latency_us") return static_cast<double>(p_.latency_us);
    if (field == "input_tokens") return static_cast<double>(p_.input_tokens);
    if (field == "output_tokens") return static_cast<double>(p_.output_tokens);
    if (field == "cost_micros") return static_cast<double>(p_.cost_micros);
    if (field == "start_time") return p_.start_time;
    if (field == "create_time") return p_.create_time;
    if (field == "recorder") return p_.recorder;
    if (field == "run_id") return p_.run_uuid;
    if (field == "error_message") return p_.error_message;
    return {};
  }

  std::vector<FilterValue> GetMap(std::string_view, std::string_view key) const override {
    const auto attributes =
        ParseStored<storage::PredictionAttributes>(p_.attributes, "prediction.attributes");
    if (!attributes.ok()) return {};
    const auto found = attributes->properties().find(std::string(key));
    if (found == attributes->properties().end()) return {};
    return {FilterValue(found->second)};
  }

 private:
  const inference::Prediction& p_;
};

// The origins that `reference` is a parent of, in `role`.
absl::StatusOr<std::vector<int64_t>> OriginsOf(Call& call, Position as_of, Role role,
                                               const std::string& reference,
                                               std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(Reference parsed, ParseReference(reference, field));
  WHENCE_ASSIGN_OR_RETURN(catalog::Pinned pinned, catalog::Pin(call.connection(), as_of, parsed));
  if (parsed.kind == Reference::Kind::kSecurable) {
    return inference::OriginsWithAsset(call.connection(), role, pinned.asset_id);
  }
  return inference::OriginsWithParent(call.connection(), role, pinned.node_id);
}

// The origins that all of the request's references are parents of; nothing when it names none.
absl::StatusOr<std::optional<std::vector<int64_t>>> WantedOrigins(
    Call& call, Position as_of, const v1::ListPredictionsRequest& request) {
  const struct {
    Role role;
    const std::string& reference;
    std::string_view field;
  } asked[] = {{Role::kEndpoint, request.endpoint(), "endpoint"},
               {Role::kModel, request.model(), "model"},
               {Role::kPrompt, request.prompt(), "prompt"}};
  std::optional<std::vector<int64_t>> wanted;
  for (const auto& [role, reference, field] : asked) {
    if (reference.empty()) continue;
    WHENCE_ASSIGN_OR_RETURN(std::vector<int64_t> origins,
                            OriginsOf(call, as_of, role, reference, field));
    if (!wanted.has_value()) {
      wanted = std::move(origins);
      continue;
    }
    std::vector<int64_t> both;
    std::set_intersection(wanted->begin(), wanted->end(), origins.begin(), origins.end(),
                          std::back_inserter(both));
    wanted = std::move(both);
  }
  return wanted;
}

absl::StatusOr<inference::ListKey> KeyOf(const Page& page) {
  if (page.key.empty()) return inference::ListKey{};
  int64_t micros = 0;
  inference::ListKey key;
  if (page.key.size() != 2 || !absl::SimpleAtoi(page.key[0], &micros) ||
      !absl::SimpleAtoi(page.key[1], &key.row_id)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  key.start_time = absl::FromUnixMicros(micros);
  return key;
}

std::string TokenAfter(const Page& page, const inference::ListKey& last) {
  return NextPageToken(
      page, {absl::StrCat(absl::ToUnixMicros(last.start_time)), absl::StrCat(last.row_id)});
}

absl::Status CheckStatus(v1::PredictionStatus status) {
  if (v1::PredictionStatus_IsValid(status)) return absl::OkStatus();
  return InvalidArgument("STATUS_UNKNOWN", "status",
                         StrCat(static_cast<int>(status), " is no status"),
                         "use OK, ERROR or BLOCKED");
}

absl::Status ReadTimes(const v1::ListPredictionsRequest& request, inference::ListQuery* query) {
  if (request.has_start_time()) {
    WHENCE_ASSIGN_OR_RETURN(query->start_time, TimeFromProto(request.start_time(), "start_time"));
  }
  if (request.has_end_time()) {
    WHENCE_ASSIGN_OR_RETURN(query->end_time, TimeFromProto(request.end_time(), "end_time"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Page> OpenListPage(Call& call, const v1::ListPredictionsRequest& request) {
  return OpenPage(
      call, request.page_size(), request.page_token(), request.as_of(),
      {"ListPredictions", request.endpoint(), request.model(), request.prompt(),
       SerializeDeterministic(request.start_time()), SerializeDeterministic(request.end_time()),
       v1::PredictionStatus_Name(request.status()), request.filter()});
}

}  // namespace

absl::StatusOr<v1::ListPredictionsResponse> ListPredictions(
    Call& call, const v1::ListPredictionsRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckStatus(request.status()));
  WHENCE_ASSIGN_OR_RETURN(Filter filter, Filter::Parse(request.filter(), kFields));
  WHENCE_ASSIGN_OR_RETURN(Page page, OpenListPage(call, request));
  inference::ListQuery query{.as_of = page.position, .max_rows = kMaxScanPerPage};
  WHENCE_RETURN_IF_ERROR(ReadTimes(request, &query));
  WHENCE_ASSIGN_OR_RETURN(query.after, KeyOf(page));
  WHENCE_ASSIGN_OR_RETURN(const auto origins, WantedOrigins(call, page.position, request));
  if (origins.has_value()) query.origins = *origins;

  v1::ListPredictionsResponse response;
  NodeNames names(call, page.position);
  absl::Status outcome;
  size_t bytes = 0;
  const auto take = [&](const inference::Prediction& prediction) {
    if (response.predictions_size() >= page.limit || bytes >= kMaxPageBytes) return false;
    if (outcome = call.StillWanted(); !outcome.ok()) return false;
    const bool unwanted = request.status() != v1::PREDICTION_STATUS_UNSPECIFIED &&
                          prediction.status != static_cast<int>(request.status());
    if (unwanted || !filter.Matches(PredictionLookup(prediction))) return true;
    const absl::StatusOr<bool> sees = call.visibility().SeesPrediction(prediction);
    if (outcome = sees.status(); !outcome.ok()) return false;
    if (!*sees) return true;
    absl::StatusOr<v1::Prediction> wire = PredictionToProto(call, names, prediction);
    outcome = wire.status();
    if (!outcome.ok()) return false;
    bytes += wire->ByteSizeLong();
    *response.add_predictions() = *std::move(wire);
    return true;
  };
  WHENCE_ASSIGN_OR_RETURN(const std::optional<inference::ListKey> last,
                          inference::ForEachPrediction(call.connection(), query, take));
  WHENCE_RETURN_IF_ERROR(outcome);
  if (last.has_value()) response.set_next_page_token(TokenAfter(page, *last));
  return response;
}

}  // namespace whence::service
