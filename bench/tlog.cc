// The Merkle log of the ledger in memory, without a database: appends, and proofs of entries at
// random in a log of 10 M. The floor of both is OpenSSL hashing the same bytes, and nothing else.
//
// Times are this thread's on the processor: what other processes do meanwhile is not counted, and
// nothing here waits.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <time.h>

#include <array>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "support/figure.h"
#include "support/options.h"
#include "tlog/appender.h"
#include "tlog/merkle.h"
#include "tlog/tile_reader.h"

namespace whence::bench {
namespace {

using tlog::Appender;
using tlog::Hash;
using tlog::Tile;
using tlog::TileData;

constexpr size_t kEntryBytes = 300;  // a mutation's entry: actor, action, resource, digests
constexpr size_t kBatch = 100;
constexpr size_t kFullTileNodes = tlog::kTileWidth - 1;
constexpr double kReachAppend = 0.8;
constexpr double kReachProof = 1.5;
constexpr double kReachProofUs = 100;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Thing>
double SecondsOf(const Thing& thing) {
  const double start = CpuSeconds();
  thing();
  return CpuSeconds() - start;
}

// Entry `number`, which is another one each time.
void SetEntry(size_t number, std::string* entry) {
  std::memcpy(entry->data(), &number, sizeof(number));
}

class MemorySource : public tlog::TileSource {
 public:
  absl::Status ReadTiles(std::span<const Tile> tiles, std::span<std::string> hashes) override {
    for (size_t i = 0; i < tiles.size(); ++i) hashes[i] = tiles_.at(Key(tiles[i]));
    return absl::OkStatus();
  }
  void Put(std::vector<TileData> tiles) {
    for (TileData& data : tiles) tiles_[Key(data.tile)] = std::move(data.hashes);
  }

 private:
  static uint64_t Key(const Tile& tile) {
    return static_cast<uint64_t>(tile.level) << 56 | tile.index;
  }
  std::unordered_map<uint64_t, std::string> tiles_;
};

// Bytes of a node, and of an entry, with the byte in front, through OpenSSL.
void HashBytes(std::span<const uint8_t> bytes, uint8_t* digest) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest, &context);
}

double HashSeconds(size_t entries, size_t nodes) {
  std::array<uint8_t, 1 + kEntryBytes> entry{};
  std::array<uint8_t, 1 + 2 * tlog::kHashBytes> node{};
  return SecondsOf([&] {
    for (size_t i = 0; i < entries; ++i) HashBytes(entry, &entry[1]);
    for (size_t i = 0; i < nodes; ++i) HashBytes(node, &node[1]);
  });
}

// Appends so many entries, in batches; the tiles of the batches go to `sink`.
template <class Sink>
double AppendSeconds(size_t count, size_t batch, Appender* appender, const Sink& sink) {
  std::string entry(kEntryBytes, 'x');
  return SecondsOf([&] {
    for (size_t i = 0; i < count; ++i) {
      SetEntry(i, &entry);
      appender->Append(tlog::LeafHash(entry));
      if ((i + 1) % batch == 0 || i + 1 == count) sink(appender->TakeChanges());
    }
  });
}

void BenchAppend(const Options& options) {
  const size_t count = options.brief ? 10'000 : 1'000'000;
  std::vector<double> times;
  std::vector<double> floors;
  for (int round = 0; round < options.rounds(); ++round) {
    Appender appender;
    size_t bytes = 0;
    times.push_back(AppendSeconds(count, kBatch, &appender, [&bytes](const auto& tiles) {
      for (const TileData& data : tiles) bytes += data.hashes.size();
    }));
    Expect(appender.size() == count && bytes > count * tlog::kHashBytes, "tiles of every batch");
    floors.push_back(HashSeconds(count, count));
  }
  const double rate = static_cast<double>(count) / Median(times);
  const double floor = static_cast<double>(count) / Median(floors);
  Report({"tlog_append", "entries/s", rate, floor, rate / floor, kReachAppend});
}

void BenchProof(const Options& options) {
  const size_t size = options.Scaled(10'000'000, 20'000);
  MemorySource source;
  Appender appender;
  AppendSeconds(size, size, &appender,
                [&source](std::vector<TileData> tiles) { source.Put(std::move(tiles)); });
  tlog::TileReader reader(source, kMaxCachedTiles);
  const Hash head = appender.Head();
  Expect(reader.SetTree(size, head).ok(), "the tiles lead to the head");
  const size_t count = options.brief ? 100 : 20'000;
  std::mt19937_64 random(1);
  std::string entry(kEntryBytes, 'x');
  std::vector<double> times;
  std::vector<double> floors;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t index = random() % size;
    std::vector<Hash> proof;
    times.push_back(1e6 *
                    SecondsOf([&] { proof = tlog::InclusionProof(index, size, reader).value(); }));
    floors.push_back(1e6 * HashSeconds(0, kFullTileNodes));
    SetEntry(index, &entry);
    Expect(tlog::CheckInclusion(index, size, tlog::LeafHash(entry), proof, head).ok(), "a proof");
  }
  const double median = Median(times);
  const double floor = Median(floors);
  Report({"inclusion_proof_10m", "us", median, floor, median / floor, kReachProof, "lower"});
  Report({"inclusion_proof_10m_p99", "us", Quantile(times, 0.99), {}, {}, kReachProofUs, "lower"});
}

void Bench(const Options& options) {
  BenchAppend(options);
  BenchProof(options);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
