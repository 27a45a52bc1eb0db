#include "sql/writer.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/batch_runner.h"

namespace whence::sql {

bool WriteContext::Postpone(int64_t key, absl::AnyInvocable<absl::Status(WriteContext&)> work) {
  const auto [found, first] = postponed_.try_emplace(key, nullptr);
  if (first) {
    keys_.push_back(key);
    return false;
  }
  found->second = std::move(work);
  return true;
}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Start(std::unique_ptr<Connection> connection,
                                                      WriterOptions options) {
  WHENCE_ASSERT(connection != nullptr && !connection->read_only());
  WHENCE_ASSERT(options.clock != nullptr);
  WHENCE_ASSERT(options.max_batch_tasks > 0);
  WHENCE_ASSERT(options.checkpoint_pages > 0 && options.idle_checkpoint_pages > 0);
  auto runner = std::make_unique<internal::BatchRunner>(std::move(connection), options);
  WHENCE_RETURN_IF_ERROR(runner->Open());
  std::unique_ptr<Writer> writer(new Writer(std::move(runner), options));
  if (options.threaded) {
    writer->thread_ = std::thread([raw = writer.get()] { raw->Loop(); });
    writer->thread_id_ = writer->thread_.get_id();
  }
  return writer;
}

Writer::Writer(std::unique_ptr<internal::BatchRunner> runner, const WriterOptions& options)
    : options_(options), runner_(std::move(runner)) {}

Writer::~Writer() { Stop(); }

void Writer::SetCounter(Counter counter, int64_t last) { runner_->SetCounter(counter, last); }

void Writer::SetLastTime(absl::Time last) { runner_->SetLastTime(last); }

absl::Status Writer::Refusal(size_t bytes) const {
  if (runner_->failed()) {
    return runner_->failure();
  }
  if (stopping_) {
    return Unavailable("SERVER_STOPPING", "the server is stopping and takes no more changes",
                       "repeat the call when it is back");
  }
  if (bytes_waiting_ > 0 && bytes_waiting_ + bytes > options_.max_queue_bytes) {
    return ResourceExhausted("WRITER_QUEUE_FULL",
                             StrCat("changes of ", bytes_waiting_, " bytes are waiting already"),
                             "repeat the call later");
  }
  if (queue_.size() + taken_waiting_ >= options_.max_queue) {
    return ResourceExhausted(
        "WRITER_QUEUE_FULL",
        StrCat(options_.max_queue, " changes are waiting already, the most there may be"),
        "repeat the call later; send several changes in one batch call");
  }
  return absl::OkStatus();
}

void Writer::Submit(WriteTask task) {
  std::unique_lock lock(mutex_);
  absl::Status refusal = Refusal(task.bytes);
  if (!refusal.ok()) {
    lock.unlock();
    std::move(task.finish)(std::move(refusal));
    return;
  }
  bytes_waiting_ += task.bytes;
  queue_.push_back(std::move(task));
  const bool wake = std::exchange(sleeping_, false);
  lock.unlock();
  if (wake) {
    wake_.notify_one();
  }
}

absl::Status Writer::RunAndWait(absl::FunctionRef<absl::Status(WriteContext&)> execute) {
  WHENCE_ASSERT(std::this_thread::get_id() != thread_id_);
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  absl::Status outcome;
  WriteTask task;
  task.execute = execute;
  task.finish = [&](absl::Status status) {
    const std::lock_guard lock(mutex);
    outcome = std::move(status);
    done = true;
    finished.notify_one();  // under the lock: the waiter's frame is gone soon after it
  };
  Submit(std::move(task));
  if (!options_.threaded) {
    while (RunQueued() != 0) {
    }
  }
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return done; });
  return outcome;
}

bool Writer::WaitForTasks() {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    if (stopping_) {
      return false;
    }
    sleeping_ = true;
    if (!runner_->IdleCheckpointDue() && !runner_->WantsIdle()) {
      wake_.wait(lock);
    } else if (wake_.wait_for(lock, absl::ToChronoNanoseconds(options_.idle_after)) ==
                   std::cv_status::timeout &&
               queue_.empty() && !stopping_) {
      lock.unlock();
      runner_->RunIdle();
      runner_->CheckpointIfDue(/*idle=*/true);
      lock.lock();
    }
    sleeping_ = false;
  }
  taken_.swap(queue_);
  taken_waiting_ = taken_.size();
  return true;
}

size_t Writer::RunTaken() {
  const std::span<WriteTask> all(taken_);
  size_t begun = 0;
  while (begun < all.size()) {
    const size_t count = std::min(options_.max_batch_tasks, all.size() - begun);
    {
      const std::lock_guard lock(mutex_);
      taken_waiting_ -= count;
      for (const WriteTask& task : all.subspan(begun, count)) bytes_waiting_ -= task.bytes;
    }
    runner_->Run(all.subspan(begun, count));
    runner_->CheckpointIfDue(/*idle=*/false);
    begun += count;
  }
  taken_.clear();
  return begun;
}

void Writer::Loop() {
  while (WaitForTasks()) {
    RunTaken();
  }
}

size_t Writer::RunQueued() {
  WHENCE_ASSERT(!options_.threaded);
  {
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(options_.max_batch_tasks, queue_.size());
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    taken_.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    taken_waiting_ = count;
  }
  const size_t count = RunTaken();
  if (count == 0) {
    runner_->CheckpointIfDue(/*idle=*/true);
  }
  return count;
}

void Writer::Stop() {
  WHENCE_ASSERT(std::this_thread::get_id() != thread_id_);
  std::call_once(stop_once_, [this] {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      sleeping_ = false;
    }
    wake_.notify_one();
    if (options_.threaded) {
      thread_.join();
    } else {
      while (RunQueued() != 0) {
      }
    }
    runner_->RunIdle();
    runner_->Close();
  });
}

absl::Status Writer::status() const { return runner_->failure(); }

WriterStats Writer::stats() const {
  WriterStats stats = runner_->stats();
  const std::lock_guard lock(mutex_);
  stats.waiting_tasks = static_cast<int64_t>(queue_.size() + taken_waiting_);
  stats.waiting_bytes = static_cast<int64_t>(bytes_waiting_);
  return stats;
}

}  // namespace whence::sql
