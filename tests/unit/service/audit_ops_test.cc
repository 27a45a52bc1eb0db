// The ledger as its readers see it: entries, proofs and heads that check, and who may see what.
#include <catch2/catch.hpp>

#include <set>

#include "absl/strings/escaping.h"
#include "ask.h"
#include "base/limits.h"
#include "ledger/entry.h"
#include "ledger/row_leaf.h"
#include "service/access_operations.h"
#include "service/audit_operations.h"
#include "service/prediction_operations.h"
#include "tlog/checkpoint.h"
#include "tlog/merkle.h"

namespace whence::service::test {
namespace {

// A metastore with a few mutations, and predictions of one batch.
class RecordHouse : public Asked {
 public:
  RecordHouse() {
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Version("prod.fraud.model");
    Ask(kRecordPredictions,
        "predictions { id: 'p-1' model: 'prod.fraud.model@1' input_text: 'in' }"
        "predictions { id: 'p-2' model: 'prod.fraud.model@1' output_text: 'out' }"
        "predictions { id: 'p-3' model: 'prod.fraud.model@1' }");
  }

  tlog::CheckpointPolicy Policy() {
    const v1::ListKeysResponse keys = Ask(kListKeys, "");
    tlog::CheckpointPolicy policy{.origin = keys.origin(), .logs = {}, .witnesses = {}};
    for (const v1::LedgerKey& key : keys.keys()) {
      policy.logs.push_back(tlog::VerifierKey::Parse(key.vkey()).value());
    }
    return policy;
  }
};

std::vector<tlog::Hash> HashesOf(const google::protobuf::RepeatedPtrField<std::string>& list) {
  std::vector<tlog::Hash> hashes;
  for (const std::string& bytes : list) hashes.push_back(tlog::Hash::FromBytes(bytes).value());
  return hashes;
}

// That the proof's leaf is in the tree that its checkpoint's note signs.
void CheckProof(RecordHouse& house, const v1::LedgerProof& proof, const std::string& leaf) {
  const auto head = tlog::OpenCheckpoint(proof.checkpoint().note(), house.Policy());
  REQUIRE(head.ok());
  CHECK(head->checkpoint.size == static_cast<uint64_t>(proof.checkpoint().size()));
  CHECK(proof.index() == proof.position() - 1);
  CHECK(tlog::CheckInclusion(static_cast<uint64_t>(proof.index()), head->checkpoint.size,
                             tlog::LeafHash(leaf), HashesOf(proof.hashes()), head->checkpoint.root)
            .ok());
}

TEST_CASE("audit: entries are listed newest first, filtered, page by page") {
  RecordHouse house;
  const v1::ListEntriesResponse all = house.Ask(kListEntries, "");
  REQUIRE(all.entries_size() == house.position());
  CHECK(all.entries(0).action() == "RecordPredictions");
  CHECK(all.entries(0).position() == house.position());
  CHECK(all.entries(0).actor() == "user:ana");
  CHECK(all.entries(0).via() == "test");
  CHECK(all.entries(0).row_count() > 3);
  CHECK_FALSE(all.own_only());
  CHECK(all.entries().rbegin()->position() == 1);

  std::set<int64_t> seen;
  std::string token;
  do {
    const auto page = house.Ask(
        kListEntries, StrCat("page_size: 2 oldest_first: true page_token: '", token, "'"));
    CHECK(page.entries_size() <= 2);
    for (const auto& entry : page.entries()) CHECK(seen.insert(entry.position()).second);
    token = page.next_page_token();
  } while (!token.empty());
  CHECK(seen.size() == static_cast<size_t>(house.position()));

  const auto of = [&](const std::string& filter) {
    return house.Ask(kListEntries, filter).entries_size();
  };
  CHECK(of("action: 'CreateAsset'") == 1);
  CHECK(of("resource: 'prod.fraud.model'") >= 1);
  CHECK(of("actor: 'user:nobody'") == 0);
  CHECK(of("via: 'http'") == 0);
  CHECK(of("outcome: 'OK'") == all.entries_size());
  CHECK(of("kind: ENTRY_KIND_DENIED") == 0);
  CHECK(of("end_time { seconds: 1 }") == 0);
  CHECK(of("start_time { seconds: 1 }") == all.entries_size());
  CHECK(of("as_of { position: 1 }") == 1);
  CHECK(house.Why(kListEntries, "page_token: 'x'") == "PAGE_TOKEN_INVALID");
  CHECK(house.Why(kListEntries, StrCat("action: 'x' page_token: '",
                                       house.Ask(kListEntries, "page_size: 1").next_page_token(),
                                       "'")) == "PAGE_TOKEN_OTHER_REQUEST");
}

TEST_CASE("audit: what entries are asked for by has bounds") {
  Asked house;
  const auto why = [&house](const std::string& field, size_t bytes) {
    return house.Why(kListEntries, StrCat(field, ": '", std::string(bytes, 'x'), "'"));
  };
  const std::pair<const char*, size_t> bounds[] = {{"actor", kMaxPrincipalBytes},
                                                   {"action", kMaxEntryWordBytes},
                                                   {"resource", kMaxReferenceBytes},
                                                   {"via", kMaxEntryWordBytes},
                                                   {"outcome", kMaxEntryWordBytes}};
  for (const auto& [field, bytes] : bounds) {
    INFO(field);
    CHECK(why(field, bytes) == "OK");
    CHECK(why(field, bytes + 1) == "TEXT_TOO_LONG");
  }
}

TEST_CASE("audit: who may not read the record sees the entries of its own doing") {
  RecordHouse house;
  const CallInfo bo = house.Colleague("user:bo");
  v1::CreateCatalogRequest mine;
  mine.mutable_catalog()->set_name("mine");
  REQUIRE(house.RunAs(bo, kCreateCatalog, mine).ok());
  const auto list = house.RunAs(bo, kListEntries, v1::ListEntriesRequest()).value();
  REQUIRE(list.entries_size() == 1);
  CHECK(list.own_only());
  CHECK(list.entries(0).resource() == "mine");
  v1::GetEntryRequest get;
  get.set_position(list.entries(0).position());
  CHECK(house.RunAs(bo, kGetEntry, get).ok());
  v1::GetProofRequest prove;
  prove.set_position(get.position());
  CHECK(house.RunAs(bo, kGetProof, prove).ok());
  get.set_position(1);
  prove.set_position(1);
  CHECK(ReasonOf(house.RunAs(bo, kGetEntry, get).status()) == "PERMISSION_DENIED");
  CHECK(ReasonOf(house.RunAs(bo, kGetProof, prove).status()) == "PERMISSION_DENIED");
}

TEST_CASE("audit: an entry is what was hashed, and its commitment is to who did what") {
  RecordHouse house;
  const int64_t position = house.position();
  const auto entry = house.Ask(kGetEntry, StrCat("position: ", position, " with_proof: true"));
  CheckProof(house, entry.proof(), entry.leaf());
  CHECK_THAT(entry.leaf(), Catch::Contains(entry.commitment()));
  CHECK_THAT(entry.leaf(), Catch::Contains(entry.rows_root()));
  CHECK(entry.leaf().find("user:ana") == std::string::npos);
  ledger::Salt salt;
  const std::string bytes = absl::HexStringToBytes(entry.salt());
  REQUIRE(bytes.size() == salt.size());
  std::copy(bytes.begin(), bytes.end(), salt.begin());
  const auto committed =
      ledger::Commit(salt, {.time = {},
                            .actor = entry.actor(),
                            .via = {},
                            .action = {},
                            .resource = entry.resource(),
                            .request_id = entry.request_id(),
                            .digest = absl::HexStringToBytes(entry.digest().substr(7)),
                            .detail = entry.detail()});
  REQUIRE(committed.ok());
  CHECK(absl::BytesToHexString(ToAbsl(committed->view())) == entry.commitment());
  CHECK(house.Why(kGetEntry, "position: 0") == "POSITION_NOT_FOUND");
  CHECK(house.Why(kGetEntry, StrCat("position: ", position + 1)) == "POSITION_NOT_FOUND");
}

TEST_CASE("audit: a proof of what was answered a moment ago signs a head that holds it") {
  RecordHouse house;
  for (int i = 0; i < 5; ++i) {
    // The clock stands still: nothing is signed by itself any more.
    v1::CreateCatalogRequest request;
    request.mutable_catalog()->set_name(StrCat("c", i));
    REQUIRE(house.Run(kCreateCatalog, request).ok());
    const int64_t position = house.position();
    const auto proof = house.Ask(kGetProof, StrCat("position: ", position));
    CHECK(proof.checkpoint().size() >= position);
    CheckProof(house, proof, proof.leaf());
  }
  const auto head = house.Ask(kGetCheckpoint, "now: true");
  CHECK(head.size() == house.position());
  CHECK(tlog::OpenCheckpoint(head.note(), house.Policy()).ok());
}

TEST_CASE("audit: a prediction is one of the rows that its entry speaks for") {
  RecordHouse house;
  for (const char* id : {"p-1", "p-2", "prediction:p-3"}) {
    const auto proof = house.Ask(kGetProof, StrCat("prediction: '", id, "'"));
    CheckProof(house, proof, proof.leaf());
    const auto entry = house.Ask(kGetEntry, StrCat("position: ", proof.position()));
    CHECK(entry.leaf() == proof.leaf());
    const auto root = tlog::Hash::FromBytes(absl::HexStringToBytes(entry.rows_root())).value();
    const v1::RowProof& row = proof.row();
    CHECK(tlog::CheckInclusion(static_cast<uint64_t>(row.index()),
                               static_cast<uint64_t>(row.row_count()), tlog::LeafHash(row.leaf()),
                               HashesOf(row.hashes()), root)
              .ok());
    const auto leaf = ledger::ParseRowLeaf(row.leaf());
    REQUIRE(leaf.ok());
    CHECK(leaf->table == "prediction");
    const std::string name(id);
    CHECK(*leaf->Find("id")->bytes == name.substr(name.find(':') + 1));
    CHECK(leaf->Find("model") == nullptr);
  }
  CHECK(house.Why(kGetProof, "") == "POSITION_MISSING");
  CHECK(house.Why(kGetProof, "position: 1 prediction: 'p-1'") == "POSITION_MISSING");
  CHECK(house.Why(kGetProof, "prediction: 'none'") == "PREDICTION_NOT_FOUND");
}

TEST_CASE("audit: every size begins with every smaller one") {
  RecordHouse house;
  const int64_t size = house.Ask(kGetCheckpoint, "now: true").size();
  for (int64_t from = 1; from <= size; ++from) {
    for (int64_t to = from; to <= size; ++to) {
      const auto proof =
          house.Ask(kGetConsistencyProof, StrCat("old_size: ", from, " new_size: ", to));
      const auto root = [](const std::string& hex) {
        return tlog::Hash::FromBytes(absl::HexStringToBytes(hex)).value();
      };
      CHECK(tlog::CheckConsistency(static_cast<uint64_t>(from), static_cast<uint64_t>(to),
                                   root(proof.old_root()), root(proof.new_root()),
                                   HashesOf(proof.hashes()))
                .ok());
    }
  }
  CHECK(house.Ask(kGetConsistencyProof, "old_size: 1").new_size() == size);
  for (const char* bad : {"", "old_size: -1", "old_size: 3 new_size: 2", "old_size: 1000000",
                          "old_size: 1 new_size: -1", "old_size: 1 new_size: 1000000"}) {
    INFO(bad);
    CHECK(house.Why(kGetConsistencyProof, bad) == "TREE_TOO_SMALL");
  }
}

TEST_CASE("audit: tiles and bundles are those of C2SP") {
  RecordHouse house;
  const int64_t size = house.position();
  const auto tile = house.Ask(kGetTile, StrCat("path: 'tile/0/000.p/", size, "'"));
  CHECK(tile.data().size() == static_cast<size_t>(size) * tlog::kHashBytes);
  const auto bundle = house.Ask(kGetTile, StrCat("path: 'tile/entries/000.p/", size, "'"));
  std::string_view rest = bundle.data();
  for (int64_t position = 1; position <= size; ++position) {
    REQUIRE(rest.size() >= 2);
    const size_t length =
        (size_t{static_cast<unsigned char>(rest[0])} << 8) | static_cast<unsigned char>(rest[1]);
    const std::string_view leaf = rest.substr(2, length);
    CHECK(tlog::LeafHash(leaf).view() ==
          std::string_view(tile.data())
              .substr(static_cast<size_t>(position - 1) * tlog::kHashBytes, tlog::kHashBytes));
    CHECK(leaf == house.Ask(kGetEntry, StrCat("position: ", position)).leaf());
    rest.remove_prefix(2 + length);
  }
  CHECK(rest.empty());
  CHECK(house.Why(kGetTile, "path: 'tile/0/000'") == "TILE_NOT_FOUND");
  CHECK(house.Why(kGetTile, "path: 'tile/entries/001.p/1'") == "TILE_NOT_FOUND");
  CHECK(house.Why(kGetTile, "path: 'tile/0/0'") == "TILE_MALFORMED");
  CHECK(house.Why(kGetTile, "path: ''") == "TILE_MALFORMED");
}

TEST_CASE("audit: without witnesses nothing is cosigned, and that is said") {
  RecordHouse house;
  CHECK(house.Ask(kListWitnesses, "").witnesses_size() == 0);
  CHECK(house.Why(kGetCheckpoint, "cosigned: true") == "LEDGER_UNSIGNED");
  CHECK(house.Ask(kGetCheckpoint, "").cosignatures_size() == 0);
  CHECK(house.Ask(kListKeys, "").problem().empty());
}

}  // namespace
}  // namespace whence::service::test
