#include "service/fair_queue.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"

namespace whence::service {

FairQueue::Line* FairQueue::Longest() const {
  WHENCE_ASSERT(!turns_.empty());
  return *std::ranges::max_element(turns_, {}, [](const Line* line) { return line->places; });
}

// A line in which nothing waits or runs.
void FairQueue::Forget(Line* line) {
  if (line->tasks.empty() && line->running == 0) lines_.erase(std::string(line->caller));
}

bool FairQueue::MakeRoom(const std::string& caller, size_t places, std::vector<Task>* refused) {
  const auto found = lines_.find(caller);
  const size_t after = places + (found == lines_.end() ? 0 : found->second->places);
  std::vector<std::pair<Line*, Waiting>> evicted;
  while (taken_ + places > places_) {
    Line* line = turns_.empty() ? nullptr : Longest();
    if (line == nullptr || line->caller == caller || line->places <= after) break;
    evicted.emplace_back(line, std::move(line->tasks.back()));
    line->tasks.pop_back();
    line->places -= evicted.back().second.places;
    taken_ -= evicted.back().second.places;
  }
  const bool enough = taken_ + places <= places_;
  // Last out, first in again.
  for (auto each = evicted.rbegin(); each != evicted.rend(); ++each) {
    auto& [line, waiting] = *each;
    if (enough) {
      refused->push_back(std::move(waiting.task));
      continue;
    }
    line->places += waiting.places;
    taken_ += waiting.places;
    line->tasks.push_back(std::move(waiting));
  }
  std::vector<Line*> empty;
  std::ranges::copy_if(turns_, std::back_inserter(empty),
                       [](const Line* line) { return line->tasks.empty(); });
  for (Line* line : empty) {
    std::erase(turns_, line);
    Forget(line);
  }
  return enough;
}

std::vector<FairQueue::Task> FairQueue::Add(const std::string& caller, size_t places, Task task) {
  std::vector<Task> refused;
  if (!MakeRoom(caller, places, &refused)) {
    refused.push_back(std::move(task));
    return refused;
  }
  std::unique_ptr<Line>& line = lines_[caller];
  if (line == nullptr) line = std::make_unique<Line>(Line{.caller = caller});
  if (line->tasks.empty()) turns_.push_back(line.get());
  line->tasks.push_back({.task = std::move(task), .places = places});
  line->places += places;
  taken_ += places;
  return refused;
}

size_t FairQueue::size() const {
  size_t tasks = 0;
  for (const Line* line : turns_) tasks += line->tasks.size();
  return tasks;
}

bool FairQueue::Ready() const {
  return std::ranges::any_of(turns_, [this](const Line* line) { return line->running < share_; });
}

std::pair<FairQueue::Task, std::string> FairQueue::Take() {
  const auto turn =
      std::ranges::find_if(turns_, [this](const Line* line) { return line->running < share_; });
  WHENCE_ASSERT(turn != turns_.end());
  Line* line = *turn;
  turns_.erase(turn);
  Waiting next = std::move(line->tasks.front());
  line->tasks.pop_front();
  line->places -= next.places;
  taken_ -= next.places;
  ++line->running;
  if (!line->tasks.empty()) turns_.push_back(line);
  return {std::move(next.task), line->caller};
}

void FairQueue::Ended(const std::string& caller) {
  const auto found = lines_.find(caller);
  WHENCE_ASSERT(found != lines_.end() && found->second->running > 0);
  --found->second->running;
  Forget(found->second.get());
}

}  // namespace whence::service
