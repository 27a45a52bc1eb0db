#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  return whence::cli::Run(words, whence::cli::ProcessEnvironment());
}
