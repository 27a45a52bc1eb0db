// The Todo scenario of AuthZEN's interoperability events, said in Whence's principals, groups,
// grants and row filters; its decisions are replayed as they were published.
#include <iostream>
#include <string>

#include "doors_fixture.h"

namespace whence::http::test {
namespace {

// What the scenario's words mean.
constexpr char kMapping[] = R"(
resources:
  user:
    securable: todo.app.users
    actions: {can_read_user: SELECT}
  todo:
    securable: todo.app.todos
    actions:
      can_read_todos: SELECT
      can_create_todo: {privilege: EXECUTE, securable: todo.app.create_todo}
      can_update_todo: {privilege: EXECUTE, securable: todo.app.update_todo, rows: true}
      can_delete_todo: {privilege: EXECUTE, securable: todo.app.delete_todo, rows: true}
)";

// The folder of data that other projects wrote, beside the source unless the environment says
// where.
std::string Fixture(const std::string& name) {
  const char* const folder = std::getenv("WHENCE_FIXTURES");
  const char* const source = std::getenv("WHENCE_SOURCE_DIR");
  if (folder != nullptr) return ReadText(StrCat(folder, "/authzen/", name));
  if (source == nullptr) return "";
  return ReadText(StrCat(source, "/../shared/fixtures/authzen/", name));
}

ServerOptions WithMapping() {
  ServerOptions options;
  options.authzen = *ParseAuthzenMapping(kMapping);
  return options;
}

struct TodoFixture : DoorsFixture {
  TodoFixture() : DoorsFixture(WithMapping()) {
    http.house.Asset("todo.app.users", v1::KIND_TABLE);
    http.house.Asset("todo.app.todos", v1::KIND_TABLE);
    for (const char* function : {"create_todo", "update_todo", "delete_todo"}) {
      http.house.Asset(StrCat("todo.app.", function), v1::KIND_FUNCTION);
    }
    for (const char* group : {"people", "admins", "evil-geniuses", "editors", "viewers"}) {
      Principal(StrCat("group:", group));
    }
    Person("rick@the-citadel.com", "A", {"admins", "evil-geniuses"});
    Person("morty@the-citadel.com", "E", {"editors"});
    Person("summer@the-smiths.com", "I", {"editors"});
    Person("beth@the-smiths.com", "M", {"viewers"});
    Person("jerry@the-smiths.com", "Q", {"viewers"});
    Grant("todo", "group:people", {"USE CATALOG", "USE SCHEMA", "SELECT"});
    for (const char* group : {"group:admins", "group:editors"}) {
      Grant("todo.app.create_todo", group, {"EXECUTE"});
      Grant("todo.app.delete_todo", group, {"EXECUTE"});
    }
    for (const char* group : {"group:evil-geniuses", "group:editors"}) {
      Grant("todo.app.update_todo", group, {"EXECUTE"});
    }
    Filter("update-own", "todo.app.update_todo", "ownerID = caller", {"group:editors"},
           {"group:evil-geniuses"});
    Filter("delete-own", "todo.app.delete_todo", "ownerID = caller", {"group:editors"},
           {"group:admins"});
  }

  // The scenario knows people by what their identity provider calls them: all but one letter of it
  // is the same.
  void Person(const std::string& email, const std::string& letter,
              std::initializer_list<const char*> groups) {
    const std::string name = StrCat("user:", email);
    Principal(name,
              StrCat("CiRmZD", letter, "2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs"),
              email);
    Member("group:people", name);
    for (const char* group : groups) Member(StrCat("group:", group), name);
  }
};

// Whether a value is as a schema wants it: its type, its members, and theirs.
bool Fits(const json::value& schema, const json::value& value) {
  const json::object& rules = schema.as_object();
  if (const json::value* const type = rules.if_contains("type")) {
    const json::string& name = type->as_string();
    const bool fits = (name == "object" && value.is_object()) ||
                      (name == "string" && value.is_string()) ||
                      (name == "boolean" && value.is_bool());
    if (!fits) return false;
  }
  if (const json::value* const required = rules.if_contains("required")) {
    for (const json::value& name : required->as_array()) {
      if (!value.as_object().contains(name.as_string())) return false;
    }
  }
  if (const json::value* const properties = rules.if_contains("properties")) {
    for (const json::key_value_pair& property : properties->as_object()) {
      const json::value* const member = value.as_object().if_contains(property.key());
      if (member != nullptr && !Fits(property.value(), *member)) return false;
    }
  }
  return true;
}

TEST_CASE("schemas are looked at: what does not fit is found") {
  const json::value schema = json::parse(R"({"type":"object","required":["decision"],
      "properties":{"decision":{"type":"boolean"},"context":{"type":"object"}}})");
  CHECK(Fits(schema, json::parse(R"({"decision":true,"context":{}})")));
  CHECK_FALSE(Fits(schema, json::parse(R"({"context":{}})")));
  CHECK_FALSE(Fits(schema, json::parse(R"({"decision":1})")));
  CHECK_FALSE(Fits(schema, json::parse(R"({"decision":true,"context":[]})")));
  CHECK_FALSE(Fits(schema, json::parse("[]")));
}

TEST_CASE("owners and roles of the Todo scenario decide") {
  TodoFixture fixture;
  const auto may = [&](const std::string& person, const std::string& action,
                       const std::string& owner) {
    return fixture
        .PostJson("/access/v1/evaluation",
                  StrCat(R"({"subject":{"type":"user","id":")", person, R"("},"action":{"name":")",
                         action, R"("},"resource":{"type":"todo","id":"1","properties":)",
                         R"({"ownerID":")", owner, R"("}}})"))
        .at("decision")
        .as_bool();
  };
  const std::string morty = "morty@the-citadel.com";
  CHECK(may(morty, "can_update_todo", morty));
  CHECK_FALSE(may(morty, "can_update_todo", "rick@the-citadel.com"));
  CHECK_FALSE(may(morty, "can_delete_todo", ""));
  CHECK(may("rick@the-citadel.com", "can_delete_todo", morty));
  CHECK(may("rick@the-citadel.com", "can_update_todo", morty));
  CHECK_FALSE(may("beth@the-smiths.com", "can_update_todo", "beth@the-smiths.com"));
  CHECK(may("beth@the-smiths.com", "can_read_todos", morty));
  CHECK_FALSE(may("beth@the-smiths.com", "can_create_todo", morty));
}

TEST_CASE("all published decisions of the Todo scenario are ours") {
  const std::string text = Fixture("decisions-authorization-api-1_0-02.json");
  if (text.empty()) {
    std::cout
        << "skipped: no folder of fixtures (WHENCE_FIXTURES): the Todo decisions of AuthZEN\n";
    return;
  }
  const json::value asks = json::parse(Fixture("evaluation-request.schema.json"));
  const json::value answers = json::parse(Fixture("evaluation-response.schema.json"));
  TodoFixture fixture;
  const json::value published = json::parse(text);
  size_t decided = 0;
  for (const json::value& each : published.at("evaluation").as_array()) {
    CAPTURE(json::serialize(each));
    CHECK(Fits(asks, each.at("request")));
    const json::value answer =
        fixture.PostJson("/access/v1/evaluation", json::serialize(each.at("request")));
    CHECK(Fits(answers, answer));
    CHECK(answer.at("decision") == each.at("expected"));
    ++decided;
  }
  CHECK(decided == 40);
  size_t batches = 0;
  size_t in_batches = 0;
  for (const json::value& each : published.at("evaluations").as_array()) {
    CAPTURE(json::serialize(each));
    const json::value answer =
        fixture.PostJson("/access/v1/evaluations", json::serialize(each.at("request")));
    const json::array& list = answer.at("evaluations").as_array();
    const json::array& expected = each.at("expected").as_array();
    REQUIRE(list.size() == expected.size());
    ++batches;
    in_batches += list.size();
    for (size_t i = 0; i < list.size(); ++i) {
      CHECK(Fits(answers, list[i]));
      CHECK(list[i].at("decision") == expected[i].at("decision"));
    }
  }
  CHECK(batches == 3);
  CHECK(in_batches == 6);
}

}  // namespace
}  // namespace whence::http::test
