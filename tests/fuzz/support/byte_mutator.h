// Changes bytes the way fuzzers do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace whence::fuzz {

// Purpose: makes new inputs of old ones: bits, bytes, repeated and moved pieces, words of a
// dictionary, pieces of other inputs. The same seed gives the same inputs.
// Thread-safety: one thread.
class ByteMutator {
 public:
  ByteMutator(uint64_t seed, std::vector<std::string> dictionary)
      : random_(seed), dictionary_(std::move(dictionary)) {}

  // A number below `bound`, which is not 0.
  size_t Below(size_t bound) { return static_cast<size_t>(random_() % bound); }
  // One to six changes of `input`, at most `max_size` bytes long. `other` is where pieces of other
  // inputs come from; may be the same.
  void Mutate(std::string* input, const std::string& other, size_t max_size);

 private:
  void ChangeOnce(std::string* input, const std::string& other);
  void InsertWord(std::string* input);
  void TakePiece(std::string* input, const std::string& from);

  std::mt19937_64 random_;
  const std::vector<std::string> dictionary_;
};

// The words of a dictionary in libFuzzer's form: one "word" or name="word" a line, with \xHH,
// \\ and
// \" for what needs it; # begins a comment. Lines of another form are passed over.
std::vector<std::string> ReadDictionary(const std::string& path);

}  // namespace whence::fuzz
