// How what is written becomes what is decided by. For the files of this room that write.
#pragma once

#include "absl/functional/any_invocable.h"
#include "access/index_edit.h"
#include "base/position.h"
#include "sql/writer.h"

namespace whence::access {

// Tells the index that is attached to the writer's connection (if any) what the mutation at
// `position` changes. Everything told at one position takes effect together, in a commit hook. The
// mutation ends its batch: the next one is authorised by what this one did.
void NoteIndexChange(sql::WriteContext& context, Position position,
                     absl::AnyInvocable<void(StateEdit&) &&> edit);

}  // namespace whence::access
