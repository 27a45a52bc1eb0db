// Posts questions to a world's doors, as an engine does.
#pragma once

#include <string>

#include "boost/json/value.hpp"
#include "random_world.h"

namespace whence::verdicts {

// Purpose: one connection that is kept. Ownership: borrows the world. Thread-safety: one thread.
class Door {
 public:
  explicit Door(RandomWorld& world) : world_(world), client_(world.http.address) {}

  // What svc:engine is answered; it must be an answer.
  boost::json::value Post(const std::string& path, const std::string& body);

 private:
  RandomWorld& world_;
  http::test::Client client_;
};

// `"a","b"`, in brackets.
std::string JsonList(const std::vector<std::string>& texts);

}  // namespace whence::verdicts
