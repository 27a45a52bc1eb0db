#include "service/prediction_convert.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/uuid.h"
#include "catalog/pin.h"
#include "service/blobs.h"
#include "service/checks.h"
#include "service/need.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using inference::Parent;
using inference::Role;

constexpr std::string_view kPredictionScheme = "prediction:";

absl::Status CheckCount(size_t count, size_t most, std::string_view field) {
  if (count <= most) return absl::OkStatus();
  return InvalidArgument("TOO_MANY_ITEMS", field,
                         StrCat(count, " items; at most ", most, " are allowed"),
                         "split them, or keep only the best");
}

absl::Status CheckOptionalDigest(const std::string& digest, std::string_view field) {
  return digest.empty() ? absl::OkStatus() : ValidateDigest(digest, field);
}

absl::Status CheckCurrency(const std::string& currency) {
  if (currency.empty()) return absl::OkStatus();
  const bool upper =
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (currency.size() == 3 && upper) return absl::OkStatus();
  return InvalidArgument("CURRENCY_MALFORMED", "currency",
                         StrCat(QuoteForMessage(currency), " is not an ISO 4217 code"),
                         "write three capital letters, for example USD");
}

absl::Status CheckId(const std::string& id) {
  if (id.empty()) return absl::OkStatus();
  if (id.starts_with(kPredictionScheme)) {
    return InvalidArgument("PREDICTION_ID_MALFORMED", "id",
                           StrCat(QuoteForMessage(id), " begins like a reference"),
                           "leave out the beginning 'prediction:'");
  }
  return ValidatePredictionId(id, "id");
}

absl::Status CheckRetrieved(const v1::RetrievedItem& item, const std::string& field) {
  if (item.index().empty()) {
    return InvalidArgument("REFERENCE_MISSING", StrCat(field, ".index"),
                           "says from which index the item came; it is empty",
                           "name the index, for example prod.docs.index");
  }
  WHENCE_RETURN_IF_ERROR(ValidateText(item.item_id(), StrCat(field, ".item_id"), kMaxItemIdBytes,
                                      /*allow_newlines=*/false));
  WHENCE_RETURN_IF_ERROR(ValidateText(item.source_location(), StrCat(field, ".source_location"),
                                      kMaxItemIdBytes, /*allow_newlines=*/false));
  WHENCE_RETURN_IF_ERROR(ValidateText(item.excerpt(), StrCat(field, ".excerpt"), kMaxExcerptBytes,
                                      /*allow_newlines=*/true));
  if (!std::isfinite(item.score())) {
    return InvalidArgument("NUMBER_NOT_FINITE", StrCat(field, ".score"), "is not a finite number",
                           "leave it out when there is no score");
  }
  return absl::OkStatus();
}

absl::Status CheckNumbers(const v1::Prediction& p) {
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(p.latency_us(), "latency_us"));
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(p.input_tokens(), "input_tokens"));
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(p.output_tokens(), "output_tokens"));
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(p.cost_micros(), "cost_micros"));
  if (!v1::PredictionStatus_IsValid(p.status())) {
    return InvalidArgument("STATUS_UNKNOWN", "status",
                           StrCat(static_cast<int>(p.status()), " is no status"),
                           "use OK, ERROR or BLOCKED");
  }
  return CheckCurrency(p.currency());
}

absl::Status CheckTexts(const v1::Prediction& p) {
  WHENCE_RETURN_IF_ERROR(
      ValidateText(p.error_message(), "error_message", kMaxErrorMessageBytes, true));
  WHENCE_RETURN_IF_ERROR(ValidateText(p.input_text(), "input_text", kMaxPredictionTextBytes, true));
  WHENCE_RETURN_IF_ERROR(
      ValidateText(p.output_text(), "output_text", kMaxPredictionTextBytes, true));
  WHENCE_RETURN_IF_ERROR(CheckOptionalDigest(p.input_digest(), "input_digest"));
  return CheckOptionalDigest(p.output_digest(), "output_digest");
}

std::string DigestOrText(const std::string& digest, const std::string& text) {
  return digest.empty() && !text.empty() ? Sha256Digest(text) : digest;
}

std::optional<std::string> TextOrNothing(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

absl::Status CheckPrediction(const v1::Prediction& p) {
  WHENCE_RETURN_IF_ERROR(CheckId(p.id()));
  if (p.endpoint().empty() && p.model().empty()) {
    return InvalidArgument("PREDICTION_WITHOUT_PARENT", "model",
                           "neither an endpoint nor a model is named",
                           "name the model version or the endpoint that answered");
  }
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(p.prompts_size()), kMaxPredictionPrompts, "prompts"));
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(p.inputs_size()), kMaxPredictionInputs, "inputs"));
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(p.retrieved_size()), kMaxRetrievedItems, "retrieved"));
  for (int i = 0; i < p.retrieved_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckRetrieved(p.retrieved(i), StrCat("retrieved[", i, "]")));
  }
  if (!p.run_id().empty() && !IsUuid(p.run_id())) {
    return InvalidArgument("RUN_ID_MALFORMED", "run_id",
                           StrCat(QuoteForMessage(p.run_id()), " is not a UUID"),
                           "send the run's id as Whence answered it");
  }
  WHENCE_RETURN_IF_ERROR(CheckNumbers(p));
  WHENCE_RETURN_IF_ERROR(CheckTexts(p));
  if (p.has_start_time()) {
    WHENCE_RETURN_IF_ERROR(TimeFromProto(p.start_time(), "start_time").status());
  }
  return CheckProperties(p.properties(), "properties");
}

std::string ContentDigest(const v1::Prediction& given) {
  if (given.recorder().empty() && !given.has_create_time() && given.position() == 0) {
    return Sha256Bytes(SerializeDeterministic(given));
  }
  v1::Prediction bare = given;
  bare.clear_recorder();
  bare.clear_create_time();
  bare.clear_position();
  return Sha256Bytes(SerializeDeterministic(bare));
}

absl::StatusOr<int64_t> PredictionBuilder::PinNode(const std::string& reference,
                                                   const std::string& field) {
  if (const auto found = pinned_.find(reference); found != pinned_.end()) return found->second;
  if (const auto found = missing_.find(reference); found != missing_.end()) {
    return WithFieldPrefix(found->second, field);
  }
  WHENCE_ASSIGN_OR_RETURN(Reference parsed, ParseReference(reference, field));
  absl::StatusOr<catalog::Pinned> pinned =
      catalog::Pin(call_.connection(), call_.position(), parsed, hints_);
  absl::Status usable =
      pinned.ok() ? NeedToUseAsset(call_, Use::kRead, pinned->asset_id, pinned->kind, reference)
                  : NotFoundOrDenied(call_, parsed.name, pinned.status());
  if (!usable.ok()) {
    missing_.emplace(reference, usable);
    return WithFieldPrefix(usable, field);
  }
  pinned_.emplace(reference, pinned->node_id);
  return pinned->node_id;
}

absl::Status PredictionBuilder::AddParent(Role role, const std::string& reference,
                                          const std::string& field, std::vector<Parent>* parents) {
  WHENCE_ASSIGN_OR_RETURN(int64_t node, PinNode(reference, field));
  parents->push_back({role, node});
  return absl::OkStatus();
}

absl::StatusOr<std::string> PredictionBuilder::BuildAttributes(const v1::Prediction& wire,
                                                               std::vector<Parent>* parents) {
  storage::PredictionAttributes attributes;
  for (int i = 0; i < wire.retrieved_size(); ++i) {
    const v1::RetrievedItem& item = wire.retrieved(i);
    storage::StoredRetrievedItem* stored = attributes.add_retrieved();
    WHENCE_ASSIGN_OR_RETURN(int64_t index,
                            PinNode(item.index(), StrCat("retrieved[", i, "].index")));
    stored->set_index_node_id(index);
    parents->push_back({Role::kIndex, index});
    if (!item.source().empty()) {
      WHENCE_ASSIGN_OR_RETURN(int64_t source,
                              PinNode(item.source(), StrCat("retrieved[", i, "].source")));
      stored->set_source_node_id(source);
      parents->push_back({Role::kRetrievedSource, source});
    }
    stored->set_item_id(item.item_id());
    stored->set_score(item.score());
    stored->set_source_location(item.source_location());
    stored->set_excerpt(item.excerpt());
  }
  *attributes.mutable_properties() = wire.properties();
  return SerializeDeterministic(attributes);
}

absl::StatusOr<inference::Prediction> PredictionBuilder::Build(const v1::Prediction& wire,
                                                               std::vector<Parent>* parents) {
  parents->clear();
  if (!wire.endpoint().empty()) {
    WHENCE_RETURN_IF_ERROR(AddParent(Role::kEndpoint, wire.endpoint(), "endpoint", parents));
  }
  if (!wire.model().empty()) {
    WHENCE_RETURN_IF_ERROR(AddParent(Role::kModel, wire.model(), "model", parents));
  }
  for (int i = 0; i < wire.prompts_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        AddParent(Role::kPrompt, wire.prompts(i), StrCat("prompts[", i, "]"), parents));
  }
  for (int i = 0; i < wire.inputs_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        AddParent(Role::kInput, wire.inputs(i), StrCat("inputs[", i, "]"), parents));
  }
  WHENCE_ASSIGN_OR_RETURN(std::string attributes, BuildAttributes(wire, parents));
  absl::Time start_time = call_.write().now();
  if (wire.has_start_time()) {
    WHENCE_ASSIGN_OR_RETURN(start_time, TimeFromProto(wire.start_time(), "start_time"));
  }
  const bool unsaid = wire.status() == v1::PREDICTION_STATUS_UNSPECIFIED;
  return inference::Prediction{
      .id = wire.id().empty() ? call_.house().ids().NewUuid() : wire.id(),
      .run_uuid = wire.run_id().empty() ? "" : CanonicalUuid(wire.run_id()),
      .status = static_cast<int>(unsaid ? v1::PREDICTION_STATUS_OK : wire.status()),
      .start_time = start_time,
      .latency_us = wire.latency_us(),
      .input_tokens = wire.input_tokens(),
      .output_tokens = wire.output_tokens(),
      .cost_micros = wire.cost_micros(),
      .currency = wire.currency().empty() ? "USD" : wire.currency(),
      .error_message = wire.error_message(),
      .input_digest = DigestOrText(wire.input_digest(), wire.input_text()),
      .output_digest = DigestOrText(wire.output_digest(), wire.output_text()),
      .input_text = TextOrNothing(wire.input_text()),
      .output_text = TextOrNothing(wire.output_text()),
      .attributes = std::move(attributes),
      .content_digest = {}};
}

namespace {

absl::Status FillParents(Call& call, NodeNames& names, int64_t origin_id, v1::Prediction* wire) {
  WHENCE_ASSIGN_OR_RETURN(std::vector<Parent> parents,
                          inference::ParentsOf(call.connection(), origin_id));
  for (const Parent& parent : parents) {
    // Indexes and retrieved sources are told with the items.
    if (parent.role == Role::kIndex || parent.role == Role::kRetrievedSource) continue;
    WHENCE_ASSIGN_OR_RETURN(std::string reference, names.ReferenceOf(parent.node_id));
    if (parent.role == Role::kEndpoint) {
      wire->set_endpoint(std::move(reference));
    } else if (parent.role == Role::kModel) {
      wire->set_model(std::move(reference));
    } else if (parent.role == Role::kPrompt) {
      wire->add_prompts(std::move(reference));
    } else if (parent.role == Role::kInput) {
      wire->add_inputs(std::move(reference));
    }
  }
  return absl::OkStatus();
}

absl::Status FillAttributes(NodeNames& names, const std::string& bytes, v1::Prediction* wire) {
  WHENCE_ASSIGN_OR_RETURN(
      auto attributes, ParseStored<storage::PredictionAttributes>(bytes, "prediction.attributes"));
  for (storage::StoredRetrievedItem& stored : *attributes.mutable_retrieved()) {
    v1::RetrievedItem* item = wire->add_retrieved();
    WHENCE_ASSIGN_OR_RETURN(*item->mutable_index(), names.ReferenceOf(stored.index_node_id()));
    if (stored.source_node_id() != 0) {
      WHENCE_ASSIGN_OR_RETURN(*item->mutable_source(), names.ReferenceOf(stored.source_node_id()));
    }
    item->set_item_id(std::move(*stored.mutable_item_id()));
    item->set_score(stored.score());
    item->set_source_location(std::move(*stored.mutable_source_location()));
    item->set_excerpt(std::move(*stored.mutable_excerpt()));
  }
  wire->mutable_properties()->swap(*attributes.mutable_properties());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Prediction> PredictionToProto(Call& call, NodeNames& names,
                                                 const inference::Prediction& stored) {
  v1::Prediction wire;
  wire.set_id(stored.id);
  WHENCE_RETURN_IF_ERROR(FillParents(call, names, stored.origin_id, &wire));
  WHENCE_RETURN_IF_ERROR(FillAttributes(names, stored.attributes, &wire));
  wire.set_run_id(stored.run_uuid);
  wire.set_status(static_cast<v1::PredictionStatus>(stored.status));
  wire.set_error_message(stored.error_message);
  *wire.mutable_start_time() = TimeToProto(stored.start_time);
  wire.set_latency_us(stored.latency_us);
  wire.set_input_tokens(stored.input_tokens);
  wire.set_output_tokens(stored.output_tokens);
  wire.set_cost_micros(stored.cost_micros);
  wire.set_currency(stored.currency);
  wire.set_input_digest(stored.input_digest);
  wire.set_output_digest(stored.output_digest);
  if (stored.input_text.has_value()) wire.set_input_text(*stored.input_text);
  if (stored.output_text.has_value()) wire.set_output_text(*stored.output_text);
  wire.set_recorder(stored.recorder);
  *wire.mutable_create_time() = TimeToProto(stored.create_time);
  wire.set_position(stored.position);
  wire.set_erased(stored.erased);
  return wire;
}

}  // namespace whence::service
