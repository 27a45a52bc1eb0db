#include "service/ledger_entry.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/text.h"

namespace whence::service {
namespace {

void MakeText(std::string* text) {
  if (!IsValidUtf8(*text)) text->assign(1, '?');
}

}  // namespace

absl::Status CheckPositionLeft(const sql::WriteContext& context) {
  if (context.Last(sql::Counter::kPosition) < kMaxPosition) return absl::OkStatus();
  return ResourceExhausted("POSITIONS_EXHAUSTED",
                           "all 4,294,967,294 ledger positions of this metastore are used",
                           "start another metastore; this one can still be read");
}

absl::Status AppendEntry(House& house, sql::WriteContext& context, ledger::Entry entry) {
  WHENCE_RETURN_IF_ERROR(CheckPositionLeft(context));
  const Position position = context.Next(sql::Counter::kPosition);
  entry.position = position;
  entry.time = context.now();
  for (std::string* const text : {&entry.actor, &entry.resource, &entry.request_id}) {
    MakeText(text);
  }
  WHENCE_RETURN_IF_ERROR(house.ledger().Append(context, entry));
  context.OnCommit([&house, position] {
    house.graph().Publish(position);
    house.ledger().Publish(position);
  });
  return absl::OkStatus();
}

}  // namespace whence::service
