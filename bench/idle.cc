// The server as its users start it: from the start of the process until it is ready, and the memory
// of one with an empty catalog.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/figure.h"
#include "support/folder.h"
#include "support/options.h"
#include "support/timing.h"

namespace whence::bench {
namespace {

constexpr double kReachMs = 100;
constexpr double kReachMiB = 32;
constexpr auto kPatience = std::chrono::seconds(30);

std::string ServerBinary() {
  const char* path = std::getenv("WHENCED");
  Expect(path != nullptr && access(path, X_OK) == 0, "set WHENCED to the server's binary");
  return path;
}

// Purpose: a whenced process. Ownership: ends it on destruction. Thread-safety: none.
class Process {
 public:
  // Returns when the server says that it is ready.
  explicit Process(const std::string& folder) {
    const std::string binary = ServerBinary();
    const std::string port_file = folder + "/port";
    unlink(port_file.c_str());
    id_ = fork();
    Expect(id_ >= 0, "cannot fork");
    if (id_ == 0) {
      execl(binary.c_str(), "whenced", "--quiet", "--data", (folder + "/data").c_str(), "--listen",
            "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--port-file", port_file.c_str(),
            nullptr);
      _exit(127);
    }
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (access(port_file.c_str(), F_OK) != 0) {
      Expect(std::chrono::steady_clock::now() < end, "the server does not start");
      Expect(waitpid(id_, nullptr, WNOHANG) == 0, "the server ended");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  ~Process() {
    kill(id_, SIGTERM);
    waitpid(id_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  double ResidentMiB() const {
    std::ifstream status("/proc/" + std::to_string(id_) + "/status");
    std::string word;
    while (status >> word) {
      double kib = 0;
      if (word == "VmRSS:" && status >> kib) return kib / 1024;
    }
    Expect(false, "no VmRSS in /proc");
    return 0;
  }

 private:
  pid_t id_ = 0;
};

void Bench(const Options& options) {
  std::vector<double> firsts;
  std::vector<double> agains;
  std::vector<double> sizes;
  for (int round = 0; round < (options.brief ? 1 : 11); ++round) {
    const TemporaryFolder folder;
    std::unique_ptr<Process> process;
    const auto start = [&] { process = std::make_unique<Process>(folder.path()); };
    firsts.push_back(1e3 * SecondsOf(start));
    process.reset();
    agains.push_back(1e3 * SecondsOf(start));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    sizes.push_back(process->ResidentMiB());
  }
  Report({.name = "first_start_to_ready",
          .unit = "ms",
          .value = Median(firsts),
          .reach = kReachMs,
          .better = "lower"});
  Report({.name = "start_to_ready",
          .unit = "ms",
          .value = Median(agains),
          .reach = kReachMs,
          .better = "lower"});
  Report({.name = "idle_memory",
          .unit = "MiB",
          .value = Median(sizes),
          .reach = kReachMiB,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
