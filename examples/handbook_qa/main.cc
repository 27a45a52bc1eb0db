// The handbook pipeline, step by step, with a record of every step in Whence: the text is cut into
// passages, the passages are indexed, an answerer is tuned, and questions are answered. What the
// steps do is in the other files of this folder; here is how they are put on record.
//
//   handbook_qa [--data DIR] [--out DIR] [--server HOST:PORT] [--prefix TEXT]
#include <whence/whence.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "answerer.h"
#include "lines.h"
#include "passages.h"
#include "tfidf.h"
#include "training.h"

namespace {

constexpr char kSource[] = "demo.handbook.source";
constexpr char kPassages[] = "demo.handbook.passages";
constexpr char kIndex[] = "demo.handbook.tfidf";
constexpr char kCalibration[] = "demo.handbook.calibration";
constexpr char kPrompt[] = "demo.handbook.extractive";
constexpr char kModel[] = "demo.handbook.answerer";
constexpr char kEndpoint[] = "demo.handbook.qa";
constexpr char kCodePath[] = "examples/handbook_qa";
constexpr char kNoAnswer[] = "The handbook does not say.";
constexpr char kTemplate[] =
    "Answer the question with one sentence of the passages, word for word. If none of them answers "
    "it, say so.\n\nPassages:\n{{ passages }}\n\nQuestion: {{ question }}\n";

struct Settings {
  std::string data = HANDBOOK_QA_FOLDER;  // handbook.txt, calibration.tsv, questions.txt
  std::string out;                        // what the steps make
  std::string server;                     // empty: WHENCE_SERVER and so on
  std::string prefix = "handbook-";       // of the predictions' ids
};

// Everything the steps hand on to each other.
struct Work {
  std::vector<handbook::Passage> passages;
  handbook::TfIdfIndex index;
  handbook::Model model;
  whence::VersionRef passages_version;
  whence::VersionRef index_version;
  whence::VersionRef prompt_version;
  whence::VersionRef model_version;
};

absl::Status FileError(const std::string& what, const std::string& path) {
  return absl::NotFoundError("cannot " + what + " " + path);
}

absl::StatusOr<std::string> Read(const std::string& path) {
  std::optional<std::string> content = handbook::ReadFile(path);
  if (!content.has_value()) return FileError("read", path);
  return *std::move(content);
}

// The step before this one may have been in another program: each step reads files and writes
// files.
absl::StatusOr<std::string> Write(const Settings& settings, const std::string& name,
                                  const std::string& content) {
  const std::string path = settings.out + "/" + name;
  if (!handbook::WriteFile(path, content)) return FileError("write", path);
  return path;
}

// What nobody made by a run: the text itself, the known questions, the prompt.
absl::StatusOr<whence::VersionRef> Register(const whence::Client& client, const std::string& name,
                                            whence::NewVersion version,
                                            const std::string& comment) {
  const auto asset = client.EnsureAsset(name, version.kind, {.comment = comment});
  if (!asset.ok()) return asset.status();
  const auto registered = client.RegisterVersion(name, std::move(version));
  if (!registered.ok()) return registered.status();
  return whence::ParseVersionRef(registered->name);
}

absl::Status CutPassages(const whence::Client& client, const Settings& settings, Work* work) {
  auto run = client.StartRun("demo.handbook.cut-passages", {.code_path = kCodePath});
  if (!run.ok()) return run.status();
  run->Reads(kSource);

  const auto text = Read(settings.data + "/handbook.txt");
  if (!text.ok()) return text.status();
  work->passages = handbook::CutPassages(*text);
  const auto file = Write(settings, "passages.tsv", handbook::FormatPassages(work->passages));
  if (!file.ok()) return file.status();

  const std::string source_text = std::string(kSource) + "#text";
  run->MapColumn(std::string(kPassages) + "#text",
                 {{source_text, whence::Transformation::kIdentity}});
  run->MapColumn(std::string(kPassages) + "#heading",
                 {{source_text, whence::Transformation::kTransformation}});
  const auto written = run->Writes(
      kPassages,
      whence::TableVersion{.file = *file,
                           .columns = {{.name = "row", .type = "int", .nullable = false},
                                       {.name = "heading", .type = "string"},
                                       {.name = "text", .type = "string", .nullable = false}},
                           .format = "tsv",
                           .row_count = static_cast<int64_t>(work->passages.size())});
  if (written.ok()) work->passages_version = *written;
  return run->Complete();
}

absl::Status BuildIndex(const whence::Client& client, const Settings& settings, Work* work) {
  auto run = client.StartRun("demo.handbook.build-index", {.code_path = kCodePath});
  if (!run.ok()) return run.status();
  run->Reads(work->passages_version.reference);

  work->index = handbook::TfIdfIndex::Build(work->passages);
  const auto file = Write(settings, "tfidf.index", work->index.Format());
  if (!file.ok()) return file.status();

  const auto written = run->Writes(
      kIndex, whence::IndexVersion{.file = *file,
                                   .dimension = static_cast<int32_t>(work->index.term_count()),
                                   .metric = whence::DistanceMetric::kCosine,
                                   .embedding_model = "tf-idf",
                                   .item_count = static_cast<int64_t>(work->passages.size())});
  if (written.ok()) work->index_version = *written;
  return run->Complete();
}

absl::Status TrainAnswerer(const whence::Client& client, const Settings& settings, Work* work) {
  auto run = client.StartRun("demo.handbook.train-answerer", {.code_path = kCodePath});
  if (!run.ok()) return run.status();
  run->Reads(work->passages_version.reference);
  run->Reads(work->index_version.reference);
  run->Reads(kCalibration);

  const auto text = Read(settings.data + "/calibration.tsv");
  if (!text.ok()) return text.status();
  const auto examples = handbook::ParseExamples(*text);
  if (!examples.has_value()) return absl::InvalidArgumentError("calibration.tsv is malformed");
  const handbook::TrainingResult result =
      handbook::Train(handbook::Answerer(work->passages, work->index), *examples);
  work->model = result.model;
  const auto file = Write(settings, "answerer.model", handbook::FormatModel(result.model));
  if (!file.ok()) return file.status();

  run->Parameter("examples", result.examples).Parameter("models_tried", result.models_tried);
  const double accuracy = result.examples == 0 ? 0.0 : 1.0 * result.right / result.examples;
  const auto written = run->Writes(
      kModel, whence::ModelVersion{.file = *file,
                                   .framework = "handbook-extractive",
                                   .metrics = {{"accuracy", accuracy}, {"margin", result.margin}},
                                   .inputs = {{.name = "question", .type = "string"},
                                              {.name = "passages", .type = "array<string>"}},
                                   .outputs = {{.name = "answer", .type = "string"}}});
  if (written.ok()) work->model_version = *written;
  if (auto done = run->Complete(); !done.ok()) return done;
  return client.SetAlias(work->model_version, "champion").status();
}

// The prediction that an answer is on record as.
whence::Prediction RecordOf(const Work& work, const std::string& question,
                            const handbook::Answer& answer) {
  whence::Prediction prediction{
      .model = work.model_version,
      .prompts = {work.prompt_version},
      .input = question,
      .output = answer.text.empty() ? kNoAnswer : answer.text,
      .properties = {{"row", std::to_string(answer.row)},
                     {"score", handbook::FormatNumber(answer.score)}},
  };
  for (const handbook::Hit& hit : answer.retrieved) {
    const handbook::Passage& passage = work.passages[static_cast<size_t>(hit.row - 1)];
    prediction.retrieved.push_back({.index = work.index_version,
                                    .item_id = std::to_string(hit.row),
                                    .score = hit.score,
                                    .source = work.passages_version,
                                    .source_location = "row " + std::to_string(hit.row),
                                    .excerpt = passage.text});
  }
  return prediction;
}

// How many answers went on record, and how many were there from an earlier run under the same id.
struct Recorded {
  int64_t fresh = 0;
  int64_t before = 0;
};

absl::StatusOr<Recorded> AnswerQuestions(const whence::Client& client, const Settings& settings,
                                         const Work& work) {
  const auto text = Read(settings.data + "/questions.txt");
  if (!text.ok()) return text.status();
  // Written by the recorder's thread, read here when Flush has said that it is done.
  std::mutex mutex;
  int64_t before = 0;
  absl::Status refused;
  whence::PredictionRecorder recorder(
      client, kEndpoint, {.on_refused = [&](const whence::Prediction&, const absl::Status& status) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (absl::IsAlreadyExists(status)) {
          ++before;
        } else {
          refused = status;
        }
      }});

  const handbook::Answerer answerer(work.passages, work.index);
  int number = 0;
  for (const std::string_view question : handbook::ContentLines(*text)) {
    const auto start = std::chrono::steady_clock::now();
    const handbook::Answer answer = answerer.Ask(question, work.model);
    whence::Prediction prediction = RecordOf(work, std::string(question), answer);
    prediction.latency = absl::FromChrono(std::chrono::steady_clock::now() - start);
    char digits[16];
    std::snprintf(digits, sizeof digits, "%04d", ++number);
    prediction.id = settings.prefix + digits;
    if (auto taken = recorder.Record(std::move(prediction)); !taken.ok()) return taken.status();
  }
  if (absl::Status flushed = recorder.Flush(); !flushed.ok()) return flushed;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!refused.ok()) return refused;
  return Recorded{.fresh = recorder.counts().accepted, .before = before};
}

// What people should know about the things made: tags, and what the endpoint serves.
absl::Status Describe(const whence::Client& client) {
  const auto endpoint = client.EnsureAsset(
      kEndpoint, whence::Kind::kEndpoint,
      {.comment = "Answers questions with sentences of the handbook",
       .detail = whence::EndpointDetail{.serves = {std::string(kModel) + "@champion"}}});
  if (!endpoint.ok()) return endpoint.status();
  const auto license = client.SetTags(kSource, {{.key = "license", .value = "public-domain"}});
  if (!license.ok()) return license.status();
  return client.SetTags(std::string(kPassages) + "#text", {{.key = "content", .value = "quotable"}})
      .status();
}

absl::Status RunPipeline(const Settings& settings) {
  whence::ClientOptions options{.server = settings.server, .user_agent = "handbook_qa"};
  auto client = whence::Client::Connect(std::move(options));
  if (!client.ok()) return client.status();
  if (auto made = client->EnsureCatalog("demo", {.comment = "Examples"}); !made.ok()) {
    return made.status();
  }
  const auto schema =
      client->EnsureSchema("demo.handbook", {.comment = "Questions and answers about a handbook"});
  if (!schema.ok()) return schema.status();

  Work work;
  const auto source =
      Register(*client, kSource, whence::VolumeVersion{.file = settings.data + "/handbook.txt"},
               "The handbook: the Constitution of the United States of America");
  if (!source.ok()) return source.status();
  const auto calibration =
      Register(*client, kCalibration,
               whence::TableVersion{.file = settings.data + "/calibration.tsv",
                                    .columns = {{.name = "question", .type = "string"},
                                                {.name = "expected", .type = "string"}},
                                    .format = "tsv"},
               "Questions with words that the right answer holds; training tunes on these only");
  if (!calibration.ok()) return calibration.status();
  const auto prompt = Register(*client, kPrompt, whence::PromptVersion{.text = kTemplate},
                               "How the answerer is asked");
  if (!prompt.ok()) return prompt.status();
  work.prompt_version = *prompt;

  if (auto done = CutPassages(*client, settings, &work); !done.ok()) return done;
  if (auto done = BuildIndex(*client, settings, &work); !done.ok()) return done;
  if (auto done = TrainAnswerer(*client, settings, &work); !done.ok()) return done;
  if (auto done = Describe(*client); !done.ok()) return done;
  const auto recorded = AnswerQuestions(*client, settings, work);
  if (!recorded.ok()) return recorded.status();

  std::cout << "handbook_qa: " << work.passages.size() << " passages, 1 index, 1 prompt, 1 model, "
            << recorded->fresh + recorded->before << " questions answered and recorded";
  if (recorded->before > 0) std::cout << " (" << recorded->before << " of them by an earlier run)";
  std::cout << std::endl;
  return absl::OkStatus();
}

// Where the steps put their files unless told otherwise.
std::string DefaultOut() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/handbook_qa";
  if (const char* home = std::getenv("HOME")) return std::string(home) + "/.cache/handbook_qa";
  return (std::filesystem::temp_directory_path() / "handbook_qa").string();
}

bool ParseArguments(int count, char** values, Settings* settings) {
  const std::map<std::string, std::string*> flags = {{"--data", &settings->data},
                                                     {"--out", &settings->out},
                                                     {"--server", &settings->server},
                                                     {"--prefix", &settings->prefix}};
  for (int i = 1; i < count; i += 2) {
    const auto flag = flags.find(values[i]);
    if (flag == flags.end() || i + 1 == count) return false;
    *flag->second = values[i + 1];
  }
  return true;
}

}  // namespace

int main(int count, char** values) {
  Settings settings;
  settings.out = DefaultOut();
  if (!ParseArguments(count, values, &settings)) {
    std::cerr << "usage: handbook_qa [--data DIR] [--out DIR] [--server HOST:PORT] "
                 "[--prefix TEXT]\n";
    return 3;
  }
  std::error_code error;
  std::filesystem::create_directories(settings.out, error);
  if (error) {
    std::cerr << "error: cannot make the folder " << settings.out << ": " << error.message()
              << "\nhint: name another with --out\n";
    return 1;
  }
  return whence::Exit(RunPipeline(settings));
}
