// whenced: builds the house and opens the doors.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "access/audit_rules.h"
#include "access/bootstrap.h"
#include "access/identity_config.h"
#include "access/trust.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "base/version.h"
#include "files/watched.h"
#include "grpc/server.h"
#include "http/authzen_mapping.h"
#include "http/key_source.h"
#include "http/server.h"
#include "http/witness_asker.h"
#include "migrations/embedded.h"
#include "net/listener.h"
#include "net/tls_files.h"
#include "service/corridor.h"
#include "service/house.h"
#include "service/owner_token.h"
#include "sql/backup.h"
#include "sql/data_folder.h"
#include "sql/writer.h"

// jemalloc's: memory that a burst took goes back to the system also when nothing follows it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
}

namespace {

constexpr std::string_view kTokenFile = "admin.token";
constexpr char kOff[] = "off";  // instead of an address
constexpr int kUsageError = 3;  // as the whence command's

struct Flags {
  std::string data = "./whence-data";
  std::string listen = "127.0.0.1:7070";
  std::string port_file;
  std::string http_listen = "127.0.0.1:7071";
  std::string http_port_file;
  std::string restore;
  std::string admin = "user:admin";
  std::string identity;
  int64_t max_calls_per_second = 0;
  int64_t max_request_bytes_per_second = 0;
  std::string authzen;  // a file
  bool new_admin_token = false;
  std::string audit;  // a file
  std::string ledger_origin;
  bool new_ledger_key = false;
  bool open_ledger = false;
  std::vector<std::string> witnesses;  // URL=VKEY
  std::string witness_ca;
  whence::net::TlsPaths tls;
  bool tls_require_client_certificate = false;
  bool insecure_plaintext = false;
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

std::string TokenFileIn(const std::string& data) { return whence::StrCat(data, "/", kTokenFile); }

// Where the owner of the metastore finds its token, and nobody else does.
whence::access::KeepSecret KeepIn(const std::string& path) {
  return [path](const std::string& secret) {
    return whence::sql::WriteSecretFile(path, secret + "\n");
  };
}

whence::service::HouseOptions OptionsOf(const Flags& flags, const whence::Clock* clock,
                                        whence::IdSource* ids) {
  return {.data_folder = flags.data,
          .migrations = whence::EmbeddedMigrations(),
          .clock = clock,
          .ids = ids,
          .admin = flags.admin,
          .keep_first_token = KeepIn(TokenFileIn(flags.data)),
          .ledger_origin = flags.ledger_origin,
          .writer = flags.writer};
}

// What an administrator does to a metastore that no server has open: whoever may write to the data
// folder may do everything anyway.
int Offline(const Flags& flags) {
  const whence::SystemClock clock;
  whence::RandomIdSource ids(&clock);
  if (!std::filesystem::exists(flags.data + "/whence.db")) {
    return Fail(whence::FailedPrecondition("DATA_FOLDER_UNUSABLE",
                                           whence::StrCat("there is no metastore in ", flags.data),
                                           "name its folder with --data"));
  }
  whence::service::HouseOptions options = OptionsOf(flags, &clock, &ids);
  options.new_ledger_key = flags.new_ledger_key;
  auto house = whence::service::House::Open(options);
  if (!house.ok()) return Fail(house.status());
  if (flags.new_ledger_key) {
    const whence::ledger::LogKey key = (*house)->log().keys().back();
    std::cout << "the ledger's new key is " << key.vkey << "\n"
              << (key.endorsement.empty()
                      ? "no key before has signed it: give it to whoever checks the ledger"
                      : "the key before has signed it")
              << "\n";
  }
  if (!flags.new_admin_token) return 0;
  const auto owner = whence::service::MakeOwnerToken(**house, KeepIn(TokenFileIn(flags.data)));
  if (!owner.ok()) return Fail(owner.status());
  std::cout << "the new token of " << *owner << " is in " << TokenFileIn(flags.data) << "\n";
  return 0;
}

// The doors of a house, open from Open to Close.
class Doors {
 public:
  // `tls` is null where nothing is encrypted, `authzen` where words are Whence's own.
  Doors(whence::service::Corridor* corridor, whence::net::TlsFiles* tls,
        whence::http::AuthzenFile* authzen)
      : corridor_(corridor), tls_(tls), authzen_(authzen) {}

  absl::Status Open(const Flags& flags) {
    WHENCE_ASSIGN_OR_RETURN(
        grpc_, whence::rpc::Server::Start(
                   corridor_, {.listen_address = flags.listen,
                               .tls = tls_,
                               .require_client_certificate = flags.tls_require_client_certificate,
                               .insecure_plaintext = flags.insecure_plaintext}));
    if (flags.http_listen == kOff) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(
        http_, whence::http::Server::Start(
                   corridor_, {.listen_address = flags.http_listen,
                               .tls = tls_,
                               .require_client_certificate = flags.tls_require_client_certificate,
                               .insecure_plaintext = flags.insecure_plaintext,
                               .authzen_file = authzen_,
                               .open_ledger = flags.open_ledger}));
    return absl::OkStatus();
  }
  void Close() {
    // Both at once: neither waits for the other's callers.
    std::thread http([this] {
      if (http_ != nullptr) http_->Stop(whence::kStopGrace);
    });
    grpc_->Stop(whence::kStopGrace);
    http.join();
  }

  const std::string& grpc_address() const { return grpc_->address(); }
  // Empty when it is off.
  std::string http_address() const { return http_ == nullptr ? "" : http_->address(); }
  std::string Description() const {
    const bool tls = tls_ != nullptr;
    std::string text = whence::StrCat(grpc_address(), tls ? " (gRPC with TLS)" : " (gRPC)");
    if (http_ != nullptr) {
      whence::StrAppend(&text, " and ", http_address(), tls ? " (HTTPS)" : " (HTTP)");
    }
    return text;
  }

 private:
  whence::service::Corridor* const corridor_;
  whence::net::TlsFiles* const tls_;
  whence::http::AuthzenFile* const authzen_;
  std::unique_ptr<whence::rpc::Server> grpc_;
  std::unique_ptr<whence::http::Server> http_;
};

// False when a file cannot be written.
bool WritePortFiles(const Flags& flags, const Doors& doors) {
  for (const auto& [path, address] : {std::pair(flags.http_port_file, doors.http_address()),
                                      std::pair(flags.port_file, doors.grpc_address())}) {
    if (path.empty() || address.empty() || WritePortFile(path, address)) continue;
    std::cerr << "error: cannot write " << path << "\n";
    return false;
  }
  return true;
}

void Greet(const Flags& flags, const Doors& doors, const whence::service::House& house) {
  std::cout << "whenced " << whence::kVersion << " listening on " << doors.Description()
            << ", data in " << flags.data << std::endl;
  if (house.first_token().empty()) return;
  std::cout << "made " << flags.admin << ", who owns this metastore; the token is in "
            << TokenFileIn(flags.data) << std::endl;
}

// Says what became of a change of `files`, which the server watches.
whence::files::Report ReportChange(const std::string& files) {
  return [files](const absl::Status& status) {
    if (status.ok()) {
      std::cerr << "whenced: " << files << " changed, and what is new is in force" << std::endl;
    } else {
      std::cerr << "whenced: " << files << " changed: " << status.message()
                << "; what was before stays in force" << std::endl;
    }
  };
}

// The files of --tls-cert and --tls-key, watched; null when they are not given.
absl::StatusOr<std::unique_ptr<whence::net::TlsFiles>> OpenTls(const Flags& flags) {
  if (flags.tls.certificate.empty()) return nullptr;
  return whence::net::TlsFiles::Open(flags.tls, ReportChange("certificates"));
}

// The file of --authzen, watched; null without one.
absl::StatusOr<std::unique_ptr<whence::http::AuthzenFile>> OpenAuthzen(const Flags& flags) {
  if (flags.authzen.empty() || flags.http_listen == kOff) return nullptr;
  return whence::http::WatchAuthzenMapping(flags.authzen, ReportChange(flags.authzen));
}

// The rules of --audit, watched; null without one.
absl::StatusOr<std::unique_ptr<whence::access::AuditFile>> OpenAudit(const Flags& flags) {
  if (flags.audit.empty()) return nullptr;
  return whence::access::WatchAuditRules(flags.audit, ReportChange(flags.audit));
}

// Whom the file of --identity believes, watched; null without one. An issuer that cannot be reached
// now is asked again, and keeps nobody else out.
absl::StatusOr<std::unique_ptr<whence::access::Trust>> OpenTrust(const Flags& flags,
                                                                 const whence::Clock* clock) {
  if (flags.identity.empty()) return nullptr;
  return whence::access::Trust::Watch(
      flags.identity,
      [](const whence::access::IssuerConfig& issuer) { return whence::http::UrlKeySource(issuer); },
      clock,
      [](const absl::Status& problem) {
        std::cerr << "whenced: " << problem.message() << "; it is asked again" << std::endl;
      },
      ReportChange(flags.identity));
}

// Said also with --quiet: whoever listens in on the network has every caller's token.
void WarnOfPlaintext(const std::string& address) {
  std::cerr << "WARNING: nothing is encrypted on " << address
            << " (--insecure-plaintext): tokens and data can be read and changed on their way.\n"
            << "WARNING: give --tls-cert and --tls-key instead; see docs/identity.md." << std::endl;
}

// Said also with --quiet: nobody can check what happens from now on.
void WarnOfUnsigned(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "WARNING: the ledger is not signed: " << status.message()
            << "\nWARNING: " << whence::GetErrorDetail(status).hint << "; see docs/ledger.md."
            << std::endl;
}

// How flags of TLS go together; empty when they do.
std::string TlsUsageError(const Flags& flags) {
  if (flags.tls.certificate.empty() != flags.tls.key.empty()) {
    return "--tls-cert and --tls-key go together";
  }
  if (flags.tls.certificate.empty() && !flags.tls.client_ca.empty()) {
    return "--tls-client-ca needs --tls-cert and --tls-key";
  }
  if (flags.tls_require_client_certificate && flags.tls.client_ca.empty()) {
    return "--tls-require-client-cert needs --tls-client-ca";
  }
  if (flags.insecure_plaintext && !flags.tls.certificate.empty()) {
    return "--insecure-plaintext and --tls-cert exclude each other";
  }
  return "";
}

void AddTlsFlags(CLI::App& app, Flags& flags) {
  app.add_option("--tls-cert", flags.tls.certificate,
                 "PEM file of the server's certificate and chain; read anew when it changes");
  app.add_option("--tls-key", flags.tls.key, "PEM file of its private key, without a passphrase");
  app.add_option("--tls-client-ca", flags.tls.client_ca,
                 "PEM file of the authorities that may issue client certificates");
  app.add_flag("--tls-require-client-cert", flags.tls_require_client_certificate,
               "Refuse clients without a certificate, also those with a token");
  app.add_flag("--insecure-plaintext", flags.insecure_plaintext,
               "Listen beyond this machine without encryption");
}

// Who is asked to cosign, from --ledger-witness.
absl::Status OpenWitnesses(const Flags& flags, whence::service::House& house) {
  std::vector<whence::ledger::Witness> witnesses;
  for (const std::string& text : flags.witnesses) {
    WHENCE_ASSIGN_OR_RETURN(whence::ledger::Witness witness, whence::ledger::ParseWitness(text));
    witnesses.push_back(std::move(witness));
  }
  WHENCE_ASSIGN_OR_RETURN(const whence::sql::Lease lease, house.readers().Acquire());
  return house.log().witness_book().Open(lease.connection(), std::move(witnesses));
}

int Serve(const Flags& flags) {
  const sigset_t stop_signals = BlockStopSignals();
  whence::net::RaiseDescriptorLimit();
  // Debian's Abseil, a build with assertions, follows every lock that gRPC takes.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // gRPC would catch the exception, and go on with half of something.
  std::set_new_handler([] {
    std::fputs("whenced: out of memory\n", stderr);
    std::abort();
  });
  const auto tls = OpenTls(flags);
  if (!tls.ok()) return Fail(tls.status());
  whence::SystemClock clock;
  whence::RandomIdSource ids(&clock);
  const auto trust = OpenTrust(flags, &clock);
  if (!trust.ok()) return Fail(trust.status());
  const auto authzen = OpenAuthzen(flags);
  if (!authzen.ok()) return Fail(authzen.status());
  const auto audit = OpenAudit(flags);
  if (!audit.ok()) return Fail(audit.status());
  whence::service::HouseOptions options = OptionsOf(flags, &clock, &ids);
  options.trust = trust->get();
  options.audit = audit->get();
  auto house = whence::service::House::Open(options);
  if (!house.ok()) return Fail(house.status());
  if (absl::Status status = OpenWitnesses(flags, **house); !status.ok()) return Fail(status);
  {
    const whence::http::WitnessAsker witnesses(house->get(), flags.witness_ca);
    whence::service::Corridor corridor(house->get(), whence::kLongReadWorkers,
                                       flags.max_calls_per_second,
                                       flags.max_request_bytes_per_second);
    Doors doors(&corridor, tls->get(), authzen->get());
    if (absl::Status status = doors.Open(flags); !status.ok()) return Fail(status);
    absl::Status status = (*house)->folder().UpdateAddress(doors.grpc_address());
    if (!status.ok()) return Fail(status);
    if (flags.insecure_plaintext) WarnOfPlaintext(doors.Description());
    if (!flags.quiet) Greet(flags, doors, **house);
    WarnOfUnsigned((*house)->log().signing_status());
    if (!WritePortFiles(flags, doors)) return 1;
    int signal = 0;
    sigwait(&stop_signals, &signal);
    if (!flags.quiet) std::cout << "stopping" << std::endl;
    doors.Close();
  }
  house->reset();
  return 0;
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version",
                       whence::StrCat("whenced ", whence::kVersion, " (", whence::kBuild, ")"));
  app.add_option("--data", flags.data, "Folder of the database")->capture_default_str();
  app.add_option("--listen", flags.listen, "Address for gRPC, HOST:PORT; port 0: a free one")
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file,
                 "File to write HOST:PORT into once the server is ready");
  app.add_option("--http-listen", flags.http_listen,
                 "Address for HTTP, HOST:PORT; port 0: a free one; off: none")
      ->capture_default_str();
  app.add_option("--http-port-file", flags.http_port_file, "The same file for HTTP");
  app.add_option("--restore", flags.restore,
                 "Put this backup into --data, which must hold no database, and exit");
  app.add_option("--admin", flags.admin,
                 "Who owns the metastore that the first start makes, user:NAME or svc:NAME")
      ->capture_default_str();
  app.add_option("--identity", flags.identity,
                 "File that says whose tokens and client certificates are believed: "
                 "docs/identity.md; read anew when it changes");
  app.add_option("--max-calls-per-second", flags.max_calls_per_second,
                 "Calls of one principal, where it has no bound of its own; 0: no bound")
      ->check(CLI::Range(int64_t{0}, whence::kMaxCallsPerSecond))
      ->capture_default_str();
  app.add_option("--max-request-bytes-per-second", flags.max_request_bytes_per_second,
                 "Bytes of one principal's requests, where it has no bound of its own; 0: no bound")
      ->check(CLI::Range(int64_t{0}, whence::kMaxRequestBytesPerSecond))
      ->capture_default_str();
  app.add_flag("--new-admin-token", flags.new_admin_token,
               "Write a new token of the metastore's owner to DATA/admin.token, and exit");
  app.add_option("--audit", flags.audit,
                 "File in YAML that says which decisions are put on the record: docs/ledger.md; "
                 "read anew when it changes");
  app.add_option("--ledger-origin", flags.ledger_origin,
                 "Name of the ledger of a metastore that is made, such as whence.example.org/log; "
                 "made up when not given: docs/ledger.md");
  app.add_flag("--new-ledger-key", flags.new_ledger_key,
               "Make a new key that signs the ledger, and exit");
  app.add_option("--ledger-witness", flags.witnesses,
                 "Witness that is asked to cosign the ledger's heads, URL=VKEY; may be given "
                 "several times: docs/ledger.md")
      ->allow_extra_args(false);
  app.add_option("--ledger-witness-ca", flags.witness_ca,
                 "PEM file of the authorities that witnesses' certificates are checked against, in "
                 "place of the system's");
  app.add_flag("--ledger-public", flags.open_ledger,
               "Serve the ledger's tiles and checkpoints to everybody: docs/ledger.md");
  app.add_option(
      "--authzen", flags.authzen,
      "File in YAML that says what the words of AuthZEN's clients mean: docs/authzen.md; read anew "
      "when it changes");
  AddTlsFlags(app, flags);
  app.add_flag("--quiet", flags.quiet, "Print nothing but errors");
  // In no help: for the tests that kill the server in its checkpoints.
  app.add_option("--checkpoint-pages", flags.writer.checkpoint_pages)->group("");
}

// What is wrong with the flags together; empty when nothing is.
std::string UsageError(const Flags& flags) {
  for (const auto& [flag, address] :
       {std::pair("--listen", flags.listen), std::pair("--http-listen", flags.http_listen)}) {
    const bool off = address == kOff && std::string_view(flag) == "--http-listen";
    if (off || HasPort(address)) continue;
    return whence::StrCat(flag, " ", address, " is not HOST:PORT with a port from 0 to 65535");
  }
  return TlsUsageError(flags);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("whenced, the Whence server: where did this prediction come from?");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and the version come by this way too.
    return error.get_exit_code() == 0 ? app.exit(error) : FailUsage(UsageText(error));
  }
  if (const std::string wrong = UsageError(flags); !wrong.empty()) return FailUsage(wrong);
  if (flags.new_admin_token || flags.new_ledger_key) return Offline(flags);
  return flags.restore.empty() ? Serve(flags) : Restore(flags);
}
