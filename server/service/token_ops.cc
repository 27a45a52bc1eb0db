#include "service/token_ops.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "access/token.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/access_securable.h"
#include "service/checks.h"
#include "service/paging.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using catalog::kNow;

absl::Status CheckScope(const google::protobuf::RepeatedPtrField<v1::Securable>& scope) {
  if (static_cast<size_t>(scope.size()) > kMaxTokenScope) {
    return InvalidArgument(
        "TOKEN_SCOPE_TOO_LARGE", "token.scope",
        StrCat("there are ", scope.size(), " securables; at most ", kMaxTokenScope, " are allowed"),
        "name the schema or catalog that they are in");
  }
  for (int i = 0; i < scope.size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckSecurable(scope.Get(i), absl::StrCat("token.scope[", i, "]")));
  }
  return absl::OkStatus();
}

// Whose token it shall be: the principal that the request names, else the caller.
absl::StatusOr<access::Principal> BearerOf(Call& call, const v1::Token& wanted) {
  if (!wanted.principal().empty()) {
    return PrincipalNamed(call.connection(), kNow, wanted.principal(), "token.principal");
  }
  return access::GetPrincipalById(call.connection(), kNow, call.identity().principal);
}

absl::StatusOr<absl::Time> ExpireTime(const v1::Token& wanted, absl::Time now) {
  if (!wanted.has_expire_time()) return absl::InfiniteFuture();
  WHENCE_ASSIGN_OR_RETURN(const absl::Time time,
                          TimeFromProto(wanted.expire_time(), "token.expire_time"));
  if (time > now) return time;
  return InvalidArgument(
      "TOKEN_EXPIRY_PAST", "token.expire_time",
      StrCat("it would have ended at ", absl::FormatTime(time, absl::UTCTimeZone())),
      "choose a time that is to come, or none");
}

bool HasEnded(const access::Token& token, absl::Time now) {
  return token.revoke_time.has_value() || token.expire_time <= now;
}

// The last token of the page before.
absl::StatusOr<int64_t> StartOf(const Page& page) {
  int64_t after = 0;
  if (page.key.empty()) return after;
  if (absl::SimpleAtoi(page.key.front(), &after) && after >= 0) return after;
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

}  // namespace

absl::Status ValidateCreateToken(const v1::CreateTokenRequest& request) {
  const v1::Token& token = request.token();
  if (!token.principal().empty()) {
    WHENCE_RETURN_IF_ERROR(
        access::ParsePrincipalName(token.principal(), "token.principal").status());
  }
  WHENCE_RETURN_IF_ERROR(CheckComment(token.comment(), "token.comment"));
  return CheckScope(token.scope());
}

absl::StatusOr<v1::CreateTokenResponse> CreateToken(Call& call,
                                                    const v1::CreateTokenRequest& request) {
  const v1::Token& wanted = request.token();
  access::NewToken token;
  WHENCE_ASSIGN_OR_RETURN(const access::Principal bearer, BearerOf(call, wanted));
  token.principal = bearer.id;
  token.comment = wanted.comment();
  token.read_only = wanted.read_only();
  WHENCE_ASSIGN_OR_RETURN(token.expire_time, ExpireTime(wanted, call.write().now()));
  for (int i = 0; i < wanted.scope_size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(const AccessTarget target,
                            FindTarget(call.connection(), call.access(), kNow, wanted.scope(i),
                                       absl::StrCat("token.scope[", i, "]")));
    token.scope.push_back(target.id());
  }
  const ledger::Change& change = call.Change(bearer.name);
  WHENCE_ASSIGN_OR_RETURN(access::MadeToken made, access::CreateToken(call.write(), change, token));
  v1::CreateTokenResponse response;
  AccessNames names(call.connection(), kNow);
  WHENCE_ASSIGN_OR_RETURN(*response.mutable_token(), names.Convert(made.token));
  response.set_secret(std::move(made.secret));
  return response;
}

absl::StatusOr<v1::ListTokensResponse> ListTokens(Call& call,
                                                  const v1::ListTokensRequest& request) {
  sql::Connection& connection = call.connection();
  if (request.all_principals() && !request.principal().empty()) {
    return InvalidArgument("FIELDS_EXCLUSIVE", "principal", "all_principals is set too",
                           "say one of the two");
  }
  WHENCE_ASSIGN_OR_RETURN(
      const Page page,
      OpenPage(call, request.page_size(), request.page_token(), v1::AsOf(),
               {"ListTokens", request.all_principals() ? "all" : "of", request.principal(),
                request.show_ended() ? "ended" : "", call.identity().name}));
  access::PrincipalId of = request.all_principals() ? access::kNobody : call.identity().principal;
  if (!request.principal().empty()) {
    WHENCE_ASSIGN_OR_RETURN(
        const access::Principal principal,
        PrincipalNamed(connection, call.position(), request.principal(), "principal"));
    of = principal.id;
  }
  WHENCE_ASSIGN_OR_RETURN(int64_t after, StartOf(page));
  const absl::Time now = call.house().clock().Now();
  AccessNames names(connection, call.position());
  v1::ListTokensResponse response;
  for (int64_t looked_at = 0;;) {
    constexpr int kChunk = 500;
    WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Token> tokens,
                            access::ListTokens(connection, of, after, kChunk));
    for (const access::Token& token : tokens) {
      WHENCE_RETURN_IF_ERROR(call.StillWanted());
      if (token.position > page.position) return response;  // made since
      if (response.tokens_size() == page.limit || looked_at++ == kMaxScanPerPage) {
        response.set_next_page_token(NextPageToken(page, {absl::StrCat(after)}));
        return response;
      }
      after = token.id;
      if (!request.show_ended() && HasEnded(token, now)) continue;
      WHENCE_ASSIGN_OR_RETURN(*response.add_tokens(), names.Convert(token));
    }
    if (tokens.size() < kChunk) return response;
  }
}

absl::Status ValidateRevokeToken(const v1::RevokeTokenRequest& request) {
  if (request.id() > 0) return absl::OkStatus();
  return InvalidArgument("ID_MALFORMED", "id", absl::StrCat(request.id(), " is no id"),
                         "tokens are numbered from 1; see 'whence token list'");
}

absl::StatusOr<v1::Token> RevokeToken(Call& call, const v1::RevokeTokenRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(access::Token token, access::GetToken(connection, request.id()));
  AccessNames names(connection, kNow);
  if (!token.revoke_time.has_value()) {
    WHENCE_ASSIGN_OR_RETURN(const std::string bearer, names.Principal(token.principal));
    const ledger::Change& change = call.Change(bearer);
    WHENCE_ASSIGN_OR_RETURN(token, access::RevokeToken(call.write(), change, token.id));
  }
  return names.Convert(token);
}

}  // namespace whence::service
