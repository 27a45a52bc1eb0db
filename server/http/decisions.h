// Questions of engines, asked for the doors that others' clients come through.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "http/dialect.h"
#include "service/policy_operations.h"
#include "whence/v1/policy.pb.h"

namespace whence::http {

// Asks Decide, or DecideBatch as often as its bounds want, and hands on the decisions in the order
// of the questions. `question` makes one of them when it is its turn, so that there are never more
// of them than one DecideBatch takes, nor much over kDecideBatchBytes: each names all groups of who
// is asked about. A question that cannot be answered (what it names is not there) is a decision
// that does not allow, with the reason of its error as `error`. Errors: those that are about the
// caller or the server, as the operations have them; for one question also PERMISSION_DENIED when
// the caller may not ask it, for several that is a decision like others that cannot be answered.
using Decided = std::function<void(absl::StatusOr<std::vector<v1::Decision>>)>;
using QuestionAt = std::function<v1::DecideRequest(size_t)>;
void AskDecisions(const Dialect& dialect, size_t count, QuestionAt question, Decided then);
// The same for questions that there are already: few.
void AskDecisions(const Dialect& dialect, std::vector<v1::DecideRequest> questions, Decided then);

// Whether the decision is none, for the caller may not ask about that.
bool MayNotAsk(const v1::Decision& decision);
// The error that a caller gets who may not ask.
absl::Status MayNotAskError(const v1::Decision& decision);

}  // namespace whence::http
