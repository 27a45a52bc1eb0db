// Small requests that make the server copy much: details that versions take over, kept answers.
#include <deque>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "lineage_house.h"
#include "service/blobs.h"

namespace whence::service {
namespace {

using whence::test::HeldWriter;
using whence::test::LineageHouse;
using whence::test::Pending;
using whence::test::ReasonOf;
using whence::test::RunOf;

v1::CreateAssetRequest Prompt(std::string_view name, size_t bytes) {
  v1::CreateAssetRequest request;
  v1::Asset* asset = request.mutable_asset();
  asset->set_name(std::string(name));
  asset->set_kind(v1::KIND_PROMPT);
  asset->mutable_detail()->mutable_prompt()->set_template_(std::string(bytes, 'x'));
  return request;
}

// A run that registers so many versions of an asset, each by its digest alone.
v1::RecordRunRequest Registers(int number, size_t count) {
  v1::RecordRunRequest request;
  *request.mutable_run() = RunOf(number, {}, {});
  for (size_t i = 0; i < count; ++i) {
    v1::RunWrite* write = request.mutable_run()->add_writes();
    write->set_reference("m.s.prompt");
    write->mutable_version()->set_digest(StrCat("opaque:", number, "-", i));
  }
  return request;
}

TEST_CASE("the versions of one mutation take over so many bytes of details") {
  LineageHouse house;
  house.Asset("m.s.small", v1::KIND_PROMPT);
  const v1::Asset asset = house.Must(kCreateAsset, Prompt("m.s.prompt", kMaxTemplateBytes));
  const size_t fit = kMaxInheritedBytes / SerializeDetail(asset.detail()).size();
  REQUIRE(fit > 10);
  const absl::Status refusal = house.Run(kRecordRun, Registers(1, fit + 1)).status();
  CHECK(absl::IsFailedPrecondition(refusal));
  CHECK(ReasonOf(refusal) == "INHERITED_DETAILS_TOO_LARGE");
  CHECK(GetErrorDetail(refusal).field == StrCat("run.writes[", fit, "].version"));
  CHECK(house.Must(kRecordRun, Registers(2, fit)).writes_size() == static_cast<int>(fit));
  // Each mutation has its own; what was refused left nothing.
  CHECK(house.Must(kRecordRun, Registers(1, 1)).writes(0).reference() ==
        StrCat("m.s.prompt@", fit + 1));
}

// Transactions of the writer for so many changes of an asset's comment that are queued together.
int64_t Transactions(LineageHouse& house, std::string_view asset, size_t count) {
  v1::UpdateAssetRequest request;
  request.mutable_asset()->set_name(std::string(asset));
  std::deque<v1::UpdateAssetRequest> requests;
  std::deque<Pending<v1::Asset>> answers(count);
  const int64_t before = house.house().writer().stats().batches;
  {
    HeldWriter held(house.house());
    for (size_t i = 0; i < count; ++i) {
      request.mutable_asset()->set_comment(StrCat("comment ", i));
      requests.push_back(request);
      house.Begin(house.caller, kUpdateAsset, requests.back(), &answers[i]);
    }
  }
  for (Pending<v1::Asset>& answer : answers) CHECK(answer.Wait().ok());
  return house.house().writer().stats().batches - before - 1;  // less the one that held it
}

TEST_CASE("changes that copy much do not share one transaction") {
  LineageHouse house;
  house.Asset("m.s.small", v1::KIND_TABLE);
  house.Must(kCreateAsset, Prompt("m.s.large", kMaxTemplateBytes));
  constexpr size_t kCount = 2 * kMaxWriterBatchBytes / kMaxTemplateBytes;
  CHECK(Transactions(house, "m.s.small", kCount) == 1);
  // Each writes the detail again, and the text by which it is found.
  CHECK(Transactions(house, "m.s.large", kCount) == 4);
}

// Transactions of the writer for as many tags, one at each of these, that are queued together.
int64_t TagTransactions(LineageHouse& house, const std::vector<std::string>& assets,
                        std::string_view key) {
  std::deque<v1::SetTagsRequest> requests;
  std::deque<Pending<v1::SetTagsResponse>> answers(assets.size());
  const int64_t before = house.house().writer().stats().batches;
  {
    HeldWriter held(house.house());
    for (size_t i = 0; i < assets.size(); ++i) {
      requests.emplace_back().set_reference(assets[i]);
      requests.back().add_set()->set_key(StrCat(key, i % kMaxTagsPerTarget));
      requests.back().mutable_set(0)->set_value(StrCat("value", i));
      house.Begin(house.caller, kSetTags, requests.back(), &answers[i]);
    }
  }
  for (Pending<v1::SetTagsResponse>& answer : answers) CHECK(answer.Wait().ok());
  return house.house().writer().stats().batches - before - 1;  // less the one that held it
}

TEST_CASE("text for search weighs more than bytes, and an asset's only once in a transaction") {
  LineageHouse house;
  constexpr size_t kPerBatch = kMaxWriterBatchBytes / kSearchTextWeight / kMaxCommentBytes;
  std::vector<std::string> small;
  std::vector<std::string> large;
  for (size_t i = 0; i < 2 * kPerBatch; ++i) {
    small.push_back(StrCat("m.s.small", i));
    large.push_back(StrCat("m.s.large", i));
    house.Asset(small.back(), v1::KIND_TABLE);
    house.Asset(large.back(), v1::KIND_TABLE);
    v1::UpdateAssetRequest request;
    request.mutable_asset()->set_name(large.back());
    request.mutable_asset()->set_comment(std::string(kMaxCommentBytes, 'c'));
    house.Must(kUpdateAsset, request);
  }
  CHECK(TagTransactions(house, small, "k") == 1);
  CHECK(TagTransactions(house, large, "k") == 2);
  const std::vector<std::string> same(2 * kPerBatch, large.front());
  CHECK(TagTransactions(house, same, "again") == 1);
  // It is found by what the last of them said, and by what others did not change.
  v1::SearchRequest search;
  search.set_query(StrCat("value", 2 * kPerBatch - 1, " large0"));
  CHECK(house.Must(kSearch, search).hits_size() == 1);
}

TEST_CASE("two of the largest texts have room in a transaction") {
  LineageHouse house;
  house.Asset("m.s.t", v1::KIND_TABLE);
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    names.push_back(StrCat("m.s.prompt", i));
    house.Must(kCreateAsset, Prompt(names.back(), kMaxTemplateBytes));
  }
  static_assert(kMaxSearchTextWeight < kMaxTemplateBytes * kSearchTextWeight);
  static_assert(2 * kMaxSearchTextWeight == kMaxWriterBatchBytes);
  CHECK(TagTransactions(house, names, "k") == 2);
}

TEST_CASE("an answer of so many bytes is kept, a larger one is said to be none") {
  LineageHouse house;
  house.Asset("m.s.t", v1::KIND_TABLE);
  const size_t about = kMaxTemplateBytes - 1000;
  const auto answer = house.Run(kCreateAsset, Prompt("m.s.a", about)).value();
  const size_t bytes = about + kMaxStoredAnswerBytes - answer.ByteSizeLong();
  REQUIRE(bytes < kMaxTemplateBytes);

  v1::CreateAssetRequest kept = Prompt("m.s.b", bytes);
  kept.set_request_id("kept");
  const v1::Asset first = house.Run(kCreateAsset, kept).value();
  REQUIRE(first.ByteSizeLong() == kMaxStoredAnswerBytes);
  CHECK(house.Run(kCreateAsset, kept)->SerializeAsString() == first.SerializeAsString());

  v1::CreateAssetRequest large = Prompt("m.s.c", bytes + 1);
  large.set_request_id("large");
  REQUIRE(house.Run(kCreateAsset, large)->ByteSizeLong() == kMaxStoredAnswerBytes + 1);
  const Position done = house.position();
  const absl::Status again = house.Run(kCreateAsset, large).status();
  CHECK(absl::IsAlreadyExists(again));
  CHECK(ReasonOf(again) == "REQUEST_ANSWER_NOT_KEPT");
  CHECK(house.position() == done);
  // Another request does not pass for the same.
  large.mutable_asset()->set_comment("another");
  CHECK(house.Reason(kCreateAsset, large) == "REQUEST_ID_REUSED");
}

}  // namespace
}  // namespace whence::service
