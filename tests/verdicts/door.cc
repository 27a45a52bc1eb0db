#include "door.h"

#include <optional>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json/parse.hpp"

namespace whence::verdicts {

boost::json::value Door::Post(const std::string& path, const std::string& body) {
  REQUIRE(
      client_.Send(absl::StrCat("POST ", path, " HTTP/1.1\r\nhost: whence:7071\r\n",
                                "content-type: application/json\r\ncontent-length: ", body.size(),
                                "\r\nauthorization: Bearer ", world_.engine, "\r\n\r\n", body)));
  const std::optional<http::test::Answer> answer = client_.Receive();
  REQUIRE(answer.has_value());
  if (answer->status != 200) FAIL(path << " " << body << "\n" << answer->body);
  return boost::json::parse(answer->body);
}

std::string JsonList(const std::vector<std::string>& texts) {
  if (texts.empty()) return "[]";
  return absl::StrCat("[\"", absl::StrJoin(texts, "\",\""), "\"]");
}

}  // namespace whence::verdicts
