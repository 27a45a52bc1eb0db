#pragma once

// A migrated database in which every mutation takes the next position: what the fixtures of rooms
// above ledger/ begin with.

#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ledger/change.h"
#include "support/scratch_database.h"

namespace whence::test {

// Purpose: one mutation after the other, a second apart. Thread-safety: one thread.
class MutationFixture {
 public:
  using Mutation = absl::FunctionRef<absl::Status(sql::WriteContext&, const ledger::Change&)>;

  // `who` makes the changes.
  explicit MutationFixture(std::string who) : actor(std::move(who)) {}

  // Runs one mutation at the next position.
  absl::Status Do(Mutation mutation) {
    database.clock.Advance(absl::Seconds(1));
    return database.Write([&](sql::WriteContext& context) {
      const ledger::Change change{
          .position = context.Next(sql::Counter::kPosition), .time = context.now(), .actor = actor};
      absl::Status status = mutation(context, change);
      if (status.ok()) now = change.position;
      return status;
    });
  }

  // The same for a mutation with a result.
  template <class F>
  auto Get(F mutation) -> decltype(mutation(std::declval<sql::WriteContext&>(),
                                            std::declval<const ledger::Change&>())) {
    decltype(mutation(std::declval<sql::WriteContext&>(),
                      std::declval<const ledger::Change&>())) result =
        absl::UnknownError("did not run");
    absl::Status status = Do([&](sql::WriteContext& context, const ledger::Change& change) {
      result = mutation(context, change);
      return result.status();
    });
    if (!status.ok()) result = status;
    return result;
  }

  sql::Connection& reader() { return database.reader(); }

  ScratchDatabase database;
  std::string actor;
  Position now = 0;  // of the last mutation that succeeded
};

}  // namespace whence::test
