// Entries as a stream: all of them, those to come, and where to go on.
#include "grpc/entry_stream.h"

#include <thread>

#include <catch2/catch.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "grpc/server_fixture.h"
#include "support/token_channel.h"
#include "whence/v1/access.grpc.pb.h"
#include "whence/v1/audit.grpc.pb.h"

namespace whence::rpc {
namespace {

using test::Eventually;
using test::ReasonOf;
using test::ServerFixture;

struct Received {
  std::vector<int64_t> positions;
  int64_t last = 0;  // where to go on
  grpc::Status status;
};

Received ReadAll(ServerFixture& fixture, const v1::StreamEntriesRequest& request) {
  const auto audit = v1::AuditService::NewStub(fixture.channel());
  grpc::ClientContext context;
  const auto reader = audit->StreamEntries(&context, request);
  Received received;
  v1::StreamEntriesResponse page;
  while (reader->Read(&page)) {
    CHECK(page.entries_size() <= static_cast<int>(kMaxStreamedEntries));
    for (const auto& entry : page.entries()) received.positions.push_back(entry.position());
    received.last = page.position();
  }
  received.status = reader->Finish();
  return received;
}

TEST_CASE("a stream of entries has all of them in order, and ends") {
  ServerFixture fixture;
  fixture.MakeModel();
  const Received all = ReadAll(fixture, {});
  CHECK(all.status.ok());
  const int64_t size = fixture.house().ledger().published();
  REQUIRE(std::ssize(all.positions) == size);
  for (int64_t i = 0; i < size; ++i) CHECK(all.positions[static_cast<size_t>(i)] == i + 1);
  CHECK(all.last == size);

  v1::StreamEntriesRequest rest;
  rest.set_after(size - 1);
  CHECK(ReadAll(fixture, rest).positions == std::vector<int64_t>{size});
  rest.set_after(size);
  CHECK(ReadAll(fixture, rest).positions.empty());
  v1::StreamEntriesRequest some;
  some.set_action("CreateSchema");
  const Received filtered = ReadAll(fixture, some);
  CHECK(filtered.positions.size() == 1);
  CHECK(filtered.last == size);
}

TEST_CASE("more entries than one message holds come in several") {
  ServerFixture fixture;
  for (size_t i = 0; i <= kMaxStreamedEntries; ++i) {
    REQUIRE(fixture.Create(StrCat("c", i)).ok());
  }
  const Received all = ReadAll(fixture, {});
  CHECK(all.status.ok());
  CHECK(std::ssize(all.positions) == fixture.house().ledger().published());
}

TEST_CASE("a stream that follows shows what comes, until its caller leaves") {
  ServerFixture fixture;
  const auto audit = v1::AuditService::NewStub(fixture.channel());
  grpc::ClientContext context;
  v1::StreamEntriesRequest request;
  request.set_follow(true);
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(2)));
  const auto reader = audit->StreamEntries(&context, request);
  int made = 0;
  std::thread writer([&] {
    for (int i = 0; i < 3; ++i) {
      std::this_thread::sleep_for(absl::ToChronoMilliseconds(kEntryFollowInterval));
      if (fixture.Create(StrCat("c", i)).ok()) ++made;
    }
  });
  v1::StreamEntriesResponse page;
  int seen = 0;
  while (seen < 3 && reader->Read(&page)) seen += page.entries_size();
  writer.join();
  CHECK(made == 3);
  CHECK(seen == 3);
  context.TryCancel();
  CHECK(reader->Finish().error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("streams that follow end with the server, at once") {
  ServerFixture fixture;
  const auto audit = v1::AuditService::NewStub(fixture.channel());
  grpc::ClientContext context;
  v1::StreamEntriesRequest request;
  request.set_follow(true);
  const auto reader = audit->StreamEntries(&context, request);
  reader->WaitForInitialMetadata();
  const absl::Time begin = absl::Now();
  fixture.Stop(absl::Seconds(60));
  CHECK(absl::Now() - begin < absl::Seconds(30));
  CHECK(ReasonOf(reader->Finish()) == "SERVER_STOPPING");
}

TEST_CASE("so many streams of entries, and no more") {
  ServerFixture fixture;
  const auto audit = v1::AuditService::NewStub(fixture.channel());
  v1::StreamEntriesRequest request;
  request.set_follow(true);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamEntriesResponse>>> readers;
  REQUIRE(fixture.Create("c").ok());
  for (int i = 0; i < kMaxEntryStreams; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(audit->StreamEntries(contexts.back().get(), request));
    v1::StreamEntriesResponse page;
    REQUIRE(readers.back()->Read(&page));  // it has its place
  }
  CHECK(ReasonOf(ReadAll(fixture, request).status) == "TOO_MANY_STREAMS");
  contexts.front()->TryCancel();
  readers.front()->Finish();
  v1::StreamEntriesRequest once;
  CHECK(Eventually([&] { return ReadAll(fixture, once).status.ok(); }));
  for (auto& context : contexts) context->TryCancel();
  for (size_t i = 1; i < readers.size(); ++i) readers[i]->Finish();
}

TEST_CASE("a stream shows a stranger the entries of its own doing alone") {
  ServerFixture fixture;
  fixture.MakeModel();
  v1::StreamEntriesRequest others;
  others.set_actor("user:nobody");
  CHECK(ReadAll(fixture, others).positions.empty());
  // Who shows nothing gets nothing.
  const auto audit = v1::AuditService::NewStub(
      grpc::CreateChannel(fixture.server().address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto reader = audit->StreamEntries(&context, {});
  v1::StreamEntriesResponse page;
  CHECK_FALSE(reader->Read(&page));
  CHECK(ReasonOf(reader->Finish()) == "CREDENTIAL_MISSING");
}

TEST_CASE("who may read the record no longer sees others' entries no longer, in an open stream") {
  ServerFixture fixture;
  REQUIRE(fixture.Create("m").ok());
  const auto access = v1::AccessService::NewStub(fixture.channel());
  const auto change = [&](bool add) {
    grpc::ClientContext context;
    v1::ChangeGrantsRequest request;
    request.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
    request.set_principal("user:auditor");
    *(add ? request.mutable_add() : request.mutable_remove())->Add() = "MANAGE";
    v1::ChangeGrantsResponse response;
    REQUIRE(access->ChangeGrants(&context, request, &response).ok());
  };
  v1::CreateTokenResponse token;
  {
    grpc::ClientContext contexts[2];
    v1::CreatePrincipalRequest principal;
    principal.mutable_principal()->set_name("user:auditor");
    v1::Principal made;
    REQUIRE(access->CreatePrincipal(&contexts[0], principal, &made).ok());
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal("user:auditor");
    REQUIRE(access->CreateToken(&contexts[1], request, &token).ok());
  }
  change(/*add=*/true);
  const auto audit = v1::AuditService::NewStub(
      whence::test::ChannelWithToken(fixture.server().address(), token.secret()));
  grpc::ClientContext context;
  v1::StreamEntriesRequest request;
  request.set_follow(true);
  const auto reader = audit->StreamEntries(&context, request);
  v1::StreamEntriesResponse page;
  REQUIRE(reader->Read(&page));
  CHECK(page.entries_size() > 0);
  change(/*add=*/false);
  REQUIRE(fixture.Create("secret").ok());
  const int64_t last = fixture.house().ledger().published();
  while (page.position() < last && reader->Read(&page)) {
    for (const auto& entry : page.entries()) {
      INFO(entry.position());
      CHECK(entry.resource() != "secret");
    }
  }
  CHECK(page.position() >= last);
  context.TryCancel();
  reader->Finish();
}

}  // namespace
}  // namespace whence::rpc
