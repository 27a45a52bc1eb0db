// AuthZEN's searches: who may do that, on what may it be done, and what may be done.
#pragma once

#include <memory>
#include <string>

#include "boost/json/value.hpp"
#include "http/authzen_door.h"
#include "http/authzen_request.h"

namespace whence::http {

// Serve one request; `whole` is what was read from its body, and looked into until it is answered.
void SearchAuthzenSubjects(const Dialect& dialect, AuthzenDoor& door,
                           std::shared_ptr<const boost::json::value> whole);
void SearchAuthzenResources(const Dialect& dialect, AuthzenDoor& door,
                            std::shared_ptr<const boost::json::value> whole);
void SearchAuthzenActions(const Dialect& dialect, AuthzenDoor& door,
                          std::shared_ptr<const boost::json::value> whole);

}  // namespace whence::http
