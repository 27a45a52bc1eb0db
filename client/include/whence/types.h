#pragma once

// What the catalog holds, as plain structs. Nothing here needs gRPC or protobuf.
//
// Every struct is a value: copy it, move it, share it between threads like an int. Fields marked
// "output" are filled in answers and ignored in requests. Limits (lengths, counts) are the server's
// and are named in its errors. All fields have defaults, so that designated initializers may name
// just those that matter: whence::Column{.name = "email", .type = "string"}.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace whence {

// What an asset is. The values are those of the wire.
enum class Kind {
  kUnspecified = 0,
  kTable = 1,      // rows and columns
  kView = 2,       // a query over other datasets
  kVolume = 3,     // files
  kFunction = 4,   // a function that queries or agents call
  kModel = 5,      // a trained model
  kPrompt = 6,     // a prompt template
  kIndex = 7,      // a vector or term index that retrieval reads
  kEndpoint = 8,   // a served model or agent
  kJob = 9,        // a pipeline, notebook or agent whose runs are recorded
  kDashboard = 10  // a dashboard or report
};

// "TABLE", "MODEL" ...; "UNSPECIFIED" for what is none of them.
std::string_view KindName(Kind kind);

// A point in the catalog's history. Neither set: now. Both set: the position counts.
struct AsOf {
  std::optional<absl::Time> time{};   // the last change at or before this time counts
  std::optional<int64_t> position{};  // ledger position, 0 up to the present one
};

// A label on a catalog, schema, asset, column or version.
struct Tag {
  std::string key{};
  std::string value{};

  friend bool operator==(const Tag&, const Tag&) = default;
};

using Properties = std::map<std::string, std::string>;

// One column of a table, parameter of a function, or field of a model's signature.
struct Column {
  std::string name{};
  std::string type{};  // as the source writes it: "decimal(10,2)"
  bool nullable = true;
  std::string comment{};
  std::vector<Tag> tags{};  // output; set with Client::SetTags("a.b.c#column", ...)

  friend bool operator==(const Column&, const Column&) = default;
};

// Where code stands.
struct CodeLocation {
  std::string repository{};  // "https://git.example/team/repo"
  std::string commit{};
  std::string path{};  // inside the repository
  bool dirty = false;  // the work tree had uncommitted changes

  friend bool operator==(const CodeLocation&, const CodeLocation&) = default;
};

// ---- What only one kind has. ------------------------------------------------------------------

struct TableDetail {  // of a TABLE or VIEW
  std::vector<Column> columns{};
  std::string format{};  // "parquet", "delta", "csv"
  std::string view_definition{};
  int64_t row_count = 0;  // 0: unknown
};

struct VolumeDetail {
  int64_t file_count = 0;  // 0: unknown
  int64_t byte_count = 0;  // 0: unknown
  std::string file_name{};
};

struct FunctionDetail {
  std::vector<Column> parameters{};
  std::string return_type{};
  std::string language{};
  std::string body{};
};

struct ModelDetail {
  std::string framework{};  // "onnx", "sklearn", "openai"
  std::vector<Column> inputs{};
  std::vector<Column> outputs{};
  std::map<std::string, double> metrics{};
  std::string base_model{};  // what it was made from, as its maker names it
};

struct PromptDetail {
  std::string text{};                    // the template, with {{ name }} for variables
  std::vector<std::string> variables{};  // empty: taken from the text
};

// How an index measures nearness. The values are those of the wire.
enum class DistanceMetric { kUnspecified = 0, kCosine = 1, kDot = 2, kL2 = 3, kBm25 = 4 };

struct IndexDetail {
  int32_t dimension = 0;  // of the vectors, or number of terms
  DistanceMetric metric = DistanceMetric::kUnspecified;
  std::string embedding_model{};
  int64_t item_count = 0;  // 0: unknown
};

struct EndpointDetail {
  std::string url{};
  std::vector<std::string> serves{};  // references of models or agents
};

struct JobDetail {
  CodeLocation code{};
  std::string job_type{};  // "airflow-task", "notebook", "agent"
};

struct DashboardDetail {
  std::string url{};
};

// At most one of them; std::monostate: nothing is known.
using Detail = std::variant<std::monostate, TableDetail, VolumeDetail, FunctionDetail, ModelDetail,
                            PromptDetail, IndexDetail, EndpointDetail, JobDetail, DashboardDetail>;

// ---- Resources --------------------------------------------------------------------------------

// Who made and changed a resource, and when. Output throughout.
struct Audit {
  absl::Time create_time = absl::InfinitePast();
  std::string creator{};
  absl::Time update_time = absl::InfinitePast();
  std::string updater{};
  std::string etag{};    // opaque mark of this state
  int64_t position = 0;  // ledger position of the last change
};

// The top of the three levels: a catalog holds schemas.
struct Catalog {
  std::string name{};
  std::string comment{};
  std::string owner{};  // "user:ana", "group:fraud"; default: the creator
  Properties properties{};
  std::vector<Tag> tags{};  // output
  int64_t id = 0;           // output; stays through renames and deletion
  bool deleted = false;     // output
  Audit audit{};            // output
};

// The middle level: a schema holds assets.
struct Schema {
  std::string name{};  // "catalog.schema"
  std::string comment{};
  std::string owner{};
  Properties properties{};
  std::vector<Tag> tags{};  // output
  int64_t id = 0;           // output
  bool deleted = false;     // output
  Audit audit{};            // output
};

// A movable name for a version.
struct Alias {
  std::string asset{};
  std::string alias{};
  int64_t version = 0;
  absl::Time update_time = absl::InfinitePast();
  std::string updater{};
  int64_t position = 0;      // from which it meant that version
  int64_t end_position = 0;  // from which it no longer did; 0 while it does
};

// A leaf: a table, model, prompt, index, endpoint, job and so on.
struct Asset {
  std::string name{};  // "catalog.schema.asset"
  Kind kind = Kind::kUnspecified;
  std::string comment{};
  std::string owner{};
  Properties properties{};
  Detail detail{};               // that of the newest version which had one
  std::vector<Tag> tags{};       // output
  int64_t current_version = 0;   // output; number of the newest version, 0 when there is none
  std::vector<Alias> aliases{};  // output
  int64_t id = 0;                // output
  bool deleted = false;          // output
  Audit audit{};                 // output
};

// An immutable, numbered state of an asset. To register one, see versions.h.
struct Version {
  std::string name{};  // "catalog.schema.asset@number"
  std::string asset{};
  int64_t number = 0;
  Kind kind = Kind::kUnspecified;
  std::string digest{};  // "sha256:<hex>"
  std::string location{};
  std::string comment{};
  Properties properties{};
  Detail detail{};
  std::vector<Tag> tags{};
  std::vector<std::string> aliases{};
  absl::Time create_time = absl::InfinitePast();
  std::string creator{};
  std::string etag{};
  int64_t position = 0;
};

// One thing that a search found.
struct SearchHit {
  Asset asset{};
  std::string snippet{};  // the text that matched, matches in [ and ]
  double score = 0;       // higher is better; comparable inside one answer
};

// What the server is.
struct ServerInfo {
  std::string version{};
  std::string build{};
  int32_t schema_version = 0;
  int64_t position = 0;
  absl::Time start_time = absl::InfinitePast();
};

// One page of a list.
template <typename T>
struct Page {
  std::vector<T> items{};
  std::string next_page_token{};  // empty on the last page
};

}  // namespace whence
