#include "service/audit_ops.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "ledger/entry_list.h"
#include "service/entry_convert.h"
#include "service/need.h"
#include "service/needs_audit.h"
#include "service/paging.h"
#include "service/signed_head.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

absl::StatusOr<ledger::EntryFilter> FilterOf(const v1::ListEntriesRequest& request) {
  ledger::EntryFilter filter{.actor = request.actor(),
                             .action = request.action(),
                             .resource = request.resource(),
                             .via = request.via(),
                             .outcome = request.outcome(),
                             .kind = EntryKindFromProto(request.kind())};
  WHENCE_RETURN_IF_ERROR(ValidateEntryFilter(filter));
  if (request.has_start_time()) {
    WHENCE_ASSIGN_OR_RETURN(filter.start_time, TimeFromProto(request.start_time(), "start_time"));
  }
  if (request.has_end_time()) {
    WHENCE_ASSIGN_OR_RETURN(filter.end_time, TimeFromProto(request.end_time(), "end_time"));
  }
  return filter;
}

absl::Status NotMadeHere() {
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

}  // namespace

absl::Status ValidateEntryFilter(const ledger::EntryFilter& filter) {
  struct Text {
    std::string_view text, field;
    size_t max_bytes;
  };
  for (const Text& each : {Text{filter.actor, "actor", kMaxPrincipalBytes},
                           Text{filter.action, "action", kMaxEntryWordBytes},
                           Text{filter.resource, "resource", kMaxReferenceBytes},
                           Text{filter.via, "via", kMaxEntryWordBytes},
                           Text{filter.outcome, "outcome", kMaxEntryWordBytes}}) {
    WHENCE_RETURN_IF_ERROR(
        ValidateText(each.text, each.field, each.max_bytes, /*allow_newlines=*/false));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ListEntriesResponse> ListEntries(Call& call,
                                                    const v1::ListEntriesRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(ledger::EntryFilter filter, FilterOf(request));
  v1::ListEntriesRequest asked = request;  // all that stays the same from page to page
  asked.clear_page_size();
  asked.clear_page_token();
  asked.clear_as_of();
  const std::string arguments = asked.SerializeAsString();
  WHENCE_ASSIGN_OR_RETURN(const Page page, OpenPage(call, request.page_size(), request.page_token(),
                                                    request.as_of(), {"ListEntries", arguments}));
  v1::ListEntriesResponse response;
  if (filter.actor.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const bool all, ReadsRecord(call));
    if (!all) filter.actor = call.info().principal;
    response.set_own_only(!all);
  }
  ledger::EntryQuery query{.filter = std::move(filter),
                           .as_of = page.position,
                           .oldest_first = request.oldest_first(),
                           .after = std::nullopt,
                           .limit = static_cast<size_t>(page.limit),
                           .max_rows = kMaxScanPerPage};
  if (!page.key.empty()) {
    int64_t after = 0;
    if (!absl::SimpleAtoi(page.key.front(), &after)) return NotMadeHere();
    query.after = after;
  }
  WHENCE_ASSIGN_OR_RETURN(ledger::EntryPage found,
                          ledger::ListEntries(call.connection(), call.house().ledger(), query));
  size_t bytes = 0;
  for (const ledger::StoredEntry& stored : found.entries) {
    if (bytes >= kMaxPageBytes) {
      found.next = response.entries().rbegin()->position();
      break;
    }
    *response.add_entries() = EntryToProto(stored);
    bytes += response.entries().rbegin()->ByteSizeLong();
  }
  if (found.next.has_value()) {
    response.set_next_page_token(NextPageToken(page, {StrCat(*found.next)}));
  }
  return response;
}

absl::StatusOr<v1::LedgerEntry> GetEntry(Call& call, const v1::GetEntryRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const ledger::StoredEntry stored,
                          call.house().ledger().GetStored(call.connection(), request.position()));
  WHENCE_RETURN_IF_ERROR(NeedForEntriesOf(call, stored.entry.actor));
  v1::LedgerEntry entry = EntryToProto(stored);
  if (request.with_proof()) {
    WHENCE_ASSIGN_OR_RETURN(*entry.mutable_proof(), ProveEntry(call, request.position()));
    entry.set_leaf(entry.proof().leaf());
    entry.mutable_proof()->clear_leaf();
  } else {
    WHENCE_ASSIGN_OR_RETURN(*entry.mutable_leaf(), ledger::LeafOf(stored));
  }
  return entry;
}

}  // namespace whence::service
