#include "support/mutation_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "support/byte_mutator.h"
#include "support/feature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// A target may have a mutator of its own; it calls LLVMFuzzerMutate, which libFuzzer has otherwise.
extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                                                size_t max_size, unsigned seed);
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
// The address sanitizer ends the process by itself and tells us so before.
// NOLINTNEXTLINE(bugprone-reserved-identifier): its name
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace whence::fuzz {
namespace {

constexpr unsigned kHangSeconds = 10;
constexpr size_t kLongestInput = size_t{16} << 10;
constexpr size_t kLargestPool = 4000;

// For the signal handler: everything is ready before the input runs.
struct Running {
  const char* data = nullptr;
  size_t size = 0;
  char path[512] = {};
  char message[1024] = {};
};
Running running;
ByteMutator* mutator = nullptr;

void WriteAll(int descriptor, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(descriptor, data, size);
    if (written <= 0) return;
    data += written;
    size -= static_cast<size_t>(written);
  }
}

void LeaveInput() {
  if (running.data == nullptr) return;
  const int file = open(running.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0) {
    WriteAll(file, running.data, running.size);
    close(file);
  }
  WriteAll(STDERR_FILENO, running.message, std::strlen(running.message));
  running.data = nullptr;
}

void OnSignal(int signal) {
  LeaveInput();
  std::signal(signal, SIG_DFL);
  std::raise(signal == SIGALRM ? SIGABRT : signal);
}

void InstallHandlers() {
  static const bool installed = [] {
    for (const int signal : {SIGABRT, SIGALRM}) std::signal(signal, OnSignal);
    if (__sanitizer_set_death_callback != nullptr) {
      __sanitizer_set_death_callback(LeaveInput);
    } else {
      for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, OnSignal);
    }
    return true;
  }();
  static_cast<void>(installed);
}

// A new input of two old ones.
void Change(std::string* input, const std::string& other) {
  if (LLVMFuzzerCustomMutator == nullptr || mutator->Below(16) == 0) {
    mutator->Mutate(input, other, kLongestInput);
    return;
  }
  const size_t size = std::min(input->size(), kLongestInput);
  input->resize(kLongestInput);
  input->resize(LLVMFuzzerCustomMutator(reinterpret_cast<uint8_t*>(input->data()), size,
                                        kLongestInput,
                                        static_cast<unsigned>(mutator->Below(0xFFFFFFFFU))));
}

}  // namespace

void RunGuarded(const std::string& input, const MutationOptions& options, uint64_t number) {
  InstallHandlers();
  std::snprintf(running.path, sizeof(running.path), "%s/crash-%s-%llu-%llu",
                options.artifacts.c_str(), options.name.c_str(),
                static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(number));
  std::snprintf(running.message, sizeof(running.message),
                "fuzz: input %llu of seed %llu crashed or hung: %s\n"
                "fuzz: again with its history: whence_fuzz_%s --seed=%llu --runs=%llu CORPUS\n",
                static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(options.seed), running.path, options.name.c_str(),
                static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(number) + 1);
  running.size = input.size();
  running.data = input.data();
  alarm(kHangSeconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  alarm(0);
  running.data = nullptr;
}

uint64_t RunMutations(std::vector<std::string> pool, std::vector<std::string> dictionary,
                      const MutationOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options.seconds));
  ByteMutator own(options.seed, std::move(dictionary));
  mutator = &own;
  if (pool.empty()) pool.emplace_back();
  uint64_t number = 0;
  while ((options.runs == 0 || number < options.runs) &&
         (options.seconds == 0 || Clock::now() < end)) {
    std::string input = pool[own.Below(pool.size())];
    Change(&input, pool[own.Below(pool.size())]);
    const size_t before = FeatureCount();
    RunGuarded(input, options, number++);
    if (FeatureCount() == before) continue;
    if (pool.size() < kLargestPool) {
      pool.push_back(std::move(input));
    } else {
      pool[own.Below(pool.size())] = std::move(input);
    }
  }
  mutator = nullptr;
  return number;
}

}  // namespace whence::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  whence::fuzz::mutator->Mutate(&input, input, max_size);
  std::copy(input.begin(), input.end(), data);
  return input.size();
}
