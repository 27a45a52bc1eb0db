#pragma once

// A real HTTP server with principals, grants, tables and policies, made through public operations,
// and a service that asks about others as engines do.

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "http_fixture.h"
#include "service/access_operations.h"
#include "service/policy_operations.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::http::test {

namespace json = boost::json;

// A file; empty when it is not there.
inline std::string ReadText(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}
// A file of the source, which must be there: ctest says where the source is.
inline std::string SourceFile(const std::string& path) {
  const char* const root = std::getenv("WHENCE_SOURCE_DIR");
  REQUIRE(root != nullptr);
  std::string text = ReadText(StrCat(root, "/", path));
  INFO(path);
  REQUIRE_FALSE(text.empty());
  return text;
}

// Purpose: what tests of doors ask. Ownership: owns everything. Thread-safety: one thread.
class DoorsFixture {
 public:
  explicit DoorsFixture(ServerOptions options = {}) : http(std::move(options)) {
    Principal("svc:engine");
    Grant("", "svc:engine", {"BROWSE"});
    engine = Token("svc:engine");
  }

  service::CallInfo& admin() { return http.house.caller; }

  template <class Operation, class Request>
  auto Do(const Operation& operation, const Request& request) {
    auto answer = http.house.Run(operation, request);
    INFO(answer.status());
    REQUIRE(answer.ok());
    return *std::move(answer);
  }

  void Principal(const std::string& name, const std::string& external_id = "",
                 const std::string& email = "") {
    v1::CreatePrincipalRequest request;
    request.mutable_principal()->set_name(name);
    request.mutable_principal()->set_external_id(external_id);
    if (!email.empty()) request.mutable_principal()->add_emails(email);
    Do(service::kCreatePrincipal, request);
  }
  void Deactivate(const std::string& name) {
    v1::UpdatePrincipalRequest request;
    request.mutable_principal()->set_name(name);
    request.mutable_update_mask()->add_paths("active");
    Do(service::kUpdatePrincipal, request);
  }
  void Member(const std::string& group, const std::string& member) {
    v1::AddMemberRequest request;
    request.set_group(group);
    request.set_member(member);
    Do(service::kAddMember, request);
  }
  // `securable` empty: the metastore.
  void Grant(const std::string& securable, const std::string& principal,
             std::initializer_list<const char*> privileges) {
    Do(service::kChangeGrants, Change(securable, principal, privileges, {}));
  }
  void Revoke(const std::string& securable, const std::string& principal,
              std::initializer_list<const char*> privileges) {
    Do(service::kChangeGrants, Change(securable, principal, {}, privileges));
  }
  std::string Token(const std::string& principal, int64_t* id = nullptr) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    const v1::CreateTokenResponse answer = Do(service::kCreateToken, request);
    if (id != nullptr) *id = answer.token().id();
    return answer.secret();
  }
  void RevokeToken(int64_t id) {
    v1::RevokeTokenRequest request;
    request.set_id(id);
    Do(service::kRevokeToken, request);
  }
  // A table whose columns are texts.
  void Table(const std::string& name, const std::vector<std::string>& columns) {
    http.house.Asset(name, v1::KIND_TABLE);
    v1::UpdateAssetRequest request;
    request.mutable_asset()->set_name(name);
    for (const std::string& column : columns) {
      v1::Column* const added =
          request.mutable_asset()->mutable_detail()->mutable_table()->add_columns();
      added->set_name(column);
      added->set_type("varchar");
    }
    Do(service::kUpdateAsset, request);
  }
  v1::Policy Policy(const v1::Policy& policy) {
    v1::CreatePolicyRequest request;
    *request.mutable_policy() = policy;
    return Do(service::kCreatePolicy, request);
  }
  v1::Policy Filter(const std::string& name, const std::string& securable,
                    const std::string& conditions, std::initializer_list<const char*> to,
                    std::initializer_list<const char*> except = {}) {
    v1::Policy policy = At(name, securable, to, except);
    policy.set_kind(v1::POLICY_KIND_FILTER);
    policy.mutable_filter()->set_conditions(conditions);
    return Policy(policy);
  }
  v1::Policy Mask(const std::string& name, const std::string& securable, const std::string& type,
                  std::initializer_list<const char*> columns,
                  std::initializer_list<const char*> to = {}) {
    v1::Policy policy = At(name, securable, to, {});
    policy.set_kind(v1::POLICY_KIND_MASK);
    policy.mutable_mask()->set_type(type);
    for (const char* column : columns) policy.add_columns(column);
    return Policy(policy);
  }
  v1::Policy Deny(const std::string& name, const std::string& securable,
                  std::initializer_list<const char*> privileges,
                  std::initializer_list<const char*> columns,
                  std::initializer_list<const char*> to = {}) {
    v1::Policy policy = At(name, securable, to, {});
    policy.set_kind(v1::POLICY_KIND_DENY);
    for (const char* privilege : privileges) policy.add_privileges(privilege);
    for (const char* column : columns) policy.add_columns(column);
    return Policy(policy);
  }
  // What Decide itself says.
  v1::Decision Decide(const v1::DecideRequest& request) { return Do(service::kDecide, request); }

  // Posts JSON with a token; empty: without a credential. `headers` beside those.
  Answer Post(const std::string& path, const std::string& body, const std::string& token,
              const std::string& headers = "content-type: application/json\r\n") {
    Client client(http.address);
    REQUIRE(client.connected());
    std::string text = StrCat("POST ", path, " HTTP/1.1\r\nhost: whence:7071\r\n", headers,
                              "content-length: ", body.size(), "\r\n");
    if (!token.empty()) StrAppend(&text, "authorization: Bearer ", token, "\r\n");
    REQUIRE(client.Send(StrCat(text, "\r\n", body)));
    std::optional<Answer> answer = client.Receive();
    REQUIRE(answer.has_value());
    return *answer;
  }
  // The same as the engine; the answer must be one.
  json::value PostJson(const std::string& path, const std::string& body) {
    const Answer answer = Post(path, body, engine);
    INFO(path << " " << body << " " << answer.body);
    REQUIRE(answer.status == 200);
    REQUIRE(answer.Header("content-type") == "application/json");
    return json::parse(answer.body);
  }

  HttpFixture http;
  std::string engine;  // the token of `svc:engine`, who may see everything and do nothing

 private:
  static v1::ChangeGrantsRequest Change(const std::string& securable, const std::string& principal,
                                        std::initializer_list<const char*> add,
                                        std::initializer_list<const char*> remove) {
    v1::ChangeGrantsRequest request;
    *request.mutable_securable() = Securable(securable);
    request.set_principal(principal);
    for (const char* privilege : add) request.add_add(privilege);
    for (const char* privilege : remove) request.add_remove(privilege);
    return request;
  }
  static v1::Securable Securable(const std::string& name) {
    v1::Securable securable;
    securable.set_name(name);
    if (name.empty()) securable.set_type(v1::SECURABLE_TYPE_METASTORE);
    return securable;
  }
  static v1::Policy At(const std::string& name, const std::string& securable,
                       std::initializer_list<const char*> to,
                       std::initializer_list<const char*> except) {
    v1::Policy policy;
    policy.set_name(name);
    *policy.mutable_securable() = Securable(securable);
    for (const char* principal : to) policy.add_to(principal);
    for (const char* principal : except) policy.add_except(principal);
    return policy;
  }
};

}  // namespace whence::http::test
