// The file that says what AuthZEN's words mean.
#include "http/authzen_mapping.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::http::test {
namespace {

ErrorDetail Wrong(const std::string& text) {
  return GetErrorDetail(ParseAuthzenMapping(text).status());
}

TEST_CASE("types of resources and their actions are read") {
  const auto mapping = ParseAuthzenMapping(R"(
policy_decision_point: https://pdp.example.com
resources:
  todo:
    securable: todo.app.todos
    actions:
      can_read_todos: SELECT
      can_update_todo: {privilege: execute, securable: todo.app.update_todo, rows: true}
  document:
    securable: shop.`my docs`.{id}
    actions: {read: select}
  anything:
    actions:
      see: {privilege: use_catalog, securable: "{id}"}
      manage: {privilege: MANAGE, securable: metastore}
)");
  REQUIRE(mapping.ok());
  CHECK(mapping->decision_point == "https://pdp.example.com");
  const auto& todo = mapping->resources.at("todo");
  CHECK(todo.at("can_read_todos").privilege == access::Privilege::kSelect);
  CHECK(todo.at("can_read_todos").place == AuthzenPlace{.parts = {"todo", "app", "todos"}});
  CHECK_FALSE(todo.at("can_read_todos").rows);
  CHECK(todo.at("can_update_todo").rows);
  CHECK(todo.at("can_update_todo").place == AuthzenPlace{.parts = {"todo", "app", "update_todo"}});
  CHECK(mapping->resources.at("document").at("read").place ==
        AuthzenPlace{.parts = {"shop", "my docs"}, .id = true});
  CHECK(mapping->resources.at("anything").at("see").place == AuthzenPlace{.id = true});
  CHECK(mapping->resources.at("anything").at("manage").place == AuthzenPlace{.metastore = true});
  CHECK(ParseAuthzenMapping("")->resources.empty());
}

TEST_CASE("what the file cannot say is named") {
  CHECK(Wrong("[1]").reason == "AUTHZEN_CONFIG_MALFORMED");
  CHECK(Wrong("a: {").reason == "AUTHZEN_CONFIG_MALFORMED");
  CHECK(Wrong("\xff").reason == "AUTHZEN_CONFIG_MALFORMED");
  CHECK(Wrong("resource: {}").field == "resource");
  CHECK(Wrong("policy_decision_point: http://pdp").field == "policy_decision_point");
  CHECK(Wrong("policy_decision_point: https://pdp?x").field == "policy_decision_point");
  CHECK(Wrong("resources: {todo: {actions: {read: SELECT}}}").field ==
        "resources.todo.actions.read");
  CHECK(Wrong("resources: {todo: {securable: a.b.c}}").field == "resources.todo.actions");
  CHECK(Wrong("resources: {todo: {securable: a.b.c, actions: {read: LOOK}}}").field ==
        "resources.todo.actions.read");
  CHECK(Wrong("resources: {todo: {securable: a.b.c, actions: {read: [SELECT]}}}").field ==
        "resources.todo.actions.read");
  CHECK(
      Wrong("resources: {todo: {securable: a.b.c, actions: {read: {privilege: SELECT, rows: x}}}}")
          .field == "resources.todo.actions.read.rows");
  for (const char* place : {"a..b", "a.b.c.d", "a.b.c.{id}", "a{id}", "a.{id}.b", "a b"}) {
    CAPTURE(place);
    CHECK(Wrong(StrCat("resources: {t: {securable: '", place, "', actions: {r: SELECT}}}")).field ==
          "resources.t.actions.r.securable");
  }
  CHECK(Wrong("resources: {t: {securable: a, actions: {r: SELECT, r: MODIFY}}}").reason ==
        "AUTHZEN_CONFIG_MALFORMED");
}

TEST_CASE("the file has at most kMaxAuthzenConfigBytes, and must be there") {
  std::string text = "resources: {}\n#";
  text.resize(kMaxAuthzenConfigBytes, 'x');
  CHECK(ParseAuthzenMapping(text).ok());
  CHECK(Wrong(text + "x").reason == "AUTHZEN_CONFIG_MALFORMED");
  const std::string path =
      StrCat(std::filesystem::temp_directory_path().string(), "/whence-authzen-", ::getpid());
  CHECK(GetErrorDetail(ReadAuthzenMapping(path).status()).reason == "AUTHZEN_CONFIG_UNREADABLE");
  std::ofstream(path) << "policy_decision_point: https://pdp\n";
  CHECK(ReadAuthzenMapping(path)->decision_point == "https://pdp");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace whence::http::test
