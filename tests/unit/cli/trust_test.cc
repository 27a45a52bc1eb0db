// Which keys an auditor believes who was given one.

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/strings.h"
#include "cli/audit/trust.h"
#include "cli/error.h"
#include "tlog/note.h"

namespace whence::cli {
namespace {

constexpr char kOrigin[] = "whence.test/log";

tlog::SignerKey NewKey(const char* name = kOrigin) {
  return tlog::SignerKey::Generate(name, tlog::KeyType::kEd25519).value();
}

std::string Vkey(const tlog::SignerKey& key) { return key.verifier().ToText(); }

// What one key signs about the one after it (docs/ledger.md).
std::string Vouch(const tlog::SignerKey& by, const std::string& vkey,
                  const std::string& title = "whence ledger key",
                  const std::string& origin = kOrigin) {
  tlog::Note note =
      tlog::Note::Make(StrCat(title, "\n", origin, "\n", vkey, "\nfrom size 5\n")).value();
  REQUIRE(note.Sign(by, 0).ok());
  return note.ToText();
}

v1::ListKeysResponse LogOf(const std::vector<std::pair<std::string, std::string>>& keys) {
  v1::ListKeysResponse log;
  log.set_origin(kOrigin);
  for (const auto& [vkey, endorsement] : keys) {
    v1::LedgerKey* const key = log.add_keys();
    key->set_vkey(vkey);
    key->set_endorsement(endorsement);
  }
  return log;
}

// How many keys are believed by who was given `key`.
size_t Believed(const v1::ListKeysResponse& log, const tlog::SignerKey& key) {
  return TrustIn(log, Vkey(key), {}, 0).value().policy.logs.size();
}

TEST_CASE("who has an old key believes those that it, or one of them, has signed for") {
  const tlog::SignerKey first = NewKey();
  const tlog::SignerKey second = NewKey();
  const tlog::SignerKey third = NewKey();
  const v1::ListKeysResponse log = LogOf({{Vkey(first), ""},
                                          {Vkey(second), Vouch(first, Vkey(second))},
                                          {Vkey(third), Vouch(second, Vkey(third))}});
  const Trust trust = TrustIn(log, Vkey(first), {}, 0).value();
  CHECK_FALSE(trust.own_word);
  REQUIRE(trust.policy.logs.size() == 3);
  CHECK(trust.policy.logs[2] == third.verifier());
  // A newer key says nothing of those before it.
  CHECK(Believed(log, third) == 1);
  CHECK(Believed(log, NewKey()) == 1);
}

TEST_CASE("a new key that nobody trusted has vouched for is not believed") {
  const tlog::SignerKey first = NewKey();
  const tlog::SignerKey second = NewKey();
  const tlog::SignerKey stranger = NewKey();
  const auto believed = [&](const std::string& endorsement) {
    return Believed(LogOf({{Vkey(first), ""}, {Vkey(second), endorsement}}), first);
  };
  REQUIRE(believed(Vouch(first, Vkey(second))) == 2);
  CHECK(believed("") == 1);
  CHECK(believed("no note\n") == 1);
  CHECK(believed(Vouch(second, Vkey(second))) == 1);
  CHECK(believed(Vouch(stranger, Vkey(second))) == 1);
  // The note of another key, of another log, and one that is about something else.
  CHECK(believed(Vouch(first, Vkey(stranger))) == 1);
  CHECK(believed(Vouch(first, Vkey(second), "whence ledger key", "whence.test/other")) == 1);
  CHECK(believed(Vouch(first, Vkey(second), "whence ledger head")) == 1);
  // A text that was changed after it was signed.
  std::string changed = Vouch(first, Vkey(second));
  changed.replace(changed.find("size 5"), 6, "size 1");
  CHECK(believed(changed) == 1);
  // Behind a key that is not believed, none is.
  CHECK(Believed(LogOf({{Vkey(first), ""},
                        {Vkey(second), Vouch(stranger, Vkey(second))},
                        {Vkey(stranger), Vouch(second, Vkey(stranger))}}),
                 first) == 1);
}

TEST_CASE("without a key all that the ledger says of itself is believed, and that is said") {
  const tlog::SignerKey first = NewKey();
  const tlog::SignerKey second = NewKey();
  const Trust trust = TrustIn(LogOf({{Vkey(first), ""}, {Vkey(second), ""}}), "", {}, 0).value();
  CHECK(trust.own_word);
  CHECK(trust.policy.logs.size() == 2);
  CHECK(ErrorText(TrustIn(LogOf({}), "", {}, 0).status()) ==
        "the ledger's public key is not known");
  CHECK(TrustIn(LogOf({{"no key", ""}}), "", {}, 0).status().ok() == false);
}

}  // namespace
}  // namespace whence::cli
