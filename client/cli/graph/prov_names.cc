#include "cli/graph/prov_names.h"

#include <array>

#include "base/strings.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct PrincipalType {
  std::string_view prefix;
  std::string_view type;
};
constexpr std::array<PrincipalType, 3> kPrincipalTypes = {{
    {"user", "prov:Person"},
    {"svc", "prov:SoftwareAgent"},
    {"group", "prov:Organization"},
}};

// The part before the first colon, where what is behind it is a name of that kind.
std::string_view PrefixOf(std::string_view text) {
  const size_t colon = text.find(':');
  return colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
}

}  // namespace

std::string ProvName(ProvDocument& document, std::string_view reference) {
  for (const std::string_view kind : {"run", "prediction", "declaration", "id", "redacted"}) {
    if (PrefixOf(reference) == kind) {
      return document.Qualify(kind, reference.substr(kind.size() + 1));
    }
  }
  return document.Qualify("data", reference);
}

std::string ProvAgent(ProvDocument& document, std::string_view principal) {
  if (principal.empty()) return "";
  // What owned something before there were principals is an agent of no known kind.
  std::string_view prefix = "agent";
  std::string_view local = principal;
  std::string_view type;
  for (const PrincipalType& known : kPrincipalTypes) {
    if (PrefixOf(principal) != known.prefix) continue;
    prefix = known.prefix;
    local = principal.substr(prefix.size() + 1);
    type = known.type;
  }
  std::string name = document.Qualify(prefix, local);
  bool is_new = false;
  ProvRecord& agent = document.Element(ProvKind::kAgent, name, &is_new);
  if (is_new) agent.Text("prov:label", OneLine(principal)).Name("prov:type", type);
  return name;
}

void AttributeTo(ProvDocument& document, const std::string& entity, std::string_view principal,
                 std::string_view as) {
  const std::string agent = ProvAgent(document, principal);
  if (agent.empty()) return;
  ProvRecord* const attribution =
      document.Relation(ProvKind::kAttribution, StrCat(entity, " ", agent, " ", as));
  if (attribution == nullptr) return;
  attribution->Text("prov:entity", entity).Text("prov:agent", agent).Name("prov:type", as);
}

std::string ProvType(v1::Kind kind) {
  std::string name = Lower(KindName(kind));
  if (name.empty()) return "whence:Data";
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return StrCat("whence:", name);
}

}  // namespace whence::cli
