// whence principal | group.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/access.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

constexpr char kGroupPrefix[] = "group:";
constexpr char kFilterHelp[] =
    "Only those it is true for; fields: name, display_name, emails, external_id, active, "
    "create_time, update_time";

// A group may be named without its prefix where only groups can stand.
std::string GroupName(const std::string& name) {
  return name.find(':') == std::string::npos ? kGroupPrefix + name : name;
}

struct PrincipalFlags {
  std::string name;
  std::string display_name;
  std::vector<std::string> emails;
  std::string external_id;
  int64_t max_calls = 0;
  int64_t max_bytes = 0;
  std::string etag;
  std::string as_of;
  bool yes = false;
  Parameter display_name_option;
  Parameter emails_option;
  Parameter external_id_option;
  Parameter max_calls_option;
  Parameter max_bytes_option;

  void AddFields(Command& command) {
    display_name_option = command.Flag(display_name, "--display-name", "TEXT", "Name for people");
    emails_option = command.Flag(emails, "--email", "ADDRESS", "E-mail address, the primary first");
    external_id_option =
        command.Flag(external_id, "--external-id", "ID", "Its id in the directory it comes from");
    max_calls_option = command.Flag(max_calls, "--max-calls-per-second", "N",
                                    "Calls it may make a second; 0: the server's default");
    max_bytes_option =
        command.Flag(max_bytes, "--max-request-bytes-per-second", "N",
                     "Bytes of requests it may send a second; 0: the server's default");
  }

  void Apply(v1::Principal& principal) const {
    principal.set_name(name);
    principal.set_display_name(display_name);
    for (const std::string& email : emails) principal.add_emails(email);
    principal.set_external_id(external_id);
    principal.set_max_calls_per_second(max_calls);
    principal.set_max_request_bytes_per_second(max_bytes);
  }
};

absl::Status PrintPrincipalChange(App& app, const v1::Principal& principal, std::string_view did) {
  return PrintChange(app, principal,
                     Sentence(StrCat(did, " ", principal.name()), principal.position()), "",
                     PrincipalCard(principal), PrincipalColumns());
}

absl::Status Create(App& app, const PrincipalFlags& flags, const std::string& name) {
  v1::CreatePrincipalRequest request;
  flags.Apply(*request.mutable_principal());
  request.mutable_principal()->set_name(name);
  request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const v1::Principal principal, app.Call(kCreatePrincipal, request));
  return PrintPrincipalChange(app, principal, "created");
}

absl::Status Get(App& app, const std::string& name, const std::string& as_of) {
  v1::GetPrincipalRequest request;
  request.set_name(name);
  WHENCE_RETURN_IF_ERROR(SetAsOf(as_of, request));
  WHENCE_ASSIGN_OR_RETURN(const v1::Principal principal, app.Call(kGetPrincipal, request));
  return PrintRecord(app, principal, PrincipalCard(principal), PrincipalColumns());
}

absl::Status Delete(App& app, const PrincipalFlags& flags, const std::string& name) {
  WHENCE_RETURN_IF_ERROR(Confirm(
      app, flags.yes, StrCat("Delete ", name, ", with its grants, memberships and tokens?")));
  v1::DeletePrincipalRequest request;
  request.set_name(name);
  request.set_etag(flags.etag);
  request.set_request_id(app.NewRequestId());
  WHENCE_ASSIGN_OR_RETURN(const v1::Principal principal, app.Call(kDeletePrincipal, request));
  return PrintPrincipalChange(app, principal, "deleted");
}

struct ListFlags {
  std::string kind;
  std::string filter;
  std::string as_of;
  int64_t limit = 0;
};

absl::Status List(App& app, const ListFlags& flags, v1::PrincipalKind kind,
                  const std::string& noun) {
  v1::ListPrincipalsRequest request;
  request.set_kind(kind);
  request.set_filter(flags.filter);
  WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
  ListPrinter<v1::Principal> printer(app, "principals", PrincipalColumns());
  return PrintList(
      app, kListPrincipals, request,
      [](const v1::ListPrincipalsResponse& page) -> const auto& { return page.principals(); },
      {flags.limit, noun}, printer);
}

// --- principal ---

void AddCreate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "create", "Create a user, service or group");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example(
          "whence principal create user:ana --display-name \"Ana Anand\" --email ana@corp.example")
      .Example("whence principal create svc:trainer --max-calls-per-second 500")
      .Argument(flags->name, "name", "user:NAME, svc:NAME or group:NAME");
  flags->AddFields(command);
  command.Does([flags](App& app) { return Create(app, *flags, flags->name); });
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one principal");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence principal get user:ana")
      .Argument(flags->name, "name", "Name with its prefix", Complete::kPrincipal);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) { return Get(app, flags->name, flags->as_of); });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List users, services and groups");
  auto flags = std::make_shared<ListFlags>();
  command.Formats(kListFormats)
      .Example("whence principal list")
      .Example("whence principal list --kind service")
      .Example("whence principal list --filter 'active = false' -o csv");
  command.Flag(flags->kind, "--kind", "KIND", "Only user, service or group",
               Complete::kPrincipalKind);
  command.Flag(flags->filter, "--filter", "EXPRESSION", kFilterHelp);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::PrincipalKind kind = v1::PRINCIPAL_KIND_UNSPECIFIED;
    if (!flags->kind.empty()) {
      const absl::StatusOr<v1::PrincipalKind> parsed = ParsePrincipalKind(flags->kind);
      if (!parsed.ok()) return UsageOf(parsed.status(), "--kind");
      kind = *parsed;
    }
    return List(app, *flags, kind, "principals");
  });
}

void AddUpdate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "update", "Change what is known of a principal");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence principal update user:ana --email ana@new.example")
      .Argument(flags->name, "name", "Name with its prefix", Complete::kPrincipal);
  flags->AddFields(command);
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdatePrincipalRequest request;
    flags->Apply(*request.mutable_principal());
    request.mutable_principal()->set_etag(flags->etag);
    auto& mask = *request.mutable_update_mask();
    if (flags->display_name_option.given()) mask.add_paths("display_name");
    if (flags->emails_option.given()) mask.add_paths("emails");
    if (flags->external_id_option.given()) mask.add_paths("external_id");
    if (flags->max_calls_option.given()) mask.add_paths("max_calls_per_second");
    if (flags->max_bytes_option.given()) mask.add_paths("max_request_bytes_per_second");
    if (mask.paths().empty()) {
      return UsageError("nothing to change", "give at least one of --display-name, --email");
    }
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Principal principal, app.Call(kUpdatePrincipal, request));
    return PrintPrincipalChange(app, principal, "updated");
  });
}

void AddActive(CommandTree& tree, CLI::App* group, bool active) {
  Command& command =
      tree.Verb(group, active ? "activate" : "deactivate",
                active ? "Let a principal do again what it may"
                       : "Deny a principal everything, at once; its grants and tokens stay");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example(active ? "whence principal activate user:ana"
                      : "whence principal deactivate user:ana")
      .Argument(flags->name, "name", "Name with its prefix", Complete::kPrincipal);
  command.Does([flags, active](App& app) -> absl::Status {
    v1::UpdatePrincipalRequest request;
    request.mutable_principal()->set_name(flags->name);
    request.mutable_principal()->set_active(active);
    request.mutable_update_mask()->add_paths("active");
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Principal principal, app.Call(kUpdatePrincipal, request));
    return PrintPrincipalChange(app, principal, active ? "activated" : "deactivated");
  });
}

void AddDelete(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "delete",
                "Delete a principal: its grants and memberships end, its tokens are revoked");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence principal delete user:ana --yes")
      .Argument(flags->name, "name", "Name with its prefix", Complete::kPrincipal);
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) { return Delete(app, *flags, flags->name); });
}

// --- group ---

void AddGroupCreate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "create", "Create a group, without members yet");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence group create analysts --display-name \"All who analyse\"")
      .Argument(flags->name, "name", "NAME or group:NAME");
  flags->AddFields(command);
  command.Does([flags](App& app) { return Create(app, *flags, GroupName(flags->name)); });
}

void AddGroupGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one group");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence group get analysts")
      .Argument(flags->name, "name", "NAME or group:NAME", Complete::kGroup);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) { return Get(app, GroupName(flags->name), flags->as_of); });
}

void AddGroupList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List groups");
  auto flags = std::make_shared<ListFlags>();
  command.Formats(kListFormats).Example("whence group list");
  command.Flag(flags->filter, "--filter", "EXPRESSION", kFilterHelp);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) { return List(app, *flags, v1::PRINCIPAL_KIND_GROUP, "groups"); });
}

void AddGroupDelete(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "delete", "Delete a group; its members stay");
  auto flags = std::make_shared<PrincipalFlags>();
  command.Formats(kRecordFormats)
      .Example("whence group delete analysts --yes")
      .Argument(flags->name, "name", "NAME or group:NAME", Complete::kGroup);
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) { return Delete(app, *flags, GroupName(flags->name)); });
}

struct MemberFlags {
  std::string group;
  std::vector<std::string> members;
  std::string principal;
  std::string as_of;
  bool nested = false;
  int64_t limit = 0;
};

// Adds or removes one after the other.
template <class Request>
absl::Status ChangeMembers(App& app, const MemberFlags& flags,
                           const Method<Request, v1::Membership>& method, const char* did,
                           const char* did_already) {
  ListPrinter<v1::Membership> printer(app, "memberships", MembershipColumns());
  for (const std::string& member : flags.members) {
    Request request;
    request.set_group(GroupName(flags.group));
    request.set_member(member);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Membership membership, app.Call(method, request));
    if (app.format() != Format::kTable) {
      printer.Add(membership);
      continue;
    }
    const auto text = [&membership](const char* how) {
      return StrCat(membership.member(), how, membership.group());
    };
    app.Say(membership.changed() ? Sentence(text(did), membership.position()) : text(did_already));
  }
  if (app.format() != Format::kTable) printer.End("");
  return absl::OkStatus();
}

void AddGroupAdd(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "add", "Put principals into a group");
  auto flags = std::make_shared<MemberFlags>();
  command.Formats(kListFormats)
      .Example("whence group add analysts user:ana svc:reports")
      .Example("whence group add everybody group:analysts", "a group in a group")
      .Argument(flags->group, "group", "NAME or group:NAME", Complete::kGroup);
  command.Arguments(flags->members, "member", "Who shall be in it", Complete::kPrincipal);
  command.Does([flags](App& app) {
    return ChangeMembers(app, *flags, kAddMember, " is in ", " is already in ");
  });
}

void AddGroupRemove(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "remove", "Take principals out of a group");
  auto flags = std::make_shared<MemberFlags>();
  command.Formats(kListFormats)
      .Example("whence group remove analysts user:ana")
      .Argument(flags->group, "group", "NAME or group:NAME", Complete::kGroup);
  command.Arguments(flags->members, "member", "Who shall not be in it", Complete::kPrincipal);
  command.Does([flags](App& app) {
    return ChangeMembers(app, *flags, kRemoveMember, " is no longer in ", " was not in ");
  });
}

void AddGroupMembers(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "members", "List the direct members of a group");
  auto flags = std::make_shared<MemberFlags>();
  command.Formats(kListFormats)
      .Example("whence group members analysts")
      .Argument(flags->group, "group", "NAME or group:NAME", Complete::kGroup);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListMembersRequest request;
    request.set_group(GroupName(flags->group));
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Principal> printer(app, "members", PrincipalColumns());
    return PrintList(
        app, kListMembers, request,
        [](const v1::ListMembersResponse& page) -> const auto& { return page.members(); },
        {flags->limit, "members"}, printer);
  });
}

void AddGroupOf(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "of", "List the groups that a principal is in");
  auto flags = std::make_shared<MemberFlags>();
  command.Formats(kListFormats)
      .Example("whence group of user:ana")
      .Example("whence group of user:ana --nested", "with those that these are in")
      .Argument(flags->principal, "principal", "Name with its prefix", Complete::kPrincipal);
  command.Switch(flags->nested, "--nested", "Also the groups that those are in");
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListGroupsRequest request;
    request.set_principal(flags->principal);
    request.set_nested(flags->nested);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Principal> printer(app, "groups", PrincipalColumns());
    return PrintList(
        app, kListGroups, request,
        [](const v1::ListGroupsResponse& page) -> const auto& { return page.groups(); },
        {flags->limit, "groups"}, printer);
  });
}

}  // namespace

void AddPrincipalCommands(CommandTree& tree) {
  CLI::App* principal = tree.Group("principal", "Principals: users, services and groups");
  AddCreate(tree, principal);
  AddGet(tree, principal);
  AddList(tree, principal);
  AddUpdate(tree, principal);
  AddActive(tree, principal, /*active=*/true);
  AddActive(tree, principal, /*active=*/false);
  AddDelete(tree, principal);
  CLI::App* group = tree.Group("group", "Groups of principals, also of groups");
  AddGroupCreate(tree, group);
  AddGroupGet(tree, group);
  AddGroupList(tree, group);
  AddGroupDelete(tree, group);
  AddGroupAdd(tree, group);
  AddGroupRemove(tree, group);
  AddGroupMembers(tree, group);
  AddGroupOf(tree, group);
}

}  // namespace whence::cli
