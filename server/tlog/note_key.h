// Keys of signed notes (c2sp.org/signed-note): Ed25519, plain and as a witness's cosignature
// (c2sp.org/tlog-cosignature).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::tlog {

// The byte by which C2SP tells kinds of keys and signatures. Others exist; signatures of theirs are
// kept and not looked at.
enum class KeyType : uint8_t {
  kEd25519 = 0x01,      // over the note's text
  kCosignature = 0x04,  // over a header, a time and the note's text, which must be a checkpoint
};

// True if a key may have this name: 1 to kMaxKeyNameBytes of UTF-8 without spaces, control
// characters and '+'.
bool IsKeyName(std::string_view name);

// Purpose: what believes signatures of one name. A value; immutable; any thread.
class VerifierKey {
 public:
  // A "vkey": name+<8 hex digits>+base64(type, public key). InvalidArgument KEY_MALFORMED for
  // another spelling, an unknown type, or an id that is not the key's.
  static absl::StatusOr<VerifierKey> Parse(std::string_view vkey);
  // InvalidArgument KEY_MALFORMED: a name that is none, or no 32 bytes.
  static absl::StatusOr<VerifierKey> Make(std::string_view name, KeyType type,
                                          std::string_view public_key);

  const std::string& name() const { return name_; }
  KeyType type() const { return type_; }
  // What signatures name the key by, next to its name: not a secret, and no proof of anything.
  uint32_t id() const { return id_; }
  const std::string& public_key() const { return public_key_; }  // 32 bytes
  std::string ToText() const;

  // Checks what stands in a note behind the key's id. Gives the seconds since 1970 that a
  // cosignature was made at, 0 for a plain signature. InvalidArgument SIGNATURE_INVALID.
  absl::StatusOr<int64_t> CheckNote(std::string_view text, std::string_view signature) const;

  // Whether `signature` (64 bytes) is plain Ed25519 over the message: outside of notes, where the
  // message must say itself what it is for.
  bool Signed(std::string_view message, std::string_view signature) const;

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

 private:
  VerifierKey() = default;

  std::string name_;
  KeyType type_ = KeyType::kEd25519;
  uint32_t id_ = 0;
  std::string public_key_;
};

// Purpose: signs in one name. Movable; any thread may sign. Nothing shows the private key but
// ToText; it is wiped from memory with this.
class SignerKey {
 public:
  // A new one. InvalidArgument KEY_MALFORMED for a name that is none.
  static absl::StatusOr<SignerKey> Generate(std::string_view name, KeyType type);
  // PRIVATE+KEY+name+<8 hex digits>+base64(type, seed), as Go's note package writes it.
  // InvalidArgument KEY_MALFORMED; the message repeats nothing of the text.
  static absl::StatusOr<SignerKey> Parse(std::string_view skey);

  SignerKey(SignerKey&&) noexcept;
  SignerKey& operator=(SignerKey&&) noexcept;
  ~SignerKey();

  const VerifierKey& verifier() const { return verifier_; }
  // The private key, for its file.
  std::string ToText() const;

  // What stands in a note behind the key's id. `time` is the seconds since 1970, not negative
  // (asserted), of a cosignature; a plain signature has none.
  std::string SignNote(std::string_view text, int64_t time) const;
  // Plain Ed25519, 64 bytes; see VerifierKey::Signed.
  std::string Sign(std::string_view message) const;

 private:
  struct Secret;
  SignerKey(VerifierKey verifier, std::unique_ptr<Secret> secret);
  static absl::StatusOr<SignerKey> FromSeed(std::string_view name, KeyType type,
                                            std::string_view seed);

  VerifierKey verifier_;
  std::unique_ptr<Secret> secret_;
};

}  // namespace whence::tlog
