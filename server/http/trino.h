// Trino's door: what its OPA access control plugin asks, answered from grants and policies.
#pragma once

#include "http/router.h"

namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::http {

// POST /v1/trino/allow, /batch, /row-filters, /column-masking and /batch-column-masking. Their
// requests and answers are the plugin's; docs/trino.md has which privilege each operation needs.
// What cannot be decided is denied, a row filter that cannot be had shows nothing, and a mask that
// cannot be had is NULL.
void AddTrinoRoutes(service::Corridor* corridor, Router* router);

}  // namespace whence::http
