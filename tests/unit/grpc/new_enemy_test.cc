// The "new enemy" (Zanzibar, section 2.2): somebody loses access, and then something is added that
// they were not to see. Whoever reads and whoever decides for others, at the same time and over
// connections of their own, must never bring the old access and the new content together.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "grpc/server_fixture.h"
#include "support/sanitizer.h"
#include "whence/v1/access.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"

namespace whence::rpc {
namespace {

using test::Eventually;
using test::ServerFixture;
using whence::test::Sanitized;

constexpr char kTable[] = "c.open.t";
constexpr char kMoved[] = "c.open.x";

// Calls on a connection of its own.
struct Peer {
  Peer(ServerFixture& fixture, const std::string& token) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel =
        whence::test::ChannelWithToken(fixture.server().address(), token, arguments);
    catalog = v1::CatalogService::NewStub(channel);
    access = v1::AccessService::NewStub(channel);
    policies = v1::PolicyService::NewStub(channel);
  }

  template <class Stub, class Request, class Reply>
  static bool Call(Stub& stub,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                   const Request& request, Reply* reply) {
    grpc::ClientContext context;
    return (stub.*method)(&context, request, reply).ok();
  }

  bool Get(const std::string& name, v1::Asset* asset) {
    v1::GetAssetRequest request;
    request.set_name(name);
    return Call(*catalog, &v1::CatalogService::Stub::GetAsset, request, asset);
  }
  // May user:bob read the table, as of no older position than that?
  bool AskAboutBob(int64_t at_least, v1::Decision* decision) {
    v1::DecideRequest request;
    request.set_principal("user:bob");
    request.set_privilege("SELECT");
    request.mutable_securable()->set_name(kTable);
    request.set_at_least_position(at_least);
    return Call(*policies, &v1::PolicyService::Stub::Decide, request, decision);
  }

  std::unique_ptr<v1::CatalogService::Stub> catalog;
  std::unique_ptr<v1::AccessService::Stub> access;
  std::unique_ptr<v1::PolicyService::Stub> policies;
};

// `c.open` is readers' to see, `c.closed` the owner's alone; user:bob is in the group that comes to
// both, and nothing more. Each change answers with its position.
class Owner : public Peer {
 public:
  explicit Owner(ServerFixture& fixture) : Peer(fixture, fixture.token()) {
    REQUIRE(fixture.Create("c").ok());
    for (const char* schema : {"c.open", "c.closed"}) {
      v1::CreateSchemaRequest request;
      v1::Schema made;
      request.mutable_schema()->set_name(schema);
      REQUIRE(Call(*catalog, &v1::CatalogService::Stub::CreateSchema, request, &made));
    }
    for (const char* table : {kTable, "c.closed.x"}) {
      v1::CreateAssetRequest request;
      v1::Asset made;
      request.mutable_asset()->set_name(table);
      request.mutable_asset()->set_kind(v1::KIND_TABLE);
      REQUIRE(Call(*catalog, &v1::CatalogService::Stub::CreateAsset, request, &made));
    }
    for (const char* name : {"user:bob", "group:gate", "group:readers"}) {
      v1::CreatePrincipalRequest request;
      v1::Principal made;
      request.mutable_principal()->set_name(name);
      REQUIRE(Call(*access, &v1::AccessService::Stub::CreatePrincipal, request, &made));
    }
    Join("group:gate", true);
    Grant("c", "group:gate", "USE CATALOG", true);
    Grant("c.open", "group:gate", "USE SCHEMA", true);
    Grant("c.open", "group:readers", "SELECT", true);
    v1::CreateTokenRequest request;
    v1::CreateTokenResponse made;
    request.mutable_token()->set_principal("user:bob");
    REQUIRE(Call(*access, &v1::AccessService::Stub::CreateToken, request, &made));
    bobs_token = made.secret();
  }

  int64_t Grant(const std::string& on, const std::string& to, const std::string& privilege,
                bool add) {
    v1::ChangeGrantsRequest request;
    v1::ChangeGrantsResponse changed;
    request.mutable_securable()->set_name(on);
    request.set_principal(to);
    (add ? request.add_add() : request.add_remove())->assign(privilege);
    REQUIRE(Call(*access, &v1::AccessService::Stub::ChangeGrants, request, &changed));
    return changed.position();
  }
  int64_t Join(const std::string& group, bool in) {
    v1::Membership membership;
    const auto fill = [&](auto request) {
      request.set_group(group);
      request.set_member("user:bob");
      return request;
    };
    REQUIRE((in ? Call(*access, &v1::AccessService::Stub::AddMember, fill(v1::AddMemberRequest()),
                       &membership)
                : Call(*access, &v1::AccessService::Stub::RemoveMember,
                       fill(v1::RemoveMemberRequest()), &membership)));
    return membership.position();
  }
  int64_t Write(const std::string& comment) {
    v1::UpdateAssetRequest request;
    v1::Asset asset;
    request.mutable_asset()->set_name(kTable);
    request.mutable_asset()->set_comment(comment);
    request.mutable_update_mask()->add_paths("comment");
    REQUIRE(Call(*catalog, &v1::CatalogService::Stub::UpdateAsset, request, &asset));
    return asset.position();
  }
  void Move(const std::string& from, const std::string& to) {
    v1::RenameAssetRequest request;
    v1::Asset asset;
    request.set_name(from);
    request.set_new_name(to);
    REQUIRE(Call(*catalog, &v1::CatalogService::Stub::RenameAsset, request, &asset));
  }

  std::string bobs_token;
};

// Purpose: threads that do one thing again and again. Ownership: its threads end with it.
class Again {
 public:
  ~Again() { Stop(); }
  template <class Function>
  void Add(Function function) {
    threads_.emplace_back([this, function = std::move(function)]() mutable {
      while (!stop_.load()) function();
    });
  }
  void Stop() {
    stop_.store(true);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

int Cycles() { return Sanitized() ? 20 : 150; }

// What readers came by; written by their threads, looked at while they run.
struct Seen {
  std::atomic<int> forbidden = 0;  // what must never be
  std::atomic<int> good = 0;
  std::atomic<int> refused = 0;
};

// Waits until the readers have read once more since now: none of them is still at what was before.
bool ReadOn(const std::atomic<int>& count, int more) {
  const int before = count.load();
  return Eventually([&] { return count.load() >= before + more; });
}

TEST_CASE("who left a group does not see what comes to its schema then") {
  ServerFixture fixture;
  Owner owner(fixture);
  Seen seen;
  std::atomic<int> looked = 0;
  Again readers;
  for (int i = 0; i < 2; ++i) {
    readers.Add([&, bob = std::make_shared<Peer>(fixture, owner.bobs_token)] {
      v1::Asset asset;
      if (bob->Get(kMoved, &asset)) ++seen.forbidden;
      ++(bob->Get(kTable, &asset) ? seen.good : seen.refused);
      v1::ListAssetsRequest list;
      list.set_parent("c.open");
      v1::ListAssetsResponse page;
      Peer::Call(*bob->catalog, &v1::CatalogService::Stub::ListAssets, list, &page);
      for (const v1::Asset& listed : page.assets()) {
        if (listed.name() == kMoved) ++seen.forbidden;
      }
      ++looked;
    });
  }
  for (int i = 0; i < Cycles(); ++i) {
    owner.Join("group:readers", true);
    owner.Join("group:readers", false);
    owner.Move("c.closed.x", kMoved);
    if (i % 10 == 0) REQUIRE(ReadOn(looked, 3));
    owner.Move(kMoved, "c.closed.x");
    if (i % 10 == 5) {
      owner.Join("group:readers", true);
      REQUIRE(ReadOn(looked, 3));
    }
  }
  readers.Stop();
  WARN(looked << " looks, " << seen.good << " times the table was seen, " << seen.refused
              << " times not");
  CHECK(seen.forbidden == 0);
  CHECK(seen.good > 0);
  CHECK(seen.refused > 0);
}

// What one who decides for others saw: the content with the position that it is of, and the
// decision about who may read it that it then asked for.
struct Observation {
  bool secret = false;
  int64_t content_position = 0;
  int64_t decision_position = 0;
  bool allowed = false;
};

// Whether user:bob had the grant, from these positions on.
using History = std::vector<std::pair<int64_t, bool>>;

bool GrantedAt(const History& history, int64_t position) {
  bool granted = false;
  for (const auto& [from, has] : history) {
    if (from <= position) granted = has;
  }
  return granted;
}

TEST_CASE("new content is decided about by grants that are no older than it") {
  ServerFixture fixture;
  Owner owner(fixture);
  Seen seen;
  std::vector<std::vector<Observation>> observed(2);
  std::atomic<int> asked = 0;
  Again others;
  others.Add([&, bob = std::make_shared<Peer>(fixture, owner.bobs_token)] {
    v1::Asset asset;
    const bool sees = bob->Get(kTable, &asset);
    ++(sees ? seen.good : seen.refused);
    if (sees && asset.comment().starts_with("secret")) ++seen.forbidden;
  });
  for (std::vector<Observation>& mine : observed) {
    others.Add([&, engine = std::make_shared<Peer>(fixture, fixture.token())] {
      v1::Asset asset;
      v1::Decision decision;
      if (!engine->Get(kTable, &asset)) return;
      if (!engine->AskAboutBob(asset.position(), &decision)) return;
      mine.push_back({.secret = asset.comment().starts_with("secret"),
                      .content_position = asset.position(),
                      .decision_position = decision.position(),
                      .allowed = decision.allowed()});
      ++asked;
    });
  }
  History history;
  for (int i = 0; i < Cycles(); ++i) {
    history.emplace_back(owner.Grant(kTable, "user:bob", "SELECT", true), true);
    if (i % 10 == 0) REQUIRE(ReadOn(asked, 4));
    history.emplace_back(owner.Grant(kTable, "user:bob", "SELECT", false), false);
    const int64_t written = owner.Write(absl::StrCat("secret ", i));
    v1::Decision decision;
    REQUIRE(owner.AskAboutBob(written, &decision));
    CHECK_FALSE(decision.allowed());
    CHECK(decision.position() >= written);
    if (i % 10 == 0) REQUIRE(ReadOn(asked, 4));
    owner.Write(absl::StrCat("public ", i));
  }
  others.Stop();
  int secrets = 0, allowed = 0, wrong = 0, old = 0;
  for (const std::vector<Observation>& mine : observed) {
    for (const Observation& one : mine) {
      if (one.secret) ++secrets;
      if (one.allowed) ++allowed;
      if (one.decision_position < one.content_position) ++old;
      if (one.allowed != GrantedAt(history, one.decision_position)) ++wrong;
    }
  }
  WARN(asked << " decisions, " << allowed << " of them yes; " << secrets
             << " about secret content; " << seen.good << " times the table was seen, "
             << seen.refused << " times not");
  CHECK(seen.forbidden == 0);
  CHECK(old == 0);
  CHECK(wrong == 0);
  CHECK(std::min({secrets, allowed, asked - allowed, seen.good.load(), seen.refused.load()}) > 0);
}

// Nobody gets an answer as of a position that is not there yet, in place of one that is older.
TEST_CASE("a position that is not reached is not answered by an older one") {
  ServerFixture fixture;
  Owner owner(fixture);
  const int64_t now = owner.Write("public");
  v1::DecideRequest request;
  request.set_principal("user:bob");
  request.set_privilege("SELECT");
  request.mutable_securable()->set_name(kTable);
  request.set_at_least_position(now + 1);
  grpc::ClientContext context;
  v1::Decision decision;
  CHECK(test::ReasonOf(owner.policies->Decide(&context, request, &decision)) ==
        "POSITION_NOT_REACHED");
}

}  // namespace
}  // namespace whence::rpc
