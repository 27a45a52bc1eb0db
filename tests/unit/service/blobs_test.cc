#include "service/blobs.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Parse;
using test::ReasonOf;

TEST_CASE("equal properties are equal bytes, in whatever order they were set") {
  PropertyMap up;
  PropertyMap down;
  for (int i = 0; i < 200; ++i) {
    up[absl::StrCat("k", i)] = absl::StrCat("v", i);
    down[absl::StrCat("k", 199 - i)] = absl::StrCat("v", 199 - i);
  }
  const std::string bytes = SerializeProperties(up);
  CHECK(bytes == SerializeProperties(down));
  PropertyMap back;
  back["old"] = "gone";
  REQUIRE(ParseProperties(bytes, &back).ok());
  CHECK(back.size() == 200);
  CHECK(back.at("k17") == "v17");
  CHECK(SerializeProperties({}).empty());
  REQUIRE(ParseProperties("", &back).ok());
  CHECK(back.empty());
}

TEST_CASE("a detail comes back as it was; none is no bytes") {
  const v1::Detail detail = Parse<v1::Detail>(
      "model { metrics { key: 'b' value: 2 } metrics { key: 'a' value: 1 } inputs { name: 'x' } }");
  CHECK(ParseDetail(SerializeDetail(detail))->SerializeAsString().size() ==
        detail.SerializeAsString().size());
  CHECK(SerializeDetail(ParseDetail(SerializeDetail(detail)).value()) == SerializeDetail(detail));
  CHECK(SerializeDetail(v1::Detail()).empty());
  CHECK_FALSE(SerializeDetail(Parse<v1::Detail>("job { }")).empty());
  CHECK(ParseDetail("")->kind_case() == v1::Detail::KIND_NOT_SET);
}

TEST_CASE("damaged bytes are said to be damaged") {
  const absl::Status status = ParseDetail("\xff\xff\xff").status();
  CHECK(absl::IsDataLoss(status));
  CHECK(ReasonOf(status) == "STORED_MESSAGE_UNREADABLE");
  PropertyMap properties;
  CHECK(ReasonOf(ParseProperties("\x0a\xff", &properties)) == "STORED_MESSAGE_UNREADABLE");
  CHECK(properties.empty());
}

}  // namespace
}  // namespace whence::service
