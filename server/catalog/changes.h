#pragma once

// When things last changed: how caches of what was read know whether it still holds.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/position.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

// Purpose: the positions of the newest committed changes, told before they are published. So a
// reader who took its position first and finds no change after the position at which something was
// read knows that it still stands: no lock, no query.
// Ownership: the house's; one for all connections.
// Thread-safety: the questions from any thread; Start before others begin; the rest on the writer's
// thread.
class Changes {
 public:
  // What changed up to `last`, and when, is not known: as if everything had changed there.
  void Start(Position last) { NoteAll(last); }

  // The newest rename, deletion or undeletion of anything. (A new name changes the meaning of no
  // other.)
  Position names() const { return names_.load(std::memory_order_acquire); }
  // The newest change of the object with that id, or of one that shares its place: never too early.
  // That an object was made is no change.
  Position of(int64_t id) const { return places_[Place(id)].load(std::memory_order_acquire); }

  void NoteNames(Position position) { names_.store(position, std::memory_order_release); }
  void Note(int64_t id, Position position) {
    places_[Place(id)].store(position, std::memory_order_release);
  }
  // As if everything had changed: some tens of microseconds.
  void NoteAll(Position position);

 private:
  // Ids are dense, so the newest 65,536 objects share no place. Half a MiB.
  static constexpr size_t kPlaces = size_t{1} << 16;
  static size_t Place(int64_t id) { return static_cast<size_t>(id) % kPlaces; }

  std::atomic<Position> names_{kNoPosition};
  std::unique_ptr<std::atomic<Position>[]> places_ =
      std::make_unique<std::atomic<Position>[]>(kPlaces);
};

// Makes `changes` learn of what is written through the connection: the writer's, before it starts.
void AttachChanges(sql::Connection& writer, Changes* changes);

// To be called by whatever changes the state of an object that was there before (a securable, a
// version, a run; its aliases and tags). Takes effect when the mutation is committed. Without
// AttachChanges it does nothing.
void NoteChange(sql::WriteContext& context, int64_t id, Position position);
// The same for names.
void NoteNameChange(sql::WriteContext& context, Position position);

}  // namespace whence::catalog
