// Keys of issuers behind a URL.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "access/identity_config.h"
#include "access/key_cache.h"
#include "base/limits.h"

namespace whence::http {

// Fetches the JWKS document at the issuer's keys_url: one GET, answered 200, within `timeout` and
// kMaxKeySetBytes. Over https the server's certificate is verified, its name included, against the
// authorities in keys_ca or the system's; over http it must be this machine. Redirects are not
// followed, and no proxy is asked: keys come from where they were said to be, or not at all.
// Each Fetch connects anew; it fails with Unavailable KEYS_UNREADABLE. Null for what is no such
// URL.
std::unique_ptr<access::KeySource> UrlKeySource(const access::IssuerConfig& config,
                                                absl::Duration timeout = kKeyFetchTimeout);

}  // namespace whence::http
