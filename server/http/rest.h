// The contract as REST and JSON.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "http/binding.h"
#include "http/exchange.h"
#include "http/routes.h"
#include "http/wire.h"
#include "service/corridor.h"
#include "service/encoded.h"
#include "service/operation.h"

namespace whence::http {

// Adds all of Routes().
void AddRestRoutes(service::Corridor* corridor, Router* router);

// Answers with a message in Protobuf's JSON, its etag as a header, or with an error.
void AnswerMessage(const std::shared_ptr<Exchange>& exchange, const absl::Status& status,
                   const google::protobuf::Message& message, bool mutation);
// The same from the message's bytes.
void AnswerBytes(const std::shared_ptr<Exchange>& exchange, const absl::Status& status,
                 const google::protobuf::Descriptor* type, std::string_view bytes);
// How a call that could not be bound is answered.
Response BindErrorResponse(const absl::Status& status);

// What an operation is made of.
template <class Operation>
struct OperationTypes;
template <class R, class A>
struct OperationTypes<service::ReadOperation<R, A>> {
  using Request = R;
  using Answer = A;
  static constexpr bool kMutation = false;
};
template <class R, class A>
struct OperationTypes<service::MutationOperation<R, A>> {
  using Request = R;
  using Answer = A;
  static constexpr bool kMutation = true;
};
template <const auto& kOperation>
using TypesOf = OperationTypes<std::remove_cvref_t<decltype(kOperation)>>;

// Binds a request, runs the operation and answers.
template <const auto& kOperation>
void ServeOperation(service::Corridor& corridor, const Route& route,
                    const std::shared_ptr<Exchange>& exchange, const PathValues& path) {
  using Types = TypesOf<kOperation>;
  struct Call {
    typename Types::Request request;
    typename Types::Answer answer;
  };
  auto call = std::make_shared<Call>();
  absl::Status bound = BindRequest(exchange->request(), route.body, path, &call->request);
  if (!bound.ok()) {
    exchange->Answer(BindErrorResponse(bound));
    return;
  }
  corridor.Run(
      kOperation, exchange->Info(), call->request, &call->answer,
      [exchange, call](absl::Status status) {
        if constexpr (!std::is_base_of_v<google::protobuf::Message, typename Types::Answer>) {
          using Message = typename service::ReplyOf<typename Types::Answer>::Message;
          AnswerBytes(exchange, status, Message::descriptor(), call->answer.bytes);
        } else if constexpr (Types::kMutation) {
          // The writer's thread has better things to do than to write JSON.
          exchange->Run([exchange, call, status = std::move(status)] {
            AnswerMessage(exchange, status, call->answer, /*mutation=*/true);
          });
        } else {
          AnswerMessage(exchange, status, call->answer, /*mutation=*/false);
        }
      });
}

// The line of an operation in the table of routes.
template <const auto& kOperation>
constexpr RestOperation Rest() {
  using Types = TypesOf<kOperation>;
  return {.name = kOperation.name,
          .request = &Types::Request::descriptor,
          .response = &service::ReplyOf<typename Types::Answer>::Message::descriptor,
          .serve = &ServeOperation<kOperation>};
}

}  // namespace whence::http
