// whence_simulation [--seed N] [--from N] [--seeds COUNT] [--steps COUNT]
//
// Simulates a server under every seed in turn, and every hundredth twice, which must be the same to
// the last write. With --seed only that one, with everything that happened. Ends with
// "N passed, N failed"; a seed that fails is printed as the command that shows it again.
// In a soak it goes on from a random seed until its time is over.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "simulation.h"
#include "support/sanitizer.h"
#include "support/soak.h"

namespace whence::fault {
namespace {

// Under ThreadSanitizer, for which one thread has little to show, a tenth.
uint64_t Seeds() { return test::Sanitized("thread") ? 300 : test::Sanitized() ? 1000 : 3000; }

struct Arguments {
  uint64_t from = 1;
  uint64_t seeds = Seeds();
  int steps = 60;
  bool one = false;
  bool soaking = false;  // for as long as there is time, instead of `seeds`
  std::string program;
};

bool Read(int argc, char** argv, Arguments* arguments) {
  arguments->program = argv[0];
  arguments->soaking = argc == 1 && test::SoakTime::Soaking();
  if (arguments->soaking) arguments->from = test::AnySeed();
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) return false;
    const uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seed") {
      arguments->from = value;
      arguments->seeds = 1;
      arguments->one = true;
    } else if (name == "--from") {
      arguments->from = value;
    } else if (name == "--seeds") {
      arguments->seeds = value;
    } else if (name == "--steps") {
      arguments->steps = static_cast<int>(value);
    } else {
      return false;
    }
  }
  return true;
}

void Print(const Counts& counts) {
  std::cout << counts.orders << " orders: " << counts.acknowledged << " acknowledged, "
            << counts.refused << " refused, " << counts.failed << " failed by the disk, "
            << counts.uncertain << " uncertain, " << counts.replayed << " sent again\n"
            << counts.faults << " faults, " << counts.crashes << " crashes, " << counts.restarts
            << " restarts, " << counts.failed_writers << " failed writers, " << counts.reads
            << " reads, " << counts.backups << " backups; decisions: " << counts.allowed << " yes, "
            << counts.denied << " no\n";
}

// Of so many seeds something of everything happened, or they would prove nothing.
bool SawEverything(const Counts& counts) {
  return counts.acknowledged > 0 && counts.refused > 0 && counts.failed > 0 &&
         counts.uncertain > 0 && counts.replayed > 0 && counts.faults > 0 && counts.crashes > 0 &&
         counts.restarts > 0 && counts.failed_writers > 0 && counts.reads > 0 &&
         counts.backups > 0 && counts.allowed > 0 && counts.denied > 0;
}

int Main(const Arguments& arguments) {
  const test::SoakTime time;
  const test::TemporaryFolder folder;
  const Files files = MakeTemplate(folder.path());
  Counts counts;
  uint64_t run = 0, failed = 0;
  while (failed < 10 && (arguments.soaking ? !time.Over() : run < arguments.seeds)) {
    const uint64_t seed = arguments.from + run++;
    std::string wrong, trace;
    {
      Simulation simulation(seed, files, folder.path());
      wrong = simulation.Run(arguments.steps);
      trace = simulation.trace();
      counts.Add(simulation.counts());
    }
    if (wrong.empty() && seed % 100 == 0) {
      Simulation again(seed, files, folder.path());
      wrong = again.Run(arguments.steps);
      if (wrong.empty() && again.trace() != trace) wrong = "the second time it went otherwise";
    }
    if (arguments.one) std::cout << trace;
    if (wrong.empty()) continue;
    std::cout << "seed " << seed << ": " << wrong << "\n  " << arguments.program << " --steps "
              << arguments.steps << " --seed " << seed << std::endl;
    ++failed;
  }
  Print(counts);
  if (run >= 100 && failed == 0 && !SawEverything(counts)) {
    std::cout << "something of this never happened\n";
    ++failed;
  }
  time.Tell(StrCat("simulation: ", run, " seeds from ", arguments.from));
  std::cout << run - failed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace whence::fault

int main(int argc, char** argv) {
  whence::fault::Arguments arguments;
  if (!whence::fault::Read(argc, argv, &arguments)) {
    std::cerr << "usage: whence_simulation [--seed N] [--from N] [--seeds COUNT] [--steps COUNT]\n";
    return 2;
  }
  return whence::fault::Main(arguments);
}
