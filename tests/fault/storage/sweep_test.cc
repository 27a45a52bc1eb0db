// Every call of a server's life to the disk fails in every way, or is the last before the power
// fails.
#include <sqlite3.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "play.h"

namespace whence::fault {
namespace {

// WHENCE_FAULT_THOROUGH: all that can survive each crash, not two of it.
bool Thorough() { return std::getenv("WHENCE_FAULT_THOROUGH") != nullptr; }

std::string TextOf(const Fault& fault) {
  return StrCat(NameOf(fault.op), " ", fault.at, fault.half ? " half" : "",
                fault.code == 0 ? "" : StrCat(" code ", fault.code),
                fault.lasting ? " lasting" : "", fault.crash ? " crash" : "");
}

// Purpose: plays one story with many faults, and counts.
class Sweep {
 public:
  explicit Sweep(Story story) : story_(std::move(story)), reference_(&story_) {
    Play play(&story_);
    REQUIRE(play.Run({}) == "");
    for (int op = 0; op < static_cast<int>(Op::kCount); ++op) {
      calls_[static_cast<Op>(op)] = play.calls(static_cast<Op>(op));
    }
    for (const Survival survival : kSurvivals) {
      REQUIRE(play.JudgeAfter(survival, 1, reference_, Depth::kAndResend) == "");
    }
  }

  int64_t calls(Op op) const { return calls_.at(op); }

  // The fault at every call of its class, or every so many.
  void EveryCall(Fault fault, int64_t step = 1) {
    for (fault.at = 1; fault.at <= calls(fault.op); fault.at += step) One(fault);
  }

  void One(const Fault& fault) {
    ++runs_;
    Play play(&story_);
    std::string wrong = play.Run(fault);
    restarts_ += play.restarts();
    const auto number = static_cast<uint64_t>(fault.at);
    for (size_t i = 0; i < std::size(kSurvivals) && wrong.empty(); ++i) {
      // In turn, so that over all calls everything is met.
      if (!Thorough() && i % 5 != number % 5 && i % 5 != (number * 2 + 1) % 5) continue;
      ++judged_;
      const Depth depth = judged_ % 8 == 0 || Thorough() ? Depth::kAndResend : Depth::kState;
      wrong = play.JudgeAfter(kSurvivals[i], number, reference_, depth);
    }
    INFO(TextOf(fault) << " at " << play.where());
    CHECK(wrong == "");
    CHECK(play.struck());
  }

  int runs() const { return runs_; }
  int judged() const { return judged_; }
  int restarts() const { return restarts_; }

 private:
  const Story story_;
  Reference reference_;
  std::map<Op, int64_t> calls_;
  int runs_ = 0;
  int judged_ = 0;
  int restarts_ = 0;
};

void Tell(const Sweep& sweep, const char* what) {
  WARN(what << ": " << sweep.runs() << " runs, " << sweep.judged() << " ends judged, "
            << sweep.restarts() << " restarts");
}

TEST_CASE("every write fails", "[sweep]") {
  Sweep sweep(Story::Long());
  sweep.EveryCall({.op = Op::kWrite, .code = SQLITE_IOERR_WRITE, .half = true});
  sweep.EveryCall({.op = Op::kWrite, .code = SQLITE_FULL});
  sweep.EveryCall({.op = Op::kWrite, .code = SQLITE_FULL, .half = true, .lasting = true});
  if (Thorough()) sweep.EveryCall({.op = Op::kWrite, .code = SQLITE_IOERR_WRITE});
  Tell(sweep, "writes");
}

TEST_CASE("every sync fails", "[sweep]") {
  Sweep sweep(Story::Long());
  sweep.EveryCall({.op = Op::kSync, .code = SQLITE_IOERR_FSYNC});
  sweep.EveryCall({.op = Op::kSync, .code = SQLITE_IOERR_FSYNC, .lasting = true});
  sweep.EveryCall({.op = Op::kSync, .code = SQLITE_FULL});
  Tell(sweep, "syncs");
}

TEST_CASE("every other call fails", "[sweep]") {
  Sweep sweep(Story::Long());
  sweep.EveryCall({.op = Op::kTruncate, .code = SQLITE_IOERR_TRUNCATE});
  sweep.EveryCall({.op = Op::kOpen, .code = SQLITE_CANTOPEN});
  sweep.EveryCall({.op = Op::kOpen, .code = SQLITE_CANTOPEN, .lasting = true});
  sweep.EveryCall({.op = Op::kDelete, .code = SQLITE_IOERR_DELETE});
  sweep.EveryCall({.op = Op::kShmMap, .code = SQLITE_IOERR_SHMMAP});
  sweep.EveryCall({.op = Op::kShmMap, .code = SQLITE_IOERR_NOMEM});
  sweep.EveryCall({.op = Op::kLock, .code = SQLITE_IOERR_LOCK});
  sweep.EveryCall({.op = Op::kLock, .code = SQLITE_BUSY});
  sweep.EveryCall({.op = Op::kRead, .code = SQLITE_IOERR_READ});
  Tell(sweep, "other calls");
}

TEST_CASE("memory runs out", "[sweep]") {
  Sweep sweep(Story::Long());
  const int64_t step = Thorough() ? 1 : sweep.calls(Op::kAllocate) / 400 + 1;
  sweep.EveryCall({.op = Op::kAllocate}, step);
  sweep.EveryCall({.op = Op::kAllocate, .lasting = true}, step);
  Tell(sweep, "allocations");
}

TEST_CASE("the power fails at every write, sync, truncation and deletion", "[sweep]") {
  Sweep sweep(Story::Long());
  for (const Op op : {Op::kWrite, Op::kSync, Op::kTruncate, Op::kDelete}) {
    sweep.EveryCall({.op = op, .crash = true});
  }
  sweep.EveryCall({.op = Op::kWrite, .half = true, .crash = true});
  sweep.EveryCall({.op = Op::kSync, .code = SQLITE_IOERR_FSYNC, .crash = true});
  Tell(sweep, "crashes");
}

}  // namespace
}  // namespace whence::fault
