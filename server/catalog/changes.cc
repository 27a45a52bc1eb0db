#include "catalog/changes.h"

#include "catalog/link_cache.h"

namespace whence::catalog {
namespace {

// What is attached to the writer's connection.
struct ChangesOfWriter {
  Changes* changes;
};

Changes* Of(sql::WriteContext& context) {
  const ChangesOfWriter* const attached = context.connection().Attached<ChangesOfWriter>();
  return attached == nullptr ? nullptr : attached->changes;
}

}  // namespace

void Changes::NoteAll(Position position) {
  names_.store(position, std::memory_order_release);
  for (size_t i = 0; i < kPlaces; ++i) places_[i].store(position, std::memory_order_release);
}

void AttachChanges(sql::Connection& writer, Changes* changes) {
  writer.Attach(std::make_unique<ChangesOfWriter>(ChangesOfWriter{changes}));
}

void NoteChange(sql::WriteContext& context, int64_t id, Position position) {
  LinkCache::Changed(context, id);
  Changes* const changes = Of(context);
  if (changes == nullptr) return;
  context.OnCommit([changes, id, position] { changes->Note(id, position); });
}

void NoteNameChange(sql::WriteContext& context, Position position) {
  Changes* const changes = Of(context);
  if (changes == nullptr) return;
  context.OnCommit([changes, position] { changes->NoteNames(position); });
}

}  // namespace whence::catalog
