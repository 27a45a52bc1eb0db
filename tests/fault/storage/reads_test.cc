// A read that meets a fault has a name or is right: never "not found" for what is there.
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "fault_vfs.h"
#include "google/protobuf/text_format.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "story.h"
#include "support/scratch_database.h"

namespace whence::fault {
namespace {

using Question = std::function<absl::StatusOr<std::string>(Server&)>;

template <class Request, class Response>
Question Asks(const service::ReadOperation<Request, Response>& operation, const char* text) {
  Request request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return [&operation, request](Server& server) -> absl::StatusOr<std::string> {
    const absl::StatusOr<Response> answer = server.Ask(operation, request);
    if (!answer.ok()) return answer.status();
    return answer->ShortDebugString();
  };
}

TEST_CASE("a read never takes what it cannot read for what is not there", "[reads]") {
  const Story story = Story::Everything();
  const test::TemporaryFolder folder;
  {
    const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
    for (const auto& batch : story.batches) {
      for (const auto& mutation : batch) REQUIRE(server->Do({mutation.get()}).front().ok());
    }
  }
  const std::vector<Question> questions = {
      Asks(service::kGetAsset, "name: 'c.s.z'"),
      Asks(service::kGetVersion, "name: 'c.s.m@champion'"),
      Asks(service::kGetRun, "id: '00000000-0000-7000-8000-000000000001'"),
      Asks(service::kGetPrediction, "id: 'p21'"),
      Asks(service::kResolveDatasetIdentity, "namespace: 'n' name: 'none'"),
      Asks(service::kGetPrincipal, "name: 'user:bo'"),
      Asks(service::kGetPolicy, "name: 'hide'"),
      Asks(service::kDecide,
           "principal: 'group:readers' privilege: 'SELECT' securable { name: 'c.u.clean' }"),
  };
  int struck = 0;
  for (size_t i = 0; i < questions.size(); ++i) {
    absl::StatusOr<std::string> right;
    for (const auto& [op, code] :
         {std::pair(Op::kRead, SQLITE_IOERR_READ), std::pair(Op::kAllocate, SQLITE_NOMEM),
          std::pair(Op::kLock, SQLITE_IOERR_LOCK)}) {
      for (int64_t at = 0;; at += op == Op::kAllocate && at > 0 ? 3 : 1) {
        FaultVfs vfs;
        const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
        vfs.Arm({.op = at == 0 ? Op::kCount : op, .at = at, .code = code});
        const absl::StatusOr<std::string> answer = questions[i](*server);
        const bool missed = !vfs.struck();
        vfs.Heal();
        if (at == 0) {
          right = answer;
          continue;
        }
        INFO("question " << i << ", " << NameOf(op) << " " << at << ": " << answer.status());
        const bool same = answer.ok() == right.ok() &&
                          (answer.ok() ? *answer == *right : answer.status() == right.status());
        CHECK((same || IsStorageFailure(answer.status())));
        if (missed) break;
        ++struck;
        // The connection can be used again.
        const absl::StatusOr<std::string> again = questions[i](*server);
        CHECK(again.ok() == right.ok());
      }
    }
  }
  CHECK(struck > 100);
}

}  // namespace
}  // namespace whence::fault
