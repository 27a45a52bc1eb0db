// AuthZEN's door: the Authorization API 1.0 of the OpenID Foundation.
#pragma once

#include "http/authzen_door.h"
#include "http/router.h"

namespace whence::http {

// POST /access/v1/evaluation, /access/v1/evaluations, /access/v1/search/subject, /search/resource
// and /search/action; GET /.well-known/authzen-configuration, which is open to everybody.
// `door` must outlive the router.
void AddAuthzenRoutes(service::Corridor* corridor, AuthzenDoor* door, Router* router);

}  // namespace whence::http
