// The question-answering core of examples/handbook_qa, on its own text and on tiny made-up ones.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "answerer.h"
#include "lines.h"
#include "passages.h"
#include "text.h"
#include "tfidf.h"
#include "training.h"

namespace handbook {
namespace {

constexpr std::string_view kRules =
    "Rules of the Library\n\n"
    "Section 1\n\n"
    "Books are lent for fourteen days. A loan may be renewed once, unless\n"
    "another member waits for the book.\n\n"
    "Section 2\n\n"
    "The library is open every day. The reading room is open until ten.\n";

std::string Load(const std::string& name) {
  const std::optional<std::string> content = ReadFile(HANDBOOK_DIR "/" + name);
  REQUIRE(content.has_value());
  return *content;
}

std::vector<std::string> Texts(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

// Everything the pipeline makes of the shipped files.
struct Pipeline {
  std::vector<Passage> passages = CutPassages(Load("handbook.txt"));
  TfIdfIndex index = TfIdfIndex::Build(passages);
  Answerer answerer{passages, index};
  std::vector<Example> calibration = *ParseExamples(Load("calibration.tsv"));
  TrainingResult training = Train(answerer, calibration);
};

const Pipeline& Shipped() {
  static const Pipeline pipeline;
  return pipeline;
}

TEST_CASE("Terms keep what carries meaning and group a word's forms") {
  CHECK(Terms("The Members meet in December.") ==
        std::vector<std::string>{"member", "meet", "december"});
  CHECK(Terms("the President's") == std::vector<std::string>{"president"});
  CHECK(Terms(" ,.; the of").empty());
  CHECK(Stem("adjourned") == Stem("adjourning"));
  CHECK(Stem("expelled") == Stem("expel"));
  CHECK(Stem("duties") == Stem("duty"));
  CHECK(Stem("resignation") == Stem("resigns"));
  CHECK(Stem("elections") == Stem("elect"));
  CHECK(Stem("chuse") == Stem("choose"));
  CHECK(Stem("20th") == "20th");
  CHECK(Stem("ring") == "ring");
}

TEST_CASE("Quantities are known by their terms") {
  for (const char* word : {"20th", "three", "twice", "majority", "days", "once"}) {
    CAPTURE(word);
    CHECK(IsQuantity(Stem(word)));
  }
  CHECK_FALSE(IsQuantity("senat"));
  CHECK_FALSE(IsQuantity(""));
}

TEST_CASE("Sentences end at full stops and between long clauses") {
  CHECK(Texts(Sentences("One. Two? Three")) == std::vector<std::string>{"One.", "Two?", "Three"});
  CHECK(Texts(Sentences("To wit, sec. 2 of the rules.")) ==
        std::vector<std::string>{"To wit, sec. 2 of the rules."});
  CHECK(Texts(Sentences("To coin Money; To borrow it;")) ==
        std::vector<std::string>{"To coin Money;", "To borrow it;"});
  CHECK(Sentences("coin Money; emit Bills of Credit; lay Taxes").size() == 1);
  CHECK(Sentences("").empty());
}

TEST_CASE("Passages stay within a section and know where they stand") {
  const std::vector<Passage> passages = CutPassages(kRules);
  REQUIRE(passages.size() == 2);
  CHECK(passages[0] == Passage{1, "Rules of the Library, Section 1",
                               "Books are lent for fourteen days. A loan may be renewed once, "
                               "unless another member waits for the book."});
  CHECK(passages[1].row == 2);
  CHECK(passages[1].heading == "Rules of the Library, Section 2");
  CHECK(CutPassages("").empty());
  CHECK(CutPassages("\n\n \n\n").empty());
}

TEST_CASE("A long section becomes several passages of whole sentences") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "A short rule stands here. ";
  const std::vector<Passage> passages = CutPassages(text);
  REQUIRE(passages.size() == 4);  // six sentences each, and two
  CHECK(Sentences(passages[0].text).size() == 6);
  CHECK(Sentences(passages[3].text).size() == 2);
}

TEST_CASE("Cutting the handbook loses no word of it") {
  const std::string source = Squeeze(Load("handbook.txt"));
  std::size_t position = 0;
  for (const Passage& passage : Shipped().passages) {
    position = source.find(passage.text, position);
    CAPTURE(passage.row, passage.text);
    REQUIRE(position != std::string::npos);
    position += passage.text.size();
  }
  CHECK(position == source.size());
  CHECK(Shipped().passages.size() == 142);
}

TEST_CASE("The table of passages reads back") {
  const std::vector<Passage>& passages = Shipped().passages;
  CHECK(ParsePassages(FormatPassages(passages)) == passages);
  CHECK(ParsePassages("row\theading\ttext\n")->empty());
  CHECK_FALSE(ParsePassages(""));
  CHECK_FALSE(ParsePassages("something else\n"));
  CHECK_FALSE(ParsePassages("row\theading\ttext\n2\tA\trow 1 is missing\n"));
  CHECK_FALSE(ParsePassages("row\theading\ttext\n1\ttext is missing\n"));
}

TEST_CASE("The index ranks the passage that speaks of the query first") {
  const std::vector<Passage> passages = CutPassages(kRules);
  const TfIdfIndex index = TfIdfIndex::Build(passages);
  CHECK(index.passage_count() == 2);

  const std::vector<Hit> hits = index.Search("May a loan be renewed?", 5);
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].row == 1);
  CHECK(hits[0].score > 0);
  CHECK(hits[0].score <= 1);

  CHECK(index.Search("library", 5).size() == 2);  // headings are indexed too
  CHECK(index.Search("library", 1).size() == 1);
  CHECK(index.Search("zebra", 5).empty());
  CHECK(index.Search("", 5).empty());
  CHECK(index.Idf("loan") > index.Idf("library"));
  CHECK(index.Idf("zebra") == index.Idf("loan"));
}

TEST_CASE("A passage is its own best match") {
  const Pipeline& shipped = Shipped();
  for (const Passage& passage : shipped.passages) {
    const std::vector<Hit> hits = shipped.index.Search(passage.heading + ' ' + passage.text, 1);
    CAPTURE(passage.row);
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].row == passage.row);
    CHECK(hits[0].score == Approx(1).margin(1e-4));
  }
}

TEST_CASE("An index read back ranks as the one written") {
  const TfIdfIndex& index = Shipped().index;
  const std::string text = index.Format();
  const std::optional<TfIdfIndex> again = TfIdfIndex::Parse(text);
  REQUIRE(again.has_value());
  CHECK(again->Format() == text);
  CHECK(again->passage_count() == index.passage_count());
  CHECK(again->term_count() == index.term_count());
  for (const Example& example : Shipped().calibration) {
    CHECK(again->Search(example.question, 5) == index.Search(example.question, 5));
  }
}

TEST_CASE("What is not an index is refused") {
  CHECK_FALSE(TfIdfIndex::Parse(""));
  CHECK_FALSE(TfIdfIndex::Parse("handbook-tfidf 2\npassages 1\n"));
  CHECK_FALSE(TfIdfIndex::Parse("handbook-tfidf 1\npassages many\n"));
  CHECK_FALSE(TfIdfIndex::Parse("handbook-tfidf 1\npassages 1\nloan 1.5\n"));
  CHECK_FALSE(TfIdfIndex::Parse("handbook-tfidf 1\npassages 1\nloan 1.5 2:0.5\n"));
  CHECK_FALSE(TfIdfIndex::Parse("handbook-tfidf 1\npassages 1\nloan 1.5 1:x\n"));
}

TEST_CASE("The answer is a sentence of the text with the row it stands in") {
  const std::vector<Passage> passages = CutPassages(kRules);
  const TfIdfIndex index = TfIdfIndex::Build(passages);
  const Answerer answerer(passages, index);

  const Answer answer = answerer.Ask("How long are books lent?", Model{});
  CHECK(answer.text == "Books are lent for fourteen days.");
  CHECK(answer.row == 1);
  CHECK(answer.score > 0);
  CHECK(answer.score <= 1);
  REQUIRE_FALSE(answer.retrieved.empty());
  CHECK(answer.retrieved.front().row == 1);

  CHECK(answerer.Ask("May a member bring a dog and a cat?", Model{}).text.empty());
  CHECK(answerer.Ask("", Model{}) == Answer{});
}

TEST_CASE("A model reads back") {
  const Model model{.passage = 0.1, .proximity = 1, .quantity = 0.25, .min_overlap = 0.4};
  CHECK(ParseModel(FormatModel(model)) == model);
  CHECK_FALSE(ParseModel(""));
  CHECK_FALSE(ParseModel("handbook-answerer 1\npassage 1\n"));
  CHECK_FALSE(
      ParseModel("handbook-answerer 1\npassage 1\nproximity x\nquantity 1\nmin_overlap 1\n"));
}

TEST_CASE("Examples say what answer they expect") {
  const auto examples = ParseExamples("# known\nHow long?\tfourteen days\nHow much?\t-\n");
  REQUIRE(examples.has_value());
  REQUIRE(examples->size() == 2);
  CHECK(IsRight(examples->at(0), "Books are lent for fourteen days."));
  CHECK_FALSE(IsRight(examples->at(0), ""));
  CHECK(IsRight(examples->at(1), ""));
  CHECK_FALSE(IsRight(examples->at(1), "Books are lent for fourteen days."));
  CHECK_FALSE(ParseExamples("no tab\n"));
}

TEST_CASE("Training finds a better model than the worst and finds it again") {
  const Pipeline& shipped = Shipped();
  CHECK(shipped.training.examples == 33);
  CHECK(shipped.training.right >= 28);
  CHECK(shipped.training.models_tried == 320);
  CHECK(Train(shipped.answerer, shipped.calibration).model == shipped.training.model);

  int right = 0;
  for (const Example& example : shipped.calibration) {
    const Answer answer = shipped.answerer.Ask(example.question, shipped.training.model);
    right += IsRight(example, answer.text) ? 1 : 0;
  }
  CHECK(right == shipped.training.right);
}

TEST_CASE("Training without examples keeps the first model") {
  const TrainingResult result = Train(Shipped().answerer, {});
  CHECK(result.examples == 0);
  CHECK(result.right == 0);
}

TEST_CASE("Every question of the example is answered right") {
  struct Expected {
    std::string_view answer;
    std::string_view heading;
  };
  const std::vector<Expected> expected = {
      {"Age of twenty five Years", "Article I, Section 2"},
      {"composed of two Senators from each State", "Article I, Section 3"},
      {"shall originate in the House of Representatives", "Article I, Section 7"},
      {"with the Concurrence of two thirds, expel a Member", "Article I, Section 5"},
      {"The Senate shall have the sole Power to try all Impeachments.", "Article I, Section 3"},
      {"a Majority of each shall constitute a Quorum", "Article I, Section 5"},
      {"adjourn for more than three days", "Article I, Section 5"},
      {"shall end at noon on the 20th day of January", "Amendment XX, Section 1"},
      {"the office of the President more than twice", "Amendment XXII, Section 1"},
      {"I do solemnly swear (or affirm)", "Article II, Section 1"},
      {"Testimony of two Witnesses to the same overt Act", "Article III, Section 3"},
      {"the Vice President shall become President.", "Amendment XXV, Section 1"},
  };
  const Pipeline& shipped = Shipped();
  const std::string file = Load("questions.txt");
  const std::vector<std::string_view> questions = ContentLines(file);
  REQUIRE(questions.size() == expected.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Answer answer = shipped.answerer.Ask(questions[i], shipped.training.model);
    CAPTURE(questions[i], answer.text);
    CHECK(answer.text.find(expected[i].answer) != std::string::npos);
    REQUIRE(answer.row > 0);
    CHECK(shipped.passages[static_cast<std::size_t>(answer.row - 1)].heading ==
          expected[i].heading);
    CHECK(std::any_of(answer.retrieved.begin(), answer.retrieved.end(),
                      [&](const Hit& hit) { return hit.row == answer.row; }));
  }
}

TEST_CASE("The questions of the example were not trained on") {
  const std::string file = Load("questions.txt");
  for (const std::string_view question : ContentLines(file)) {
    for (const Example& example : Shipped().calibration) CHECK(example.question != question);
  }
}

TEST_CASE("A file that is not there is no content") {
  CHECK_FALSE(ReadFile("/nonexistent/handbook.txt"));
  CHECK_FALSE(WriteFile("/nonexistent/handbook.txt", "text"));
}

}  // namespace
}  // namespace handbook
