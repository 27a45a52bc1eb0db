// The one table of what REST offers.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "http/exchange.h"
#include "http/router.h"

namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::http {

struct Route;

// An operation of the corridor without its types: what binds a request, runs it and answers.
struct RestOperation {
  std::string_view name;
  const google::protobuf::Descriptor* (*request)();
  const google::protobuf::Descriptor* (*response)();
  void (*serve)(service::Corridor& corridor, const Route& route,
                const std::shared_ptr<Exchange>& exchange, const PathValues& path);
};

struct Route {
  std::string_view method;  // GET, POST, PUT, PATCH, DELETE
  // Segments are words or fields of the request (`{catalog.name}`), at the end with a verb.
  std::string_view path;
  // The field that the body is; `*`: the whole request; empty: there is none, and the query has
  // all.
  std::string_view body;
  RestOperation operation;
};

// A route for each operation of the contract, but the streams: predictions are recorded in batches
// here, and backups stand in backup.h. In the order of the contract.
std::span<const Route> Routes();

}  // namespace whence::http
