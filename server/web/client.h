// Asking others by HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace whence::web {

// https://login.example.org:8443/realms/data/certs?v=1, taken apart.
struct Url {
  bool tls = true;
  std::string host;  // a name, or an address without its brackets
  std::string port;
  std::string authority;  // as it stands in the header `host`
  std::string target;     // begins with '/'
};

// Nothing for what is no URL of http or https, or has a user in it.
std::optional<Url> ParseUrl(std::string_view text);

struct Request {
  std::string_view method = "GET";  // GET, POST
  std::string target;               // begins with '/'
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct Answer {
  int status = 0;
  std::string body;
};

struct ClientOptions {
  std::string authorities = {};  // a file in PEM; empty: the system's
  // Over http it must be this machine, unless this says otherwise.
  bool plaintext_anywhere = false;
  std::string user_agent = "whenced";
  absl::Duration timeout = absl::Seconds(10);  // of a question, with its answer's first bytes
  absl::Duration pause = absl::Seconds(30);    // between pieces of a large answer
  size_t max_bytes = size_t{1} << 20;          // of a body
};

// Purpose: asks one server, question after question, on one connection while that lasts. Over https
// the server's certificate is verified, its name included. Redirects are not followed, and no proxy
// is asked. Ownership: owns the connection. Thread-safety: one thread at a time, which waits.
class Client {
 public:
  Client(Url url, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Url& url() const { return url_; }

  // The answer, whatever its status. Unavailable, without a reason, for everything that comes
  // between: the caller says what it was after.
  absl::StatusOr<Answer> Ask(const Request& request);

  // The same, the body of an answer 200 piece by piece as it comes, of any size: `take` is given
  // each, and its error ends the question. Of other answers the body is in the answer.
  using Take = absl::FunctionRef<absl::Status(std::string_view piece)>;
  absl::StatusOr<Answer> Download(const Request& request, Take take);

 private:
  class Link;

  absl::StatusOr<Answer> AskOnce(const Request& request, const Take* take, bool* fresh);

  const Url url_;
  const ClientOptions options_;
  std::unique_ptr<Link> link_;  // open, as far as is known
};

}  // namespace whence::web
