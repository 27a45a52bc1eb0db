// Sets of keys as an issuer publishes them (RFC 7517), and what is kept of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/jwk.h"

namespace whence::access {

// Purpose: the keys of one JWKS document. A value; immutable, so safe from any thread.
class KeySet {
 public:
  // InvalidArgument KEYS_MALFORMED for a document that is no JWKS, is beyond kMaxKeySetBytes or
  // kMaxKeysPerSet, or has no key that could verify anything. Keys that are for something else, of
  // another type or too weak are passed over, as RFC 7517 section 5 says; why, Problem tells.
  static absl::StatusOr<KeySet> Parse(std::string_view document);

  // The key of that id. Of an empty id (the token names none): the only usable key, if there is
  // only one. Null: there is no such key, or it cannot be used.
  const PublicKey* Find(std::string_view id) const;
  // Why a key of that id that is in the document cannot be used; empty when it can, or is not
  // there.
  std::string_view Problem(std::string_view id) const;
  // Keys that can be used.
  size_t size() const { return usable_; }

 private:
  struct Entry {
    std::string id;
    absl::StatusOr<PublicKey> key;
  };
  const Entry* FindEntry(std::string_view id) const;

  std::vector<Entry> entries_;  // by id; of an id that two keys share both are errors
  size_t usable_ = 0;
};

}  // namespace whence::access
