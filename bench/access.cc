// Decisions in memory: a metastore with 100,000 grants on 50,000 securables, 10,000 users in 1,000
// nested groups; random questions of random users about tables three levels down. The floor is four
// look-ups in one hash map, as a decision looks at four places. And what a grant costs the writer
// besides the sync: its rows, and the index that moves on. The same decisions with 10,000 policies,
// bound to a table of a hundred columns, and with the masks of all of these.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "access/asker.h"
#include "access/grant.h"
#include "access/index.h"
#include "access/policy_set.h"
#include "access/principal.h"
#include "base/clock.h"
#include "migrations/embedded.h"
#include "sql/connection.h"
#include "sql/migrations.h"
#include "sql/writer.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/options.h"
#include "support/timing.h"

namespace {

std::atomic<int64_t> allocations{0};

void* Allocate(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t /*size*/) noexcept { std::free(memory); }

namespace whence::bench {
namespace {

using access::Chain;
using access::Identity;
using access::Outcome;
using access::Privilege;
using access::PrivilegeSet;
using access::Snapshot;

constexpr double kReachMicros = 1;
constexpr double kReachGrantMs = 1;
constexpr double kReachAllocations = 0;

constexpr int kCatalogs = 20;
constexpr int kSchemasEach = 25;
constexpr size_t kBatch = 64;  // decisions between two looks at the clock

struct Question {
  Identity who;
  Privilege privilege = Privilege::kSelect;
  Chain chain;
};

// Purpose: a metastore of the given size in a database of its own, with its writer (without a
// thread) and index. Ownership: owns everything. Thread-safety: none.
class Metastore {
 public:
  explicit Metastore(size_t grants) : grants_(grants), securables_(grants / 2) {
    auto connection = sql::Connection::Open(folder_.database()).value();
    Expect(sql::Migrate(*connection, EmbeddedMigrations(), clock_).ok(), "migrations");
    Expect(index_.Load(*connection, 0).ok(), "an empty index");
    access::AttachIndex(*connection, &index_);
    sql::WriterOptions options;
    options.clock = &clock_;
    options.threaded = false;
    writer_ = sql::Writer::Start(std::move(connection), options).value();
    Write([this](sql::WriteContext& context) {
      Fill(context);
      return absl::OkStatus();
    });
  }
  ~Metastore() { writer_->Stop(); }
  Metastore(const Metastore&) = delete;
  Metastore& operator=(const Metastore&) = delete;

  access::Index& index() { return index_; }

  // Milliseconds of the writer for one grant more, without its share of the sync.
  double Grant() {
    using Clock = std::chrono::steady_clock;
    Clock::time_point begun;
    Clock::time_point written;
    Clock::time_point committed;
    Clock::time_point done;
    Write([&](sql::WriteContext& context) {
      context.OnCommit([&committed] { committed = Clock::now(); });
      begun = Clock::now();
      GrantOne(context, Change(context));
      written = Clock::now();
      context.OnCommit([&done] { done = Clock::now(); });
      return absl::OkStatus();
    });
    return std::chrono::duration<double, std::milli>(written - begun + (done - committed)).count();
  }

  Question Ask() {
    Question question;
    question.who.principal = AnyUser();
    question.chain.depth = 3;
    question.chain.kind = catalog::Kind::kTable;
    const size_t asset = random_() % securables_;
    question.chain.links[0].id = static_cast<int64_t>(1 + asset % kCatalogs);
    question.chain.links[1].id =
        static_cast<int64_t>(100 + asset % (size_t{kCatalogs} * kSchemasEach));
    question.chain.links[2].id = static_cast<int64_t>(1000 + asset);
    question.privilege = random_() % 2 == 0 ? Privilege::kSelect : Privilege::kModify;
    for (auto& link : question.chain.links) link.owner = AnyUser();
    return question;
  }

 private:
  static constexpr int kGroups = 1000;
  static constexpr int kUsers = 10'000;

  template <class Mutation>
  void Write(Mutation mutation) {
    absl::Status outcome = absl::UnknownError("did not run");
    writer_->Submit({.execute = std::move(mutation),
                     .finish = [&outcome](absl::Status status) { outcome = std::move(status); }});
    while (writer_->RunQueued() > 0) {
    }
    Expect(outcome.ok(), std::string(outcome.message()));
  }

  static ledger::Change Change(sql::WriteContext& context) {
    return {.position = context.Next(sql::Counter::kPosition),
            .time = context.now(),
            .actor = "user:admin"};
  }

  int64_t AnyUser() { return static_cast<int64_t>(kGroups + 1 + random_() % kUsers); }

  void Fill(sql::WriteContext& context) {
    const ledger::Change change = Change(context);
    for (int i = 0; i < kGroups + kUsers; ++i) {
      access::NewPrincipal wanted;
      wanted.name = absl::StrCat(i < kGroups ? "group:" : "user:", i);
      Expect(access::CreatePrincipal(context, change, wanted).ok(), "a principal");
    }
    // Three levels of groups, each of the lower ones in one of the next; users in eight of any.
    for (int64_t group = 101; group <= kGroups; ++group) {
      const int64_t above = 1 + group % (group <= 400 ? 100 : 400);
      Expect(access::AddMember(context, change, above, group).ok(), "a nested group");
    }
    for (int64_t user = kGroups + 1; user <= kGroups + kUsers; ++user) {
      for (int i = 0; i < 8; ++i) {
        const auto group = static_cast<int64_t>(1 + random_() % kGroups);
        Expect(access::AddMember(context, change, group, user).ok(), "a member");
      }
    }
    const PrivilegeSet gates = PrivilegeSet(Privilege::kUseCatalog) | Privilege::kUseSchema;
    for (int64_t catalog = 1; catalog <= kCatalogs; ++catalog) {
      for (int64_t group = 1; group <= 60; ++group) {
        Expect(access::ChangeGrants(context, change, catalog, group, gates, {}).ok(), "a gate");
      }
    }
    for (size_t i = 0; i < grants_; ++i) GrantOne(context, change);
  }

  void GrantOne(sql::WriteContext& context, const ledger::Change& change) {
    const auto securable = static_cast<int64_t>(1000 + random_() % securables_);
    const int64_t principal =
        random_() % 4 == 0 ? AnyUser() : static_cast<int64_t>(1 + random_() % kGroups);
    const PrivilegeSet privileges = random_() % 2 == 0 ? Privilege::kSelect : Privilege::kModify;
    Expect(access::ChangeGrants(context, change, securable, principal, privileges, {}).ok(),
           "a grant");
  }

  const size_t grants_;
  const size_t securables_;
  std::mt19937_64 random_{5};
  SystemClock clock_;
  TemporaryFolder folder_;
  access::Index index_;
  std::unique_ptr<sql::Writer> writer_;
};

// So many questions with that answer.
std::vector<Question> Questions(Metastore& metastore, bool allowed, size_t count) {
  const Snapshot snapshot = metastore.index().snapshot();
  std::vector<Question> questions;
  while (questions.size() < count) {
    Question question = metastore.Ask();
    const bool yes =
        snapshot.Decide(question.who, question.privilege, question.chain) == Outcome::kAllowed;
    if (yes == allowed) questions.push_back(std::move(question));
  }
  return questions;
}

// The median of what one takes, in microseconds, over batches of them.
template <class Decide>
double MedianMicros(const std::vector<Question>& questions, int rounds, const Decide& decide) {
  std::vector<double> micros;
  for (int round = 0; round < rounds; ++round) {
    for (size_t at = 0; at + kBatch <= questions.size(); at += kBatch) {
      const double seconds = SecondsOf([&] {
        for (size_t i = at; i < at + kBatch; ++i) decide(questions[i]);
      });
      micros.push_back(seconds * 1e6 / static_cast<double>(kBatch));
    }
  }
  return Median(std::move(micros));
}

void BenchDecide(const Options& options, Metastore& metastore, bool allowed) {
  const std::vector<Question> questions =
      Questions(metastore, allowed, options.brief ? 2 * kBatch : 64 * kBatch);
  absl::flat_hash_map<int64_t, int64_t> places;
  for (const Question& question : questions) {
    for (const auto& link : question.chain.links) places[link.id] = link.owner;
  }
  const Snapshot snapshot = metastore.index().snapshot();
  int64_t sum = 0;
  const double floor = MedianMicros(questions, options.rounds(), [&](const Question& question) {
    sum += places.contains(0) ? 1 : 0;
    for (const auto& link : question.chain.links) sum += places.find(link.id)->second;
  });
  int64_t right = 0;
  const int64_t before = allocations.load();
  for (const Question& question : questions) {
    right += (snapshot.Decide(question.who, question.privilege, question.chain) ==
              Outcome::kAllowed) == allowed
                 ? 1
                 : 0;
  }
  const int64_t allocated = allocations.load() - before;
  const double value = MedianMicros(questions, options.rounds(), [&](const Question& question) {
    right +=
        static_cast<int64_t>(snapshot.Decide(question.who, question.privilege, question.chain));
  });
  Expect(right >= static_cast<int64_t>(questions.size()) && sum != 0, "other answers than before");
  const std::string name = allowed ? "decide_allow" : "decide_deny";
  Report({.name = name + "_p50",
          .unit = "us",
          .value = value,
          .floor = floor,
          .reach = kReachMicros,
          .better = "lower"});
  Report({.name = name + "_allocations",
          .unit = "allocations",
          .value = static_cast<double>(allocated),
          .reach = kReachAllocations,
          .better = "lower"});
}

// --- policies ---

constexpr double kReachMaskMicros = 5;
constexpr size_t kColumns = 100;
constexpr int kTagKeys = 400;  // that policies look at; a table or column has one or two of them

catalog::Tag AnyTag(std::mt19937_64& random) {
  return {.key = absl::StrCat("key-", random() % kTagKeys), .value = "x"};
}

// Denies, filters and masks, by tag, at every level, each for some groups.
std::vector<access::Policy> Policies(size_t count, std::mt19937_64& random) {
  std::vector<access::Policy> policies(count);
  for (size_t i = 0; i < count; ++i) {
    access::Policy& policy = policies[i];
    policy.id = static_cast<int64_t>(i + 1);
    policy.name = absl::StrCat("policy-", i);
    const size_t level = random() % 3;
    if (level == 1) policy.securable = static_cast<int64_t>(1 + random() % kCatalogs);
    if (level == 2) {
      policy.securable = static_cast<int64_t>(100 + random() % (size_t{kCatalogs} * kSchemasEach));
    }
    access::PolicyDefinition& definition = policy.definition;
    definition.kind = static_cast<access::PolicyKind>(1 + i % 3);
    for (int k = 0; k < 2; ++k) definition.to.push_back(static_cast<int64_t>(1 + random() % 1000));
    const catalog::Tag tag = AnyTag(random);
    const access::TagCondition condition{.any = {{.key = tag.key, .value = std::nullopt}}};
    if (definition.kind == access::PolicyKind::kColumnMask) {
      definition.column_tags = condition;
      definition.mask.type = access::MaskType::kNullify;
      definition.priority = static_cast<int64_t>(i % 7);
    } else {
      definition.asset_tags = condition;
    }
  }
  return policies;
}

// A decision with all that policies say of a table of a hundred columns, and all of their masks.
void BenchPolicies(const Options& options, Metastore& metastore) {
  std::mt19937_64 random(11);
  const access::PolicySet set(Policies(options.Scaled(10'000, 200), random));
  const std::vector<Question> questions =
      Questions(metastore, true, options.brief ? 2 * kBatch : 16 * kBatch);
  std::vector<access::BoundPolicies> bound;
  for (const Question& question : questions) {
    std::vector<catalog::Tag> tags = {AnyTag(random), AnyTag(random)};
    std::vector<access::TaggedColumn> columns(kColumns);
    for (size_t i = 0; i < kColumns; ++i) {
      columns[i] = {.name = absl::StrCat("column_", i), .tags = {AnyTag(random)}};
    }
    bound.push_back(set.Bind(question.chain, tags, columns, access::Enforcement::kEnabled));
  }
  const Snapshot snapshot = metastore.index().snapshot();
  int64_t sum = 0;
  const auto decide = [&](const Question& question,
                          const access::Asker& is) -> const access::BoundPolicies& {
    const auto at = static_cast<size_t>(&question - questions.data());
    sum += static_cast<int64_t>(snapshot.Decide(question.who, question.privilege, question.chain));
    sum += bound[at].FindDeny(is, question.privilege) == nullptr ? 0 : 1;
    return bound[at];
  };
  const int64_t before = allocations.load();
  for (const Question& question : questions) decide(question, {snapshot, question.who});
  const int64_t allocated = allocations.load() - before;
  const double yes_or_no = MedianMicros(questions, options.rounds(), [&](const Question& question) {
    decide(question, {snapshot, question.who});
  });
  std::vector<const access::Policy*> masks(kColumns);
  const double all_masks = MedianMicros(questions, options.rounds(), [&](const Question& question) {
    const access::Asker is(snapshot, question.who);
    sum += decide(question, is).FindMasks(is, {masks.data(), masks.size()}).column;
  });
  Expect(sum >= 0, "sums");
  Report({.name = "decide_policies_p50",
          .unit = "us",
          .value = yes_or_no,
          .reach = kReachMicros,
          .better = "lower"});
  Report({.name = "decide_policies_allocations",
          .unit = "allocations",
          .value = static_cast<double>(allocated),
          .reach = kReachAllocations,
          .better = "lower"});
  Report({.name = "decide_100_masks_p50",
          .unit = "us",
          .value = all_masks,
          .reach = kReachMaskMicros,
          .better = "lower"});
}

void Bench(const Options& options) {
  Metastore metastore(options.Scaled(100'000, 2'000));
  BenchDecide(options, metastore, true);
  BenchDecide(options, metastore, false);
  BenchPolicies(options, metastore);
  std::vector<double> grants;
  for (int i = 0; i < (options.brief ? 5 : 201); ++i) grants.push_back(metastore.Grant());
  std::fprintf(stderr, "  p99 of a grant: %.3g ms\n", Quantile(grants, 0.99));
  Report({.name = "grant_writer_time",
          .unit = "ms",
          .value = Median(grants),
          .reach = kReachGrantMs,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
