// The contract of the HTTP door for machines: https://spec.openapis.org/oas/v3.1.0
#pragma once

#include <string>

#include "http/router.h"

namespace whence::http {

// The document, made from the table of routes and the contract's descriptors; the comments of the
// protos are its descriptions. Takes some ten milliseconds.
std::string OpenApiDocument();

// GET /openapi.json: the document, open to everybody as gRPC's reflection is. Made when it is first
// asked for.
void AddOpenApiRoute(Router* router);

}  // namespace whence::http
