// Connections: what callers may do with them, and what they may not.
#include "http/connection.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/limits.h"
#include "http_fixture.h"

namespace whence::http::test {
namespace {

using std::chrono::milliseconds;

// The same limits, in test time.
ServerOptions Quick() {
  ServerOptions options;
  options.limits.handshake_time = absl::Milliseconds(200);
  options.limits.idle = absl::Milliseconds(200);
  options.limits.header_time = absl::Milliseconds(200);
  options.limits.body_grace = absl::Milliseconds(200);
  options.limits.reply_grace = absl::Milliseconds(200);
  options.limits.linger = absl::Milliseconds(200);
  return options;
}

TEST_CASE("a connection is kept from request to request") {
  HttpFixture http;
  Client client(http.address);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.Send(RequestText("GET", "/healthz")));
    const auto answer = client.Receive();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK(answer->Header("connection").empty());
  }
  REQUIRE(client.Send(RequestText("GET", "/healthz", "", "connection: close\r\n")));
  const auto last = client.Receive();
  REQUIRE(last.has_value());
  CHECK(last->Header("connection") == "close");
  CHECK(client.Closed());

  Client old(http.address);
  REQUIRE(old.Send("GET /healthz HTTP/1.0\r\n\r\n"));
  CHECK(old.Receive()->status == 200);
  CHECK(old.Closed());
}

TEST_CASE("requests may be sent before earlier ones are answered, and answers keep their order") {
  HttpFixture http;
  Client client(http.address);
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += RequestText("POST", "/v1/catalogs", StrCat("{\"name\": \"c", i, "\"}"));
    all += RequestText("GET", StrCat("/v1/catalogs/c", i));
  }
  REQUIRE(client.Send(all));
  for (int i = 0; i < 40; ++i) {
    const auto answer = client.Receive();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK_THAT(answer->body, Catch::Contains(StrCat("\"c", i / 2, "\"")));
  }
}

TEST_CASE("of further requests at most kMaxPipelinedBytes are read ahead") {
  HttpFixture http;
  const std::string wish =
      RequestText("GET", "/healthz", "", "x: " + std::string(30'000, 'x') + "\r\n");
  // More than fits into that and the network's buffers, so that a server which read everything
  // would be found out by what it holds.
  const size_t count = (kMaxPipelinedBytes + (size_t{16} << 20)) / wish.size();
  std::string all;
  for (size_t i = 0; i < count; ++i) all += wish;
  Client client(http.address);
  std::atomic<bool> sent = false;
  std::thread sender;
  {
    const whence::test::HeldWriter held(http.house.house());
    REQUIRE(client.Send(RequestText("POST", "/v1/catalogs", R"({"name": "c"})")));
    sender = std::thread([&] {
      client.Send(all);
      sent = true;
    });
    std::this_thread::sleep_for(milliseconds(500));
    CHECK_FALSE(sent);
  }
  CHECK(client.Receive()->status == 200);
  for (size_t i = 0; i < count; ++i) {
    const auto answer = client.Receive();
    if (!answer.has_value() || answer->status != 200) FAIL("answer " << i);
  }
  sender.join();
  CHECK(sent);
}

TEST_CASE("bodies may come in pieces, and are asked for where the caller waits for that") {
  HttpFixture http;
  const std::string head = StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials(),
                                  "content-type: application/json\r\n");
  Client chunked(http.address);
  REQUIRE(chunked.Send(head + "transfer-encoding: chunked\r\n\r\n8\r\n{\"name\":\r\n"));
  REQUIRE(chunked.Send("4\r\n \"c\"\r\n1\r\n}\r\n0\r\nauthorization: Bearer x\r\n\r\n"));
  CHECK(chunked.Receive()->status == 200);

  Client waiting(http.address);
  REQUIRE(waiting.Send(head + "content-length: 13\r\nexpect: 100-continue\r\n\r\n"));
  CHECK(waiting.Receive(/*head=*/true)->status == 100);
  REQUIRE(waiting.Send("{\"name\": \"d\"}"));
  CHECK(waiting.Receive()->status == 200);

  // One byte after the other.
  Client slow(http.address);
  for (const char c : RequestText("POST", "/v1/catalogs", R"({"name": "e"})")) {
    REQUIRE(slow.Send(std::string(1, c)));
  }
  CHECK(slow.Receive()->status == 200);
}

TEST_CASE("a request's head has at most kMaxHttpHeaderBytes") {
  HttpFixture http;
  const auto ask = [&](size_t bytes) {
    std::string text = RequestText("GET", "/healthz", "", "x: \r\n");
    text.insert(text.size() - 4, bytes - text.size(), 'x');
    REQUIRE(text.size() == bytes);
    Client client(http.address);
    client.Send(text);
    return client.Receive();
  };
  CHECK(ask(kMaxHttpHeaderBytes)->status == 200);
  const auto refused = ask(kMaxHttpHeaderBytes + 1);
  REQUIRE(refused.has_value());
  CHECK(refused->status == 431);
  CHECK(refused->Reason() == "HEADERS_TOO_LARGE");
  CHECK(refused->Header("connection") == "close");
}

TEST_CASE("a body has at most kMaxRequestBytes") {
  HttpFixture http;
  const std::string head = StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials());
  const auto ask = [&](size_t bytes) {
    Client client(http.address);
    client.Send(StrCat(head, "content-length: ", bytes, "\r\n\r\n"));
    client.Send(std::string(bytes, ' '));
    return client.Receive();
  };
  CHECK(ask(kMaxRequestBytes)->Reason() == "REQUEST_UNREADABLE");  // it is no JSON
  const auto refused = ask(size_t{kMaxRequestBytes} + 1);
  REQUIRE(refused.has_value());
  CHECK(refused->status == 413);
  CHECK(refused->Reason() == "REQUEST_TOO_LARGE");

  Client chunked(http.address);
  chunked.Send(head + "transfer-encoding: chunked\r\n\r\n1000001\r\n");
  chunked.Send(std::string(size_t{kMaxRequestBytes} + 1, ' '));
  CHECK(chunked.Receive()->status == 413);
}

TEST_CASE("what is no request is refused by name") {
  HttpFixture http;
  const auto reason = [&](const std::string& text) {
    Client client(http.address);
    client.Send(text);
    const auto answer = client.Receive();
    if (!answer.has_value()) return std::string("closed");
    CHECK(client.Closed());
    return answer->Reason();
  };
  CHECK(reason("nonsense\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason("GET /healthz HTTP/1.1\r\n\r\n") == "REQUEST_MALFORMED");  // no host
  CHECK(reason("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason("GET /healthz HTTP/1.1\r\nhost: a\r\nauthorization: Bearer a\r\n"
               "authorization: Bearer b\r\n\r\n") == "REQUEST_MALFORMED");
  // How requests are smuggled past a proxy.
  const std::string post = "POST /v1/catalogs HTTP/1.1\r\nhost: a\r\n";
  CHECK(reason(post + "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n") ==
        "REQUEST_MALFORMED");
  CHECK(reason(post + "content-length: 2\r\ncontent-length: 3\r\n\r\n{}") == "REQUEST_MALFORMED");
  CHECK(reason(post + "content-length: -1\r\n\r\n{}") == "REQUEST_MALFORMED");
  CHECK(reason(post + "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason(post + "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason(post + "transfer-encoding: chunked\r\n\r\nzz\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason(post + "x : y\r\n\r\n") == "REQUEST_MALFORMED");
  CHECK(reason(post + "content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}") ==
        "CONTENT_ENCODING_UNSUPPORTED");
}

TEST_CASE("half requests, and callers who say nothing, do not stay") {
  HttpFixture http(Quick());
  Client silent(http.address);
  CHECK(silent.Closed());
  CHECK(silent.unread().empty());

  Client half(http.address);
  REQUIRE(half.Send("GET /healthz HT"));
  auto answer = half.Receive();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 408);
  CHECK(answer->Reason() == "REQUEST_TOO_SLOW");
  CHECK(half.Closed());

  Client body(http.address);
  REQUIRE(body.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials(),
                           "content-length: 100\r\n\r\n{")));
  answer = body.Receive();
  REQUIRE(answer.has_value());
  CHECK(answer->Reason() == "REQUEST_TOO_SLOW");

  Client left(http.address);
  REQUIRE(left.Send("GET /healthz HTTP/1.1\r\n"));
  left.EndSending();
  CHECK(left.Closed());
  CHECK(http.Ask("GET", "/healthz").status == 200);
}

// The beginning of a request with a body, and so many bytes of it.
std::string HalfBody(size_t all, size_t sent) {
  return StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials(), "content-length: ", all,
                "\r\n\r\n", std::string(sent, ' '));
}

TEST_CASE("who takes longer than others may, and no longer than the bounds say, is served") {
  // What ends the callers of the case before is 200 ms; the bounds of the list are far beyond this.
  static_assert(kHandshakeTimeout > absl::Seconds(10) && kHttpIdle > absl::Seconds(10) &&
                kHttpHeaderTime > absl::Seconds(10) && kHttpBodyGrace > absl::Seconds(10));
  HttpFixture http;
  Client silent(http.address);
  Client idle(http.address);
  REQUIRE(idle.Send(RequestText("GET", "/healthz")));
  REQUIRE(idle.Receive().has_value());
  Client head(http.address);
  REQUIRE(head.Send("GET /healthz HT"));
  Client body(http.address);
  REQUIRE(body.Send(HalfBody(2, 1)));
  std::this_thread::sleep_for(milliseconds(1000));
  REQUIRE(head.Send("TP/1.1\r\nhost: w\r\n\r\n"));
  CHECK(head.Receive()->status == 200);
  REQUIRE(body.Send(" "));
  CHECK(body.Receive()->Reason() == "REQUEST_UNREADABLE");  // whole, and no JSON
  for (Client* client : {&silent, &idle}) {
    REQUIRE(client->Send(RequestText("GET", "/healthz")));
    CHECK(client->Receive()->status == 200);
  }
}

TEST_CASE("a body has its grace, and a second for so many bytes of it") {
  // Half a MiB at once, and then nothing for so long: whether its rest may still come.
  const auto may_end = [](size_t bytes_per_second) {
    constexpr size_t kBytes = size_t{512} << 10;
    ServerOptions options = Quick();
    options.limits.min_body_bytes_per_second = bytes_per_second;
    HttpFixture http(options);
    Client client(http.address);
    REQUIRE(client.Send(HalfBody(kBytes + 1, kBytes)));
    std::this_thread::sleep_for(milliseconds(1500));
    client.Send(" ");
    return client.Receive()->Reason();
  };
  CHECK(may_end(kMinHttpBodyBytesPerSecond) == "REQUEST_UNREADABLE");  // it has eight seconds
  CHECK(may_end(size_t{1} << 30) == "REQUEST_TOO_SLOW");
}

TEST_CASE("who asks and sends nothing more is answered") {
  HttpFixture http;
  Client client(http.address);
  REQUIRE(client.Send(RequestText("GET", "/healthz")));
  client.EndSending();
  CHECK(client.Receive()->status == 200);
  CHECK(client.Closed());
}

TEST_CASE("who does not read a large reply is cut off") {
  ServerOptions options = Quick();
  options.limits.min_reply_bytes_per_second = size_t{1} << 30;
  HttpFixture http(options);
  Client client(http.address);
  // More answers than the network holds, and nobody takes them.
  const std::string wish = RequestText("GET", "/openapi.json");
  std::atomic<bool> cut = false;
  std::thread sender([&] {
    for (int i = 0; i < 30'000 && !cut; ++i) {
      cut = !client.Send(wish);
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  CHECK(Eventually([&] { return cut.load(); }));
  sender.join();
}

TEST_CASE("large replies that are not read have a bound") {
  ServerOptions options;
  options.limits.max_unread_reply_bytes = 1000;
  HttpFixture http(options);
  const size_t size = http.Ask("GET", "/openapi.json").body.size();
  REQUIRE(size > kLargeReplyBytes);
  // Each is larger than its connection's buffers when enough of them are asked for at once.
  std::string many;
  for (int i = 0; i < 200; ++i) many += RequestText("GET", "/openapi.json");
  Client reader(http.address);
  REQUIRE(reader.Send(many));
  CHECK(Eventually([&] { return http.Ask("GET", "/openapi.json").Reason() == "REPLIES_UNREAD"; }));
  CHECK(http.Ask("GET", "/healthz").status == 200);
  reader.Close();
  CHECK(Eventually([&] { return http.Ask("GET", "/openapi.json").status == 200; }));
}

TEST_CASE("requests on their way in have a bound") {
  ServerOptions options;
  options.limits.max_incoming_bytes = 1000;
  HttpFixture http(options);
  const auto half = [](Client& client, size_t bytes) {
    client.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials(),
                       "content-length: ", bytes + 1, "\r\n\r\n", std::string(bytes, ' ')));
  };
  const size_t large = 2 * kHttpFreeBodyBytes;
  // Alone, it may be as large as it likes.
  Client first(http.address);
  half(first, size_t{4} << 20);
  Client second(http.address);
  CHECK(Eventually([&] {
    Client other(http.address);
    half(other, large);
    const auto refused = other.Receive();
    return refused.has_value() && refused->status == 503 &&
           refused->Reason() == "REQUESTS_INCOMING";
  }));
  // What is small has room.
  half(second, kHttpFreeBodyBytes - 1);
  REQUIRE(second.Send(" "));
  CHECK(second.Receive()->Reason() == "REQUEST_UNREADABLE");
  REQUIRE(first.Send(" "));
  CHECK(first.Receive()->Reason() == "REQUEST_UNREADABLE");
  half(second, large);
  REQUIRE(second.Send(" "));
  CHECK(second.Receive()->Reason() == "REQUEST_UNREADABLE");
}

TEST_CASE("the bounds of connections are those of the list, unless a test says otherwise") {
  const ConnectionLimits limits;
  CHECK(limits.max_connections == size_t{kMaxHttpConnections});
  CHECK(limits.max_incoming_bytes == kMaxHttpIncomingBytes);
  CHECK(limits.max_pipelined_bytes == kMaxPipelinedBytes);
  CHECK(limits.max_unread_reply_bytes == kMaxUnreadReplyBytes);
  CHECK(limits.handshake_time == kHandshakeTimeout);
  CHECK(limits.idle == kHttpIdle);
  CHECK(limits.header_time == kHttpHeaderTime);
  CHECK(limits.body_grace == kHttpBodyGrace);
  CHECK(limits.min_body_bytes_per_second == kMinHttpBodyBytesPerSecond);
  CHECK(limits.reply_grace == kReplyGrace);
  CHECK(limits.min_reply_bytes_per_second == kMinReplyBytesPerSecond);
  CHECK(limits.linger == kHttpLinger);
}

TEST_CASE("connections have a bound") {
  ServerOptions options;
  options.limits.max_connections = 2;
  HttpFixture http(options);
  const auto serves = [](Client& client) {
    client.Send(RequestText("GET", "/healthz"));
    return client.Receive().has_value();
  };
  Client first(http.address);
  CHECK(serves(first));
  auto second = std::make_unique<Client>(http.address);
  CHECK(serves(*second));
  Client third(http.address);
  CHECK_FALSE(serves(third));
  second.reset();
  CHECK(Eventually([&] {
    Client again(http.address);
    return serves(again);
  }));
}

TEST_CASE("who was refused before the end of its request reads why") {
  HttpFixture http;
  Client client(http.address);
  REQUIRE(client.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\ncontent-length: ",
                             size_t{kMaxRequestBytes} + 1, "\r\n\r\n")));
  // It goes on sending, less than kMaxLingerBytes, without having looked.
  client.Send(std::string(kMaxLingerBytes / 2, ' '));
  std::this_thread::sleep_for(milliseconds(50));
  CHECK(client.Receive()->status == 413);
}

TEST_CASE("of who was refused kMaxLingerBytes are read, and one byte more is too much") {
  ServerOptions options;
  options.limits.linger = absl::Minutes(1);
  HttpFixture http(options);
  const auto connections = [&http] {
    const std::string text = http.Ask("GET", "/metrics").body;
    const std::string name = "\nwhence_http_connections ";
    const size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    return std::atoi(text.c_str() + at + name.size());
  };
  Client refused(http.address);
  REQUIRE(refused.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\ncontent-length: ",
                              size_t{kMaxRequestBytes} + 1, "\r\n\r\n")));
  REQUIRE(refused.Receive()->status == 413);
  REQUIRE(refused.Send(std::string(kMaxLingerBytes, ' ')));
  std::this_thread::sleep_for(milliseconds(200));
  CHECK(connections() >= 2);  // with the one that asks
  REQUIRE(refused.Send(" "));
  CHECK(Eventually([&] { return connections() == 1; }));

  // Nor longer than its time.
  HttpFixture quick(Quick());
  Client slow(quick.address);
  REQUIRE(slow.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\ncontent-length: ",
                           size_t{kMaxRequestBytes} + 1, "\r\n\r\n")));
  REQUIRE(slow.Receive()->status == 413);
  bool gone = false;
  for (int i = 0; i < 1000 && !gone; ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    gone = !slow.Send(" ");
  }
  CHECK(gone);
}

TEST_CASE("who goes on sending when it was refused is cut off") {
  HttpFixture http;
  Client rude(http.address);
  REQUIRE(rude.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\ncontent-length: ",
                           size_t{kMaxRequestBytes} + 1, "\r\n\r\n")));
  bool cut = false;
  for (int i = 0; i < 64 && !cut; ++i) cut = !rude.Send(std::string(kMaxLingerBytes / 4, ' '));
  CHECK(cut);
}

TEST_CASE("a server that stops ends what is under way, and nothing else") {
  HttpFixture http;
  auto held = std::make_unique<whence::test::HeldWriter>(http.house.house());
  Client idle(http.address);
  REQUIRE(idle.Send(RequestText("GET", "/healthz")));
  REQUIRE(idle.Receive().has_value());
  Client busy(http.address);
  REQUIRE(busy.Send(RequestText("POST", "/v1/catalogs", R"({"name": "c"})")));
  REQUIRE(Eventually([&] { return http.house.house().writer().stats().waiting_tasks == 1; }));
  std::thread stop([&] { http.server->Stop(absl::Seconds(30)); });
  CHECK(idle.Closed());
  CHECK_FALSE(busy.Closed(milliseconds(50)));
  Client late(http.address);
  CHECK_FALSE(late.connected());
  held.reset();
  const auto answer = busy.Receive();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->Header("connection") == "close");
  CHECK(busy.Closed());
  stop.join();
}

TEST_CASE("a server that stops waits no longer than its grace for callers") {
  HttpFixture http;
  Client half(http.address);
  REQUIRE(half.Send("GET /healthz HT"));
  const auto begin = std::chrono::steady_clock::now();
  http.server->Stop(absl::Milliseconds(100));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(half.Closed());
}

}  // namespace
}  // namespace whence::http::test
