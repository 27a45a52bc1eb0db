// Signed statements: the envelope of DSSE v1 (secure-systems-lab/dsse) around an in-toto Statement
// v1. Signatures are plain Ed25519 over the envelope's own encoding, which opens with "DSSEv1": no
// log of that name is ever believed, so a key may sign both notes and envelopes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tlog/canonical_json.h"
#include "tlog/note_key.h"

namespace whence::tlog {

inline constexpr char kInTotoPayloadType[] = "application/vnd.in-toto+json";

struct DsseSignature {
  std::string key_id;  // a hint, signed by nobody; ours is the key's name and id
  std::string bytes;
  friend bool operator==(const DsseSignature&, const DsseSignature&) = default;
};

struct DsseEnvelope {
  std::string payload_type;
  std::string payload;
  std::vector<DsseSignature> signatures;
  friend bool operator==(const DsseEnvelope&, const DsseEnvelope&) = default;
};

// What is signed: "DSSEv1 <length> <type> <length> <payload>".
std::string DssePreAuthEncoding(std::string_view payload_type, std::string_view payload);

// Adds a signature of a key of type kEd25519 (asserted).
void SignDsse(const SignerKey& key, DsseEnvelope* envelope);

// OK if one of the keys has signed; those of type kEd25519 count. InvalidArgument
// SIGNATURE_INVALID.
absl::Status CheckDsse(const DsseEnvelope& envelope, std::span<const VerifierKey> keys);

// As JSON, and back. Base64 of either alphabet is read, as DSSE asks. InvalidArgument
// DSSE_MALFORMED: no such object, no signature, or over kMaxNoteSignatures of them; JSON_MALFORMED.
absl::StatusOr<std::string> FormatDsse(const DsseEnvelope& envelope);
absl::StatusOr<DsseEnvelope> ParseDsse(std::string_view json);

// What a statement is about: a name, and what the thing's content hashes to.
struct Subject {
  std::string name;
  std::string sha256;  // 64 lower-case hexadecimal digits
  friend bool operator==(const Subject&, const Subject&) = default;
};

struct Statement {
  std::vector<Subject> subjects;
  std::string predicate_type;  // a URI
  Json predicate;              // an object
};

// The payload, as canonical JSON; an error of CanonicalJson.
absl::StatusOr<std::string> FormatStatement(const Statement& statement);
// InvalidArgument STATEMENT_MALFORMED: no in-toto Statement v1 whose subjects have a sha256, and
// whose predicate is an object; JSON_MALFORMED. Members that it does not know are passed over, as
// in-toto asks.
absl::StatusOr<Statement> ParseStatement(std::string_view json);

}  // namespace whence::tlog
