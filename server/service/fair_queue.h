// Tasks that wait, taken from one caller after the other.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace whence::service {

// Purpose: each caller has a line of its own, in which its tasks keep their order, and the lines
// take turns; so who asks for a thousand things delays who asks for one by one thing a turn. A task
// takes places by its size. When there are none left, a caller still gets some as long as another
// has more than it would then have: those of that one's newest task. Ownership: owns the tasks.
// Thread-safety: none; its user has a mutex.
class FairQueue {
 public:
  using Task = absl::AnyInvocable<void(absl::Status) &&>;

  // So many places, and tasks of one caller at a time.
  FairQueue(size_t places, int share) : places_(places), share_(share) {}
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Puts a task at the end of its caller's line. Returns the tasks for which there is no place: it
  // itself, or others.
  std::vector<Task> Add(const std::string& caller, size_t places, Task task);

  // No task waits.
  bool empty() const { return turns_.empty(); }
  // Tasks that wait.
  size_t size() const;
  // One waits whose caller has not its share.
  bool Ready() const;
  // Takes the next one (Ready is asserted) and its caller's name, for Ended when it is done.
  std::pair<Task, std::string> Take();
  void Ended(const std::string& caller);

 private:
  struct Waiting {
    Task task;
    size_t places = 0;
  };
  struct Line {
    std::string caller{};
    std::deque<Waiting> tasks{};  // oldest first
    size_t places = 0;            // of them
    int running = 0;
  };

  // Takes places from longer lines; false, and nobody loses any, when those are not enough.
  bool MakeRoom(const std::string& caller, size_t places, std::vector<Task>* refused);
  // The line with the most places; there is one.
  Line* Longest() const;
  void Forget(Line* line);

  const size_t places_;
  const int share_;
  size_t taken_ = 0;                                               // places
  absl::flat_hash_map<std::string, std::unique_ptr<Line>> lines_;  // tasks wait or run
  std::deque<Line*> turns_;  // lines in which a task waits, the next one first
};

}  // namespace whence::service
