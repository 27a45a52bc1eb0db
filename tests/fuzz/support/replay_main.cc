// Runs a fuzz target without libFuzzer: every file of the folders given once (a corpus as a
// regression test), and then, where it is told how long, changes of them.
//
//   whence_fuzz_NAME [--seconds=S] [--runs=N] [--seed=N] [--dictionary=FILE] [--artifacts=FOLDER]
//                    FOLDER...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/byte_mutator.h"
#include "support/feature.h"
#include "support/mutation_loop.h"

namespace {

using whence::fuzz::MutationOptions;

struct Arguments {
  MutationOptions options;
  std::vector<std::string> dictionary;
  std::vector<std::string> folders;
};

std::string TargetName(const std::string& program) {
  const std::string name = std::filesystem::path(program).filename();
  constexpr std::string_view kPrefix = "whence_fuzz_";
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  arguments.options.name = TargetName(argv[0]);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string value = word.substr(std::min(word.find('=') + 1, word.size()));
    if (word.starts_with("--seconds=")) {
      arguments.options.seconds = std::strtod(value.c_str(), nullptr);
    } else if (word.starts_with("--runs=")) {
      arguments.options.runs = std::strtoull(value.c_str(), nullptr, 10);
    } else if (word.starts_with("--seed=")) {
      arguments.options.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (word.starts_with("--artifacts=")) {
      arguments.options.artifacts = value;
    } else if (word.starts_with("--dictionary=")) {
      arguments.dictionary = whence::fuzz::ReadDictionary(value);
    } else {
      arguments.folders.push_back(word);
    }
  }
  return arguments;
}

// In the order of their names, whatever the file system's.
std::vector<std::string> ReadCorpus(const std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      paths.push_back(entry.path());
    }
    if (error) paths.push_back(folder);  // a single file
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const std::string& path : paths) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    corpus.push_back(std::move(content).str());
  }
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  const std::vector<std::string> corpus = ReadCorpus(arguments.folders);
  whence::fuzz::RunGuarded("", arguments.options, 0);
  for (const std::string& input : corpus) whence::fuzz::RunGuarded(input, arguments.options, 0);
  std::printf("replayed %zu inputs\n", corpus.size());
  if (arguments.options.seconds > 0 || arguments.options.runs > 0) {
    const uint64_t runs =
        whence::fuzz::RunMutations(corpus, arguments.dictionary, arguments.options);
    std::printf("fuzz: %s: %llu inputs, %zu features, seed %llu\n", arguments.options.name.c_str(),
                static_cast<unsigned long long>(runs), whence::fuzz::FeatureCount(),
                static_cast<unsigned long long>(arguments.options.seed));
  }
  return 0;
}
