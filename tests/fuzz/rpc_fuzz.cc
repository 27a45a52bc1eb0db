// Whole requests: an operation of the contract and its request, run through the corridor on a house
// that lives from input to input. Whatever the request: the process lives on, an error has a reason
// and is the caller's, a reply can be written and read, an accepted mutation is one entry at most
// and a refused one or a read changes nothing (that it was refused, or decided, is an entry), and a
// request id that is used again changes nothing more.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/text.h"
#include "google/protobuf/stubs/logging.h"
#include "ledger/entry_list.h"
#include "rpc/call.h"
#include "rpc/message_mutator.h"
#include "rpc/operations.h"
#include "rpc/world.h"
#include "support/feature.h"

namespace whence::fuzz {
namespace {

// A house is closed and opened so often, and is given up for a new one so often: what one has seen
// must not make the next inputs slow.
constexpr int kReopenAfter = 1500;
constexpr int kReplaceAfter = 6000;
constexpr int kLookAfter = 100;

struct World {
  std::unique_ptr<test::HouseFixture> house = MakeWorld();
  int inputs = 0;
  int request_ids = 0;
  bool doubtful = false;  // whether its caller still may what it could
};

MessageMutator& Mutator() {
  static MessageMutator mutator(1);
  return mutator;
}

World& TheWorld() {
  // Made with the first world in it: that has used OpenSSL, which signs heads to the end, so at the
  // exit the world is closed before OpenSSL is.
  static std::unique_ptr<World> world = [] {
    google::protobuf::SetLogHandler(nullptr);  // it tells of every text that is not UTF-8
    return std::make_unique<World>();
  }();
  ++world->inputs;
  // A tag may be what a deny waited for: now and then.
  const bool look = world->doubtful || world->inputs % kLookAfter == 0;
  const bool shut = look && !IsOpen(*world->house);
  world->doubtful = false;
  if (shut || world->inputs % kReopenAfter == 0) CheckReopen(*world->house);
  if (shut || world->inputs >= kReplaceAfter) world = std::make_unique<World>();
  return *world;
}

void Require(bool condition, const RpcCall& call, const absl::Status& status, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s: %s\n%s { %s }\n", what, status.ToString().c_str(),
               std::string(call.operation->name).c_str(), call.request->ShortDebugString().c_str());
  WHENCE_ASSERT(condition);
}

void CheckError(const RpcCall& call, const absl::Status& status) {
  const ErrorDetail detail = GetErrorDetail(status);
  Require(IsErrorReason(detail.reason), call, status, "an error without a reason");
  const absl::StatusCode code = status.code();
  Require(code != absl::StatusCode::kInternal && code != absl::StatusCode::kUnknown &&
              code != absl::StatusCode::kDataLoss && code != absl::StatusCode::kUnavailable,
          call, status, "an error of our own");
  bool readable = IsValidUtf8(std::string(status.message())) && IsValidUtf8(detail.field) &&
                  IsValidUtf8(detail.hint);
  for (const auto& [key, value] : detail.metadata) readable = readable && IsValidUtf8(value);
  Require(readable, call, status, "an error that is not UTF-8");
  Feature(call.operation->name, std::hash<std::string>()(detail.reason + detail.field));
}

void CheckReply(const RpcCall& call, const google::protobuf::Message& reply) {
  const std::unique_ptr<google::protobuf::Message> again(reply.New());
  Require(again->ParseFromString(reply.SerializeAsString()), call, absl::OkStatus(),
          "a reply that cannot be read");
  Feature(call.operation->name, 1 + std::min<size_t>(reply.ByteSizeLong() / 64, 64));
}

// Every fourth mutation without a request id gets one, so that it can be repeated.
std::string RequestIdOf(World& world, RpcCall& call) {
  const auto* field = call.request->GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || !call.operation->mutation) return "";
  const auto* reflection = call.request->GetReflection();
  std::string id = reflection->GetString(*call.request, field);
  if (id.empty() && world.inputs % 4 == 0) {
    id = "fuzz-" + std::to_string(++world.request_ids);
    reflection->SetString(call.request.get(), field, id);
  }
  return id;
}

// Entries of changes since then.
int64_t ChangesSince(World& world, Position before) {
  if (world.house->position() == before) return 0;
  const sql::Lease lease = world.house->house().readers().Acquire().value();
  const ledger::EntryQuery query{.filter = {.kind = ledger::EntryKind::kMutation},
                                 .as_of = world.house->position(),
                                 .oldest_first = true,
                                 .after = before,
                                 .limit = 10,
                                 .max_rows = 1000};
  return std::ssize(
      ledger::ListEntries(lease.connection(), world.house->house().ledger(), query)->entries);
}

void CheckRepeat(World& world, const RpcCall& call, const Outcome& first) {
  const Position position = world.house->position();
  const Outcome again = call.operation->run(*world.house, *call.request);
  // Who takes from itself what it calls with, or its calls, cannot ask again.
  const std::string reason = GetErrorDetail(again.status).reason;
  if (absl::IsUnauthenticated(again.status) || reason == "RATE_LIMITED") return;
  Require(again.status.ok(), call, again.status, "a repetition that is refused");
  // A secret is shown once.
  if (const auto* secret = first.reply->GetDescriptor()->FindFieldByName("secret")) {
    first.reply->GetReflection()->ClearField(first.reply.get(), secret);
  }
  Require(again.reply->DebugString() == first.reply->DebugString(), call, again.status,
          "a repetition with another answer");
  Require(ChangesSince(world, position) == 0, call, again.status,
          "a repetition that changed something");
}

void RunCall(World& world, RpcCall call) {
  const std::string request_id = RequestIdOf(world, call);
  const Position before = world.house->position();
  const Outcome outcome = call.operation->run(*world.house, *call.request);
  const int64_t changes = ChangesSince(world, before);
  Require(changes == 0 || (changes == 1 && call.operation->mutation && outcome.status.ok()), call,
          outcome.status, "changes that should not be");
  if (!outcome.status.ok()) {
    CheckError(call, outcome.status);
    return;
  }
  const std::string& about = call.request->GetDescriptor()->file()->name();
  world.doubtful = call.operation->mutation &&
                   (about == "whence/v1/access.proto" || about == "whence/v1/policy.proto");
  CheckReply(call, *outcome.reply);
  Mutator().Learn(*outcome.reply);
  if (!request_id.empty()) CheckRepeat(world, call, outcome);
  world.house->clock.Advance(absl::Milliseconds(7));
}

// A call of another operation, made up from nothing.
RpcCall NewCall(MessageMutator& mutator) {
  RpcCall call;
  call.operation = &Operations()[mutator.Below(Operations().size())];
  call.request = call.operation->make_request();
  for (size_t i = 3 + mutator.Below(8); i > 0; --i) mutator.Mutate(call.request.get());
  return call;
}

}  // namespace
}  // namespace whence::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace whence::fuzz;  // NOLINT(google-build-using-namespace): one function
  MessageMutator& mutator = Mutator();
  mutator.Seed(seed);
  auto call = ParseCall({reinterpret_cast<const char*>(data), size});
  if (!call.has_value() || mutator.Below(24) == 0) call = NewCall(mutator);
  for (size_t i = 1 + mutator.Below(4); i > 0; --i) mutator.Mutate(call->request.get());
  const std::string input = WriteCall(*call);
  if (input.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(input.begin(), input.end(), data);
  return input.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto call = whence::fuzz::ParseCall({reinterpret_cast<const char*>(data), size});
  if (!call.has_value()) return 0;
  whence::fuzz::RunCall(whence::fuzz::TheWorld(), *std::move(call));
  return 0;
}
