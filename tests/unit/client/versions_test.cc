#include "whence/versions.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "client_test_util.h"
#include "src/digest.h"
#include "src/process.h"
#include "whence/status.h"

namespace whence {
namespace {

using test::ScratchFolder;

constexpr char kEmptySha[] =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbcSha[] =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("A file's digest is the SHA-256 of its content", "[client][versions]") {
  const ScratchFolder folder;
  const auto empty = DigestPath(folder.Write("empty", ""));
  REQUIRE(empty.ok());
  REQUIRE(empty->digest == kEmptySha);
  REQUIRE(empty->byte_count == 0);
  const auto abc = DigestPath(folder.Write("abc", "abc"));
  REQUIRE(abc->digest == kAbcSha);
  REQUIRE(abc->file_count == 1);
  REQUIRE(abc->byte_count == 3);
  REQUIRE(client_internal::Sha256OfText("abc") == kAbcSha);
  // Larger than one read.
  const std::string large(1'000'003, 'x');
  REQUIRE(DigestPath(folder.Write("large", large))->digest == client_internal::Sha256OfText(large));
}

TEST_CASE("A folder's digest is that of what sha256sum prints for its files",
          "[client][versions]") {
  const ScratchFolder folder;
  folder.Write("model/weights.bin", "abc");
  folder.Write("model/config.json", "{}");
  folder.Write("model/tokenizer/vocab with space.txt", "a\nb\n");
  folder.Write("model/B", "");
  std::filesystem::create_symlink("weights.bin", folder.path() + "/model/link");
  std::filesystem::create_symlink("nowhere", folder.path() + "/model/dangling");
  const auto digest = DigestPath(folder.path() + "/model");
  REQUIRE(digest.ok());
  REQUIRE(digest->file_count == 5);
  REQUIRE(digest->byte_count == 3 + 2 + 4 + 0 + 3);
  const std::string lines =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  B\n"
      "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  config.json\n"
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  link\n" +
      client_internal::Sha256OfText("a\nb\n").substr(7) +
      "  tokenizer/vocab with space.txt\n"
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  weights.bin\n";
  REQUIRE(digest->digest == client_internal::Sha256OfText(lines));
}

TEST_CASE("Files that cannot be read are named", "[client][versions]") {
  const absl::Status missing = DigestPath("/nowhere/model.onnx").status();
  REQUIRE(absl::IsNotFound(missing));
  REQUIRE(ErrorReason(missing) == "FILE_NOT_FOUND");
  REQUIRE(missing.ToString().find("/nowhere/model.onnx") != std::string::npos);
  REQUIRE(ErrorField(missing) == "file");
  // There, open to us, and not to be read: the memory at address 0 of this process.
  const absl::Status unreadable = DigestPath("/proc/self/mem").status();
  REQUIRE_FALSE(unreadable.ok());
  REQUIRE(ErrorReason(unreadable) == "FILE_UNREADABLE");
  REQUIRE(ErrorField(unreadable) == "file");
}

TEST_CASE("Each kind's version becomes one that says everything", "[client][versions]") {
  const NewVersion table = TableVersion{.digest = "sha256:aa",
                                        .location = "s3://b/t",
                                        .columns = {{.name = "a", .type = "int"}},
                                        .format = "parquet",
                                        .row_count = 3,
                                        .comment = "c",
                                        .properties = {{"k", "v"}}};
  REQUIRE(table.kind == Kind::kTable);
  REQUIRE(table.digest == "sha256:aa");
  REQUIRE(table.comment == "c");
  REQUIRE(table.properties.at("k") == "v");
  REQUIRE(std::get<TableDetail>(table.detail).columns[0].name == "a");
  REQUIRE(std::get<TableDetail>(table.detail).row_count == 3);

  const NewVersion model = ModelVersion{.file = "m", .framework = "onnx", .metrics = {{"auc", .9}}};
  REQUIRE(model.kind == Kind::kModel);
  REQUIRE(std::get<ModelDetail>(model.detail).metrics.at("auc") == .9);

  const NewVersion view = ViewVersion{.definition = "abc"};
  REQUIRE(view.kind == Kind::kView);
  REQUIRE(view.digest == kAbcSha);
  REQUIRE(std::get<TableDetail>(view.detail).view_definition == "abc");

  REQUIRE(NewVersion(FunctionVersion{.body = "abc"}).digest == kAbcSha);
  REQUIRE(NewVersion(FunctionVersion{.digest = "sha256:bb", .body = "abc"}).digest == "sha256:bb");
  REQUIRE(NewVersion(FunctionVersion{.file = "f", .body = "abc"}).digest.empty());
  // The server makes a prompt's.
  const NewVersion prompt = PromptVersion{.text = "{{ question }}"};
  REQUIRE(prompt.digest.empty());
  REQUIRE(std::get<PromptDetail>(prompt.detail).text == "{{ question }}");
  const NewVersion index = IndexVersion{.dimension = 384, .metric = DistanceMetric::kCosine};
  REQUIRE(std::get<IndexDetail>(index.detail).metric == DistanceMetric::kCosine);
  const NewVersion other = GenericVersion{.kind = Kind::kDashboard, .digest = "opaque:1"};
  REQUIRE(other.kind == Kind::kDashboard);
  REQUIRE(std::holds_alternative<std::monostate>(other.detail));
}

TEST_CASE("A file gives digest and location, and a volume its facts", "[client][versions]") {
  const ScratchFolder folder;
  const std::string path = folder.Write("book.txt", "abc");
  NewVersion volume = VolumeVersion{.file = folder.path() + "/./book.txt"};
  REQUIRE(volume.ReadFile().ok());
  REQUIRE(volume.digest == kAbcSha);
  REQUIRE(volume.location == path);
  REQUIRE(std::get<VolumeDetail>(volume.detail).file_name == "book.txt");
  REQUIRE(std::get<VolumeDetail>(volume.detail).byte_count == 3);
  REQUIRE(std::get<VolumeDetail>(volume.detail).file_count == 1);

  NewVersion said = ModelVersion{.file = path, .location = "s3://bucket/model"};
  REQUIRE(said.ReadFile().ok());
  REQUIRE(said.location == "s3://bucket/model");
  NewVersion known = ModelVersion{.file = "/nowhere/model", .digest = "sha256:aa"};
  REQUIRE(known.ReadFile().ok());
  REQUIRE(known.location == "/nowhere/model");
  NewVersion missing = ModelVersion{.file = "/nowhere/model"};
  REQUIRE(absl::IsNotFound(missing.ReadFile()));
  NewVersion nothing = TableVersion{.digest = "sha256:aa"};
  REQUIRE(nothing.ReadFile().ok());
  REQUIRE(nothing.location.empty());
  NewVersion whole = VolumeVersion{.file = folder.path() + "/"};
  REQUIRE(whole.ReadFile().ok());
  REQUIRE(std::get<VolumeDetail>(whole.detail).file_name ==
          std::filesystem::path(folder.path()).filename());
}

TEST_CASE("References of versions are taken apart", "[client][versions]") {
  const VersionRef numbered = ParseVersionRef("a.b.c@12");
  REQUIRE(numbered.asset == "a.b.c");
  REQUIRE(numbered.number == 12);
  REQUIRE(numbered.reference == "a.b.c@12");
  REQUIRE(static_cast<const std::string&>(numbered) == "a.b.c@12");
  REQUIRE(ParseVersionRef("a.b.c").number == 0);
  REQUIRE(ParseVersionRef("a.b.c").asset == "a.b.c");
  REQUIRE(ParseVersionRef("a.b.`x@1`").number == 0);
  REQUIRE(ParseVersionRef("a.b.`x@1`@4").asset == "a.b.`x@1`");
  REQUIRE(ParseVersionRef("a.b.c@99999999999999999999").number == 0);
  REQUIRE(ParseVersionRef("").asset.empty());
}

}  // namespace
}  // namespace whence
