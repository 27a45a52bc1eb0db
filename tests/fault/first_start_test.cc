// kill -9 during the very first start: whatever it got to, the next start leads to an owner who can
// come in.
#include <sys/stat.h>

#include <random>
#include <string>

#include "catch2/catch.hpp"
#include "server_process.h"
#include "support/scratch_database.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence {
namespace {

constexpr int kKills = 30;

TEST_CASE("a first start that is killed leaves no metastore that nobody can enter", "[kill]") {
  std::mt19937 random(20261129);
  int with_token = 0;
  for (int i = 0; i < kKills; ++i) {
    const test::TemporaryFolder folder;
    test::ServerProcess server(folder.path() + "/data");
    // A whole start takes some tens of milliseconds.
    server.StartAndKill(std::uniform_int_distribution<int>(0, 60)(random));
    if (!server.token().empty()) ++with_token;
    REQUIRE(server.Start());
    struct stat info {};
    REQUIRE(stat((folder.path() + "/data/admin.token").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
    const auto about = v1::ServerService::NewStub(server.Connect());
    grpc::ClientContext context;
    v1::ServerInfo reply;
    const grpc::Status status = about->GetServerInfo(&context, v1::GetServerInfoRequest(), &reply);
    CAPTURE(i, status.error_message());
    CHECK(status.ok());
    CHECK(reply.position() == 0);
    CHECK(server.Stop() == 0);
  }
  WARN(kKills << " first starts killed, " << with_token << " of them after the token was written");
}

}  // namespace
}  // namespace whence
