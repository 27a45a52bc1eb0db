#include "service/fair_queue.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::service {
namespace {

// A queue of tasks that have names: those taken, in their order, and those refused.
class Named {
 public:
  Named(size_t places, int share) : queue(places, share) {}

  // The tasks that were refused.
  std::string Add(const std::string& caller, const std::string& name, size_t places = 1) {
    std::string refused;
    for (FairQueue::Task& task : queue.Add(caller, places, [this, name](absl::Status status) {
           CHECK((status.ok() || status.message() == "refused"));
           called_ = name;
         })) {
      std::move(task)(absl::ResourceExhaustedError("refused"));
      refused += called_;
    }
    return refused;
  }
  std::string Take() {
    auto [task, caller] = queue.Take();
    std::move(task)(absl::OkStatus());
    callers.push_back(caller);
    return called_;
  }
  // All that can be taken, each ended before the next.
  std::string TakeAll() {
    std::string all;
    while (queue.Ready()) {
      all += Take();
      queue.Ended(callers.back());
    }
    return all;
  }

  FairQueue queue;
  std::vector<std::string> callers;  // of what was taken

 private:
  std::string called_;
};

TEST_CASE("callers take turns, and the tasks of each keep their order") {
  Named named(100, 1);
  CHECK(named.queue.empty());
  for (const char* task : {"1", "2", "3", "4"}) CHECK(named.Add("ana", task).empty());
  for (const char* task : {"a", "b"}) CHECK(named.Add("bob", task).empty());
  CHECK(named.Add("eve", "x").empty());
  CHECK_FALSE(named.queue.empty());
  CHECK(named.TakeAll() == "1ax2b34");
  CHECK(named.queue.empty());
}

TEST_CASE("a small question waits for one of a thousand of another's, not for all") {
  Named named(kMaxWorkerQueue, 1);
  for (size_t i = 0; i < kMaxWorkerQueue; ++i) CHECK(named.Add("hostile", "h").empty());
  // There is no place left, but the others' are more: the newest of them goes.
  CHECK(named.Add("small", "s") == "h");
  CHECK(named.Add("hostile", "i") == "i");
  CHECK(named.Take() == "h");
  CHECK(named.Take() == "s");
}

TEST_CASE("who has its share under way waits, and nobody else does") {
  Named named(100, 2);
  for (const char* task : {"1", "2", "3"}) named.Add("ana", task);
  CHECK(named.Take() == "1");
  CHECK(named.Take() == "2");
  CHECK_FALSE(named.queue.Ready());
  CHECK_FALSE(named.queue.empty());
  named.Add("bob", "b");
  CHECK(named.Take() == "b");
  CHECK_FALSE(named.queue.Ready());
  named.queue.Ended("bob");
  CHECK_FALSE(named.queue.Ready());
  named.queue.Ended("ana");
  CHECK(named.Take() == "3");
  CHECK(named.queue.empty());
}

TEST_CASE("when the places are used up, who has fewer takes them from who has most") {
  Named named(10, 1);
  CHECK(named.Add("ana", "1", 6).empty());
  CHECK(named.Add("ana", "2", 2).empty());
  CHECK(named.Add("bob", "a", 2).empty());
  CHECK(named.Add("bob", "b", 4) == "b");  // two from the other one would not be enough
  CHECK(named.Add("bob", "c", 2) == "2");
  CHECK(named.Add("eve", "x", 3) == "1");  // as much as it takes, and no more
  CHECK(named.Add("eve", "y", 3).empty());
  CHECK(named.Add("eve", "z", 1) == "z");  // nobody has more
  CHECK(named.TakeAll() == "axcy");
}

TEST_CASE("a task larger than all places is refused") {
  Named named(10, 1);
  CHECK(named.Add("ana", "1", 11) == "1");
  CHECK(named.Add("ana", "2", 10).empty());
  CHECK(named.TakeAll() == "2");
}

}  // namespace
}  // namespace whence::service
