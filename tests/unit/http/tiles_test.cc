// The ledger as C2SP's tlog-tiles has it: bytes, content types, caches, and who may read them.
#include "http/tiles.h"

#include <string>

#include "http_fixture.h"
#include "tlog/checkpoint.h"
#include "tlog/tile.h"

namespace whence::http::test {
namespace {

// What somebody without a credential is answered.
Answer AskAnybody(const std::string& address, const std::string& target) {
  Client client(address);
  REQUIRE(client.connected());
  REQUIRE(client.Send(StrCat("GET ", target, " HTTP/1.1\r\nhost: whence\r\n\r\n")));
  std::optional<Answer> answer = client.Receive();
  REQUIRE(answer.has_value());
  return *answer;
}

TEST_CASE("tiles are served under their paths, for good") {
  HttpFixture http;
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  const auto size = static_cast<int>(http.house.position());
  const Answer tile = http.Ask("GET", StrCat("/tile/0/000.p/", size));
  CHECK(tile.status == 200);
  CHECK(tile.Header("content-type") == "application/octet-stream");
  CHECK(tile.Header("cache-control") == "private, max-age=31536000, immutable");
  REQUIRE(tile.body.size() == static_cast<size_t>(size) * tlog::kHashBytes);
  const Answer bundle = http.Ask("GET", StrCat("/tile/entries/000.p/", size));
  CHECK(bundle.status == 200);
  const auto leaves = tlog::ParseBundle(bundle.body, size);
  REQUIRE(leaves.ok());
  for (size_t i = 0; i < leaves->size(); ++i) {
    CHECK(tlog::LeafHash((*leaves)[i]).view() ==
          std::string_view(tile.body).substr(i * tlog::kHashBytes, tlog::kHashBytes));
  }
  // A narrower tile is the beginning of a wider one.
  CHECK(http.Ask("GET", "/tile/0/000.p/1").body == tile.body.substr(0, tlog::kHashBytes));
  CHECK(http.Ask("HEAD", "/tile/0/000.p/1").status == 200);
}

TEST_CASE("the checkpoint is the newest signed head, to be asked for anew") {
  HttpFixture http;
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  const Answer answer = http.Ask("GET", "/checkpoint");
  CHECK(answer.status == 200);
  CHECK(answer.Header("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.Header("cache-control") == "no-cache");
  CHECK(answer.body == http.house.house().log().LatestCheckpoint()->note);
}

TEST_CASE("other spellings, and tiles that there are not, are refused by name") {
  HttpFixture http;
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  const auto why = [&](const std::string& path) {
    const Answer answer = http.Ask("GET", path);
    return answer.body.find("TILE_MALFORMED") != std::string::npos   ? "malformed"
           : answer.body.find("TILE_NOT_FOUND") != std::string::npos ? "not found"
                                                                     : answer.body;
  };
  for (const char* path : {"/tile/0/0", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/00/000",
                           "/tile/0/x001/000.p/x", "/tile/entries/abc", "/tile/9/000"}) {
    INFO(path);
    CHECK(why(path) == "malformed");
  }
  for (const char* path : {"/tile/0/000", "/tile/0/x001/x234/067", "/tile/0/000.p/255",
                           "/tile/entries/000", "/tile/1/000"}) {
    INFO(path);
    CHECK(why(path) == "not found");
  }
  CHECK(http.Ask("POST", "/checkpoint", "{}").status == 405);
}

TEST_CASE("tiles need a credential, unless the ledger is public") {
  HttpFixture closed;
  closed.house.Asset("m.s.t", v1::KIND_TABLE);
  CHECK(AskAnybody(closed.address, "/checkpoint").status == 401);
  CHECK(AskAnybody(closed.address, "/tile/0/000.p/1").status == 401);
  CHECK(AskAnybody(closed.address, "/tile/entries/000.p/1").status == 401);

  HttpFixture open(ServerOptions{.open_ledger = true});
  open.house.Asset("m.s.t", v1::KIND_TABLE);
  const Answer tile = AskAnybody(open.address, "/tile/0/000.p/1");
  CHECK(tile.status == 200);
  CHECK(tile.Header("cache-control") == "public, max-age=31536000, immutable");
  CHECK(AskAnybody(open.address, "/checkpoint").status == 200);
  CHECK(AskAnybody(open.address, "/tile/entries/000.p/1").status == 200);
  CHECK(AskAnybody(open.address, "/tile/0/0").status == 400);
  CHECK(AskAnybody(open.address, "/v1/ledger/entries").status == 401);
}

}  // namespace
}  // namespace whence::http::test
