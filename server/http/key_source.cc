#include "http/key_source.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "web/client.h"

namespace whence::http {
namespace {

class KeysAtUrl final : public access::KeySource {
 public:
  KeysAtUrl(web::Url url, std::string authorities, absl::Duration timeout)
      : url_(std::move(url)), authorities_(std::move(authorities)), timeout_(timeout) {}

  absl::StatusOr<std::optional<std::string>> Fetch() override {
    const std::string last = std::exchange(last_, "");
    absl::StatusOr<std::string> document = Ask();
    if (!document.ok()) {
      return Unavailable("KEYS_UNREADABLE",
                         StrCat("cannot fetch the keys at ", url_.authority, url_.target, ": ",
                                document.status().message()),
                         "see that this machine reaches the issuer; docs/identity.md has more");
    }
    last_ = *document;
    if (last_ == last) return std::nullopt;
    return *std::move(document);
  }
  bool is_quick() const override { return false; }

 private:
  absl::StatusOr<std::string> Ask() const {
    web::Client client(
        url_, {.authorities = authorities_, .timeout = timeout_, .max_bytes = kMaxKeySetBytes});
    WHENCE_ASSIGN_OR_RETURN(
        web::Answer answer,
        client.Ask({.target = url_.target,
                    .headers = {{"accept", "application/jwk-set+json, application/json"},
                                {"connection", "close"}}}));
    if (answer.status == 200) return std::move(answer.body);
    return absl::UnavailableError(StrCat("the answer is ", answer.status, ", not 200"));
  }

  const web::Url url_;
  const std::string authorities_;
  const absl::Duration timeout_;
  std::string last_;  // what the last Fetch gave; empty after one that failed
};

}  // namespace

std::unique_ptr<access::KeySource> UrlKeySource(const access::IssuerConfig& config,
                                                absl::Duration timeout) {
  std::optional<web::Url> url = web::ParseUrl(config.keys_url);
  if (!url.has_value()) return nullptr;
  return std::make_unique<KeysAtUrl>(*std::move(url), config.keys_ca, timeout);
}

}  // namespace whence::http
