#pragma once

// Digests: how content is named. Text form "<algorithm>:<lower-case hex>", e.g. "sha256:9f86...".

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace whence {

// SHA-256 of content that comes in pieces. Movable; one thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(std::string_view bytes);

  // The 64 hexadecimal digits of everything so far. Does not end it: Update may go on.
  std::string HexDigest() const;
  // The same as 32 bytes.
  std::string Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// The same as 32 raw bytes, the form that is stored in columns.
std::string Sha256Bytes(std::string_view bytes);

// The same in the text form of digests: "sha256:<64 hex>".
std::string Sha256Digest(std::string_view bytes);

// Whether two secrets, or digests of some, are the same. How long it takes says nothing of where
// they differ, only whether they are of one length.
bool EqualInConstantTime(std::string_view a, std::string_view b);

// OK if `digest` is "<algorithm>:<hex>" with a known algorithm (sha256, sha512, sha1, md5, blake3),
// the right number of digits and lower case, so that equal digests are equal texts; or
// "opaque:<text>" with 1 to 200 bytes of printable UTF-8, for stores that only have an etag or a
// snapshot number. Else InvalidArgument DIGEST_MALFORMED.
absl::Status ValidateDigest(std::string_view digest, std::string_view field);

}  // namespace whence
