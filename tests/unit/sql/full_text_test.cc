#include "sql/full_text.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/strings.h"
#include "scratch.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::Reason;

struct Index {
  std::unique_ptr<Connection> connection = MustOpen(":memory:");

  Index() {
    // As in migration 0001.
    REQUIRE(
        connection
            ->ExecuteScript("CREATE VIRTUAL TABLE search_text USING fts5 (name, comment, columns,"
                            " tags, prompt, tokenize = \"unicode61 remove_diacritics 2\","
                            " prefix = '2 3');"
                            "CREATE TABLE ledger_entry (position INTEGER PRIMARY KEY);"
                            "INSERT INTO ledger_entry VALUES (7)")
            .ok());
  }

  void Put(int64_t id, std::string_view name, std::string_view comment = "",
           std::string_view columns = "", std::string_view tags = "",
           std::string_view prompt = "") {
    REQUIRE(FullTextPut(*connection, id, name, comment, columns, tags, prompt).ok());
  }

  // The ids found, best first, as text.
  std::string Find(std::string_view query, int most = 100) {
    const auto found = FullTextSearch(*connection, query, most);
    if (!found.ok()) {
      return Reason(found.status());
    }
    std::string out;
    for (const int64_t id : found->ids) {
      StrAppend(&out, out.empty() ? "" : " ", id);
    }
    if (!found->ids.empty()) CHECK(found->position == 7);
    return out;
  }
};

TEST_CASE("all words must match, in any field, whatever their case") {
  Index index;
  index.Put(1, "prod.fraud.scores", "daily fraud scores", "user_id amount");
  index.Put(2, "prod.churn.features", "features of customers", "user_id churn");
  CHECK(index.Find("fraud") == "1");
  CHECK(index.Find("USER") == "1 2");
  CHECK(index.Find("user churn") == "2");
  CHECK(index.Find("fraud churn").empty());
  CHECK(index.Find("nothing").empty());
}

TEST_CASE("the last word is a prefix, the others are whole") {
  Index index;
  index.Put(1, "customers");
  index.Put(2, "customs house");
  CHECK(index.Find("c") == "1 2");
  CHECK(index.Find("custo") == "1 2");
  CHECK(index.Find("customer") == "1");
  CHECK(index.Find("custo house").empty());
  CHECK(index.Find("customs h") == "2");
  CHECK(index.Find("customs ho ") == "2");  // spaces at the end change nothing
}

TEST_CASE("a word with punctuation inside is its parts in sequence") {
  Index index;
  index.Put(1, "prod.raw.users");
  index.Put(2, "users raw prod");
  CHECK(index.Find("prod.raw") == "1");
  CHECK(index.Find("raw.us") == "1");
  CHECK(index.Find("prod raw") == "1 2");
}

TEST_CASE("a name counts more than tags, columns, a prompt and a comment") {
  Index index;
  index.Put(1, "a", "needle");
  index.Put(2, "b", "", "", "", "needle");
  index.Put(3, "c", "", "needle");
  index.Put(4, "d", "", "", "needle");
  index.Put(5, "needle");
  CHECK(index.Find("needle") == "5 4 3 2 1");
  const int64_t ids[] = {1, 2, 3, 4, 5};
  const auto hits = FullTextHits(*index.connection, "needle", ids);
  REQUIRE(hits.ok());
  REQUIRE(hits->size() == 5);
  CHECK(hits->at(5).rank > hits->at(4).rank);
  CHECK(hits->at(4).rank > hits->at(3).rank);
  CHECK(hits->at(1).rank > 0);
}

TEST_CASE("equal ranks come by id, up to so many, and it is said when there are more") {
  Index index;
  for (int id = 20; id >= 1; --id) {
    index.Put(id, "same words here");
  }
  std::string all = index.Find("words");
  CHECK(all == "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
  CHECK(index.Find("words", 7) == "1 2 3 4 5 6 7");
  CHECK(index.Find("words", 0).empty());
  CHECK(FullTextSearch(*index.connection, "words", 19)->truncated);
  CHECK_FALSE(FullTextSearch(*index.connection, "words", 20)->truncated);
}

TEST_CASE("what is put again is replaced, what is deleted is gone") {
  Index index;
  index.Put(1, "old");
  index.Put(1, "new");
  CHECK(index.Find("old").empty());
  CHECK(index.Find("new") == "1");
  CHECK(FullTextDelete(*index.connection, 1).ok());
  CHECK(FullTextDelete(*index.connection, 1).ok());
  CHECK(index.Find("new").empty());
}

TEST_CASE("accents and case beyond ASCII do not count; other scripts are found") {
  Index index;
  index.Put(1, "Größe Évaluation");
  index.Put(2, "данные о клиентах");
  index.Put(3, "顧客データ");
  CHECK(index.Find("grosse").empty());  // ß is a letter of its own
  CHECK(index.Find("große") == "1");
  CHECK(index.Find("GRÖ") == "1");
  CHECK(index.Find("evaluation") == "1");
  CHECK(index.Find("Évaluation größe") == "1");
  CHECK(index.Find("ДАННЫЕ") == "2");
  CHECK(index.Find("顧客") == "3");
  CHECK(index.Find("🌍").empty());
}

TEST_CASE("nothing in a query is syntax") {
  Index index;
  index.Put(1, "near and or not", "name column");
  for (const std::string_view query : {"\"", "\"\"", "*", "^", ":", "(", ")", "\"*^:(", "-", "+",
                                       "{}", " ", "", "\t\n", "...", "'", "';--", "\\", "%"}) {
    INFO(query);
    CHECK(index.Find(query) == "SEARCH_QUERY_EMPTY");
  }
  CHECK(index.Find(std::string_view("\0\0", 2)) == "SEARCH_QUERY_EMPTY");
  for (const std::string_view query :
       {"near", "NOT", "and OR", "name:near", "near*", "^near", "(near", "near)", "NEAR(near and)",
        "\"near", "near\"and", "-near", "n'ear", "near + and", "{name}: near", "near and or not"}) {
    INFO(query);
    const std::string found = index.Find(query);
    CHECK((found == "1" || found.empty()));
  }
  CHECK(index.Find("NOT") == "1");
  CHECK(index.Find("near* and") == "1");
  CHECK(index.Find("near \"") == "1");
  CHECK(index.Find(std::string_view("near\0and", 8)) == "1");
  CHECK(index.Find("\xff\xfe near") == "1");  // bytes that are no text separate words
  CHECK(index.Find("nothing:near").empty());
}

TEST_CASE("a query is bounded, and one at the bound still works") {
  Index index;
  std::string words = "a";
  while (words.size() + 2 <= kMaxSearchQueryBytes) {
    words += " a";
  }
  index.Put(1, "a");
  CHECK(index.Find(words) == "1");
  words.resize(kMaxSearchQueryBytes + 1, 'b');
  CHECK(index.Find(words) == "SEARCH_QUERY_TOO_LONG");
  CHECK(index.Find(std::string(kMaxSearchQueryBytes, '"')) == "SEARCH_QUERY_EMPTY");
  CHECK(index.Find(std::string(kMaxSearchQueryBytes, 'x')).empty());
}

TEST_CASE("a snippet shows the words around the match") {
  Index index;
  std::string comment;
  for (int i = 0; i < 50; ++i) {
    StrAppend(&comment, "word", i, " ");
  }
  index.Put(1, "table", comment);
  index.Put(2, "word25 too");
  const int64_t ids[] = {1, 3};
  const auto hits = FullTextHits(*index.connection, "word25", ids);
  REQUIRE(hits.ok());
  REQUIRE(hits->size() == 1);
  const std::string& snippet = hits->at(1).snippet;
  CHECK(snippet.find("word25") != std::string::npos);
  CHECK(snippet.starts_with("…"));
  CHECK(snippet.size() < 120);
}

TEST_CASE("texts put inside a savepoint that is undone are not found") {
  Index index;
  WriteTransaction transaction(*index.connection);
  index.Put(1, "kept");
  {
    const Savepoint undone(*index.connection);
    index.Put(2, "undone");
    CHECK(index.Find("undone") == "2");
  }
  CHECK(transaction.Commit().ok());
  CHECK(index.Find("undone").empty());
  CHECK(index.Find("kept") == "1");
}

}  // namespace
}  // namespace whence::sql
