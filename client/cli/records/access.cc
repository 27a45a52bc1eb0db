#include "cli/records/access.h"

#include "absl/strings/str_join.h"
#include "base/name.h"
#include "base/strings.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string ScopeText(const v1::Token& token) {
  std::vector<std::string> parts;
  for (const v1::Securable& securable : token.scope()) parts.push_back(SecurableText(securable));
  return absl::StrJoin(parts, ", ");
}

// What is left of a token: "revoked", "never ends", or when it ends.
std::string TokenEnd(const v1::Token& token) {
  if (token.has_revoke_time()) return "revoked";
  return token.has_expire_time() ? HumanTime(token.expire_time()) : "";
}

std::string YesNo(bool value) { return value ? "true" : "false"; }

// Why not, where the lack of grants does not say it.
std::string OutcomeText(v1::AccessOutcome outcome) {
  switch (outcome) {
    case v1::ACCESS_OUTCOME_DENIED_BY_POLICY:
      return "a policy denies it, whatever was granted";
    case v1::ACCESS_OUTCOME_PRINCIPAL_INACTIVE:
      return "the principal is not active";
    case v1::ACCESS_OUTCOME_OUT_OF_SCOPE:
      return "the token was made for less";
    default:
      return "";
  }
}

// A line of an explanation: "  has     SELECT on schema prod.fraud           through group:a".
void AddLine(App& app, std::string_view label, const std::string& text, const std::string& through,
             Tone tone) {
  StyledLine line;
  line.Add("  ").Add(label, tone).PadTo(10, 1).Add(text);
  if (!through.empty()) line.PadTo(46, 2).Add(StrCat("through ", through), Tone::kCyan);
  app.out() << line.Render(app.out_styler(), 0) << '\n';
}

}  // namespace

std::string PrincipalKindName(v1::PrincipalKind kind) {
  return WithoutPrefix(v1::PrincipalKind_Name(kind), "PRINCIPAL_KIND_");
}

std::vector<ListColumn<v1::Principal>> PrincipalColumns() {
  using Item = const v1::Principal&;
  const auto emails = [](Item item) { return absl::StrJoin(item.emails(), ", "); };
  return {
      {"name", [](Item item) { return item.name(); },
       [](Item item) {
         return Cell{item.name(), item.active() ? Tone::kBold : Tone::kDim};
       }},
      {"kind", [](Item item) { return PrincipalKindName(item.kind()); }},
      {"display_name", [](Item item) { return item.display_name(); }},
      {"emails", emails},
      {"active", [](Item item) { return YesNo(item.active()); },
       [](Item item) {
         return item.active() ? Cell{"yes", Tone::kGreen} : Cell{"no", Tone::kRed};
       }},
      {"external_id", [](Item item) { return item.external_id(); }},
      {"id", [](Item item) { return StrCat(item.id()); }, nullptr, false, true},
      {"max_calls_per_second", [](Item item) { return StrCat(item.max_calls_per_second()); },
       nullptr, false, true},
      {"max_request_bytes_per_second",
       [](Item item) { return StrCat(item.max_request_bytes_per_second()); }, nullptr, false, true},
      {"state", [](Item item) { return WithoutPrefix(v1::State_Name(item.state()), "STATE_"); },
       nullptr, false, true},
      {"create_time", [](Item item) { return MachineTime(item.create_time()); }, nullptr, false,
       true},
      {"creator", [](Item item) { return item.creator(); }, nullptr, false, true},
      {"updated", [](Item item) { return MachineTime(item.update_time()); }, nullptr, false, true},
      {"updater", [](Item item) { return item.updater(); }, nullptr, false, true},
      {"etag", [](Item item) { return item.etag(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Membership>> MembershipColumns() {
  using Item = const v1::Membership&;
  return {{"group", [](Item item) { return item.group(); }},
          {"member", [](Item item) { return item.member(); }},
          {"changed", [](Item item) { return YesNo(item.changed()); }},
          {"position", [](Item item) { return StrCat(item.position()); }, nullptr, true}};
}

std::vector<ListColumn<v1::Token>> TokenColumns() {
  using Item = const v1::Token&;
  return {
      {"id", [](Item item) { return StrCat(item.id()); }, nullptr, true},
      {"principal", [](Item item) { return item.principal(); },
       [](Item item) {
         return Cell{item.principal(), Tone::kBold};
       }},
      {"token", [](Item item) { return item.hint(); },
       [](Item item) {
         return Cell{item.hint(), Tone::kDim};
       }},
      {"read_only", [](Item item) { return YesNo(item.read_only()); },
       [](Item item) {
         return Cell{item.read_only() ? "read only" : "", Tone::kYellow};
       }},
      {"scope", ScopeText},
      {"last_used", [](Item item) { return MachineTime(item.last_use_time()); },
       [](Item item) {
         return Cell{item.has_last_use_time() ? HumanTime(item.last_use_time()) : "never",
                     Tone::kDim};
       }},
      {"ends", [](Item item) { return MachineTime(item.expire_time()); },
       [](Item item) {
         return Cell{TokenEnd(item), item.has_revoke_time() ? Tone::kRed : Tone::kPlain};
       }},
      {"comment", [](Item item) { return item.comment(); }},
      {"revoked", [](Item item) { return MachineTime(item.revoke_time()); }, nullptr, false, true},
      {"create_time", [](Item item) { return MachineTime(item.create_time()); }, nullptr, false,
       true},
      {"creator", [](Item item) { return item.creator(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Grant>> GrantColumns() {
  using Item = const v1::Grant&;
  return {
      {"principal", [](Item item) { return item.principal(); },
       [](Item item) {
         return Cell{item.principal(), Tone::kBold};
       }},
      {"privilege", [](Item item) { return item.privilege(); }},
      {"on", [](Item item) { return SecurableText(item.securable()); },
       [](Item item) {
         return Cell{SecurableText(item.securable()), Tone::kCyan};
       }},
      {"granted", [](Item item) { return MachineTime(item.grant_time()); },
       [](Item item) {
         return Cell{HumanTime(item.grant_time()), Tone::kDim};
       }},
      {"grantor", [](Item item) { return item.grantor(); }},
      {"securable_id", [](Item item) { return StrCat(item.securable().id()); }, nullptr, false,
       true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Metastore>> MetastoreColumns() {
  using Item = const v1::Metastore&;
  return {{"owner", [](Item item) { return item.owner(); }},
          {"position", [](Item item) { return StrCat(item.position()); }, nullptr, true}};
}

Card PrincipalCard(const v1::Principal& principal) {
  Card card;
  const int64_t calls = principal.max_calls_per_second();
  const int64_t bytes = principal.max_request_bytes_per_second();
  card.Line("name", principal.name(), Tone::kBold)
      .Line("kind", PrincipalKindName(principal.kind()))
      .Line("display name", principal.display_name())
      .Line("emails", absl::StrJoin(principal.emails(), ", "))
      .Line("external id", principal.external_id())
      .Line("active", principal.active() ? "yes" : "no",
            principal.active() ? Tone::kGreen : Tone::kRed)
      .Line("calls a second", calls == 0 ? "" : HumanCount(calls))
      .Line("bytes a second", bytes == 0 ? "" : HumanCount(bytes))
      .Line("state", principal.state() == v1::STATE_DELETED ? "DELETED" : "", Tone::kRed)
      .Line("created", StrCat(HumanTime(principal.create_time()), " by ", principal.creator()))
      .Line("updated",
            principal.update_time().seconds() == principal.create_time().seconds()
                ? ""
                : StrCat(HumanTime(principal.update_time()), " by ", principal.updater()))
      .Line("id", StrCat(principal.id()), Tone::kDim)
      .Line("etag", principal.etag(), Tone::kDim)
      .Line("position", HumanCount(principal.position()), Tone::kDim);
  return card;
}

Card MembershipCard(const v1::Membership& membership) {
  Card card;
  card.Line("group", membership.group(), Tone::kBold)
      .Line("member", membership.member())
      .Line("position", HumanCount(membership.position()), Tone::kDim);
  return card;
}

Card TokenCard(const v1::Token& token) {
  Card card;
  card.Line("id", StrCat(token.id()), Tone::kBold)
      .Line("principal", token.principal())
      .Line("token", token.hint(), Tone::kDim)
      .Line("comment", token.comment())
      .Line("read only", token.read_only() ? "yes" : "", Tone::kYellow)
      .Line("scope", ScopeText(token))
      .Line("ends", TokenEnd(token))
      .Line("last used", HumanTime(token.last_use_time()))
      .Line("created", StrCat(HumanTime(token.create_time()), " by ", token.creator()))
      .Line("revoked", HumanTime(token.revoke_time()), Tone::kRed)
      .Line("position", HumanCount(token.position()), Tone::kDim);
  return card;
}

Card MetastoreCard(const v1::Metastore& metastore) {
  Card card;
  card.Line("owner", metastore.owner(), Tone::kBold)
      .Line("position", HumanCount(metastore.position()), Tone::kDim);
  return card;
}

// What it showed that is no token of this server, which the line `token` tells of.
std::string OtherCredentialText(const v1::WhoAmIResponse& answer) {
  if (answer.credential() == v1::CREDENTIAL_KIND_CERTIFICATE) return "a client certificate";
  if (answer.credential() != v1::CREDENTIAL_KIND_JWT) return "";
  return StrCat("a token of ", answer.issuer());
}

Card WhoAmICard(const v1::WhoAmIResponse& answer) {
  Card card;
  const v1::Principal& principal = answer.principal();
  const v1::Token& token = answer.token();
  card.Line("name", principal.name(), Tone::kBold)
      .Line("kind", PrincipalKindName(principal.kind()))
      .Line("display name", principal.display_name())
      .Line("groups", absl::StrJoin(answer.groups(), ", "), Tone::kCyan)
      .Line("admin", answer.metastore_admin() ? "yes, owns the metastore" : "", Tone::kYellow)
      .Line("token", token.id() == 0 ? "" : StrCat(token.hint(), " (", token.id(), ")"))
      .Line("shown", OtherCredentialText(answer))
      .Line("read only", token.read_only() ? "yes" : "", Tone::kYellow)
      .Line("scope", ScopeText(token))
      .Line("ends", answer.has_credential_expire_time() ? HumanTime(answer.credential_expire_time())
                                                        : TokenEnd(token))
      .Line("position", HumanCount(answer.position()), Tone::kDim);
  return card;
}

std::string ReasonText(const v1::AccessReason& reason) {
  const std::string where = SecurableText(reason.securable());
  switch (reason.kind()) {
    case v1::ACCESS_REASON_KIND_OWNER:
      return StrCat("owner of ", where);
    case v1::ACCESS_REASON_KIND_POLICY:
      return StrCat("policy ", reason.policy(), " on ", where);
    default:
      return StrCat(reason.privilege(), " on ", where);
  }
}

std::string ThroughText(const v1::AccessReason& reason) {
  return absl::StrJoin(reason.through(), " > ");
}

std::string GrantCommand(const v1::MissingGrant& missing) {
  return StrCat("whence grant ", PrivilegeWord(missing.privilege()), " on ",
                SecurableText(missing.securable()), " to ", missing.principal());
}

void PrintExplanation(App& app, const v1::ExplainAccessResponse& answer) {
  StyledLine head;
  head.Add(answer.allowed() ? "ALLOWED" : "DENIED", answer.allowed() ? Tone::kGreen : Tone::kRed)
      .Add(StrCat("  ", answer.principal(), answer.allowed() ? " may " : " may not ",
                  answer.privilege(), " on ", SecurableText(answer.securable())));
  app.out() << head.Render(app.out_styler(), 0) << '\n';
  for (const v1::AccessReason& reason : answer.has()) {
    AddLine(app, "has", ReasonText(reason), ThroughText(reason), Tone::kGreen);
  }
  for (const v1::MissingGrant& lack : answer.lacks()) {
    AddLine(app, "lacks", StrCat(lack.privilege(), " on ", SecurableText(lack.securable())), "",
            Tone::kRed);
  }
  for (const v1::AccessReason& reason : answer.against()) {
    AddLine(app, "against", StrCat(ReasonText(reason), " denies ", reason.privilege()), "",
            Tone::kRed);
  }
  if (const std::string why = OutcomeText(answer.outcome()); !why.empty()) {
    AddLine(app, "because", why, "", Tone::kRed);
  }
  for (const v1::MissingGrant& lack : answer.lacks()) {
    AddLine(app, "fix", GrantCommand(lack), "", Tone::kBold);
  }
}

}  // namespace whence::cli
