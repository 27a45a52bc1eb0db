#include "access/jwks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "access/base64url.h"
#include "access/strict_json.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

namespace json = boost::json;

absl::Status Malformed(std::string_view why) {
  return InvalidArgument("KEYS_MALFORMED", "", StrCat("the issuer's keys: ", why),
                         "look at the document; it should be a JWK set as RFC 7517 has it");
}

absl::Status Unusable(std::string_view why) { return InvalidArgument("KEY_UNUSABLE", "", why); }

// The bytes of a member in base64url; an error when it is missing or not that.
absl::StatusOr<std::string> BytesOf(const json::object& jwk, std::string_view name) {
  const json::string* text = FindString(jwk, name);
  if (text == nullptr) return Unusable(StrCat("a key without '", name, "'"));
  std::optional<std::string> bytes = DecodeBase64Url(TextOf(*text));
  if (!bytes) return Unusable(StrCat("a key whose '", name, "' is not base64url"));
  return *std::move(bytes);
}

absl::StatusOr<PublicKey> MakeKey(const json::object& jwk) {
  const json::string* type = FindString(jwk, "kty");
  if (type == nullptr) return Unusable("a key without 'kty'");
  const json::string* curve = FindString(jwk, "crv");
  if (*type == "RSA") {
    WHENCE_ASSIGN_OR_RETURN(const std::string modulus, BytesOf(jwk, "n"));
    WHENCE_ASSIGN_OR_RETURN(const std::string exponent, BytesOf(jwk, "e"));
    return PublicKey::Rsa(modulus, exponent);
  }
  if (*type == "EC" && curve != nullptr && *curve == "P-256") {
    WHENCE_ASSIGN_OR_RETURN(const std::string x, BytesOf(jwk, "x"));
    WHENCE_ASSIGN_OR_RETURN(const std::string y, BytesOf(jwk, "y"));
    return PublicKey::P256(x, y);
  }
  if (*type == "OKP" && curve != nullptr && *curve == "Ed25519") {
    WHENCE_ASSIGN_OR_RETURN(const std::string x, BytesOf(jwk, "x"));
    return PublicKey::Ed25519(x);
  }
  return Unusable("a key that is neither RSA nor P-256 nor Ed25519");
}

// Whether the document says that the key is for verifying signatures, or does not say.
bool IsForVerifying(const json::object& jwk) {
  if (const json::value* use = jwk.if_contains("use")) {
    if (!use->is_string() || use->get_string() != "sig") return false;
  }
  if (const json::value* operations = jwk.if_contains("key_ops")) {
    if (!operations->is_array()) return false;
    const json::array& list = operations->get_array();
    return std::any_of(list.begin(), list.end(), [](const json::value& operation) {
      return operation.is_string() && operation.get_string() == "verify";
    });
  }
  return true;
}

absl::StatusOr<PublicKey> KeyOf(const json::object& jwk) {
  // Whoever publishes a private key has lost it.
  if (jwk.contains("d") || jwk.contains("k"))
    return Unusable("a key whose secret part is published");
  if (!IsForVerifying(jwk)) return Unusable("a key that is not for signatures");
  absl::StatusOr<PublicKey> key = MakeKey(jwk);
  if (!key.ok()) return key;
  if (const json::value* said = jwk.if_contains("alg")) {
    const std::string_view own = AlgorithmName(key->algorithm());
    if (!said->is_string() || TextOf(said->get_string()) != own) {
      return Unusable(StrCat("a key that could verify ", own, " and is for another algorithm"));
    }
  }
  return key;
}

}  // namespace

absl::StatusOr<KeySet> KeySet::Parse(std::string_view document) {
  if (document.size() > kMaxKeySetBytes) {
    return Malformed(StrCat("over ", kMaxKeySetBytes, " bytes"));
  }
  const auto value = ParseStrictJson(document, kMaxTokenJsonDepth);
  if (!value.ok()) return Malformed(ToStd(value.status().message()));
  const json::object* top = value->if_object();
  const json::value* keys = top == nullptr ? nullptr : top->if_contains("keys");
  const json::array* list = keys == nullptr ? nullptr : keys->if_array();
  if (list == nullptr) return Malformed("no object with a list of 'keys'");
  if (list->size() > kMaxKeysPerSet) return Malformed(StrCat("over ", kMaxKeysPerSet, " keys"));
  KeySet set;
  for (const json::value& item : *list) {
    const json::object* jwk = item.if_object();
    if (jwk == nullptr) return Malformed("a key that is no object");
    const json::value* id = jwk->if_contains("kid");
    if (id != nullptr && !id->is_string()) return Malformed("a key whose 'kid' is no text");
    set.entries_.push_back(
        {id == nullptr ? "" : std::string(TextOf(id->get_string())), KeyOf(*jwk)});
  }
  std::stable_sort(set.entries_.begin(), set.entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.id < b.id; });
  // Nobody can say which of two keys of one id a token means.
  for (size_t i = 1; i < set.entries_.size(); ++i) {
    if (set.entries_[i].id.empty() || set.entries_[i].id != set.entries_[i - 1].id) continue;
    set.entries_[i - 1].key = set.entries_[i].key = Unusable("two keys have this id");
  }
  set.usable_ = static_cast<size_t>(std::count_if(
      set.entries_.begin(), set.entries_.end(), [](const Entry& entry) { return entry.key.ok(); }));
  if (set.usable_ > 0) return set;
  return Malformed(set.entries_.empty() ? "there are none"
                                        : StrCat("none of them can be used; the first is ",
                                                 set.entries_.front().key.status().message()));
}

const KeySet::Entry* KeySet::FindEntry(std::string_view id) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), id,
      [](const Entry& entry, std::string_view wanted) { return entry.id < wanted; });
  return found == entries_.end() || found->id != id ? nullptr : &*found;
}

const PublicKey* KeySet::Find(std::string_view id) const {
  if (id.empty()) {
    if (usable_ != 1) return nullptr;
    const auto only = std::find_if(entries_.begin(), entries_.end(),
                                   [](const Entry& entry) { return entry.key.ok(); });
    return &*only->key;
  }
  const Entry* entry = FindEntry(id);
  return entry == nullptr || !entry->key.ok() ? nullptr : &*entry->key;
}

std::string_view KeySet::Problem(std::string_view id) const {
  const Entry* entry = id.empty() ? nullptr : FindEntry(id);
  if (entry == nullptr || entry->key.ok()) return {};
  return ToStd(entry->key.status().message());
}

}  // namespace whence::access
