// Sentences about grants: what they say, what is wrong in them, what can come next.

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "access/privilege.h"
#include "base/strings.h"
#include "cli/text/grant_words.h"

namespace whence::cli {
namespace {

using Words = std::vector<std::string>;

Words Split(const std::string& text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

// "SELECT|USE CATALOG / schema prod.fraud / group:analysts", or what is wrong.
std::string Parsed(const std::string& text) {
  const absl::StatusOr<GrantWords> words = ParseGrantWords(Split(text));
  if (!words.ok()) return std::string(words.status().message());
  return StrCat(absl::StrJoin(words->privileges, "|"), " / ",
                words->securable.has_value() ? SecurableText(*words->securable) : "-", " / ",
                words->principal);
}

std::string Next(Complete what, const std::string& given) {
  const NextWords next = NextGrantWords(what, Split(given));
  const std::string names = next.names == Complete::kNothing     ? ""
                            : next.names == Complete::kPrincipal ? " +principals"
                            : next.names == Complete::kCatalog   ? " +catalogs"
                            : next.names == Complete::kSchema    ? " +schemas"
                                                                 : " +assets";
  return absl::StrJoin(next.words, " ") + names;
}

TEST_CASE("grant_words: a sentence is taken apart") {
  CHECK(Parsed("SELECT on schema prod.fraud to group:analysts") ==
        "SELECT / schema prod.fraud / group:analysts");
  CHECK(Parsed("use catalog, SELECT ,MODIFY ON Catalog prod FROM user:ana") ==
        "use catalog|SELECT|MODIFY / catalog prod / user:ana");
  CHECK(Parsed("BROWSE on metastore to user:ana") == "BROWSE / metastore / user:ana");
  CHECK(Parsed("BROWSE on catalog metastore to user:ana") ==
        "BROWSE / catalog metastore / user:ana");
  CHECK(Parsed("SELECT on prod.fraud.scores to user:ana") ==
        "SELECT / prod.fraud.scores / user:ana");
  CHECK(Parsed("SELECT on catalog to user:ana") == "SELECT / catalog / user:ana");
  CHECK(Parsed("to user:ana on table a.b.c") == " / table a.b.c / user:ana");
  CHECK(Parsed("of schema prod.fraud") == " / schema prod.fraud / ");
  CHECK(Parsed("") == " / - / ");
}

TEST_CASE("grant_words: what is wrong is said") {
  CHECK(Parsed("SELECT on") == "no catalog, schema or asset is named");
  CHECK(Parsed("SELECT on prod to") == "no principal stands behind 'to'");
  CHECK(Parsed("SELECT on prod to a b") == "\"b\" is one word too much: one principal at a time");
  CHECK(Parsed("SELECT on a on b to c") == "'on' is said twice");
  CHECK(Parsed("SELECT on a to b to c") == "'to' is said twice");
  CHECK(Parsed("SELECT on schema a b to c") == "\"b\" is one word too much");
  CHECK(Parsed("SELECT on metastore x to c") == "\"x\" is one word too much");
  CHECK(Parsed("SELECT on shema prod.fraud to c") ==
        "\"shema\" is no type; the types are metastore, catalog, schema, asset, table, view, "
        "volume, function, model, prompt, index, endpoint, job, dashboard");
}

TEST_CASE("grant_words: privileges are those of the server") {
  Words names;
  for (int i = 0; i < access::kPrivilegeCount; ++i) {
    const auto privilege = static_cast<access::Privilege>(i);
    CHECK(access::ParsePrivilege(PrivilegeNames().at(static_cast<size_t>(i)), "x").value() ==
          privilege);
    names.push_back(PrivilegeWord(access::PrivilegeName(privilege)));
  }
  CHECK(PrivilegeNames().size() == static_cast<size_t>(access::kPrivilegeCount));
  CHECK(names[0] == "\"USE CATALOG\"");
  CHECK(names[3] == "SELECT");
}

TEST_CASE("grant_words: a sentence is completed word by word") {
  const std::string privileges = absl::StrJoin(PrivilegeNames(), " ");
  const std::string types = absl::StrJoin(SecurableTypeNames(), " ");
  CHECK(Next(Complete::kGrant, "") == privileges);
  CHECK(Next(Complete::kGrant, "SELECT") == "on " + privileges);
  CHECK(Next(Complete::kGrant, "SELECT on") == types + " +assets");
  CHECK(Next(Complete::kGrant, "SELECT on schema") == " +schemas");
  CHECK(Next(Complete::kGrant, "SELECT on catalog") == " +catalogs");
  CHECK(Next(Complete::kGrant, "SELECT on table") == " +assets");
  CHECK(Next(Complete::kGrant, "SELECT on metastore") == "to");
  CHECK(Next(Complete::kGrant, "SELECT on schema a.b") == "to");
  CHECK(Next(Complete::kRevoke, "SELECT on a.b") == "from");
  CHECK(Next(Complete::kGrant, "SELECT on schema a.b to") == " +principals");
  CHECK(Next(Complete::kGrant, "SELECT on schema a.b to user:ana").empty());
  CHECK(Next(Complete::kGrants, "") == "on to");
  CHECK(Next(Complete::kGrants, "to user:ana") == "on");
  CHECK(Next(Complete::kOwner, "of schema") == " +schemas");
  CHECK(Next(Complete::kOwner, "schema a.b") == "to");
  CHECK(Next(Complete::kSecurable, "") == types + " +assets");
  CHECK(Next(Complete::kQuestion, "") == " +principals");
  CHECK(Next(Complete::kQuestion, "user:ana") == privileges);
  CHECK(Next(Complete::kQuestion, "user:ana SELECT on table") == " +assets");
}

}  // namespace
}  // namespace whence::cli
