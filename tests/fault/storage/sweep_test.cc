// Every call of a server's life to the disk fails in every way, or is the last before the power
// fails. In `make test` two of the five kinds of what survives are judged at each point, and of the
// allocations so many; a soak judges all at every point, as far as its time goes.
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "play.h"
#include "support/sanitizer.h"
#include "support/soak.h"

namespace whence::fault {
namespace {

bool Thorough() { return test::SoakTime::Soaking(); }

// Of so many points one is met. Sanitizers look for other things than a story's end, and those show
// at a part of the points, spread over the whole story; ThreadSanitizer takes twenty times as long.
int64_t OneOf() {
  if (Thorough()) return 1;
  return test::Sanitized("thread") ? 8 : test::Sanitized() ? 3 : 1;
}

// Since the first sweep.
const test::SoakTime& Time() {
  static const test::SoakTime time;
  return time;
}

std::string TextOf(const Fault& fault) {
  return StrCat(NameOf(fault.op), " ", fault.at, fault.half ? " half" : "",
                fault.code == 0 ? "" : StrCat(" code ", fault.code),
                fault.lasting ? " lasting" : "", fault.crash ? " crash" : "");
}

// Purpose: plays one story with many faults, and counts. In a soak until `until`, a part of the
// whole sweep's time, is over.
class Sweep {
 public:
  Sweep(const char* what, double until, Story story = Story::Long())
      : what_(what), until_(until), story_(std::move(story)), reference_(&story_) {
    Time();
    Play play(&story_);
    REQUIRE(play.Run({}) == "");
    REQUIRE(play.checkpoints() > 1);
    for (int op = 0; op < static_cast<int>(Op::kCount); ++op) {
      calls_[static_cast<Op>(op)] = play.calls(static_cast<Op>(op));
    }
    for (const Survival survival : kSurvivals) {
      REQUIRE(play.JudgeAfter(survival, 1, reference_, Depth::kAndResend) == "");
    }
  }

  int64_t calls(Op op) const { return calls_.at(op); }

  ~Sweep() { Tell(); }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  // The faults at every call of their classes, or every so many.
  void EveryCall(const std::vector<Fault>& faults, int64_t step = 1) {
    int64_t last = 0;
    for (const Fault& fault : faults) last = std::max(last, calls(fault.op));
    const int64_t count = (last + step - 1) / step;
    // Not one after the other: if time is over before the end, all of the story was met.
    const int64_t stride = Stride(count);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = 1 + i * stride % count * step;
      for (Fault fault : faults) {
        if (at > calls(fault.op)) continue;
        ++points_;
        fault.at = at;
        if (i < (count + OneOf() - 1) / OneOf() && !Time().Over(until_)) One(fault);
      }
    }
  }

 private:
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

  // About 0.6 of the count, and prime to it: steps of it come by every number once.
  static int64_t Stride(int64_t count) {
    int64_t stride = std::max<int64_t>(1, count * 618 / 1000);
    while (std::gcd(stride, count) != 1) ++stride;
    return stride;
  }

  void Tell() const {
    const std::string text = StrCat(
        what_, ": ", runs_, " of ", points_, " points, ", judged_, " ends judged, ", restarts_,
        " restarts", runs_ == points_ ? "" : StrCat("; left out: ", points_ - runs_, " points"));
    WARN(text);
    Time().Tell(text);
  }

  const char* const what_;
  const double until_;
  const Story story_;
  Reference reference_;
  std::map<Op, int64_t> calls_;
  int points_ = 0;
  int runs_ = 0;
  int judged_ = 0;
  int restarts_ = 0;
};

TEST_CASE("every write fails", "[sweep]") {
  Sweep sweep("writes", 0.3);
  sweep.EveryCall({{.op = Op::kWrite, .code = SQLITE_IOERR_WRITE, .half = true},
                   {.op = Op::kWrite, .code = SQLITE_FULL},
                   {.op = Op::kWrite, .code = SQLITE_FULL, .half = true, .lasting = true}});
  if (Thorough()) sweep.EveryCall({{.op = Op::kWrite, .code = SQLITE_IOERR_WRITE}});
}

TEST_CASE("every sync fails", "[sweep]") {
  Sweep sweep("syncs", 0.35);
  sweep.EveryCall({{.op = Op::kSync, .code = SQLITE_IOERR_FSYNC},
                   {.op = Op::kSync, .code = SQLITE_IOERR_FSYNC, .lasting = true},
                   {.op = Op::kSync, .code = SQLITE_FULL}});
}

TEST_CASE("every other call fails", "[sweep]") {
  Sweep sweep("other calls", 0.5);
  sweep.EveryCall({{.op = Op::kTruncate, .code = SQLITE_IOERR_TRUNCATE},
                   {.op = Op::kOpen, .code = SQLITE_CANTOPEN},
                   {.op = Op::kOpen, .code = SQLITE_CANTOPEN, .lasting = true},
                   {.op = Op::kDelete, .code = SQLITE_IOERR_DELETE},
                   {.op = Op::kShmMap, .code = SQLITE_IOERR_SHMMAP},
                   {.op = Op::kShmMap, .code = SQLITE_IOERR_NOMEM},
                   {.op = Op::kLock, .code = SQLITE_IOERR_LOCK},
                   {.op = Op::kLock, .code = SQLITE_BUSY},
                   {.op = Op::kRead, .code = SQLITE_IOERR_READ}});
}

TEST_CASE("every call fails from one on", "[sweep]") {
  Sweep sweep("lasting", 0.6);
  sweep.EveryCall({{.op = Op::kTruncate, .code = SQLITE_IOERR_TRUNCATE, .lasting = true},
                   {.op = Op::kDelete, .code = SQLITE_IOERR_DELETE, .lasting = true},
                   {.op = Op::kRead, .code = SQLITE_IOERR_READ, .lasting = true}});
  if (!Thorough()) return;
  sweep.EveryCall({{.op = Op::kShmMap, .code = SQLITE_IOERR_SHMMAP, .lasting = true},
                   {.op = Op::kLock, .code = SQLITE_IOERR_LOCK, .lasting = true}});
}

TEST_CASE("every call to a plain file fails, or is the last", "[sweep]") {
  Sweep sweep("plain files", 0.65);
  std::vector<Fault> faults;
  for (const Op op : kFileOps) {
    for (const int code : {EIO, ENOSPC}) faults.push_back({.op = op, .code = code});
    faults.push_back({.op = op, .code = EIO, .lasting = true});
    faults.push_back({.op = op, .crash = true});
    faults.push_back({.op = op, .code = EIO, .crash = true});
  }
  for (const Op op : {Op::kFileRead, Op::kFileWrite}) {
    faults.push_back({.op = op, .half = true});  // short, and goes on
    faults.push_back({.op = op, .half = true, .lasting = true});
    faults.push_back({.op = op, .code = EINTR});
  }
  faults.push_back({.op = Op::kFileWrite, .code = ENOSPC, .half = true, .lasting = true});
  faults.push_back({.op = Op::kFileWrite, .half = true, .crash = true});
  sweep.EveryCall(faults);
}

// After which calls the power fails. What is not among them (reads, locks, shared memory) leaves
// the disk as the call before it did.
std::vector<Fault> Crashes() {
  std::vector<Fault> faults;
  for (const Op op : {Op::kWrite, Op::kSync, Op::kTruncate, Op::kDelete, Op::kOpen}) {
    faults.push_back({.op = op, .crash = true});
  }
  faults.push_back({.op = Op::kWrite, .half = true, .crash = true});
  faults.push_back({.op = Op::kSync, .code = SQLITE_IOERR_FSYNC, .crash = true});
  faults.push_back({.op = Op::kOpen, .code = SQLITE_CANTOPEN, .crash = true});
  return faults;
}

TEST_CASE("the power fails at every write, sync, truncation, deletion and opening", "[sweep]") {
  Sweep sweep("crashes", 0.7);
  sweep.EveryCall(Crashes());
}

// The same with a story of its own: one that held everything would have to be played as often
// again.
TEST_CASE("grants, tokens, policies and what columns are survive all that", "[sweep][access]") {
  Sweep sweep("access", 0.8, Story::Access());
  std::vector<Fault> faults = Crashes();
  faults.push_back({.op = Op::kWrite, .code = SQLITE_IOERR_WRITE, .half = true});
  faults.push_back({.op = Op::kWrite, .code = SQLITE_FULL});
  faults.push_back({.op = Op::kSync, .code = SQLITE_IOERR_FSYNC});
  faults.push_back({.op = Op::kRead, .code = SQLITE_IOERR_READ});
  sweep.EveryCall(faults);
  const int64_t step = Thorough() ? 1 : sweep.calls(Op::kAllocate) / 100 + 1;
  sweep.EveryCall({{.op = Op::kAllocate}}, step);
}

// Last: it is by far the longest, and takes what time is left.
TEST_CASE("memory runs out", "[sweep]") {
  Sweep sweep("allocations", 1.0);
  const int64_t step = Thorough() ? 1 : sweep.calls(Op::kAllocate) / 400 + 1;
  sweep.EveryCall({{.op = Op::kAllocate}, {.op = Op::kAllocate, .lasting = true}}, step);
}

}  // namespace
}  // namespace whence::fault
