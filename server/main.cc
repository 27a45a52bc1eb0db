// whenced: builds the house and opens the doors.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <new>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "base/version.h"
#include "grpc/listener.h"
#include "grpc/server.h"
#include "migrations/embedded.h"
#include "service/corridor.h"
#include "service/house.h"
#include "sql/backup.h"
#include "sql/writer.h"

// jemalloc's: memory that a burst took goes back to the system also when nothing follows it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
}

namespace {

constexpr absl::Duration kStopGrace = absl::Seconds(10);
constexpr int kWorkers = 2;     // long reads of one caller at a time; a thread more serves others
constexpr int kUsageError = 3;  // as the whence command's

struct Flags {
  std::string data = "./whence-data";
  std::string listen = "127.0.0.1:7070";
  std::string port_file;
  std::string restore;
  bool quiet = false;
  whence::sql::WriterOptions writer;
};

// What the user sees of an error: what was wrong, and what to do.
int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  const std::string hint = whence::GetErrorDetail(status).hint;
  if (!hint.empty()) std::cerr << "hint: " << hint << "\n";
  return 1;
}

// A command line that is wrong, told in the form of every other error.
int FailUsage(std::string_view message) {
  std::cerr << "error: " << message << "\nhint: see 'whenced --help'\n";
  return kUsageError;
}

// CLI11's words, said plainly: "The following argument was not expected: --x" and
// "--data: 1 required TEXT missing".
std::string UsageText(const CLI::ParseError& error) {
  const std::string text = error.what();
  if (const size_t colon = text.find("not expected: "); colon != std::string::npos) {
    return whence::StrCat("unknown argument ", text.substr(colon + 14));
  }
  if (text.ends_with(" missing"))
    return whence::StrCat(text.substr(0, text.find(':')), " needs a value");
  return text;
}

// Whether the address ends in ":PORT", with a number that is a port. The system's own parser takes
// a larger one for another.
bool HasPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = address.substr(colon + 1);
  uint32_t number = 0;
  return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos &&
         absl::SimpleAtoi(whence::ToAbsl(port), &number) &&
         number <= std::numeric_limits<uint16_t>::max();
}

// Lets scripts and tests find a server that chose its own port. Written whole or not at all.
bool WritePortFile(const std::string& path, const std::string& address) {
  const std::string part = path + ".part";
  std::ofstream(part) << address << "\n";
  return std::rename(part.c_str(), path.c_str()) == 0;
}

// Signals that end the server are taken by WaitForStop alone; every thread inherits the mask.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Restore(const Flags& flags) {
  if (absl::Status status = whence::sql::Restore(flags.restore, flags.data); !status.ok()) {
    return Fail(status);
  }
  std::cout << "restored " << flags.restore << " into " << flags.data << "\n";
  return 0;
}

int Serve(const Flags& flags) {
  const sigset_t stop_signals = BlockStopSignals();
  whence::rpc::RaiseDescriptorLimit();
  // Debian's Abseil, a build with assertions, follows every lock that gRPC takes.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // gRPC would catch the exception, and go on with half of something.
  std::set_new_handler([] {
    std::fputs("whenced: out of memory\n", stderr);
    std::abort();
  });
  whence::SystemClock clock;
  whence::RandomIdSource ids(&clock);
  auto house = whence::service::House::Open({.data_folder = flags.data,
                                             .migrations = whence::EmbeddedMigrations(),
                                             .clock = &clock,
                                             .ids = &ids,
                                             .writer = flags.writer});
  if (!house.ok()) return Fail(house.status());
  {
    whence::service::Corridor corridor(house->get(), kWorkers);
    auto server = whence::rpc::Server::Start(&corridor, {.listen_address = flags.listen});
    if (!server.ok()) return Fail(server.status());
    const std::string& address = (*server)->address();
    if (absl::Status status = (*house)->folder().UpdateAddress(address); !status.ok()) {
      return Fail(status);
    }
    if (!flags.quiet) {
      std::cout << "whenced " << whence::kVersion << " listening on " << address
                << " (gRPC), data in " << flags.data << std::endl;
    }
    if (!flags.port_file.empty() && !WritePortFile(flags.port_file, address)) {
      std::cerr << "error: cannot write " << flags.port_file << "\n";
      return 1;
    }
    int signal = 0;
    sigwait(&stop_signals, &signal);
    if (!flags.quiet) std::cout << "stopping" << std::endl;
    (*server)->Stop(kStopGrace);
  }
  house->reset();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("whenced, the Whence server: where did this prediction come from?");
  Flags flags;
  app.set_version_flag("--version",
                       whence::StrCat("whenced ", whence::kVersion, " (", whence::kBuild, ")"));
  app.add_option("--data", flags.data, "Folder of the database")->capture_default_str();
  app.add_option("--listen", flags.listen, "Address for gRPC, HOST:PORT; port 0: a free one")
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file,
                 "File to write HOST:PORT into once the server is ready");
  app.add_option("--restore", flags.restore,
                 "Put this backup into --data, which must hold no database, and exit");
  app.add_flag("--quiet", flags.quiet, "Print nothing but errors");
  // In no help: for the tests that kill the server in its checkpoints.
  app.add_option("--checkpoint-pages", flags.writer.checkpoint_pages)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and the version come by this way too.
    return error.get_exit_code() == 0 ? app.exit(error) : FailUsage(UsageText(error));
  }
  if (!HasPort(flags.listen)) {
    return FailUsage(
        whence::StrCat("--listen ", flags.listen, " is not HOST:PORT with a port from 0 to 65535"));
  }
  return flags.restore.empty() ? Serve(flags) : Restore(flags);
}
