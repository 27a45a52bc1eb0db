#include "base/prompt_template.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "base_test_util.h"

namespace whence {
namespace {

using Names = std::vector<std::string>;
using testing::Contains;
using testing::HintOf;
using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

TEST_CASE("variables come once each, in order of appearance", "[prompt_template]") {
  CHECK(TemplateVariables("").value() == Names{});
  CHECK(TemplateVariables("no variables").value() == Names{});
  CHECK(TemplateVariables("{{ name }}").value() == Names{"name"});
  CHECK(TemplateVariables("{{b}} {{ a }}{{\tb }} {{  _c9  }}").value() == Names{"b", "a", "_c9"});
  CHECK(TemplateVariables("Q: {{ question }}\nC: {{ context }}\n").value() ==
        Names{"question", "context"});
  CHECK(TemplateVariables("{{ Name }} {{ name }}").value() == Names{"Name", "name"});
  CHECK(TemplateVariables("\xc3\xa9 {{ x }} \xff").value() == Names{"x"});
}

TEST_CASE("single braces, stray closers and escaped braces are text", "[prompt_template]") {
  CHECK(TemplateVariables("{ x } } }} { {").value() == Names{});
  CHECK(TemplateVariables(R"({"a": {"b": {{ v }}}})").value() == Names{"v"});
  CHECK(TemplateVariables(R"({"a": {"b": 1}})").value() == Names{});
  CHECK(TemplateVariables(R"(\{{ x }} {{ y }})").value() == Names{"y"});
  CHECK(TemplateVariables(R"(\{{)").value() == Names{});
  CHECK(TemplateVariables(R"(\{{{x}})").value() == Names{});
  CHECK(TemplateVariables(R"(\\{{ x }})").value() == Names{});
  CHECK(TemplateVariables(R"(\ {{ x }})").value() == Names{"x"});
}

TEST_CASE("malformed templates are named with line and column", "[prompt_template]") {
  struct Case {
    std::string text;
    std::string message;
  };
  for (const Case& c : {
           Case{"{{", "template: 1:1: \"{{\" is not closed by \"}}\" on its line"},
           Case{"a {{ x", "template: 1:3: \"{{\" is not closed by \"}}\" on its line"},
           Case{"a\n\xc3\xa9{{ x }", "template: 2:2: \"{{\" is not closed by \"}}\" on its line"},
           Case{"{{ x\n}}", "template: 1:1: \"{{\" is not closed by \"}}\" on its line"},
           Case{"{{}}", "template: 1:1: \"\" is not a variable name"},
           Case{"{{ }}", "template: 1:1: \" \" is not a variable name"},
           Case{"{{ user-name }}", "template: 1:1: \" user-name \" is not a variable name"},
           Case{"{{ 9x }}", "template: 1:1: \" 9x \" is not a variable name"},
           Case{"{{ a b }}", "template: 1:1: \" a b \" is not a variable name"},
           Case{"{{{ x }}}", "template: 1:1: \"{ x \" is not a variable name"},
           Case{"{{ caf\xc3\xa9 }}", "template: 1:1: \" caf\xc3\xa9 \" is not a variable name"},
           Case{"{{ ok }} {{ x | upper }}", "template: 1:10: \" x | upper \" is not a variable"},
       }) {
    CAPTURE(c.text);
    const auto result = TemplateVariables(c.text);
    CHECK(ReasonOf(result) == "PROMPT_TEMPLATE_MALFORMED");
    CHECK(MessageOf(result).substr(0, c.message.size()) == c.message);
    CHECK(Contains(HintOf(result), "{{ name }}"));
    CHECK(ReasonOf(CheckTemplate(c.text, Names{})) == "PROMPT_TEMPLATE_MALFORMED");
  }
}

TEST_CASE("declared and used variables must be the same", "[prompt_template]") {
  CHECK(CheckTemplate("none", Names{}).ok());
  CHECK(CheckTemplate("{{ a }} {{ b }}", Names{"b", "a"}).ok());

  const absl::Status undeclared = CheckTemplate("{{ qestion }} {{ x }}", Names{"question"});
  CHECK(ReasonOf(undeclared) == "PROMPT_VARIABLE_UNDECLARED");
  CHECK(Contains(MessageOf(undeclared), "\"qestion\", \"x\""));
  CHECK(Contains(HintOf(undeclared), "Did you mean \"question\"?"));

  const absl::Status unused = CheckTemplate("{{ a }}", Names{"a", "b"});
  CHECK(ReasonOf(unused) == "PROMPT_VARIABLE_UNUSED");
  CHECK(Contains(MessageOf(unused), "\"b\""));
  CHECK(testing::FieldOf(unused) == "variables");

  CHECK(ReasonOf(CheckTemplate("{{ a }}", Names{"a", "a"})) == "PROMPT_VARIABLE_DUPLICATE");
  CHECK(ReasonOf(CheckTemplate("x", Names{"not a name"})) == "PROMPT_VARIABLE_UNUSED");
  CHECK(ReasonOf(CheckTemplate("x", Names{""})) == "PROMPT_VARIABLE_UNUSED");
}

TEST_CASE("a long list of variables is cut in the message", "[prompt_template]") {
  std::string text;
  for (int i = 0; i < 15; ++i) text += "{{ v" + std::to_string(i) + " }}";
  const absl::Status status = CheckTemplate(text, Names{});
  CHECK(Contains(MessageOf(status), "\"v9\" and 5 more"));
  CHECK_FALSE(Contains(MessageOf(status), "\"v10\""));
}

// Builds a template from pieces whose variables are known.
TEST_CASE("templates of random pieces give back their variables", "[prompt_template]") {
  Random random(17);
  const Names pool = {"a", "b", "_", "question", "context_2", "A"};
  const Names literals = {"text", "{",   " }} ", "\\{{ not }}", "\n", "\xf0\x9f\x98\x80",
                          "} ",   "{x} "};
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    Names expected;
    for (size_t n = random.Below(8); n > 0; --n) {
      if (random.OneIn(2)) {
        const std::string& name = random.Pick(pool);
        // A brace right before would open earlier.
        if (!text.empty() && text.back() == '{') text += ' ';
        text += random.OneIn(2) ? "{{" + name + "}}" : "{{ " + name + "\t }}";
        if (std::find(expected.begin(), expected.end(), name) == expected.end()) {
          expected.push_back(name);
        }
      } else {
        if (!text.empty() && text.back() == '{') text += ' ';
        text += random.Pick(literals);
      }
    }
    CAPTURE(text);
    const auto variables = TemplateVariables(text);
    REQUIRE(variables.ok());
    REQUIRE(*variables == expected);
    REQUIRE(CheckTemplate(text, expected).ok());
  }
}

TEST_CASE("hostile templates parse or are refused by name", "[prompt_template]") {
  Random random(18);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = random.Below(10); n > 0; --n) {
      text += random.OneIn(2) ? random.Pick(Names{"{{", "}}", "{", "\\", "x", " ", "\n"})
                              : RandomBytes(random, 4);
    }
    const auto variables = TemplateVariables(text);
    if (variables.ok()) continue;
    REQUIRE(ReasonOf(variables) == "PROMPT_TEMPLATE_MALFORMED");
    REQUIRE(IsValidUtf8(MessageOf(variables)));
    REQUIRE_FALSE(HasControlCharacters(MessageOf(variables)));
  }
}

TEST_CASE("a megabyte of braces is read in one go", "[prompt_template]") {
  std::string escaped;
  std::string used;
  for (int i = 0; i < 100'000; ++i) {
    escaped += "\\{{";
    used += "{{ v" + std::to_string(i % 500) + " }}";
  }
  CHECK(TemplateVariables(escaped).value().empty());
  CHECK(TemplateVariables(used).value().size() == 500);
  CHECK(ReasonOf(TemplateVariables(std::string(1 << 20, '{'))) == "PROMPT_TEMPLATE_MALFORMED");
}

}  // namespace
}  // namespace whence
