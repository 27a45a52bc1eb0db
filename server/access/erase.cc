#include "access/erase.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace whence::access {
namespace {

constexpr sql::Query kNamed{"SELECT id FROM principal WHERE name = ?1 ORDER BY id"};
constexpr sql::Query kStates{
    "SELECT valid_from, display_name, emails, external_id FROM principal_state"
    " WHERE principal_id = ?1 ORDER BY valid_from"};
constexpr sql::Query kErase{
    "UPDATE principal_state SET display_name = ?3, emails = ?4, external_id = ?5"
    " WHERE principal_id = ?1 AND valid_from = ?2"};

struct State {
  Position valid_from = kNoPosition;
  std::array<std::string, 3> texts;
};

absl::StatusOr<std::vector<State>> StatesOf(sql::Connection& connection, PrincipalId id) {
  std::vector<State> states;
  sql::Rows rows = connection.Run(kStates, id);
  while (rows.Next()) {
    states.push_back({.valid_from = rows.Int64(0),
                      .texts = {std::string(rows.Text(1)), std::string(rows.Text(2)),
                                std::string(rows.Text(3))}});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return states;
}

}  // namespace

absl::StatusOr<std::vector<PrincipalId>> PrincipalsNamed(sql::Connection& connection,
                                                         std::string_view name) {
  std::vector<PrincipalId> ids;
  sql::Rows rows = connection.Run(kNamed, name);
  while (rows.Next()) ids.push_back(rows.Int64(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return ids;
}

absl::StatusOr<int64_t> ErasePrincipal(sql::WriteContext& context, PrincipalId id, bool dry_run,
                                       absl::FunctionRef<Position()> position) {
  using Kind = sql::ColumnValue::Kind;
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(ledger::Eraser eraser,
                          ledger::Eraser::For(connection, "principal_state"));
  WHENCE_ASSIGN_OR_RETURN(std::vector<State> states, StatesOf(connection, id));
  int64_t erased = 0;
  for (State& state : states) {
    const std::array<sql::ColumnValue, 2> keys = {
        sql::ColumnValue{.kind = Kind::kInteger, .integer = id, .bytes = {}},
        sql::ColumnValue{.kind = Kind::kInteger, .integer = state.valid_from, .bytes = {}}};
    const auto before = state.texts;
    state.texts = {eraser.MarkOf(keys, "display_name", before[0]),
                   eraser.MarkOf(keys, "emails", before[1]),
                   eraser.MarkOf(keys, "external_id", before[2])};
    if (state.texts == before) continue;
    ++erased;
    if (dry_run) continue;
    WHENCE_RETURN_IF_ERROR(connection.Execute(kErase, id, state.valid_from, state.texts[0],
                                              state.texts[1], state.texts[2]));
    WHENCE_RETURN_IF_ERROR(ledger::NoteErased(context, position(), ledger::Erased::kPrincipalState,
                                              id, state.valid_from));
  }
  return erased;
}

}  // namespace whence::access
