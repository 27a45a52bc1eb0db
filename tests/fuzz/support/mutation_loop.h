// Fuzzing without libFuzzer: changes of a corpus, run through a target for so many seconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace whence::fuzz {

struct MutationOptions {
  double seconds = 0;          // how long
  uint64_t runs = 0;           // how many inputs at most; 0: as many as the time allows
  uint64_t seed = 1;           // the same seed gives the same inputs in the same order
  std::string artifacts{"."};  // folder for an input that crashes or hangs
  std::string name;            // of the target, for messages
};

// Runs one input through the target. When that crashes or takes longer than ten seconds, the input
// is left in `options.artifacts`, a line on stderr says how to get there again, and the process
// ends with the signal.
void RunGuarded(const std::string& input, const MutationOptions& options, uint64_t number);

// Runs changes of `corpus` until the time or the runs are over; inputs that showed new features
// (feature.h) are changed further. Returns how many it ran.
uint64_t RunMutations(std::vector<std::string> corpus, std::vector<std::string> dictionary,
                      const MutationOptions& options);

}  // namespace whence::fuzz
