#include "src/address.h"

#include <algorithm>

#include "src/error_info.h"

namespace whence::client_internal {
namespace {

constexpr char kDefaultPort[] = ":7070";

absl::Status MalformedServer(const std::string& server) {
  return MakeError(absl::StatusCode::kInvalidArgument, "\"" + server + "\" is no server's name",
                   "SERVER_NAME_MALFORMED", "write host:port, for example localhost:7070",
                   "server");
}

// The port is ours unless they say it: "host", "[::1]" and "::1" have none.
std::string WithPort(const std::string& host) {
  const size_t colon = host.find(':');
  if (colon == std::string::npos) return host + kDefaultPort;
  if (host.front() == '[') return host.back() == ']' ? host + kDefaultPort : host;
  const bool bare_ipv6 = host.find(':', colon + 1) != std::string::npos;
  return bare_ipv6 ? "[" + host + "]" + kDefaultPort : host;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(const std::string& server) {
  const bool printable =
      std::all_of(server.begin(), server.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (server.empty() || !printable) return MalformedServer(server);
  for (const char* form : {"unix:", "dns:", "ipv4:", "ipv6:", "xds:"}) {
    if (server.rfind(form, 0) == 0) return Address{server, std::nullopt};
  }
  const size_t scheme_end = server.find("://");
  if (scheme_end == std::string::npos) return Address{WithPort(server), std::nullopt};
  const std::string scheme = server.substr(0, scheme_end);
  std::string host = server.substr(scheme_end + 3);
  if (!host.empty() && host.back() == '/') host.pop_back();
  const bool encrypted = scheme == "https" || scheme == "grpcs";
  const bool known = encrypted || scheme == "http" || scheme == "grpc";
  if (!known || host.empty() || host.find('/') != std::string::npos) return MalformedServer(server);
  return Address{WithPort(host), encrypted};
}

bool StaysHere(const std::string& target) {
  if (target.rfind("unix:", 0) == 0) return true;
  std::string host = target;
  for (const char* form : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (host.rfind(form, 0) != 0) continue;
    host.erase(0, std::string(form).size());
    break;
  }
  host = host.substr(0, host.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // 127.0.0.0/8, and no name that begins like it.
  return host.rfind("127.", 0) == 0 && host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace whence::client_internal
