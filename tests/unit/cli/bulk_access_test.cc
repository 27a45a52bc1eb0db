// Records of who may what: their lines, what an export leaves out of them, and what differs.

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/bulk/calls.h"
#include "cli/bulk/differences.h"
#include "cli/bulk/portable.h"
#include "cli/bulk/portable_access.h"
#include "cli/bulk/record.h"
#include "cli/error.h"
#include "google/protobuf/text_format.h"

namespace whence::cli {
namespace {

template <class Message>
Message Parse(const std::string& text) {
  Message message;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

struct Line {
  const char* text;
  const char* kind;
  Lane lane;
};

constexpr Line kLines[] = {
    {R"({"principal":{"name":"user:bo"}})", "principal", Lane::kAccess},
    {R"({"membership":{"group":"group:a","member":"user:bo"}})", "membership", Lane::kAccess},
    {R"({"tag_definition":{"key":"pii"}})", "tag_definition", Lane::kRules},
    {R"({"declassification":{"reference":"prod.a.t#c","key":"pii","comment":"x"}})",
     "declassification", Lane::kAccess},
    {R"({"policy":{"name":"p","kind":"POLICY_KIND_DENY"}})", "policy", Lane::kRules},
    {R"({"grants":{"securable":{"name":"prod"},"principal":"user:bo","add":["SELECT"]}})", "grants",
     Lane::kAccess},
    {R"({"metastore":{"owner":"group:admins"}})", "metastore", Lane::kRules},
};

std::string Refusal(const std::string& line) {
  return std::string(ParseRecord(line, 1).status().message());
}

TEST_CASE("each kind of record of who may what is known by its key, and waits for what it must") {
  for (const Line& line : kLines) {
    CAPTURE(line.text);
    const absl::StatusOr<Record> record = ParseRecord(line.text, 1);
    REQUIRE(record.ok());
    CHECK(KindOf(*record) == line.kind);
    CHECK(LaneOf(*record) == line.lane);
    CHECK(std::visit(
        [](const google::protobuf::Message& body) {
          return RecordLine("x", body).size() > sizeof R"({"x":{}})";
        },
        record->body));
  }
}

TEST_CASE("lines of who may what depend on whom they are about") {
  const auto of = [](const char* line) { return DependenciesOf(*ParseRecord(line, 1)); };
  CHECK(of(kLines[0].text).own == "user:bo");
  CHECK(of(kLines[1].text).own == "group:a");
  CHECK(of(kLines[1].text).needs == std::vector<std::string>{"user:bo"});
  CHECK(of(kLines[3].text).own == "prod.a.t");
  CHECK(of(kLines[5].text).own == "prod");
  CHECK(of(kLines[5].text).needs == std::vector<std::string>{"user:bo"});
  // A catalog may be called like a principal, and waits for nobody then.
  CHECK(of(R"({"catalog":{"name":"`user:bo`"}})").own == "`user:bo`");
}

TEST_CASE("a line that would not do what it says is refused") {
  CHECK(Refusal(R"({"principal":{"name":"user:bo","active":false}})")
            .starts_with("active: a principal is active when it is made"));
  CHECK(ParseRecord(R"({"principal":{"name":"user:bo","active":true}})", 1).ok());
  CHECK(ParseRecord(R"({"principal":{"name":"user:bo","active":null}})", 1).ok());
  CHECK(ParseRecord(R"({"principal":{"name":"user:bo","active":false},"update_mask":"active"})", 1)
            .ok());
  CHECK(Refusal(R"({"grants":{"principal":"user:bo","dry_run":true}})") ==
        "dry_run: nothing would be granted; leave it out");
  for (const char* kind : {"principal", "tag_definition", "policy"}) {
    CHECK(ParseRecord(StrCat(R"({")", kind, R"(":{},"update_mask":"comment"})"), 1).ok());
  }
  for (const char* kind : {"membership", "declassification", "grants", "metastore"}) {
    CHECK(Refusal(StrCat(R"({")", kind, R"(":{},"update_mask":"comment"})")) ==
          StrCat("update_mask does not go with ", kind));
  }
}

TEST_CASE("a principal's line has what it is made with; that it is inactive is one of its own") {
  const auto bo = Parse<v1::Principal>(
      "name: 'user:bo' kind: PRINCIPAL_KIND_USER display_name: 'Bo' emails: 'b@x.example'"
      " emails: 'a@x.example' external_id: 'x-17' active: true max_calls_per_second: 5"
      " max_request_bytes_per_second: 6"
      " state: STATE_ACTIVE id: 7 creator: 'user:ana' updater: 'user:ana' etag: '4' position: 4");
  CHECK(PrincipalLines(bo) ==
        std::vector<std::string>{R"({"principal":{"name":"user:bo","display_name":"Bo",)"
                                 R"("emails":["b@x.example","a@x.example"],"external_id":"x-17",)"
                                 R"("max_calls_per_second":"5",)"
                                 R"("max_request_bytes_per_second":"6"}})"});
  CHECK(InactiveLine("user:bo") ==
        R"({"principal":{"name":"user:bo","active":false},"update_mask":"active"})");
  CHECK(ParseRecord(InactiveLine("user:bo"), 1)->update_mask == "active");
}

TEST_CASE("the principal that every server begins with is changed, not made") {
  auto admin = Parse<v1::Principal>("name: 'user:admin' id: 1 active: true position: 0");
  CHECK(PrincipalLines(admin) ==
        std::vector<std::string>{R"({"principal":{"name":"user:admin"}})"});
  admin.set_display_name("Ana");
  admin.add_emails("ana@x.example");
  CHECK(PrincipalLines(admin) ==
        std::vector<std::string>{
            R"({"principal":{"name":"user:admin"}})",
            R"({"principal":{"name":"user:admin","display_name":"Ana","emails":["ana@x.example"]},)"
            R"("update_mask":"display_name,emails"})"});
  CHECK(MadeByFirstStart(admin));
  admin.set_id(2);
  CHECK_FALSE(MadeByFirstStart(admin));
}

TEST_CASE("grants are a line a principal, by name") {
  std::vector<v1::Grant> grants;
  for (const char* who : {"user:bo", "group:a"}) {
    for (const char* privilege : {"SELECT", "MODIFY"}) {
      grants.push_back(Parse<v1::Grant>(
          StrCat("securable { type: SECURABLE_TYPE_SCHEMA name: 'prod.a' id: 3 } principal: '", who,
                 "' privilege: '", privilege, "' grantor: 'user:ana' position: 9")));
    }
  }
  CHECK(absl::StrJoin(GrantsLines(grants), "\n") ==
        R"({"grants":{"securable":{"type":"SECURABLE_TYPE_SCHEMA","name":"prod.a"},)"
        R"("principal":"group:a","add":["SELECT","MODIFY"]}})"
        "\n"
        R"({"grants":{"securable":{"type":"SECURABLE_TYPE_SCHEMA","name":"prod.a"},)"
        R"("principal":"user:bo","add":["SELECT","MODIFY"]}})");
  CHECK(GrantsLines({}).empty());
}

TEST_CASE("rules are exported without what the server assigns, in an order without ids") {
  auto policy = Parse<v1::Policy>(
      "name: 'p' securable { type: SECURABLE_TYPE_CATALOG name: 'prod' id: 4 }"
      " kind: POLICY_KIND_MASK state: POLICY_STATE_DRY_RUN to: 'user:bo' to: 'group:a'"
      " except: 'user:c' except: 'user:b' columns: 'b' columns: 'a'"
      " mask { type: 'hash' salted: true } priority: -3 creator: 'user:ana' updater: 'user:ana'"
      " etag: '1-2' position: 2");
  CHECK(RecordLine("policy", Portable(policy)) ==
        R"({"policy":{"name":"p","securable":{"type":"SECURABLE_TYPE_CATALOG","name":"prod"},)"
        R"("kind":"POLICY_KIND_MASK","state":"POLICY_STATE_DRY_RUN","to":["group:a","user:bo"],)"
        R"("except":["user:b","user:c"],"columns":["b","a"],"mask":{"type":"hash","salted":true},)"
        R"("priority":"-3"}})");
  const auto definition = Parse<v1::TagDefinition>(
      "key: 'pii' values: 'email' assigners: 'user:bo' assigners: 'group:a' propagates: true"
      " comment: 'x' updater: 'user:ana' etag: 't3' position: 3");
  CHECK(RecordLine("tag_definition", Portable(definition)) ==
        R"({"tag_definition":{"key":"pii","values":["email"],"assigners":["group:a","user:bo"],)"
        R"("propagates":true,"comment":"x"}})");
  const auto declassified = Parse<v1::Declassification>(
      "reference: 'prod.a.t#c' key: 'pii' comment: 'a count' creator: 'user:ana' position: 9");
  CHECK(RecordLine("declassification", Portable(declassified)) ==
        R"({"declassification":{"reference":"prod.a.t#c","key":"pii","comment":"a count"}})");
}

TEST_CASE("who is deleted is left out of a rule where that leaves it as it is") {
  bool pointless = true;
  auto policy = Parse<v1::Policy>("to: 'id:7' to: 'user:bo' except: 'id:8' except: 'id:9'");
  CHECK(DropDeleted(policy, pointless) == 3);
  CHECK_FALSE(pointless);
  CHECK(absl::StrJoin(policy.to(), " ") == "user:bo");
  CHECK(policy.except().empty());
  // For everybody it stays; for nobody it must not become one for everybody.
  policy = Parse<v1::Policy>("except: 'id:8'");
  CHECK(DropDeleted(policy, pointless) == 1);
  CHECK_FALSE(pointless);
  policy = Parse<v1::Policy>("to: 'id:7' to: 'id:8'");
  CHECK(DropDeleted(policy, pointless) == 0);
  CHECK(pointless);
  CHECK(policy.to_size() == 2);

  auto definition = Parse<v1::TagDefinition>("key: 'k' assigners: 'id:7' assigners: 'group:a'");
  CHECK(DropDeleted(definition, "group:admins") == 1);
  CHECK(absl::StrJoin(definition.assigners(), " ") == "group:a");
  definition = Parse<v1::TagDefinition>("key: 'k' assigners: 'id:7'");
  CHECK(DropDeleted(definition, "group:admins") == 1);
  CHECK(absl::StrJoin(definition.assigners(), " ") == "group:admins");
  definition = Parse<v1::TagDefinition>("key: 'k'");
  CHECK(DropDeleted(definition, "group:admins") == 0);
  CHECK(definition.assigners().empty());
}

TEST_CASE("what a principal's line leaves out does not differ, nor whether it is active") {
  const auto present = Parse<v1::Principal>(
      "name: 'user:bo' display_name: 'Bo' emails: 'a@x' emails: 'b@x' external_id: 'x'"
      " max_calls_per_second: 5 max_request_bytes_per_second: 6 active: false");
  CHECK(Differences(Parse<v1::Principal>("name: 'user:bo' active: true"), present) == "");
  CHECK(Differences(Parse<v1::Principal>("display_name: 'Bo' emails: 'a@x' emails: 'b@x'"),
                    present) == "");
  CHECK(Differences(Parse<v1::Principal>("display_name: 'B' emails: 'b@x' emails: 'a@x'"
                                         " external_id: 'y' max_calls_per_second: 6"
                                         " max_request_bytes_per_second: 5"),
                    present) ==
        "display_name, emails, external_id, max_calls_per_second, max_request_bytes_per_second");
}

TEST_CASE("what a rule leaves out differs where it means something") {
  const auto definition = Parse<v1::TagDefinition>(
      "key: 'k' values: 'a' values: 'b' assigners: 'user:bo' propagates: true comment: 'c'");
  CHECK(Differences(Parse<v1::TagDefinition>(
                        "key: 'k' values: 'b' values: 'a' assigners: 'user:bo' propagates: true"),
                    definition) == "");
  CHECK(Differences(Parse<v1::TagDefinition>("key: 'k' comment: 'd'"), definition) ==
        "values, assigners, propagates, comment");

  const auto policy = Parse<v1::Policy>(
      "name: 'p' securable { type: SECURABLE_TYPE_SCHEMA name: 'prod.a' id: 3 }"
      " kind: POLICY_KIND_DENY state: POLICY_STATE_DISABLED to: 'group:a' except: 'user:bo'"
      " asset_tags { none: 'x' } columns: 'c' column_tags { any: 'pii' any: 'tier=gold' }"
      " priority: 2 privileges: 'USE SCHEMA' privileges: 'SELECT' comment: 'why'");
  CHECK(Differences(
            Parse<v1::Policy>(
                "name: 'p' securable { name: '`prod`.a' } kind: POLICY_KIND_DENY to: 'group:a'"
                " except: 'user:bo' asset_tags { none: 'x' } columns: 'c' priority: 2"
                " column_tags { any: 'tier=gold' any: 'pii' } privileges: 'select'"
                " privileges: 'use_schema'"),
            policy) == "");
  CHECK(Differences(Parse<v1::Policy>("name: 'p' kind: POLICY_KIND_FILTER"
                                      " state: POLICY_STATE_ENABLED comment: 'y'"),
                    policy) ==
        "securable, kind, state, to, except, asset_tags, columns, column_tags, priority, "
        "privileges, comment");
}

TEST_CASE("masks and filters differ in what they do, not in how they are spelled") {
  const auto differ = [](const std::string& said, const std::string& present) {
    return Differences(Parse<v1::Policy>(said), Parse<v1::Policy>(present));
  };
  CHECK(differ("mask { type: 'HASH' salt: 's' }", "mask { type: 'hash' salted: true }") == "");
  CHECK(differ("mask { type: 'hash' salted: true }", "mask { type: 'hash' salted: true }") == "");
  CHECK(differ("mask { type: 'hash' }", "mask { type: 'hash' salted: true }") == "mask");
  CHECK(differ("mask { constant: 'a' }", "mask { constant: 'A' }") == "mask");
  CHECK(differ("mask { custom { key: 'Postgres' value: 'x' } }",
               "mask { custom { key: 'postgresql' value: 'x' } }") == "");
  CHECK(differ("mask { custom { key: 'databricks' value: 'x' } }",
               "mask { custom { key: 'spark' value: 'y' } }") == "mask");
  CHECK(differ("filter { conditions: \"a='X y' and `b c` in (1,-2.5, TRUE)\" }",
               "filter { conditions: \"a = 'X y' AND `b c` IN ('1', '-2.5', 'true')\" }") == "");
  for (const char* other : {"a = 'x y'", "a = 'Xy'", "a = 'X y' AND b = 1"}) {
    CAPTURE(other);
    CHECK(differ(StrCat("filter { conditions: \"", other, "\" }"),
                 "filter { conditions: \"a = 'X y'\" }") == "filter");
  }
  CHECK(differ("filter { sql { key: 'trino' value: 'x' } }",
               "filter { sql { key: 'trino' value: 'X' } }") == "filter");
}

TEST_CASE("what differs is told with the mask that changes it, but for what never changes") {
  const absl::Status created = AlreadyExists("POLICY_ALREADY_EXISTS", "there is one", "update it");
  const absl::Status differs = ExistsAndDiffers(created, "policy p", "to, mask", "kind, securable");
  CHECK(ErrorText(differs) ==
        "policy p exists and differs in to, mask (ALREADY_EXISTS, POLICY_ALREADY_EXISTS)");
  CHECK(HintOf(differs) ==
        "change it with \"update_mask\": \"to,mask\" beside the record, or leave the line out");
  CHECK(HintOf(ExistsAndDiffers(created, "policy p", "kind, to", "kind, securable")) ==
        "something else has that name; rename or delete one of them");
  CHECK(HintOf(ExistsAndDiffers(created, "user:bo", "emails", "")).starts_with("change it"));
}

TEST_CASE("a server that is gone says nothing about the record") {
  CHECK(ServerGone(absl::UnavailableError("x")));
  CHECK(ServerGone(absl::DeadlineExceededError("x")));
  CHECK(ServerGone(ResourceExhausted("WRITER_QUEUE_FULL", "x", "y")));
  CHECK_FALSE(ServerGone(ResourceExhausted("RATE_LIMITED", "x", "y")));
  CHECK_FALSE(ServerGone(absl::OkStatus()));
  google::protobuf::FieldMask mask;
  FillMask("comment,owner", &mask);
  CHECK(absl::StrJoin(mask.paths(), " ") == "comment owner");
}

}  // namespace
}  // namespace whence::cli
