// From AuthZEN's words to questions of Whence, and from decisions back.
//
// Included by this room's .cc files and tests only: Boost.JSON stays out of its other headers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "access/row_filter.h"
#include "http/authzen_door.h"
#include "http/authzen_request.h"
#include "http/json_writer.h"
#include "whence/v1/policy.pb.h"

namespace whence::http {

// A question with what its answer needs besides.
struct AuthzenQuestion {
  absl::Status unknown;                      // why it cannot be asked: words that mean nothing here
  v1::DecideRequest request{};               // without a principal
  bool rows = false;                         // the resource is a row
  const boost::json::object* row = nullptr;  // its properties; null: it has none
};

// What action and resource mean. Types and actions of the mapping come first; others are Whence's
// own: kinds of securables and privileges. With those, `properties.columns` are the columns that
// are asked for, and `properties.row` makes the resource a row of the table.
AuthzenQuestion TranslateAuthzen(const AuthzenMapping& mapping, const AuthzenEntity& resource,
                                 std::string_view action);

// The type of securable that Whence's own word means, in any case; UNSPECIFIED for another word.
v1::SecurableType AuthzenType(std::string_view word);

// An answer.
struct AuthzenAnswer {
  bool decision = false;
  v1::Decision why{};
  std::string hidden_by{};  // the policy whose row filter does not show the row
};

// The answer to a question that was decided: also no when a filter does not show the row, or when
// none could, for the privilege is none that reads (PRIVILEGE_NOT_APPLICABLE).
AuthzenAnswer AnswerAuthzen(const AuthzenQuestion& question, v1::Decision decision);
// The answer to what could not be asked.
AuthzenAnswer RefuseAuthzen(const absl::Status& why);

// Writes `{"decision": ..., "context": ...}`. The context says why not, by which policies, and as
// of which position; of a yes, what it obliges to: masks, and filters that were not looked at.
void WriteAuthzen(const AuthzenAnswer& answer, JsonWriter* json);

}  // namespace whence::http
