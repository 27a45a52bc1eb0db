#include "service/principal_ops.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/principal.h"
#include "base/error.h"
#include "base/filter.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/as_of.h"
#include "service/paging.h"
#include "service/principal_groups.h"
#include "service/update_mask.h"

namespace whence::service {
namespace {

using catalog::kNow;

constexpr std::string_view kMutableFields[] = {
    "display_name",         "emails",
    "external_id",          "active",
    "max_calls_per_second", "max_request_bytes_per_second"};

// An address as far as it matters here: something, an @, something; mail servers know the rest.
absl::Status CheckEmail(std::string_view email, std::string_view field) {
  WHENCE_RETURN_IF_ERROR(ValidateText(email, field, kMaxPrincipalBytes, /*allow_newlines=*/false));
  const size_t at = email.find('@');
  const bool one_at = at != std::string_view::npos && email.find('@', at + 1) == email.npos;
  if (one_at && at > 0 && at + 1 < email.size() && email.find(' ') == email.npos) {
    return absl::OkStatus();
  }
  return InvalidArgument("EMAIL_MALFORMED", field,
                         StrCat(QuoteForMessage(email), " is no e-mail address"),
                         "write it as ana@example.com, one an entry");
}

absl::Status CheckRate(int64_t rate, int64_t most, std::string_view field) {
  if (rate >= 0 && rate <= most) return absl::OkStatus();
  return InvalidArgument("RATE_OUT_OF_RANGE", field,
                         absl::StrCat(rate, " is not between 0 and ", most),
                         "0 means the server's default");
}

absl::Status CheckFields(const v1::Principal& principal) {
  WHENCE_RETURN_IF_ERROR(access::ParsePrincipalName(principal.name(), "principal.name").status());
  WHENCE_RETURN_IF_ERROR(ValidateText(principal.display_name(), "principal.display_name",
                                      kMaxPrincipalBytes, /*allow_newlines=*/false));
  WHENCE_RETURN_IF_ERROR(ValidateText(principal.external_id(), "principal.external_id",
                                      kMaxPrincipalBytes, /*allow_newlines=*/false));
  if (static_cast<size_t>(principal.emails_size()) > kMaxEmails) {
    return InvalidArgument("TOO_MANY_EMAILS", "principal.emails",
                           StrCat("there are ", principal.emails_size(), " addresses; at most ",
                                  kMaxEmails, " are allowed"),
                           "keep those that are in use");
  }
  for (int i = 0; i < principal.emails_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        CheckEmail(principal.emails(i), absl::StrCat("principal.emails[", i, "]")));
  }
  WHENCE_RETURN_IF_ERROR(CheckRate(principal.max_calls_per_second(), kMaxCallsPerSecond,
                                   "principal.max_calls_per_second"));
  return CheckRate(principal.max_request_bytes_per_second(), kMaxRequestBytesPerSecond,
                   "principal.max_request_bytes_per_second");
}

// --- Listing ---

constexpr FilterField kFilterFields[] = {
    {"name", FilterField::kString},        {"display_name", FilterField::kString},
    {"external_id", FilterField::kString}, {"emails", FilterField::kMap},
    {"active", FilterField::kBool},        {"create_time", FilterField::kTime},
    {"update_time", FilterField::kTime},
};

class PrincipalLookup final : public FilterLookup {
 public:
  explicit PrincipalLookup(const access::Principal& principal) : principal_(principal) {}

  FilterValue Get(std::string_view field) const override {
    if (field == "name") return principal_.name;
    if (field == "display_name") return principal_.display_name;
    if (field == "external_id") return principal_.external_id;
    if (field == "active") return principal_.active;
    if (field == "create_time") return principal_.create_time;
    if (field == "update_time") return principal_.update_time;
    return std::monostate();
  }

  // An address is a key without a value: `emails:"ana@example.com"`.
  std::vector<FilterValue> GetMap(std::string_view, std::string_view key) const override {
    std::vector<FilterValue> values;
    for (const std::string& email : principal_.emails) {
      if (email == key) values.emplace_back(std::string());
    }
    return values;
  }

 private:
  const access::Principal& principal_;
};

// The names of one kind stand together, for they begin alike.
std::string_view PrefixOf(v1::PrincipalKind kind) {
  switch (kind) {
    case v1::PRINCIPAL_KIND_USER:
      return "user:";
    case v1::PRINCIPAL_KIND_SERVICE:
      return "svc:";
    case v1::PRINCIPAL_KIND_GROUP:
      return "group:";
    default:
      return "";
  }
}

// What one page goes through.
struct Scan {
  std::string after;  // the last name that was looked at
  bool more = false;  // there are others after it
};

// Fills a page; how many are looked at is bounded, so it may come out short.
absl::StatusOr<Scan> FillPage(Call& call, const Page& page, const Filter& filter,
                              std::string_view prefix, v1::ListPrincipalsResponse* response) {
  Scan scan{.after = page.key.empty() ? std::string(prefix) : page.key.front()};
  int64_t looked_at = 0;
  for (;;) {
    constexpr int kChunk = 500;
    WHENCE_ASSIGN_OR_RETURN(
        const std::vector<access::Principal> principals,
        access::ListPrincipals(call.connection(), page.position, scan.after, kChunk));
    for (const access::Principal& principal : principals) {
      WHENCE_RETURN_IF_ERROR(call.StillWanted());
      if (!principal.name.starts_with(prefix)) return scan;
      if (response->principals_size() >= page.limit || looked_at >= kMaxScanPerPage) {
        scan.more = true;
        return scan;
      }
      ++looked_at;
      scan.after = principal.name;
      if (filter.empty() || filter.Matches(PrincipalLookup(principal))) {
        *response->add_principals() = Convert(principal);
      }
    }
    if (principals.size() < kChunk) return scan;
  }
}

}  // namespace

absl::Status ValidateCreatePrincipal(const v1::CreatePrincipalRequest& request) {
  return CheckFields(request.principal());
}

absl::StatusOr<v1::Principal> CreatePrincipal(Call& call,
                                              const v1::CreatePrincipalRequest& request) {
  const v1::Principal& wanted = request.principal();
  const ledger::Change& change = call.Change(wanted.name());
  WHENCE_ASSIGN_OR_RETURN(
      const access::Principal created,
      access::CreatePrincipal(
          call.write(), change,
          {.name = wanted.name(),
           .display_name = wanted.display_name(),
           .emails = {wanted.emails().begin(), wanted.emails().end()},
           .external_id = wanted.external_id(),
           .max_calls_per_second = wanted.max_calls_per_second(),
           .max_request_bytes_per_second = wanted.max_request_bytes_per_second()}));
  return Convert(created);
}

absl::StatusOr<v1::Principal> GetPrincipal(Call& call, const v1::GetPrincipalRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                          PrincipalNamed(call.connection(), as_of, request.name(), "name"));
  return Convert(principal);
}

absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(
    Call& call, const v1::ListPrincipalsRequest& request) {
  if (!v1::PrincipalKind_IsValid(request.kind())) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", "kind",
                           absl::StrCat(static_cast<int>(request.kind()), " is no kind"),
                           "use a value of the contract");
  }
  WHENCE_ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(request.filter(), kFilterFields));
  WHENCE_ASSIGN_OR_RETURN(
      const Page page,
      OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
               {"ListPrincipals", absl::StrCat(request.kind()), request.filter()}));
  v1::ListPrincipalsResponse response;
  WHENCE_ASSIGN_OR_RETURN(Scan scan,
                          FillPage(call, page, filter, PrefixOf(request.kind()), &response));
  if (scan.more) response.set_next_page_token(NextPageToken(page, {std::move(scan.after)}));
  return response;
}

absl::Status ValidateUpdatePrincipal(const v1::UpdatePrincipalRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckFields(request.principal()));
  return CheckUpdateMask(request.update_mask(), kMutableFields);
}

absl::StatusOr<v1::Principal> UpdatePrincipal(Call& call,
                                              const v1::UpdatePrincipalRequest& request) {
  const v1::Principal& wanted = request.principal();
  WHENCE_ASSIGN_OR_RETURN(const access::Principal current,
                          PrincipalNamed(call.connection(), kNow, wanted.name(), "principal.name"));
  WHENCE_RETURN_IF_ERROR(CheckPrincipalEtag(current, wanted.etag()));
  access::Principal next = current;
  const UpdateMask mask(request.update_mask());
  if (mask.Has("display_name", !wanted.display_name().empty())) {
    next.display_name = wanted.display_name();
  }
  if (mask.Has("emails", !wanted.emails().empty())) {
    next.emails.assign(wanted.emails().begin(), wanted.emails().end());
  }
  if (mask.Has("external_id", !wanted.external_id().empty())) {
    next.external_id = wanted.external_id();
  }
  if (mask.Has("active", wanted.active())) next.active = wanted.active();
  if (mask.Has("max_calls_per_second", wanted.max_calls_per_second() != 0)) {
    next.max_calls_per_second = wanted.max_calls_per_second();
  }
  if (mask.Has("max_request_bytes_per_second", wanted.max_request_bytes_per_second() != 0)) {
    next.max_request_bytes_per_second = wanted.max_request_bytes_per_second();
  }
  if (next == current) return Convert(current);
  const ledger::Change& change = call.Change(current.name);
  WHENCE_ASSIGN_OR_RETURN(const access::Principal updated,
                          access::UpdatePrincipal(call.write(), change, next));
  if (current.active && !updated.active) WHENCE_RETURN_IF_ERROR(CheckAdminLeft(call));
  return Convert(updated);
}

absl::Status ValidateDeletePrincipal(const v1::DeletePrincipalRequest& request) {
  return access::ParsePrincipalName(request.name(), "name").status();
}

absl::StatusOr<v1::Principal> DeletePrincipal(Call& call,
                                              const v1::DeletePrincipalRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                          PrincipalNamed(call.connection(), kNow, request.name(), "name"));
  WHENCE_RETURN_IF_ERROR(CheckPrincipalEtag(principal, request.etag()));
  const ledger::Change& change = call.Change(principal.name);
  WHENCE_ASSIGN_OR_RETURN(const access::Principal deleted,
                          access::DeletePrincipal(call.write(), change, principal));
  WHENCE_RETURN_IF_ERROR(CheckAdminLeft(call));
  return Convert(deleted);
}

}  // namespace whence::service
