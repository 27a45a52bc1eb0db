#include "http/authzen_wire.h"

#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "http/wire.h"

namespace whence::http {
namespace {

constexpr std::string_view kRequestId = "x-request-id";

void AnswerWithId(const Dialect& dialect, Response response) {
  if (const std::string* const id = dialect.request().Find(kRequestId)) {
    response.headers.push_back({.name = std::string(kRequestId), .value = *id});
  }
  dialect.exchange->Answer(std::move(response));
}

}  // namespace

void AnswerAuthzenJson(const Dialect& dialect, std::string json) {
  AnswerWithId(dialect, JsonResponse(std::move(json)));
}

void AnswerAuthzenError(const Dialect& dialect, const absl::Status& status) {
  Response response = ErrorResponse(status);
  const ErrorDetail detail = GetErrorDetail(status);
  response.content_type = "text/plain; charset=utf-8";
  response.body = StrCat(detail.reason, ": ", ToStd(status.message()), "\n");
  if (response.status == 401) {
    response.headers.push_back({.name = "www-authenticate", .value = "Bearer"});
  }
  AnswerWithId(dialect, std::move(response));
}

}  // namespace whence::http
