// How AuthZEN's answers and errors look in HTTP.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "http/dialect.h"

namespace whence::http {

// Answers with a JSON object, and with the request's `x-request-id`.
void AnswerAuthzenJson(const Dialect& dialect, std::string json);
// Answers with an error: its message as text, after its reason; 400, 401, 403 and others as REST
// has them.
void AnswerAuthzenError(const Dialect& dialect, const absl::Status& status);

}  // namespace whence::http
