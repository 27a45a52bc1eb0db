#include "tlog/dsse.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/assert.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

constexpr char kStatementType[] = "https://in-toto.io/Statement/v1";

absl::Status MalformedEnvelope(std::string_view message) {
  return InvalidArgument("DSSE_MALFORMED", "envelope", message,
                         "See DSSE v1: payload, payloadType and signatures.");
}

absl::Status MalformedStatement(std::string_view message) {
  return InvalidArgument("STATEMENT_MALFORMED", "statement", message,
                         "See in-toto's Statement v1.");
}

std::optional<std::string> DecodeEitherBase64(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return DecodeBase64(text);
}

// The member when it is a text; null when it is not.
const std::string* TextOf(const Json& object, std::string_view name) {
  const Json* const member = object.Find(name);
  return member == nullptr ? nullptr : member->text();
}

const Json::Array* ArrayOf(const Json& object, std::string_view name) {
  const Json* const member = object.Find(name);
  return member == nullptr ? nullptr : member->array();
}

std::string KeyIdOf(const VerifierKey& key) {
  return StrCat(key.name(), "+", absl::StrFormat("%08x", key.id()));
}

absl::StatusOr<DsseSignature> ParseSignature(const Json& json) {
  const std::string* const sig = TextOf(json, "sig");
  std::optional<std::string> bytes = sig ? DecodeEitherBase64(*sig) : std::nullopt;
  if (!bytes || bytes->empty()) return MalformedEnvelope("has a signature that is no base64");
  DsseSignature signature{"", *std::move(bytes)};
  if (json.Find("keyid") != nullptr) {
    const std::string* const key_id = TextOf(json, "keyid");
    if (key_id == nullptr) return MalformedEnvelope("has a keyid that is no text");
    signature.key_id = *key_id;
  }
  return signature;
}

absl::StatusOr<Subject> ParseSubject(const Json& json) {
  const std::string* const name = TextOf(json, "name");
  const Json* const digest = json.Find("digest");
  const std::string* const sha256 = digest ? TextOf(*digest, "sha256") : nullptr;
  if (sha256 == nullptr || !ValidateDigest(StrCat("sha256:", *sha256), "subject").ok()) {
    return MalformedStatement("has a subject without a sha256");
  }
  return Subject{name ? *name : "", *sha256};
}

}  // namespace

std::string DssePreAuthEncoding(std::string_view payload_type, std::string_view payload) {
  return StrCat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload.size(), " ",
                payload);
}

void SignDsse(const SignerKey& key, DsseEnvelope* envelope) {
  WHENCE_ASSERT(key.verifier().type() == KeyType::kEd25519);
  envelope->signatures.push_back(
      {KeyIdOf(key.verifier()),
       key.Sign(DssePreAuthEncoding(envelope->payload_type, envelope->payload))});
}

absl::Status CheckDsse(const DsseEnvelope& envelope, std::span<const VerifierKey> keys) {
  const std::string message = DssePreAuthEncoding(envelope.payload_type, envelope.payload);
  for (const DsseSignature& signature : envelope.signatures) {
    const bool holds = std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) {
      return key.type() == KeyType::kEd25519 && key.Signed(message, signature.bytes);
    });
    if (holds) return absl::OkStatus();
  }
  return InvalidArgument("SIGNATURE_INVALID", "envelope", "is signed by none of the keys",
                         "Give the key of who signed it, as `whence audit key` prints it.");
}

absl::StatusOr<std::string> FormatDsse(const DsseEnvelope& envelope) {
  Json::Array signatures;
  for (const DsseSignature& signature : envelope.signatures) {
    signatures.emplace_back(
        Json::Object{{"keyid", signature.key_id}, {"sig", EncodeBase64(signature.bytes)}});
  }
  return CanonicalJson(Json::Object{{"payload", EncodeBase64(envelope.payload)},
                                    {"payloadType", envelope.payload_type},
                                    {"signatures", std::move(signatures)}});
}

absl::StatusOr<DsseEnvelope> ParseDsse(std::string_view text) {
  WHENCE_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  const std::string* const type = TextOf(json, "payloadType");
  if (type == nullptr) return MalformedEnvelope("has no payloadType");
  const std::string* const encoded = TextOf(json, "payload");
  std::optional<std::string> payload = encoded ? DecodeEitherBase64(*encoded) : std::nullopt;
  if (!payload) return MalformedEnvelope("has no payload in base64");
  const Json::Array* const signatures = ArrayOf(json, "signatures");
  if (signatures == nullptr || signatures->empty() || signatures->size() > kMaxNoteSignatures) {
    return MalformedEnvelope(StrCat("has not 1 to ", kMaxNoteSignatures, " signatures"));
  }
  DsseEnvelope envelope{*type, *std::move(payload), {}};
  for (const Json& item : *signatures) {
    WHENCE_ASSIGN_OR_RETURN(DsseSignature signature, ParseSignature(item));
    envelope.signatures.push_back(std::move(signature));
  }
  return envelope;
}

absl::StatusOr<std::string> FormatStatement(const Statement& statement) {
  Json::Array subjects;
  for (const Subject& subject : statement.subjects) {
    subjects.emplace_back(
        Json::Object{{"digest", Json::Object{{"sha256", subject.sha256}}}, {"name", subject.name}});
  }
  return CanonicalJson(Json::Object{{"_type", kStatementType},
                                    {"predicate", statement.predicate},
                                    {"predicateType", statement.predicate_type},
                                    {"subject", std::move(subjects)}});
}

absl::StatusOr<Statement> ParseStatement(std::string_view text) {
  WHENCE_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  const std::string* const type = TextOf(json, "_type");
  if (type == nullptr || *type != kStatementType) {
    return MalformedStatement(StrCat("is not of the type ", kStatementType));
  }
  Statement statement;
  const std::string* const predicate_type = TextOf(json, "predicateType");
  if (predicate_type == nullptr || predicate_type->empty()) {
    return MalformedStatement("has no predicateType");
  }
  statement.predicate_type = *predicate_type;
  const Json* const predicate = json.Find("predicate");
  if (predicate == nullptr || predicate->object() == nullptr) {
    return MalformedStatement("has no predicate");
  }
  statement.predicate = *predicate;
  const Json::Array* const subjects = ArrayOf(json, "subject");
  if (subjects == nullptr || subjects->empty()) return MalformedStatement("has no subject");
  for (const Json& item : *subjects) {
    WHENCE_ASSIGN_OR_RETURN(Subject subject, ParseSubject(item));
    statement.subjects.push_back(std::move(subject));
  }
  return statement;
}

}  // namespace whence::tlog
