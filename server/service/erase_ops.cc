// Erasing what is about a person.
#include <string>
#include <utility>
#include <vector>

#include "access/erase.h"
#include "access/principal.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "inference/erase.h"
#include "inference/prediction.h"
#include "ledger/erasure.h"
#include "service/audit_ops.h"
#include "service/blobs.h"

namespace whence::service {
namespace {

constexpr std::string_view kPredictionPrefix = "prediction:";

std::string_view PredictionId(const v1::EraseRequest& request) {
  std::string_view id = request.prediction();
  if (id.starts_with(kPredictionPrefix)) id.remove_prefix(kPredictionPrefix.size());
  return id;
}

absl::Status EraseOne(Call& call, const v1::EraseRequest& request,
                      absl::FunctionRef<Position()> position, v1::Erasure* erasure) {
  const std::string_view id = PredictionId(request);
  WHENCE_ASSIGN_OR_RETURN(const int64_t row_id, inference::RowIdOf(call.connection(), id));
  WHENCE_ASSIGN_OR_RETURN(ledger::Eraser eraser,
                          ledger::Eraser::For(call.connection(), "prediction"));
  WHENCE_ASSIGN_OR_RETURN(const int64_t bytes, inference::EraseTexts(call.write(), eraser, row_id,
                                                                     request.dry_run(), position));
  erasure->set_predictions(bytes > 0 ? 1 : 0);
  return absl::OkStatus();
}

absl::Status EraseSubject(Call& call, const v1::EraseRequest& request,
                          absl::FunctionRef<Position()> position, v1::Erasure* erasure) {
  const v1::Subject& subject = request.subject();
  WHENCE_ASSIGN_OR_RETURN(ledger::Eraser eraser,
                          ledger::Eraser::For(call.connection(), "prediction"));
  const auto fits = [&subject](std::string_view bytes) -> absl::StatusOr<bool> {
    WHENCE_ASSIGN_OR_RETURN(const auto attributes, ParseStored<storage::PredictionAttributes>(
                                                       bytes, "prediction.attributes"));
    const auto found = attributes.properties().find(subject.key());
    return found != attributes.properties().end() && found->second == subject.value();
  };
  WHENCE_ASSIGN_OR_RETURN(
      const ledger::ErasedPart part,
      inference::EraseTextsWhere(call.write(), eraser, request.after(), fits, kMaxErasedRows,
                                 kMaxErasureScan, request.dry_run(), position));
  erasure->set_predictions(part.erased);
  erasure->set_next(part.next);
  return absl::OkStatus();
}

absl::Status ErasePrincipal(Call& call, const v1::EraseRequest& request,
                            absl::FunctionRef<Position()> position, v1::Erasure* erasure) {
  // Also those that were deleted: what was known of them is still there.
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::PrincipalId> ids,
                          access::PrincipalsNamed(call.connection(), request.principal()));
  if (ids.empty()) {
    return access::GetPrincipal(call.connection(), catalog::kNow, request.principal()).status();
  }
  int64_t states = 0;
  for (const access::PrincipalId id : ids) {
    WHENCE_ASSIGN_OR_RETURN(const int64_t erased,
                            access::ErasePrincipal(call.write(), id, request.dry_run(), position));
    states += erased;
  }
  erasure->set_states(states);
  // Entries that there were before this one.
  WHENCE_ASSIGN_OR_RETURN(
      const ledger::ErasedPart part,
      ledger::EraseEntries(call.write(), position, request.principal(), request.after(),
                           kMaxErasedRows, kMaxErasureScan, request.dry_run()));
  erasure->set_entries(part.erased);
  erasure->set_next(part.next);
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateErase(const v1::EraseRequest& request) {
  WHENCE_RETURN_IF_ERROR(ValidateText(request.prediction(), "prediction",
                                      kPredictionPrefix.size() + kMaxPredictionIdBytes, false));
  WHENCE_RETURN_IF_ERROR(ValidateText(request.principal(), "principal", kMaxPrincipalBytes, false));
  WHENCE_RETURN_IF_ERROR(
      ValidateText(request.subject().key(), "subject.key", kMaxPropertyKeyBytes, false));
  WHENCE_RETURN_IF_ERROR(
      ValidateText(request.subject().value(), "subject.value", kMaxPropertyValueBytes, true));
  const int subjects = (request.prediction().empty() ? 0 : 1) +
                       (request.principal().empty() ? 0 : 1) + (request.has_subject() ? 1 : 0);
  if (subjects != 1) {
    return InvalidArgument("ERASURE_UNCLEAR", "",
                           StrCat("says ", subjects, " things to erase, not one"),
                           "give a prediction, a principal or a subject");
  }
  if (request.has_subject() && request.subject().key().empty()) {
    return InvalidArgument("ERASURE_UNCLEAR", "subject.key", "is empty",
                           "name the property of predictions that tells whom they are about");
  }
  if (request.after() < 0) {
    return InvalidArgument("ERASURE_UNCLEAR", "after", "is negative",
                           "give what the answer before had in `next`, or 0");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Erasure> Erase(Call& call, const v1::EraseRequest& request) {
  v1::Erasure erasure;
  // Of a subject the ledger says by what it was told, and not who it is: that is in the request,
  // whose digest the entry has.
  const auto position = [&] {
    return call
        .Change(request.has_subject()         ? StrCat("subject:", request.subject().key())
                : request.principal().empty() ? StrCat(kPredictionPrefix, PredictionId(request))
                                              : request.principal())
        .position;
  };
  if (request.has_subject()) {
    WHENCE_RETURN_IF_ERROR(EraseSubject(call, request, position, &erasure));
  } else if (!request.principal().empty()) {
    WHENCE_RETURN_IF_ERROR(ErasePrincipal(call, request, position, &erasure));
  } else {
    WHENCE_RETURN_IF_ERROR(EraseOne(call, request, position, &erasure));
  }
  // What was overwritten is still in the log that comes before the file: also when it was an
  // erasure before this one that did so, and could not empty it.
  if (!request.dry_run()) call.write().EmptyLog();
  if (call.changed()) erasure.set_position(position());
  return erasure;
}

}  // namespace whence::service
