// What the doors for others' dialects share: each reads a request in its own words, asks operations
// of the corridor for its caller, one after the other, and answers in its own words.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "http/exchange.h"
#include "http/rest.h"
#include "service/corridor.h"
#include "service/encoded.h"

namespace whence::http {

// Purpose: one request of a dialect. Ownership: shared by whoever has yet to answer; borrows the
// corridor. Thread-safety: a value.
struct Dialect {
  service::Corridor* corridor = nullptr;
  std::shared_ptr<Exchange> exchange;
  std::string_view door{};  // as metrics name it

  const Request& request() const { return exchange->request(); }
};

// Asks an operation, as the caller, with the caller's credential. `then` is called once with the
// answer or its error, on the thread that the operation ran on.
template <const auto& kOperation, class Then>
void Ask(const Dialect& dialect, typename TypesOf<kOperation>::Request request, Then then) {
  using Types = TypesOf<kOperation>;
  struct State {
    typename Types::Request request;
    typename Types::Answer answer;
  };
  auto state = std::make_shared<State>();
  state->request = std::move(request);
  dialect.corridor->Run(
      kOperation, dialect.exchange->Info(dialect.door), state->request, &state->answer,
      [state, exchange = dialect.exchange, then = std::move(then)](absl::Status status) mutable {
        using Message = typename service::ReplyOf<typename Types::Answer>::Message;
        if (!status.ok()) {
          then(absl::StatusOr<Message>(std::move(status)));
        } else {
          then(absl::StatusOr<Message>(
              service::ReplyOf<typename Types::Answer>::From(std::move(state->answer))));
        }
      });
}

// Whether the request has a body that says it is JSON: CONTENT_TYPE_UNSUPPORTED also for one that
// says nothing.
absl::Status CheckJsonBody(const Request& request);

}  // namespace whence::http
