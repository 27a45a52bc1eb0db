#include "http/credentials.h"

#include <string_view>

#include "absl/strings/match.h"
#include "base/strings.h"

namespace whence::http {
namespace {

constexpr std::string_view kScheme = "Bearer ";

}  // namespace

void ReadCredentials(const Request& request, const access::CertificateNames& peer,
                     service::CallInfo* info) {
  const std::string* shown = request.Find("authorization");
  if (shown == nullptr) {
    info->certificate = peer;
  } else if (absl::StartsWithIgnoreCase(*shown, ToAbsl(kScheme))) {
    info->bearer = shown->substr(kScheme.size());
  }
}

}  // namespace whence::http
