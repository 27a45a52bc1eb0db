// What tells how the server is: for those who run it.
#pragma once

#include <string>

#include "http/connection.h"
#include "http/router.h"
#include "service/corridor.h"

namespace whence::http {

// GET /healthz: the process answers. GET /readyz: it takes changes; 503 with the reason when it
// does not, or is stopping. Both are open to everybody, as gRPC's health service is.
// GET /metrics: figures in Prometheus' text format 0.0.4, for any authenticated principal.
void AddObserveRoutes(service::Corridor* corridor, const ConnectionHall* hall, Router* router);

// The figures.
std::string MetricsText(service::Corridor& corridor, const ConnectionHall& hall);

}  // namespace whence::http
