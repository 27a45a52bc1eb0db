#pragma once

// A whole house in a folder of its own, with its corridor, a clock that the test sets and ids that
// repeat. For tests of the service room and of the doors. Header only; who includes it links
// whence::service and whence::migrations.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/grant.h"
#include "access/principal.h"
#include "access/token.h"
#include "access/trust.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "migrations/embedded.h"
#include "service/catalog_operations.h"
#include "service/corridor.h"
#include "service/encoded.h"
#include "service/house.h"
#include "support/scratch_database.h"

namespace whence::test {

namespace v1 = ::whence::v1;

// An answer that may not be there yet. Thread-safe.
template <class Response>
class Pending {
 public:
  // To be called by the corridor, once.
  void Answer(absl::Status status) {
    const std::lock_guard lock(mutex_);
    WHENCE_ASSERT(!status_.has_value());
    status_ = std::move(status);
    answered_.notify_all();  // under the lock: this may be gone soon after it
  }
  bool answered() const {
    const std::lock_guard lock(mutex_);
    return status_.has_value();
  }
  absl::StatusOr<Response> Wait() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return status_.has_value(); });
    if (!status_->ok()) return *status_;
    return response;
  }

  Response response;

 private:
  mutable std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<absl::Status> status_;
};

template <class Response>
using MessageOf = typename service::ReplyOf<Response>::Message;

// Purpose: a server without doors. Ownership: owns everything. Thread-safety: Run may be called
// from any thread once the fixture stands; what makes catalogs belongs to one thread.
class HouseFixture {
 public:
  explicit HouseFixture(int workers = 1) : workers_(workers) { Open(); }

  service::House& house() { return *house_; }
  service::Corridor& corridor() { return *corridor_; }
  const std::string& folder() const { return folder_.path(); }
  Position position() const { return house_->ledger().published(); }
  // Mutations so far: positions less those at which something was only noted, such as a refusal.
  int64_t changes() const {
    static constexpr sql::Query kCount{"SELECT count(*) FROM ledger_entry WHERE kind = 1"};
    sql::Lease lease = house_->readers().Acquire().value();
    sql::Rows rows = lease.connection().Run(kCount);
    WHENCE_ASSERT(rows.Next());
    return rows.Int64(0);
  }

  // Stops and starts again, on the same data.
  void Reopen() {
    Close();
    Open();
  }
  void Close() {
    corridor_.reset();
    house_.reset();
  }
  void Open() {
    auto house = service::House::Open({.data_folder = folder_.path(),
                                       .migrations = EmbeddedMigrations(),
                                       .clock = &clock,
                                       .ids = &ids,
                                       .admin = "user:ana",
                                       .trust = trust,
                                       .ledger_tree = ledger_tree});
    WHENCE_ASSERT(house.ok());
    house_ = *std::move(house);
    if (!house_->first_token().empty()) caller.bearer = house_->first_token();
    corridor_ = std::make_unique<service::Corridor>(house_.get(), workers_);
  }

  // Runs an operation for `caller` and waits for its answer.
  template <class Request, class Response>
  absl::StatusOr<MessageOf<Response>> Run(
      const service::ReadOperation<Request, Response>& operation, const Request& request) {
    return RunAs(caller, operation, request);
  }
  template <class Request, class Response>
  absl::StatusOr<Response> Run(const service::MutationOperation<Request, Response>& operation,
                               const Request& request) {
    return RunAs(caller, operation, request);
  }
  template <class Request, class Response, template <class, class> class Operation>
  absl::StatusOr<MessageOf<Response>> RunAs(const service::CallInfo& info,
                                            const Operation<Request, Response>& operation,
                                            const Request& request) {
    Pending<Response> pending;
    Begin(info, operation, request, &pending);
    absl::StatusOr<Response> answer = pending.Wait();
    if (!answer.ok()) return answer.status();
    return service::ReplyOf<Response>::From(*std::move(answer));
  }
  // The same without waiting; `request` and `pending` must live until it is answered.
  template <class Request, class Response, template <class, class> class Operation>
  void Begin(const service::CallInfo& info, const Operation<Request, Response>& operation,
             const Request& request, Pending<Response>* pending) {
    corridor_->Run(operation, info, request, &pending->response,
                   [pending](absl::Status status) { pending->Answer(std::move(status)); });
  }

  // Somebody else, as if there from the beginning: takes no position of the ledger. May do
  // everything that needs no MANAGE.
  service::CallInfo Colleague(std::string_view name) {
    std::string secret;
    const ledger::Change change{.position = kNoPosition, .time = clock.Now(), .actor = "user:ana"};
    const auto make = [&](sql::WriteContext& context) -> absl::Status {
      access::NewPrincipal wanted;
      wanted.name = std::string(name);
      WHENCE_ASSIGN_OR_RETURN(const access::Principal made,
                              access::CreatePrincipal(context, change, wanted));
      access::NewToken token;
      token.principal = made.id;
      WHENCE_ASSIGN_OR_RETURN(access::MadeToken shown, access::CreateToken(context, change, token));
      secret = std::move(shown.secret);
      return access::ChangeGrants(context, change, access::kMetastore, made.id,
                                  access::PrivilegeSet{access::Privilege::kAllPrivileges}, {})
          .status();
    };
    WHENCE_ASSERT(house_->writer().RunAndWait(make).ok());
    return {.bearer = std::move(secret), .via = "test"};
  }

  // A principal that there is, as if from the beginning: takes no position of the ledger.
  void Known(std::string_view name) {
    const ledger::Change change{.position = kNoPosition, .time = clock.Now(), .actor = "user:ana"};
    WHENCE_ASSERT(house_->writer()
                      .RunAndWait([&](sql::WriteContext& context) {
                        access::NewPrincipal wanted;
                        wanted.name = std::string(name);
                        return access::CreatePrincipal(context, change, wanted).status();
                      })
                      .ok());
  }

  // Runs `statement` on the database while no server has it open, and starts again: rows as they
  // were before somebody knew better.
  template <class... Args>
  void Rewrite(const sql::Query& statement, const Args&... args) {
    Close();
    auto connection = sql::Connection::Open(folder_.path() + "/whence.db");
    WHENCE_ASSERT(connection.ok() && (*connection)->Execute(statement, args...).ok());
    connection->reset();
    Open();
  }

  // The caller as operations see it: for those that a test calls without the corridor.
  service::CallInfo Admitted() {
    service::CallInfo info = caller;
    WHENCE_ASSERT(corridor_->Admit(info, "Test").ok());
    return info;
  }

  // Makes an asset, with its catalog and schema when they are not there yet.
  v1::Asset Asset(std::string_view name, v1::Kind kind) {
    const size_t first = name.find('.');
    const size_t second = name.find('.', first + 1);
    if (made_.emplace(name.substr(0, first)).second) {
      v1::CreateCatalogRequest request;
      request.mutable_catalog()->set_name(std::string(name.substr(0, first)));
      WHENCE_ASSERT(Run(service::kCreateCatalog, request).ok());
    }
    if (made_.emplace(name.substr(0, second)).second) {
      v1::CreateSchemaRequest request;
      request.mutable_schema()->set_name(std::string(name.substr(0, second)));
      WHENCE_ASSERT(Run(service::kCreateSchema, request).ok());
    }
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name(std::string(name));
    request.mutable_asset()->set_kind(kind);
    return Run(service::kCreateAsset, request).value();
  }

  // Registers the next version of an asset.
  v1::Version Version(std::string_view asset) {
    v1::RegisterVersionRequest request;
    request.set_asset(std::string(asset));
    request.mutable_version()->set_digest(StrCat("opaque:", ++digests_));
    return Run(service::kRegisterVersion, request).value();
  }

  v1::Alias Alias(std::string_view asset, std::string_view alias, int64_t version) {
    v1::SetAliasRequest request;
    request.set_asset(std::string(asset));
    request.set_alias(std::string(alias));
    request.set_version(version);
    return Run(service::kSetAlias, request).value();
  }

  FakeClock clock;
  SeededIdSource ids{7};
  // Issuers and certificates that the house believes, from the next Open() on.
  const access::Trust* trust = nullptr;
  // Whether the ledger has a tree, from the next Open() on.
  bool ledger_tree = true;
  // `user:ana`, who owns the metastore.
  service::CallInfo caller{.via = "test"};

 private:
  const int workers_;
  TemporaryFolder folder_;
  std::set<std::string> made_;  // catalogs and schemas
  int digests_ = 0;
  std::unique_ptr<service::House> house_;
  std::unique_ptr<service::Corridor> corridor_;
};

// Keeps the writer's thread from running anything until it is let go: what is submitted meanwhile
// runs in one batch.
class HeldWriter {
 public:
  explicit HeldWriter(service::House& house) {
    house.writer().Submit({.execute =
                               [this](sql::WriteContext&) {
                                 std::unique_lock lock(mutex_);
                                 held_ = true;
                                 changed_.notify_all();
                                 changed_.wait(lock, [this] { return released_; });
                                 return absl::OkStatus();
                               },
                           .finish =
                               [this](absl::Status) {
                                 const std::lock_guard lock(mutex_);
                                 finished_ = true;
                                 changed_.notify_all();
                               }});
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  ~HeldWriter() { Release(); }
  HeldWriter(const HeldWriter&) = delete;
  HeldWriter& operator=(const HeldWriter&) = delete;

  void Release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return finished_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;      // guarded by mutex_
  bool released_ = false;  // guarded by mutex_
  bool finished_ = false;  // guarded by mutex_
};

}  // namespace whence::test
