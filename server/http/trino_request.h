// What Trino's OPA plugin asks, read from JSON.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace whence::http {

// What an operation is about: names as Trino has them. A name that was not there is a null view,
// which is something else than an empty name.
struct TrinoResource {
  std::string_view catalog{};
  std::string_view schema{};
  std::string_view table{};
  std::string_view column{};
  std::string_view column_type{};  // of the column, as Trino prints it
  std::string_view function{};
  std::string_view user{};
  std::vector<std::string_view> columns{};  // of the table
};

// Purpose: one request. Ownership: borrows the text that it was read from, and owns what of it had
// to be decoded. Thread-safety: none.
struct TrinoRequest {
  std::string_view user;                 // who runs the query
  std::vector<std::string_view> groups;  // that Trino's group provider knows it to be in
  std::string_view operation;
  TrinoResource resource;
  TrinoResource target;  // what is made in place of the resource: by renaming
  std::vector<TrinoResource> filter;
  bool has_filter = false;

  std::deque<std::string> decoded;  // texts that had escapes
};

// Reads `{"input": {"context": ..., "action": ...}}`. Members that this door does not look at may
// be anything. InvalidArgument JSON_MALFORMED; REQUEST_UNREADABLE when a member is of another type
// than the plugin's, stands twice, or what every request has is missing; TOO_MANY_ITEMS beyond
// kMaxTrinoResources. `body` must outlive the request.
absl::StatusOr<TrinoRequest> ReadTrinoRequest(std::string_view body);
// REQUEST_UNREADABLE when there is no list of resources: then it is not for a path of batches, and
// an answer about none of them would say that all is well.
absl::Status CheckHasFilter(const TrinoRequest& request);

}  // namespace whence::http
