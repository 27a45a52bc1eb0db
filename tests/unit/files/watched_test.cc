// Files that others change while somebody uses what stands in them.
#include "files/watched.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "files/look.h"
#include "support/scratch_database.h"

namespace whence::files {
namespace {

// Purpose: two files, whose value is their texts, unless one has the text `wrong`. Ownership: owns
// its folder. Thread-safety: one thread writes.
class Texts {
 public:
  Texts() {
    Replace("a", "1");
    Replace("b", "2");
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  // As if long ago, and at another time than any other: what looks new is read twice.
  void Overwrite(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
    std::filesystem::last_write_time(Path(name), std::filesystem::file_time_type::clock::now() -
                                                     std::chrono::hours(10) +
                                                     std::chrono::seconds(++writes_));
  }
  void Replace(const std::string& name, const std::string& text) {
    Overwrite(name + ".new", text);
    std::filesystem::rename(Path(name + ".new"), Path(name));
  }
  absl::StatusOr<std::unique_ptr<Watched<std::string>>> Open() {
    return Watched<std::string>::Open(
        {Path("a"), Path("b")},
        [this](const std::shared_ptr<const std::string>& before)
            -> absl::StatusOr<std::shared_ptr<const std::string>> {
          ++reads;
          std::string both;
          for (const char* name : {"a", "b"}) {
            std::string text;
            std::ifstream(Path(name)) >> text;
            if (text.empty() || text == "wrong") {
              return FailedPrecondition("WRONG", "a file is wrong", "");
            }
            both += text;
          }
          if (before != nullptr && both == *before) return before;
          return std::make_shared<const std::string>(both);
        },
        [this](const absl::Status& status) {
          reports.push_back(status.ok() ? "in force" : std::string(status.message()));
        });
  }

  int reads = 0;
  std::vector<std::string> reports;

 private:
  whence::test::TemporaryFolder folder_;
  int writes_ = 0;
};

using Said = std::vector<std::string>;

TEST_CASE("a file that changes is read anew, once, when somebody asks") {
  Texts texts;
  const auto watched = texts.Open();
  REQUIRE(watched.ok());
  const std::shared_ptr<const std::string> first = (*watched)->Current();
  CHECK(*first == "12");
  CHECK((*watched)->Current() == first);
  CHECK(texts.reads == 1);
  SECTION("replaced") { texts.Replace("b", "3"); }
  SECTION("replaced by one of the same size and time") {
    const auto time = std::filesystem::last_write_time(texts.Path("b"));
    texts.Overwrite("c", "3");
    std::filesystem::last_write_time(texts.Path("c"), time);
    std::filesystem::rename(texts.Path("c"), texts.Path("b"));
  }
  SECTION("behind a link") {
    texts.Overwrite("elsewhere", "3");
    std::filesystem::remove(texts.Path("b"));
    std::filesystem::create_symlink(texts.Path("elsewhere"), texts.Path("b"));
  }
  CHECK(texts.reads == 1);
  CHECK(*(*watched)->Current() == "13");
  CHECK(*(*watched)->Current() == "13");
  CHECK(*first == "12");  // who has it keeps it
  CHECK(texts.reads == 2);
  CHECK(texts.reports == Said{"in force"});
  // In place, longer.
  texts.Overwrite("a", "111");
  CHECK(*(*watched)->Current() == "1113");
  CHECK(texts.reports == Said{"in force", "in force"});
}

TEST_CASE("what is wrong is said once, and what was before stays") {
  Texts texts;
  const auto watched = texts.Open();
  REQUIRE(watched.ok());
  const std::shared_ptr<const std::string> first = (*watched)->Current();
  texts.Replace("a", "wrong");
  CHECK((*watched)->Current() == first);
  CHECK((*watched)->Current() == first);
  CHECK(texts.reports == Said{"a file is wrong"});
  std::filesystem::remove(texts.Path("a"));
  CHECK((*watched)->Current() == first);
  CHECK(texts.reports == Said{"a file is wrong", "a file is wrong"});
  // Back to what it was: nothing to say.
  texts.Replace("a", "1");
  CHECK((*watched)->Current() == first);
  CHECK(texts.reports.size() == 2);
  texts.Replace("a", "5");
  CHECK(*(*watched)->Current() == "52");
  CHECK(texts.reports.back() == "in force");
}

TEST_CASE("what is wrong at the start is an error") {
  Texts texts;
  texts.Replace("a", "wrong");
  CHECK(GetErrorDetail(texts.Open().status()).reason == "WRONG");
  CHECK(texts.reports.empty());
  std::filesystem::remove(texts.Path("a"));
  CHECK_FALSE(texts.Open().ok());
}

TEST_CASE("a file that is touched and says the same is the same") {
  Texts texts;
  const auto watched = texts.Open();
  REQUIRE(watched.ok());
  const std::shared_ptr<const std::string> first = (*watched)->Current();
  texts.Replace("a", "1");
  CHECK((*watched)->Current() == first);
  CHECK(texts.reads == 2);
  CHECK(texts.reports.empty());
}

TEST_CASE("what changes again at once, and looks the same, is seen all the same") {
  Texts texts;
  const auto watched = texts.Open();
  REQUIRE(watched.ok());
  Look look;
  // Until it is done in so short a time that nothing tells the two apart.
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    const auto now = std::filesystem::file_time_type::clock::now();
    const auto write = [&](const std::string& text) {
      texts.Overwrite("a", text);
      std::filesystem::last_write_time(texts.Path("a"), now);
      look = LookAt(texts.Path("a"));
      return look;
    };
    const Look first = write("5");
    CHECK(*(*watched)->Current() == "52");
    REQUIRE(write("6") == first);
    const std::string value = *(*watched)->Current();
    if (!IsFresh(look)) continue;
    CHECK(value == "62");
    break;
  }
  CHECK(IsFresh(look));
  // What is wrong is said once also while it is fresh.
  texts.reports.clear();
  std::ofstream(texts.Path("a")) << "wrong";
  for (int i = 0; i < 5; ++i) CHECK(*(*watched)->Current() == "62");
  CHECK(texts.reports == Said{"a file is wrong"});
  CHECK_FALSE(IsFresh(LookAt(texts.Path("b"))));
}

TEST_CASE("many ask while files change: each gets something whole, and the last the newest") {
  Texts texts;
  const auto watched = texts.Open();
  REQUIRE(watched.ok());
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> asking;
  for (int i = 0; i < 4; ++i) {
    asking.emplace_back([&] {
      while (!stop) {
        const std::string value = *(*watched)->Current();
        if (value.empty() || value.back() != '2') ++torn;
      }
    });
  }
  for (int i = 10; i < 200; ++i) texts.Replace("a", std::to_string(i));
  stop = true;
  for (std::thread& one : asking) one.join();
  CHECK(torn == 0);
  CHECK(*(*watched)->Current() == "1992");
}

TEST_CASE("one file looks like another only where nothing tells them apart") {
  Texts texts;
  CHECK(LookAt(texts.Path("none")) == Look{});
  CHECK(LookAt(texts.Path(".")) == Look{});
  CHECK_FALSE(LookAt(texts.Path("a")) == Look{});
  CHECK(LookAt(texts.Path("a")) == LookAt(texts.Path("a")));
  CHECK_FALSE(LookAt(texts.Path("a")) == LookAt(texts.Path("b")));
}

}  // namespace
}  // namespace whence::files
