#include "support/asset_data.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "service/access_operations.h"
#include "sql/data_folder.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/kept_data.h"
#include "support/local_server.h"
#include "support/raw_sqlite.h"

namespace whence::bench {
namespace {

constexpr int64_t kForeverValue = 9223372036854775807;
constexpr int64_t kTime = 1'780'000'000'000'000;
constexpr int64_t kCatalogId = 1;
constexpr int64_t kSchemaId = 2;
constexpr int64_t kFirstAsset = 3;
constexpr int kVocabulary = 50'000;
constexpr char kReaderToken[] = "/reader.token";

std::string ShortName(size_t i) {
  char text[32];
  std::snprintf(text, sizeof text, "table_%07zu", i);
  return text;
}

// The word of that rank: letters only, and no word begins with the whole of another one.
std::string Word(int rank) {
  std::string word = "w";
  for (int i = 0; i < 4; ++i, rank /= 17) word += static_cast<char>('a' + rank % 17);
  return word + "z";
}

// Ranks as in natural language: the n-th word is about n times rarer than the first.
std::string RandomWord(std::mt19937_64& random) {
  const double share = std::uniform_real_distribution<double>(0, 1)(random);
  return Word(static_cast<int>(std::pow(double{kVocabulary}, share)) - 1);
}

std::string RandomWords(std::mt19937_64& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += RandomWord(random);
  }
  return text;
}

// Purpose: fills the tables by hand, as the server would have. Ownership: borrows the database.
class Filler {
 public:
  explicit Filler(RawDatabase& database) : database_(database) {}

  void Fill(size_t assets) {
    Securable(kCatalogId, 101, 0, "shop", "");
    Securable(kSchemaId, 102, kCatalogId, "tables", "");
    for (size_t i = 0; i < assets; ++i) Asset(i, static_cast<int64_t>(assets));
    InsertRow(ledger_, int64_t{1}, kTime);
  }

 private:
  void Asset(size_t i, int64_t assets) {
    const std::string name = ShortName(i);
    const std::string comment = RandomWords(random_, 12);
    const int64_t id = kFirstAsset + static_cast<int64_t>(i);
    Securable(id, 1, kSchemaId, name, comment);
    InsertRow(version_, id + assets, id, kTime);
    InsertRow(text_, id, name, comment, RandomWords(random_, 6), RandomWords(random_, 2));
  }

  void Securable(int64_t id, int64_t kind, int64_t parent, const std::string& name,
                 const std::string& comment) {
    InsertRow(securable_, id, kind, kTime);
    InsertRow(state_, id, kForeverValue, parent, name, comment, kTime);
  }

  RawDatabase& database_;
  std::mt19937_64 random_{9};
  RawStatement securable_{database_, "INSERT INTO securable VALUES (?1, ?2, 1, 'user:bench', ?3)"};
  RawStatement state_{database_,
                      "INSERT INTO securable_state VALUES (?1, 1, ?2, ?3, ?4, ?5, 'user:bench', "
                      "x'', x'', 0, 'user:bench', ?6)"};
  RawStatement version_{database_,
                        "INSERT INTO version VALUES (?1, ?2, 1, 'opaque:1', '', x'', "
                        "'user:bench', ?3, 1)"};
  RawStatement text_{database_,
                     "INSERT INTO search_text (rowid, name, comment, columns, tags, prompt) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, '')"};
  RawStatement ledger_{database_,
                       "INSERT INTO ledger_entry (position, time_us, actor, via, action, "
                       "resource, request_id, digest) VALUES (?1, ?2, 'user:bench', 'grpc', "
                       "'CreateAsset', 'shop', '', randomblob(32))"};
};

template <class Request>
Request From(const std::string& text) {
  Request request;
  Expect(google::protobuf::TextFormat::ParseFromString(text, &request), text);
  return request;
}

void MakeReader(const std::string& folder, const Options& options) {
  const LocalServer server(folder);
  const auto principal = [&](const char* name) {
    Change(server, service::kCreatePrincipal,
           From<v1::CreatePrincipalRequest>(absl::StrCat("principal { name: '", name, "' }")));
  };
  const auto grant = [&](const std::string& on, const char* privilege) {
    Change(
        server, service::kChangeGrants,
        From<v1::ChangeGrantsRequest>(absl::StrCat(
            "securable { name: '", on, "' } principal: 'group:readers' add: '", privilege, "'")));
  };
  principal("user:reader");
  principal("group:readers");
  Change(server, service::kAddMember,
         From<v1::AddMemberRequest>("group: 'group:readers' member: 'user:reader'"));
  const std::string schema = kAssetSchema;
  grant(schema.substr(0, schema.find('.')), "USE CATALOG");
  grant(schema, "USE SCHEMA");
  const size_t seen = SeenAssetCount(options);
  for (size_t i = 0; i < seen; ++i) grant(AssetName(i * (AssetCount(options) / seen)), "SELECT");
  const v1::CreateTokenResponse made =
      Change(server, service::kCreateToken,
             From<v1::CreateTokenRequest>("token { principal: 'user:reader' }"));
  Expect(sql::WriteSecretFile(folder + kReaderToken, made.secret()).ok(), "the reader's token");
}

}  // namespace

size_t SeenAssetCount(const Options& options) {
  return std::min<size_t>(1000, AssetCount(options) / 10);
}

std::string ReaderToken(const std::string& data_folder) {
  std::string token;
  std::ifstream(data_folder + kReaderToken) >> token;
  Expect(!token.empty(), "no token of the reader in " + data_folder);
  return token;
}

size_t AssetCount(const Options& options) { return options.Scaled(1'000'000, 2'000); }

std::string AssetName(size_t i) { return std::string(kAssetSchema) + "." + ShortName(i); }

std::vector<std::string> WordsToSearch(size_t count) {
  std::vector<std::string> words;
  for (size_t i = 0; i < count; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
    words.push_back(Word(static_cast<int>(std::pow(double{kVocabulary}, share)) - 1));
  }
  return words;
}

std::string AssetData(const Options& options) {
  const size_t assets = AssetCount(options);
  return KeptData("assets-" + std::to_string(assets), [&](const std::string& folder) {
    {
      RawDatabase database(folder + "/whence.db", RawDatabase::Mode::kBulk);
      database.Run("BEGIN");
      Filler(database).Fill(assets);
      database.Run("COMMIT");
    }
    MakeReader(folder, options);
  });
}

}  // namespace whence::bench
