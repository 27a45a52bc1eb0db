// whence grant | revoke | grants | owner.

#include <memory>

#include "absl/strings/str_join.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/securable.h"
#include "cli/commands/shared.h"
#include "cli/records/access.h"
#include "cli/text/grant_words.h"

namespace whence::cli {
namespace {

using Privileges = google::protobuf::RepeatedPtrField<std::string>;

std::string Joined(const Privileges& privileges) { return absl::StrJoin(privileges, ", "); }

constexpr char kGrantHint[] = "write: whence grant SELECT on schema prod.fraud to group:analysts";
constexpr char kRevokeHint[] =
    "write: whence revoke SELECT on schema prod.fraud from group:analysts";
constexpr char kGrantsHint[] = "write: whence grants on schema prod.fraud, or to group:analysts";
constexpr char kOwnerHint[] =
    "write: whence owner of schema prod.fraud, to change it with: to NAME";

// A whole sentence, with all parts that `whole` ones need.
absl::StatusOr<GrantWords> ParseSentence(const std::vector<std::string>& words, const char* hint) {
  absl::StatusOr<GrantWords> parsed = ParseGrantWords(words);
  if (!parsed.ok()) return UsageError(ToStd(parsed.status().message()), hint);
  return parsed;
}

absl::Status CheckWhole(const GrantWords& words, const char* preposition, const char* hint) {
  if (words.privileges.empty()) return UsageError("no privilege is named", hint);
  if (!words.securable.has_value()) return UsageError("on what is not said", hint);
  if (!words.principal.empty()) return absl::OkStatus();
  return UsageError(StrCat(preposition, " whom is not said"), hint);
}

// --- grant and revoke ---

struct ChangeFlags {
  std::vector<std::string> words;
  bool dry_run = false;
};

// "group:analysts has SELECT on schema prod.fraud".
std::string Standing(const v1::ChangeGrantsResponse& reply) {
  const std::string where = SecurableText(reply.securable());
  return reply.privileges().empty()
             ? StrCat(reply.principal(), " is granted nothing on ", where, " itself")
             : StrCat(reply.principal(), " is granted ", Joined(reply.privileges()), " on ", where);
}

// What the change means beyond what it says.
void TellEffect(App& app, const v1::ChangeGrantsResponse& reply, bool dry_run) {
  const std::string& who = reply.principal();
  if (!reply.added().empty() && reply.gained().empty()) {
    app.Note(StrCat(who, " could do all of that before, through groups or grants above"));
  }
  if (dry_run && !reply.gained().empty()) {
    app.Note(StrCat(who, " would gain ", Joined(reply.gained())));
  }
  if (dry_run && !reply.lost().empty()) {
    app.Note(StrCat(who, " would lose ", Joined(reply.lost())));
  }
  if (!reply.removed().empty() && reply.lost().empty()) {
    app.Note(StrCat(who, dry_run ? " would still have it" : " still has it",
                    " through groups or grants above; see whence access effective ", who, " on ",
                    SecurableText(reply.securable())));
  }
  for (const v1::MissingGrant& need : reply.needs()) {
    app.Note(StrCat(need.principal(), " also needs ", need.privilege(), " on ",
                    need.securable().name(), "; add it with: ", GrantCommand(need)));
  }
}

absl::Status PrintChanged(App& app, const v1::ChangeGrantsResponse& reply, bool dry_run) {
  if (app.format() != Format::kTable) {
    PrintMessage(app, reply);
    return absl::OkStatus();
  }
  const std::string where = SecurableText(reply.securable());
  const bool revoked = !reply.removed().empty();
  if (!revoked && reply.added().empty()) {
    app.Say(StrCat("nothing to change: ", Standing(reply)));
  } else {
    const std::string what =
        revoked ? StrCat(Joined(reply.removed()), " on ", where, " from ", reply.principal())
                : StrCat(Joined(reply.added()), " on ", where, " to ", reply.principal());
    const char* verb = revoked ? "revoke" : "grant";
    app.Say(dry_run ? StrCat("would ", verb, " ", what)
                    : Sentence(StrCat(verb, revoked ? "d " : "ed ", what), reply.position()));
  }
  TellEffect(app, reply, dry_run);
  return absl::OkStatus();
}

absl::Status ChangeGrants(App& app, const ChangeFlags& flags, bool revoke) {
  const char* hint = revoke ? kRevokeHint : kGrantHint;
  WHENCE_ASSIGN_OR_RETURN(const GrantWords words, ParseSentence(flags.words, hint));
  WHENCE_RETURN_IF_ERROR(CheckWhole(words, revoke ? "from" : "to", hint));
  v1::ChangeGrantsRequest request;
  *request.mutable_securable() = *words.securable;
  request.set_principal(words.principal);
  for (const std::string& privilege : words.privileges) {
    *(revoke ? request.add_remove() : request.add_add()) = privilege;
  }
  request.set_dry_run(flags.dry_run);
  if (!flags.dry_run) request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const v1::ChangeGrantsResponse reply, app.Call(kChangeGrants, request));
  return PrintChanged(app, reply, flags.dry_run);
}

void AddGrant(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "grant", "Let a principal do something with what there is and will be");
  auto flags = std::make_shared<ChangeFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "PRIVILEGES on [TYPE] NAME to PRINCIPAL. Grants hold for everything below. Privileges "
          "are parted by commas; those of two words may be written with an underscore.")
      .Example("whence grant SELECT on schema prod.fraud to group:analysts")
      .Example("whence grant USE CATALOG, USE SCHEMA, SELECT on catalog prod to user:ana")
      .Example("whence grant BROWSE on metastore to group:auditors")
      .Example("whence grant MANAGE on prod.fraud to user:ana --dry-run", "what it would change")
      .Arguments(flags->words, "sentence", "PRIVILEGES on [TYPE] NAME to PRINCIPAL",
                 Complete::kGrant);
  command.Switch(flags->dry_run, "--dry-run", "Only say what would change");
  command.Does([flags](App& app) { return ChangeGrants(app, *flags, /*revoke=*/false); });
}

void AddRevoke(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "revoke", "Take a grant back; it takes effect at once");
  auto flags = std::make_shared<ChangeFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "PRIVILEGES on [TYPE] NAME from PRINCIPAL. What it has through groups or from above it "
          "keeps; the answer says so.")
      .Example("whence revoke SELECT on schema prod.fraud from group:analysts")
      .Example("whence revoke SELECT on prod.fraud from user:ana --dry-run", "what it would change")
      .Arguments(flags->words, "sentence", "PRIVILEGES on [TYPE] NAME from PRINCIPAL",
                 Complete::kRevoke);
  command.Switch(flags->dry_run, "--dry-run", "Only say what would change");
  command.Does([flags](App& app) { return ChangeGrants(app, *flags, /*revoke=*/true); });
}

// --- grants ---

void AddGrants(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "grants", "List grants on something, or of somebody");
  struct Flags {
    std::vector<std::string> words;
    bool inherited = false;
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence grants on schema prod.fraud")
      .Example("whence grants on prod.fraud.scores --inherited", "with those from above")
      .Example("whence grants to group:analysts --as-of 2026-02-01", "as they stood then")
      .Arguments(flags->words, "sentence", "on [TYPE] NAME, to PRINCIPAL, or both",
                 Complete::kGrants);
  command.Switch(flags->inherited, "--inherited", "Also those on everything above");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const GrantWords words, ParseSentence(flags->words, kGrantsHint));
    if (!words.privileges.empty()) {
      return UsageError(StrCat("'whence grants' lists them all, not ", words.privileges.front()),
                        kGrantsHint);
    }
    v1::ListGrantsRequest request;
    if (words.securable.has_value()) *request.mutable_securable() = *words.securable;
    request.set_principal(words.principal);
    request.set_inherited(flags->inherited);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Grant> printer(app, "grants", GrantColumns());
    return PrintList(
        app, kListGrants, request,
        [](const v1::ListGrantsResponse& page) -> const auto& { return page.grants(); },
        {flags->limit, "grants"}, printer);
  });
}

// --- owner ---

struct OwnerFlags {
  std::vector<std::string> words;
  std::string as_of;
  bool yes = false;
};

// Gets or gives away a catalog, schema or asset.
template <class T>
absl::Status Owner(App& app, const OwnerFlags& flags, const std::string& name,
                   const std::string& owner) {
  using Traits = SecurableTraits<T>;
  if (owner.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const T item, GetSecurable<T>(app, name, flags.as_of));
    if (app.format() != Format::kTable) return PrintSecurable(app, item);
    app.out() << item.owner() << '\n';
    return absl::OkStatus();
  }
  typename Traits::UpdateRequest request;
  Traits::In(request)->set_name(name);
  Traits::In(request)->set_owner(owner);
  request.mutable_update_mask()->add_paths("owner");
  request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const T item, app.Call(Traits::kUpdate, request));
  return PrintSecurableChange(app, item, StrCat(item.owner(), " owns").c_str());
}

absl::Status MetastoreOwner(App& app, const OwnerFlags& flags, const std::string& owner) {
  if (owner.empty()) {
    v1::GetMetastoreRequest request;
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::Metastore metastore, app.Call(kGetMetastore, request));
    if (app.format() != Format::kTable) {
      return PrintRecord(app, metastore, MetastoreCard(metastore), MetastoreColumns());
    }
    app.out() << metastore.owner() << '\n';
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(Confirm(
      app, flags.yes, StrCat("Give the whole metastore, with every privilege, to ", owner, "?")));
  v1::TransferMetastoreRequest request;
  request.set_owner(owner);
  request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const v1::Metastore metastore, app.Call(kTransferMetastore, request));
  return PrintChange(
      app, metastore,
      metastore.position() == 0
          ? StrCat(metastore.owner(), " owns the metastore already")
          : Sentence(StrCat(metastore.owner(), " owns the metastore"), metastore.position()),
      "", MetastoreCard(metastore), MetastoreColumns());
}

absl::Status OwnerOf(App& app, const OwnerFlags& flags) {
  std::vector<std::string> words = flags.words;
  const std::string first = Lower(words.front());
  if (first != "of" && first != "on") words.insert(words.begin(), "of");
  WHENCE_ASSIGN_OR_RETURN(const GrantWords parsed, ParseSentence(words, kOwnerHint));
  if (!parsed.securable.has_value()) return UsageError("of what is not said", kOwnerHint);
  const v1::Securable& securable = *parsed.securable;
  if (!parsed.principal.empty() && !flags.as_of.empty()) {
    return UsageError("the past cannot be changed", "leave --as-of out");
  }
  if (securable.type() == v1::SECURABLE_TYPE_METASTORE) {
    return MetastoreOwner(app, flags, parsed.principal);
  }
  const absl::StatusOr<std::vector<std::string>> path = ParseName(securable.name(), "NAME");
  if (!path.ok()) return path.status();
  const size_t wanted = securable.type() == v1::SECURABLE_TYPE_UNSPECIFIED ? path->size()
                        : securable.type() == v1::SECURABLE_TYPE_CATALOG   ? 1
                        : securable.type() == v1::SECURABLE_TYPE_SCHEMA    ? 2
                                                                           : 3;
  if (path->size() != wanted) {
    return UsageError(StrCat(securable.name(), " is no name of a ", TypeWord(securable.type())),
                      "a catalog has 1 part, a schema 2, everything else 3");
  }
  if (wanted == 1) return Owner<v1::Catalog>(app, flags, securable.name(), parsed.principal);
  if (wanted == 2) return Owner<v1::Schema>(app, flags, securable.name(), parsed.principal);
  return Owner<v1::Asset>(app, flags, securable.name(), parsed.principal);
}

void AddOwner(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "owner", "Who owns something, and with it every privilege there");
  auto flags = std::make_shared<OwnerFlags>();
  command.Formats(kRecordFormats)
      .About("of [TYPE] NAME says it; with 'to PRINCIPAL' it is given away.")
      .Example("whence owner of schema prod.fraud")
      .Example("whence owner of schema prod.fraud to group:fraud")
      .Example("whence owner of metastore to group:admins --yes", "every privilege on everything")
      .Arguments(flags->words, "sentence", "of [TYPE] NAME, and to whom it shall go",
                 Complete::kOwner);
  AddAsOf(command, flags->as_of);
  AddYes(command, flags->yes);
  command.Does([flags](App& app) { return OwnerOf(app, *flags); });
}

}  // namespace

void AddGrantCommands(CommandTree& tree) {
  AddGrant(tree);
  AddRevoke(tree);
  AddGrants(tree);
  AddOwner(tree);
}

}  // namespace whence::cli
