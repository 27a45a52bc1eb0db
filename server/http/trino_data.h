// Row filters and column masks for Trino.
#pragma once

#include <memory>

#include "http/dialect.h"
#include "http/trino_request.h"

namespace whence::http {

// Answers `{"result": [{"expression": "..."}, ...]}`: all of them are to be put on.
void AnswerTrinoRowFilters(const Dialect& dialect,
                           const std::shared_ptr<const TrinoRequest>& request);
// Answers `{"result": {"expression": "..."}}`, or null when there is no mask.
void AnswerTrinoColumnMask(const Dialect& dialect,
                           const std::shared_ptr<const TrinoRequest>& request);
// Answers `{"result": [{"index": 0, "viewExpression": {"expression": "..."}}, ...]}`, from one
// decision for all columns.
void AnswerTrinoColumnMasks(const Dialect& dialect,
                            const std::shared_ptr<const TrinoRequest>& request);

}  // namespace whence::http
