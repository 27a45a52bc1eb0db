#include "access/jwt.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "access/base64url.h"
#include "access/strict_json.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

namespace json = boost::json;

// 9999-12-31T23:59:59Z: later ones are mistakes (milliseconds, often).
constexpr double kLastSecond = 253402300799;
// Texts that an access token has besides `iss`, RFC 9068 section 2.2.
constexpr std::array<std::string_view, 3> kAccessTokenTexts = {"sub", "client_id", "jti"};

absl::Status Invalid(std::string_view what) {
  return Unauthenticated("TOKEN_INVALID", StrCat("the token ", what),
                         "get another token from the issuer");
}

const json::value* FindMember(const json::object& object, std::string_view name) {
  return object.if_contains(json::string_view(name.data(), name.size()));
}

// By name, or by JSON pointer through objects.
const json::value* FindClaim(const json::object& claims, std::string_view name) {
  if (!name.starts_with('/')) return FindMember(claims, name);
  const json::object* inside = &claims;
  const json::value* found = nullptr;
  while (!name.empty()) {
    name.remove_prefix(1);
    std::string part(name.substr(0, name.find('/')));
    name.remove_prefix(part.size());
    for (const auto& [escaped, meant] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
      for (size_t at = 0; (at = part.find(escaped, at)) != std::string::npos; ++at) {
        part.replace(at, 2, meant);
      }
    }
    found = inside == nullptr ? nullptr : FindMember(*inside, part);
    if (found == nullptr) return nullptr;
    inside = found->if_object();
  }
  return found;
}

// A NumericDate (RFC 7519): seconds, perhaps with a fraction.
absl::StatusOr<std::optional<absl::Time>> TimeOf(const json::object& claims,
                                                 std::string_view name) {
  const json::value* value = FindMember(claims, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) return Invalid(StrCat("has a '", name, "' that is no number"));
  const auto seconds = value->to_number<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLastSecond) {
    return Invalid(StrCat("has a '", name, "' that is no time"));
  }
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

absl::StatusOr<json::object> ObjectOf(std::string_view part, std::string_view what) {
  const std::optional<std::string> text = DecodeBase64Url(part);
  if (!text) return Invalid(StrCat("has a ", what, " that is not base64url without padding"));
  auto value = ParseStrictJson(*text, kMaxTokenJsonDepth);
  if (!value.ok()) return Invalid(StrCat("has a bad ", what, ": ", value.status().message()));
  if (!value->is_object()) return Invalid(StrCat("has a ", what, " that is no JSON object"));
  return std::move(value->get_object());
}

// The texts of a list, or of a single text; nothing when the value is neither.
std::optional<std::vector<std::string>> TextsOf(const json::value& value) {
  std::vector<std::string> texts;
  if (value.is_string()) texts.emplace_back(TextOf(value.get_string()));
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) {
      if (!item.is_string()) return std::nullopt;
      texts.emplace_back(TextOf(item.get_string()));
    }
  }
  if (!value.is_string() && !value.is_array()) return std::nullopt;
  return texts;
}

}  // namespace

struct Jwt::Claims {
  json::object all;
  absl::Time expire_time;
};

bool Jwt::LooksLikeOne(std::string_view text) {
  // A header is a JSON object, and `{"` in base64url begins so.
  return text.starts_with("ey") && std::count(text.begin(), text.end(), '.') == 2;
}

absl::StatusOr<Jwt> Jwt::Parse(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return Invalid(StrCat("has over ", kMaxTokenBytes, " bytes"));
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Invalid("is no JWS: three parts with dots between them");
  }
  Jwt jwt;
  WHENCE_RETURN_IF_ERROR(jwt.TakeHeader(token.substr(0, first)));
  std::optional<std::string> signature = DecodeBase64Url(token.substr(second + 1));
  if (!signature) return Invalid("has a signature that is not base64url without padding");
  if (signature->empty()) return Invalid("is not signed");
  jwt.signature_ = *std::move(signature);
  WHENCE_RETURN_IF_ERROR(jwt.TakeClaims(token.substr(first + 1, second - first - 1)));
  jwt.signed_ = token.substr(0, second);
  return jwt;
}

absl::Status Jwt::TakeHeader(std::string_view part) {
  WHENCE_ASSIGN_OR_RETURN(const json::object header, ObjectOf(part, "header"));
  const json::string* algorithm = FindString(header, "alg");
  const auto known = algorithm == nullptr ? std::nullopt : ParseAlgorithm(TextOf(*algorithm));
  if (!known) return Invalid("is not signed with RS256, ES256 or EdDSA");
  algorithm_ = *known;
  // Extensions that must be understood: none is.
  if (header.contains("crit")) return Invalid("has a 'crit' header: no extension is supported");
  const json::string* type = FindString(header, "typ");
  if (type == nullptr) return Invalid("has no 'typ'");
  std::string_view name = TextOf(*type);
  if (absl::StartsWithIgnoreCase(ToAbsl(name), "application/")) name.remove_prefix(12);
  is_access_token_ = absl::EqualsIgnoreCase(ToAbsl(name), "at+jwt");
  if (!is_access_token_ && !absl::EqualsIgnoreCase(ToAbsl(name), "JWT")) {
    return Invalid("is neither of 'typ' at+jwt nor JWT");
  }
  const json::value* key = header.if_contains("kid");
  if (key == nullptr) return absl::OkStatus();
  if (!key->is_string() || key->get_string().empty() || key->get_string().size() > kMaxKeyIdBytes) {
    return Invalid(StrCat("has a 'kid' that is no text of 1 to ", kMaxKeyIdBytes, " bytes"));
  }
  key_id_ = TextOf(key->get_string());
  return absl::OkStatus();
}

absl::Status Jwt::TakeClaims(std::string_view part) {
  auto claims = std::make_shared<Claims>();
  WHENCE_ASSIGN_OR_RETURN(claims->all, ObjectOf(part, "payload"));
  const json::string* issuer = FindString(claims->all, "iss");
  if (issuer == nullptr) return Invalid("does not say who issued it ('iss')");
  issuer_ = TextOf(*issuer);
  WHENCE_ASSIGN_OR_RETURN(const auto expires, TimeOf(claims->all, "exp"));
  if (!expires) return Invalid("does not say when it expires ('exp')");
  claims->expire_time = *expires;
  claims_ = std::move(claims);
  return absl::OkStatus();
}

absl::Status Jwt::CheckSignature(const PublicKey& key) const {
  if (key.algorithm() != algorithm_) {
    return Invalid(StrCat("says it is signed with ", AlgorithmName(algorithm_),
                          ", and its key is for ", AlgorithmName(key.algorithm())));
  }
  if (!key.Verify(signed_, signature_)) return Invalid("is not signed by its issuer's key");
  return absl::OkStatus();
}

absl::Status Jwt::CheckTimes(absl::Time now) const {
  const json::object& claims = claims_->all;
  if (now >= claims_->expire_time + kMaxClockSkew) {
    return Unauthenticated("TOKEN_EXPIRED",
                           StrCat("the token expired at ",
                                  absl::FormatTime(claims_->expire_time, absl::UTCTimeZone())),
                           "get a new one from the issuer");
  }
  WHENCE_ASSIGN_OR_RETURN(const auto begins, TimeOf(claims, "nbf"));
  if (begins && now + kMaxClockSkew < *begins) {
    return Invalid("is not valid yet ('nbf'); are the clocks right?");
  }
  WHENCE_ASSIGN_OR_RETURN(const auto issued, TimeOf(claims, "iat"));
  if (issued && now + kMaxClockSkew < *issued) {
    return Invalid("was issued in the future ('iat'); are the clocks right?");
  }
  return absl::OkStatus();
}

absl::Status Jwt::Check(const JwtRules& rules, absl::Time now) const {
  const json::object& claims = claims_->all;
  if (std::find(rules.algorithms.begin(), rules.algorithms.end(), algorithm_) ==
      rules.algorithms.end()) {
    return Invalid(StrCat("is signed with ", AlgorithmName(algorithm_),
                          ", which is not allowed for its issuer"));
  }
  if (!is_access_token_ && !rules.allow_plain_type) {
    return Invalid("is no access token (its 'typ' is not at+jwt)");
  }
  if (issuer_ != rules.issuer) return Invalid("is from another issuer");
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return Invalid("does not say for whom it is ('aud')");
  const auto audiences = TextsOf(*audience);
  if (!audiences) return Invalid("has an 'aud' that is neither a text nor a list of texts");
  if (std::find_first_of(audiences->begin(), audiences->end(), rules.audiences.begin(),
                         rules.audiences.end()) == audiences->end()) {
    return Invalid("is for somebody else: its 'aud' is not this server's");
  }
  if (is_access_token_) {
    for (const std::string_view name : kAccessTokenTexts) {
      if (FindString(claims, name) == nullptr) {
        return Invalid(StrCat("is an access token without '", name, "'"));
      }
    }
    if (FindMember(claims, "iat") == nullptr) return Invalid("is an access token without 'iat'");
  }
  return CheckTimes(now);
}

absl::Time Jwt::expire_time() const { return claims_->expire_time; }

absl::StatusOr<std::optional<std::string>> Jwt::Text(std::string_view claim) const {
  const json::value* value = FindClaim(claims_->all, claim);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return Invalid(StrCat("has a claim '", claim, "' that is no text"));
  return std::string(TextOf(value->get_string()));
}

absl::StatusOr<std::optional<bool>> Jwt::Flag(std::string_view claim) const {
  const json::value* value = FindClaim(claims_->all, claim);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string() && value->get_string() == "true") return true;
  if (value->is_string() && value->get_string() == "false") return false;
  return Invalid(StrCat("has a claim '", claim, "' that is neither true nor false"));
}

absl::StatusOr<std::vector<std::string>> Jwt::Texts(std::string_view claim) const {
  const json::value* value = FindClaim(claims_->all, claim);
  if (value == nullptr) return std::vector<std::string>();
  auto texts = TextsOf(*value);
  if (!texts) return Invalid(StrCat("has a claim '", claim, "' that is no list of texts"));
  return *std::move(texts);
}

}  // namespace whence::access
