// Requests of AuthZEN's Authorization API 1.0, read from JSON.
//
// Included by this room's .cc files and tests only: Boost.JSON stays out of its other headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "boost/json/value.hpp"

namespace whence::http {

// A subject or a resource.
struct AuthzenEntity {
  std::string_view type{};
  std::string_view id{};                            // empty where a search leaves it open
  const boost::json::object* properties = nullptr;  // null: none
};

// One question.
struct AuthzenEvaluation {
  AuthzenEntity subject{};
  AuthzenEntity resource{};
  std::string_view action{};  // empty where a search leaves it open
};

// Which parts a request has with all that identifies them. What a search looks for needs its type
// alone, and its action not at all.
enum class AuthzenAsk { kEvaluation, kSubject, kResource, kAction };

// Reads subject, action and resource. REQUEST_UNREADABLE with the field when one that is needed is
// missing or of another type. Members that are not known are passed over, as the specification
// wants it. The result looks into `request`.
absl::StatusOr<AuthzenEvaluation> ReadAuthzenEvaluation(const boost::json::object& request,
                                                        AuthzenAsk ask);

enum class AuthzenSemantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

// Several questions.
struct AuthzenEvaluations {
  // In the order of the request; what the whole says counts where an item says nothing. An item
  // that is no question is an error of its own.
  std::vector<absl::StatusOr<AuthzenEvaluation>> items;
  AuthzenSemantic semantic = AuthzenSemantic::kExecuteAll;
};
// Nothing when there are none: then the request is one question itself. TOO_MANY_ITEMS beyond
// kMaxAuthzenEvaluations, REQUEST_UNREADABLE.
absl::StatusOr<std::optional<AuthzenEvaluations>> ReadAuthzenEvaluations(
    const boost::json::object& request);

// Which part of a search's results is asked for.
struct AuthzenPage {
  std::string_view token{};
  int32_t limit = 0;  // 1 to kMaxPageSize
};
absl::StatusOr<AuthzenPage> ReadAuthzenPage(const boost::json::object& request);

}  // namespace whence::http
