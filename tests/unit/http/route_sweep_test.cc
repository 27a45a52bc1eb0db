// Every path of HTTP is shut to who shows no credential that holds, and to who may do nothing. The
// paths are those that the server's router has, so that one which comes later is swept too, or
// fails for want of a question.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "access/token_format.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "http/backup.h"
#include "http/binding.h"
#include "http/routes.h"
#include "http_fixture.h"
#include "support/questions.h"
#include "support/token_maker.h"

namespace whence::http::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using service::test::AllQuestions;
using service::test::ContentOf;
using service::test::World;

// What anybody may ask, and nothing else: what load balancers and tools want to know before they
// know who they are (docs/credentials.md).
const std::set<std::string> kOpen = {"GET /healthz", "GET /readyz", "GET /openapi.json",
                                     "GET /.well-known/authzen-configuration"};

// A request that would be answered, were it not for who asks.
struct Asked {
  std::string route;  // as the router has it: "GET /v1/catalogs/{name}"
  std::string method;
  std::string target{};
  std::string body{};
  std::string of_a_stranger = "PERMISSION_DENIED";       // as in support/questions.h
  const google::protobuf::Descriptor* answer = nullptr;  // null: no message of the contract
};

std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string Encoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-') {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
  }
  return encoded;
}

std::string Json(const Message& message) {
  std::string text;
  REQUIRE(google::protobuf::util::MessageToJsonString(message, &text).ok());
  return text;
}

// One value, as URLs have it. Text has no index, lists one: -1 is no list.
std::string TextOf(const Message& message, const FieldDescriptor* field, int index) {
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, field, index, &text);
  const bool quoted = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// The value of a path's variable: of a field, or of one in the message that is the body.
std::string Variable(const Message& message, const std::string& path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = FindField(message.GetDescriptor(), path.substr(0, dot));
  REQUIRE(field != nullptr);
  if (dot == std::string::npos) return TextOf(message, field, -1);
  return Variable(message.GetReflection()->GetMessage(message, field), path.substr(dot + 1));
}

// All fields that are set but those whose path is in `left_out`, as a query.
void AddQuery(const Message& message, const std::string& prefix,
              const std::set<std::string>& left_out, std::string* query) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = prefix + field->name();
    if (left_out.contains(path)) continue;
    if (field->message_type() != nullptr) {
      REQUIRE_FALSE(field->is_repeated());
      AddQuery(message.GetReflection()->GetMessage(message, field), path + ".", left_out, query);
      continue;
    }
    const int count =
        field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : -1;
    for (int i = count < 0 ? -1 : 0; i < count || i == -1; ++i) {
      StrAppend(query, query->empty() ? "?" : "&", path, "=", Encoded(TextOf(message, field, i)));
      if (i == -1) break;
    }
  }
}

// A question of the contract, as REST puts it.
Asked AsRest(const Route& route, const service::test::Question& question) {
  const std::unique_ptr<Message> message = New(route.operation.request());
  REQUIRE(google::protobuf::TextFormat::ParseFromString(question.request, message.get()));
  Asked asked{.route = StrCat(route.method, " ", route.path),
              .method = std::string(route.method),
              .of_a_stranger = question.of_a_stranger,
              .answer = route.operation.response()};
  std::set<std::string> elsewhere;
  std::string_view rest = route.path;
  for (size_t open = rest.find('{'); open != rest.npos; open = rest.find('{')) {
    const size_t close = rest.find('}');
    const std::string name(rest.substr(open + 1, close - open - 1));
    StrAppend(&asked.target, rest.substr(0, open), Encoded(Variable(*message, name)));
    elsewhere.insert(name);
    rest.remove_prefix(close + 1);
  }
  StrAppend(&asked.target, rest);
  if (route.body == "*") {
    asked.body = Json(*message);
    return asked;
  }
  if (!route.body.empty()) {
    const FieldDescriptor* body = FindField(message->GetDescriptor(), route.body);
    asked.body = Json(message->GetReflection()->GetMessage(*message, body));
    elsewhere.insert(std::string(route.body));
  }
  std::string query;
  AddQuery(*message, "", elsewhere, &query);
  StrAppend(&asked.target, query);
  return asked;
}

// What others' clients ask: about user:ana, who may do everything.
std::vector<Asked> OfDialects() {
  const std::string table = R"("catalogName":"prod","schemaName":"fraud","tableName":"scores")";
  const auto trino = [](const std::string& action) {
    return StrCat(R"({"input":{"context":{"identity":{"user":"ana","groups":[]}},"action":)",
                  action, "}}");
  };
  const std::string subject = R"("subject":{"type":"user","id":"ana"})";
  const std::string action = R"("action":{"name":"SELECT"})";
  const std::string resource = R"("resource":{"type":"table","id":"prod.fraud.scores"})";
  const std::string all = StrCat("{", subject, ",", action, ",", resource);
  const std::string column = StrCat(R"({"column":{)", table, R"(,"columnName":"x"}})");
  const std::map<std::string, std::string> bodies = {
      {"/access/v1/evaluation", all + "}"},
      {"/access/v1/evaluations", all + R"(,"evaluations":[{},{}]})"},
      {"/access/v1/search/subject", all + "}"},
      {"/access/v1/search/resource", all + "}"},
      {"/access/v1/search/action", all + "}"},
      {"/v1/trino/allow",
       trino(StrCat(R"({"operation":"DropTable","resource":{"table":{)", table, "}}}"))},
      {"/v1/trino/batch",
       trino(
           StrCat(R"({"operation":"FilterTables","filterResources":[{"table":{)", table, "}}]}"))},
      {"/v1/trino/row-filters",
       trino(StrCat(R"({"operation":"GetRowFilters","resource":{"table":{)", table, "}}}"))},
      {"/v1/trino/column-masking",
       trino(StrCat(R"({"operation":"GetColumnMask","resource":)", column, "}"))},
      {"/v1/trino/batch-column-masking",
       trino(StrCat(R"({"operation":"GetColumnMask","filterResources":[)", column, "]}"))},
  };
  std::vector<Asked> asked;
  for (const auto& [path, body] : bodies) asked.push_back({"POST " + path, "POST", path, body});
  return asked;
}

// The ledger as C2SP has it: tiles of numbers with one group of three digits, two, and so on.
std::vector<Asked> OfTiles() {
  std::vector<Asked> all = {{"GET /checkpoint", "GET", "/checkpoint", "", "OK"}};
  std::string route = "GET /tile/{level}";
  std::string groups;
  for (int i = 0; i < 7; ++i) {
    StrAppend(&route, "/{n", i, "}");
    const std::string target = i == 0 ? "000" : StrCat(groups, i == 1 ? "000" : "001", ".p/1");
    all.push_back({route, "GET", StrCat("/tile/0/", target), ""});
    if (i > 0) groups += "x001/";
  }
  return all;
}

std::vector<Asked> Everything() {
  std::vector<Asked> all = OfDialects();
  for (const service::test::Question& question : AllQuestions()) {
    INFO(question.operation);
    // Recorded in batches here, and listed in pages.
    if (question.operation.starts_with("Stream")) continue;
    if (question.operation == "Backup") {
      const std::string path(kBackupPath);
      all.push_back({"GET " + path, "GET", path, ""});
      continue;
    }
    const auto route = std::find_if(Routes().begin(), Routes().end(), [&](const Route& each) {
      return each.operation.name == question.operation;
    });
    REQUIRE(route != Routes().end());
    all.push_back(AsRest(*route, question));
  }
  const std::vector<Asked> tiles = OfTiles();
  all.insert(all.end(), tiles.begin(), tiles.end());
  // Figures that name nothing and nobody: for any credential that holds (docs/privileges.md).
  all.push_back({"GET /metrics", "GET", "/metrics", "", "OK"});
  return all;
}

// Purpose: a world behind the door. Ownership: owns everything. Thread-safety: one thread.
struct Door {
  Door() : server(Server::Start(&world.corridor(), {.listen_address = "127.0.0.1:0"}).value()) {}
  ~Door() { server->Stop(absl::Seconds(10)); }

  // `token` empty: no credential.
  Answer Ask(const std::string& method, const std::string& target, const std::string& body,
             const std::string& token) {
    if (client == nullptr || !client->connected()) {
      client = std::make_unique<Client>(server->address());
    }
    std::string text = StrCat(method, " ", target, " HTTP/1.1\r\nhost: whence\r\n");
    if (!token.empty()) StrAppend(&text, "authorization: Bearer ", token, "\r\n");
    if (!body.empty()) {
      StrAppend(&text, "content-type: application/json\r\ncontent-length: ", body.size(), "\r\n");
    }
    REQUIRE(client->Send(StrCat(text, "\r\n", body)));
    std::optional<Answer> answer = client->Receive();
    REQUIRE(answer.has_value());
    if (answer->Header("connection") == "close") client = nullptr;
    return *std::move(answer);
  }

  // A token of who may do everything, and may no longer be shown.
  std::string Revoked() {
    const auto made = world.Ask(service::kCreateToken, "token { comment: 'lost' }");
    world.Ask(service::kRevokeToken, StrCat("id: ", made.token().id()));
    return made.secret();
  }
  // The same of somebody who was deactivated.
  std::string Stopped() {
    const service::CallInfo somebody = world.Somebody("ALL PRIVILEGES on metastore");
    const std::string name =
        world.RunAs(somebody, service::kWhoAmI, v1::WhoAmIRequest()).value().principal().name();
    world.Ask(service::kUpdatePrincipal,
              StrCat("principal { name: '", name, "' } update_mask { paths: 'active' }"));
    return somebody.bearer;
  }

  World world;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client;
};

// How a call ended, in the words of support/questions.h.
std::string OutcomeOf(const Asked& asked, const Answer& answer) {
  if (answer.status == 403) return "PERMISSION_DENIED";
  if (answer.status != 200) return StrCat(answer.status, " ", answer.body);
  if (asked.answer == nullptr) return "OK";
  const std::unique_ptr<Message> message = New(asked.answer);
  REQUIRE(google::protobuf::util::JsonStringToMessage(answer.body, message.get()).ok());
  return ContentOf(*message);
}

TEST_CASE("there is a question to every path that the server has, but to the open ones") {
  Door door;
  std::set<std::string> served;
  for (const Router::Offered& each : door.server->offered()) {
    served.insert(StrCat(each.method, " ", each.path));
  }
  CHECK(served.size() == door.server->offered().size());
  CHECK(served.size() > 100);
  std::set<std::string> swept = kOpen;
  for (const Asked& asked : Everything()) swept.insert(asked.route);
  CHECK(swept == served);
  for (const std::string& open : kOpen) {
    INFO(open);
    CHECK(door.Ask("GET", open.substr(4), "", "").status == 200);
    CHECK(door.Ask("GET", open.substr(4), "", "garbage").status == 200);
  }
}

TEST_CASE(
    "no path answers without a credential, with garbage, one that was taken back or a stranger's") {
  Door door;
  const std::string strangers =
      access::test::Signer::Ed25519("k").Token(access::test::GoodClaims());
  const std::map<std::string, std::string> reasons = {{"", "CREDENTIAL_MISSING"},
                                                      {"garbage", "TOKEN_INVALID"},
                                                      {access::NewTokenSecret(), "TOKEN_INVALID"},
                                                      {door.Revoked(), "TOKEN_INVALID"},
                                                      {door.Stopped(), "PRINCIPAL_INACTIVE"},
                                                      {strangers, "TOKEN_INVALID"}};
  const int64_t before = door.world.changes();
  for (const Asked& asked : Everything()) {
    for (const auto& [token, reason] : reasons) {
      const Answer answer = door.Ask(asked.method, asked.target, asked.body, token);
      CAPTURE(asked.route, reason, answer.body);
      CHECK(answer.status == 401);
      // AuthZEN has words of its own.
      if (!absl::StartsWith(asked.target, "/access/v1/")) CHECK(answer.Reason() == reason);
      CHECK(answer.Header("www-authenticate") == "Bearer");
      if (!token.empty()) CHECK(answer.body.find(token) == std::string::npos);
    }
  }
  // Nor does anybody learn from a dialect by it what could be read.
  for (const Asked& asked : OfDialects()) {
    CHECK(door.Ask(asked.method, asked.target, "{", "garbage").status == 401);
  }
  CHECK(door.world.changes() == before);
}

TEST_CASE("no path gives anything to who was granted nothing") {
  Door door;
  const std::string nobody = door.world.Somebody("").bearer;
  const int64_t before = door.world.changes();
  for (const Asked& asked : Everything()) {
    const Answer answer = door.Ask(asked.method, asked.target, asked.body, nobody);
    CAPTURE(asked.method, asked.target, asked.body);
    CHECK(OutcomeOf(asked, answer) == asked.of_a_stranger);
  }
  CHECK(door.world.changes() == before);
}

TEST_CASE("what is refused to others is what can be answered") {
  Door door;
  int answered = 0;
  for (const Asked& asked : Everything()) {
    if (asked.method != "GET" && asked.answer != nullptr) continue;  // changes the others' world
    const Answer answer =
        door.Ask(asked.method, asked.target, asked.body, door.world.caller.bearer);
    CAPTURE(asked.target, answer.status, answer.body.substr(0, 300));
    // There is no policy, nor a group.
    const bool unknown = answer.status == 404 && asked.of_a_stranger == "PERMISSION_DENIED";
    CHECK((answer.status == 200 || unknown));
    answered += answer.status == 200 ? 1 : 0;
  }
  CHECK(answered > 40);
}

}  // namespace
}  // namespace whence::http::test
